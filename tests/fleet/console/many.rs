//! A ledger with ten thousand deployments.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _};
use longshore_ledger::{Record, Request};
use longshore_messages::{
    Deployment, DeploymentFinished, DeploymentId, Failure, FailureClass, Outcome, Serving,
    TraceContext, encode, encode_request, proto,
};
use time::OffsetDateTime;

use super::browser::{Console, modules};
use crate::support::Cloud;

const DEPLOYMENTS: usize = 10_000;

/// Objects that are written at the same time.
const AT_ONCE: usize = 64;

/// Writes a deployment that has ended, as the workers would have.
async fn write(cloud: &Cloud, number: usize) {
    let settings = &cloud.settings;
    let function = format!("{}/{}/fn-{:04}", settings.project, settings.region, number % 2_500);
    let ce_id = format!("many-{number}");
    let id = DeploymentId::of("//test", &ce_id);
    let now = OffsetDateTime::now_utc();
    let spec = proto::FunctionSpec { name: function.clone(), ..proto::FunctionSpec::default() };
    let request =
        proto::DeployRequested { function: Some(spec), ..proto::DeployRequested::default() };
    let trace = TraceContext::default();
    let message = encode_request(&request, "//test", &ce_id, &trace, now);
    let request = Request { message, requester: "default".to_owned(), published_at: now };
    cloud.ledger.write_request(id, &request).await.unwrap();
    let outcome = match number % 10 {
        0 => Outcome::Failed(Failure::new(
            "registry-watcher",
            FailureClass::User,
            "build-failed",
            "pip could not install the requirements",
            "fix requirements.txt",
        )),
        1 => Outcome::Superseded { by: None },
        _ => Outcome::Deployed(Serving {
            url: "https://example.test".to_owned(),
            revision: format!("fn-{:04}-00001-abc", number % 2_500),
            image: String::new(),
        }),
    };
    let deployment = Deployment {
        id,
        generation: 1 + number as u64 / 2_500,
        admitted_at: now,
        deadline_at: now + Duration::from_secs(3_600),
    };
    let finished = DeploymentFinished {
        deployment: Some(deployment),
        id,
        function,
        outcome,
        finished_at: now,
    };
    let message = encode(&finished, "service-deployer", &settings.fleet, &trace, now);
    let record = Record {
        stage: "service-deployer".to_owned(),
        input: ce_id,
        topic: cloud.topic(longshore_messages::Topic::DeploymentFinished),
        message,
        published_at: now,
        started_at: now,
        finished_at: now,
        attempt: None,
        waited_ms: 0,
        waited_for: None,
    };
    cloud.ledger.record_outcome(id, &record).await.unwrap();
}

#[ignore = "takes minutes to write them: run it by name"]
#[tokio::test]
async fn ten_thousand_deployments_are_listed_and_scrolled() {
    let Some(modules) = modules().await else { return };
    let cloud = Cloud::start().await;
    let writing = stream::iter(0..DEPLOYMENTS).map(|number| write(&cloud, number));
    writing.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    let begun = Instant::now();
    let console = Console::start(&cloud, modules).await;
    console.runs("rows", &[&DEPLOYMENTS.to_string()]).await;
    println!("from the start of the console to the end of the list: {:?}", begun.elapsed());
    console.runs("accessible", &["deployments?state=failed"]).await;
    let folder = super::pictures().join("many").display().to_string();
    console.runs("screenshots", &[&folder, "road=", "list=deployments", "failures=failures"]).await;
}
