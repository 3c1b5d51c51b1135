//! gRPC calls that become REST calls pass the same layers as these.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use longshore_local_cloud::quotas::QuotaSettings;
use longshore_local_cloud::quotas::catalog::RUN_WRITES;
use longshore_local_cloud::{Endpoints, LocalCloud, Options};

use crate::clients;

const NOT_FOUND: &str = "5";
const RESOURCE_EXHAUSTED: &str = "8";
const UNIMPLEMENTED: &str = "12";

/// A message with one text, in its first field.
fn named(text: &str) -> Vec<u8> {
    [&[10, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// A gRPC call over HTTP/1.1. A call that fails has its status in the headers.
async fn call(address: SocketAddr, host: &str, path: &str, message: &[u8]) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let framed = [&[0], length.as_slice(), message].concat();
    let request = client.post(format!("http://{address}{path}")).header("host", host);
    request.header("content-type", "application/grpc").body(framed).send().await.unwrap()
}

fn header(response: &reqwest::Response, name: &str) -> String {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
}

async fn cloud(quotas: QuotaSettings) -> (LocalCloud, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { quotas, ..clients::options(dir.path()) };
    (clients::start(options).await, dir)
}

#[tokio::test]
async fn a_grpc_call_counts_for_the_quota_and_is_told_which() {
    let (cloud, _dir) = cloud(QuotaSettings::default().with(&RUN_WRITES, 1)).await;
    let run = cloud.endpoints().run;
    let path = "/google.cloud.run.v2.Services/DeleteService";
    let message = named("projects/local-project/locations/europe-west1/services/none");
    let first = call(run, "localhost", path, &message).await;
    assert_eq!(header(&first, "grpc-status"), NOT_FOUND, "{first:?}");
    let second = call(run, "localhost", path, &message).await;
    assert_eq!(header(&second, "grpc-status"), RESOURCE_EXHAUSTED, "{second:?}");
    let details = header(&second, "grpc-status-details-bin");
    let details = STANDARD_NO_PAD.decode(details.trim_end_matches('=')).unwrap();
    let details = String::from_utf8_lossy(&details);
    assert!(details.contains("google.rpc.ErrorInfo"), "{details}");
    assert!(details.contains("run.googleapis.com/write_regional"), "{details}");
    cloud.stop().await;
}

#[tokio::test]
async fn unknown_services_and_methods_are_refused_by_name_at_every_port() {
    let (cloud, _dir) = cloud(QuotaSettings::default()).await;
    let Endpoints {
        pubsub,
        storage,
        run,
        build,
        functions,
        eventarc,
        artifact_registry,
        registry: _,
        logging,
        identity,
        secrets,
        kms,
        scheduler,
        tasks,
        projects,
        firebase,
        gateway: _,
        testing: _,
    } = cloud.endpoints();
    for address in [
        pubsub,
        storage,
        run,
        build,
        functions,
        eventarc,
        artifact_registry,
        logging,
        identity,
        secrets,
        kms,
        scheduler,
        tasks,
        projects,
        firebase,
    ] {
        for path in [
            "/google.example.v1.Unknown/Get",
            "/google.pubsub.v1.Publisher/Unknown",
            "/google.cloud.run.v2.Jobs/Unknown",
        ] {
            let response = call(address, "localhost", path, &[]).await;
            assert_eq!(header(&response, "grpc-status"), UNIMPLEMENTED, "{path} {response:?}");
            assert!(header(&response, "grpc-message").contains(path), "{path} {response:?}");
        }
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_field_that_would_be_skipped_is_refused_by_name_at_every_port() {
    let (cloud, _dir) = cloud(QuotaSettings::default()).await;
    let at = cloud.endpoints();
    // The field 999, a text.
    let unknown = [0xba, 0x3e, 1, b'x'].as_slice();
    for (address, path, message) in [
        (at.pubsub, "/google.pubsub.v1.Publisher/ListTopics", named("projects/p")),
        (at.storage, "/google.storage.v2.Storage/ListBuckets", named("projects/p")),
        (at.run, "/google.cloud.run.v2.Services/ListServices", named("projects/p/locations/l")),
        (
            at.secrets,
            "/google.cloud.secretmanager.v1.SecretManagerService/ListSecrets",
            named("projects/p"),
        ),
        (at.kms, "/google.cloud.kms.v1.KeyManagementService/GetKeyRing", named("k")),
        (at.tasks, "/google.cloud.tasks.v2.CloudTasks/ListQueues", named("projects/p/locations/l")),
        (at.scheduler, "/google.cloud.scheduler.v1.CloudScheduler/ListJobs", named("p")),
        (at.eventarc, "/google.cloud.eventarc.v1.Eventarc/GetTrigger", named("t")),
        (at.functions, "/google.cloud.functions.v2.FunctionService/GetFunction", named("f")),
        (at.logging, "/google.logging.v2.LoggingServiceV2/ListLogs", named("projects/p")),
    ] {
        let message = [message.as_slice(), unknown].concat();
        let refused = call(address, "localhost", path, &message).await;
        let text = header(&refused, "grpc-message");
        assert_eq!(header(&refused, "grpc-status"), UNIMPLEMENTED, "{path} {refused:?}");
        assert!(text.contains("field%20999") || text.contains("field 999"), "{path} {text}");
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_bucket_has_all_settings_over_grpc_that_it_was_created_with() {
    let (cloud, _dir) = cloud(QuotaSettings::default()).await;
    let storage = cloud.endpoints().storage;
    let text = |number: u8, text: &str| {
        [&[number << 3 | 2, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
    };
    let inner = |number: u8, message: &[u8]| {
        [&[number << 3 | 2, u8::try_from(message.len()).unwrap()], message].concat()
    };
    // `cors`, `website` and `project` of a bucket.
    let cors = inner(12, &[text(1, "https://shop.example"), text(2, "GET")].concat());
    let website = [&[0x82, 1, 12], text(1, "index.html").as_slice()].concat();
    let bucket = [cors, website, text(3, "projects/p")].concat();
    let request = [text(1, "projects/_"), inner(2, &bucket), text(3, "shop")].concat();
    let path = "/google.storage.v2.Storage/CreateBucket";
    let created = call(storage, "localhost", path, &request).await;
    assert_eq!(header(&created, "grpc-status"), "", "{created:?}");
    let message = created.bytes().await.unwrap();
    for part in ["https://shop.example", "index.html"] {
        assert!(String::from_utf8_lossy(&message).contains(part), "{message:?}");
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let read = client.get(format!("http://{storage}/storage/v1/b/shop")).send().await.unwrap();
    let read: serde_json::Value = serde_json::from_slice(&read.bytes().await.unwrap()).unwrap();
    assert_eq!(read["website"]["mainPageSuffix"], "index.html", "{read}");
    assert_eq!(read["cors"][0]["origin"][0], "https://shop.example", "{read}");
    cloud.stop().await;
}

#[tokio::test]
async fn a_grpc_call_must_name_this_machine() {
    let (cloud, _dir) = cloud(QuotaSettings::default()).await;
    let path = "/google.cloud.secretmanager.v1.SecretManagerService/ListSecrets";
    let message = named("projects/local-project");
    let secrets = cloud.endpoints().secrets;
    let refused = call(secrets, "rebound.example", path, &message).await;
    assert_eq!(refused.status(), reqwest::StatusCode::MISDIRECTED_REQUEST);
    let answered = call(secrets, "localhost", path, &message).await;
    assert_eq!(answered.status(), reqwest::StatusCode::OK);
    assert_eq!(header(&answered, "grpc-status"), "", "it is behind the message");
    cloud.stop().await;
}
