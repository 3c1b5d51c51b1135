//! The quotas and delays of the local cloud, on a clock that the test drives.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use google_cloud_gax::error::rpc::{Code, StatusDetails};
use google_cloud_run_v2::client::Services;
use google_cloud_run_v2::model::{Container, RevisionTemplate, Service};
use longshore_local_cloud::LocalCloud;
use longshore_local_cloud::clock::{ManualClock, SharedClock};
use longshore_local_cloud::quotas::catalog::RUN_WRITES;
use longshore_local_cloud::quotas::{Latency, Pace, QuotaSettings};
use serde_json::Value;

use crate::clients;

const PARENT: &str = "projects/local-project/locations/europe-west1";

struct Limited {
    cloud: LocalCloud,
    clock: Arc<ManualClock>,
    _dir: tempfile::TempDir,
}

async fn limited(quotas: QuotaSettings, latency: Latency) -> Limited {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30)));
    let pace = Pace { latency, clock: SharedClock::new(Arc::<ManualClock>::clone(&clock)) };
    let options = clients::options(dir.path());
    let cloud = clients::start(longshore_local_cloud::Options { quotas, pace, ..options }).await;
    Limited { cloud, clock, _dir: dir }
}

async fn run_client(limited: &Limited) -> Services {
    let endpoint = format!("http://{}", limited.cloud.endpoints().run);
    let credentials = google_cloud_auth::credentials::anonymous::Builder::new().build();
    let client = Services::builder().with_endpoint(endpoint).with_credentials(credentials);
    client.build().await.expect("a client of Cloud Run")
}

fn service() -> Service {
    let image = "europe-west1-docker.pkg.dev/local-project/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let template = RevisionTemplate::new().set_containers([Container::new().set_image(image)]);
    Service::new().set_template(template)
}

#[tokio::test]
async fn googles_client_reads_which_quota_is_used_up() {
    let quotas = QuotaSettings::default().with(&RUN_WRITES, 2);
    let limited = limited(quotas, Latency::default()).await;
    let client = run_client(&limited).await;
    let create = async |id: &str| {
        let request = client.create_service().set_parent(PARENT).set_service_id(id);
        request.set_service(service()).send().await
    };
    create("a").await.unwrap();
    create("b").await.unwrap();
    let refused = create("c").await.unwrap_err();
    let status = refused.status().unwrap();
    assert_eq!(status.code, Code::ResourceExhausted);
    let info = status.details.iter().find_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(info),
        _ => None,
    });
    let info = info.unwrap();
    assert_eq!(info.reason, "RATE_LIMIT_EXCEEDED");
    assert_eq!(info.metadata["quota_metric"], "run.googleapis.com/write_regional");
    assert_eq!(info.metadata["quota_limit_value"], "2");
    let name = format!("{PARENT}/services/c");
    let read = client.get_service().set_name(&name).send().await.unwrap_err();
    assert_eq!(read.status().unwrap().code, Code::NotFound, "reads have their own quota");
    limited.clock.advance(Duration::from_secs(60));
    create("c").await.unwrap();
    let url = format!(
        "http://{}/v1beta1/projects/local-project/services/run.googleapis.com/\
         consumerQuotaMetrics",
        limited.cloud.endpoints().projects
    );
    let answer: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let limit = &answer["metrics"][0]["consumerQuotaLimits"][0];
    assert_eq!(limit["quotaBuckets"][0]["effectiveLimit"], "2");
    limited.cloud.stop().await;
}
