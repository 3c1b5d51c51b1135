//! Storms: random SIGKILL and SIGSTOP of the workers and of the cloud under a mixed load. Whatever
//! ends whenever, each request gets exactly one outcome, and the newest function serves.
//!
//! `plan` chooses everything from a seed, `processes` carries out the blows, and `verdict` reads
//! what is left over Google's REST APIs and compares it with what was requested. A storm prints its
//! seed; the schedule of the processes is not part of it, so a seed repeats the load and the blows
//! but not the exact interleaving.
//!
//! `just storm` runs the long one. `STORM_SEED`, `STORM_REQUESTS`, `STORM_REPLICAS` and
//! `STORM_FLAVOUR=functions` change it.

mod batches;
mod plan;
mod processes;
mod verdict;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use crate::support::rest::Subscription;
use crate::support::{Cloud, function, spec};
use longshore_cloud::Bus;
use longshore_messages::proto::{self, Flavour};
use longshore_messages::{DeploymentId, Topic, TraceContext, WireMessage, encode_request};
use plan::{Kind, Plan, Planned, Size};
use processes::Processes;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Who publishes the requests of a storm.
const PUBLISHER: &str = "//storm";

/// Pause before a request that the cloud did not confirm is published again.
const PUBLISH_PAUSE: Duration = Duration::from_millis(200);

/// A request of the plan, and what a subscriber would see of it.
struct Requested {
    id: DeploymentId,
    planned: Planned,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_storm_loses_doubles_and_fails_nothing() {
    run(Size {
        flavour: Flavour::Run,
        requests: 30,
        functions: 8,
        replicas: 2,
        span: Duration::from_secs(12),
        worker_kills: 8,
        cloud_kills: 1,
        worker_freezes: 2,
        cloud_freezes: 1,
        freeze: Duration::from_secs(8),
        ends_within: Duration::from_secs(180),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_storm_over_operations_loses_doubles_and_fails_nothing() {
    run(Size {
        flavour: Flavour::Functions,
        // Each change is a build here, also one of a variable alone.
        requests: 16,
        functions: 5,
        replicas: 2,
        span: Duration::from_secs(12),
        worker_kills: 8,
        cloud_kills: 1,
        worker_freezes: 2,
        cloud_freezes: 1,
        freeze: Duration::from_secs(8),
        ends_within: Duration::from_secs(180),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; `just storm` runs it"]
async fn a_long_storm_loses_doubles_and_fails_nothing() {
    run(Size {
        flavour: match std::env::var("STORM_FLAVOUR").as_deref() {
            Ok("functions") => Flavour::Functions,
            Ok(_) | Err(_) => Flavour::Run,
        },
        requests: setting("STORM_REQUESTS").unwrap_or(300),
        functions: 60,
        replicas: setting("STORM_REPLICAS").unwrap_or(2),
        span: Duration::from_secs(180),
        worker_kills: 100,
        cloud_kills: 6,
        worker_freezes: 4,
        cloud_freezes: 2,
        freeze: Duration::from_secs(75),
        ends_within: Duration::from_secs(900),
    })
    .await;
}

/// A number in the environment of the test.
fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value} is not a number")))
}

#[expect(clippy::print_stdout, reason = "prints the seed and the figures")]
async fn run(size: Size) {
    let seed = setting("STORM_SEED").unwrap_or_else(|| {
        u64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() % 1_000_000_007).unwrap()
    });
    println!("STORM_SEED={seed}");
    let plan = Plan::of(seed, &size);
    let cloud = Cloud::start().await;
    let outcomes = Subscription::create(&cloud, &cloud.topic(Topic::DeploymentFinished)).await;
    let requests = requests(&cloud, &plan, size.flavour).await;
    let (bus, topic) = (Arc::clone(&cloud.clients.bus), cloud.topic(Topic::DeployRequested));

    let mut processes = Processes::start(cloud, size.replicas);
    let begun = Instant::now();
    let mut publishers = JoinSet::new();
    let mut requested = Vec::new();
    for (planned, id, message) in requests {
        for at in &planned.published {
            let (bus, topic, message) = (Arc::clone(&bus), topic.clone(), message.clone());
            publishers.spawn(publish(bus, topic, message, begun + *at));
        }
        requested.push(Requested { id, planned });
    }
    for blow in &plan.blows {
        tokio::time::sleep_until(begun + blow.at).await;
        processes.suffer(blow).await;
    }
    while let Some(published) = publishers.join_next().await {
        published.unwrap();
    }
    let calm = Instant::now();
    let verdict = verdict::judge(processes.cloud(), &outcomes, &requested, &size).await;
    println!(
        "seed {seed}: {} requests, {} blows in {:?}, judged {:?} later\n{verdict}",
        requested.len(),
        plan.blows.len(),
        calm - begun,
        calm.elapsed(),
    );
    assert!(verdict.is_clean(), "STORM_SEED={seed}\n{verdict}\n{}", logs(&processes));
}

/// The logs, if the environment asks for them: those of a long storm are too large to print.
fn logs(processes: &Processes) -> String {
    match std::env::var_os("STORM_LOGS") {
        Some(_) => processes.cloud().logs(),
        None => "STORM_LOGS=1 prints the logs of all processes".to_owned(),
    }
}

/// Stages the sources of the plan, and encodes its requests.
async fn requests(
    cloud: &Cloud,
    plan: &Plan,
    flavour: Flavour,
) -> Vec<(Planned, DeploymentId, WireMessage)> {
    let broken = cloud.folder().join("broken");
    std::fs::create_dir(&broken).unwrap();
    std::fs::write(broken.join("main.py"), "def hello(request:\n").unwrap();
    let broken = cloud.stage(&broken).await;
    let mut sources = BTreeMap::new();
    let mut encoded = Vec::new();
    for (number, planned) in plan.requests.iter().enumerate() {
        if let Entry::Vacant(vacant) = sources.entry(planned.source) {
            vacant.insert(cloud.stage(&responder(cloud, planned.source)).await);
        }
        let source = match planned.kind {
            Kind::SyntaxError => &broken,
            Kind::Good | Kind::InvalidField => &sources[&planned.source],
        };
        let request = proto::DeployRequested {
            function: Some(asked(planned, source.clone(), flavour)),
            ..proto::DeployRequested::default()
        };
        let (ce_id, now) = (format!("{number}"), OffsetDateTime::now_utc());
        let message = encode_request(&request, PUBLISHER, &ce_id, &TraceContext::default(), now);
        encoded.push((planned.clone(), DeploymentId::of(PUBLISHER, &ce_id), message));
    }
    encoded
}

fn asked(planned: &Planned, source: proto::Source, flavour: Flavour) -> proto::FunctionSpec {
    let mut asked = spec(&planned.function, source);
    asked.flavour = flavour.into();
    let service = asked.service.get_or_insert_default();
    service.environment.insert("GREETING".to_owned(), planned.greeting.to_string());
    if planned.kind == Kind::InvalidField {
        service.concurrency = Some(-1);
    }
    asked
}

/// A function that responds with [`Planned::response`].
fn responder(cloud: &Cloud, source: u32) -> std::path::PathBuf {
    let directory = function(cloud.folder(), "");
    let main = format!(
        "import os\n\nimport functions_framework\n\n\n@functions_framework.http\ndef hello(request):\n    return \"{source} \" + os.environ[\"GREETING\"]\n"
    );
    std::fs::write(directory.join("main.py"), main).unwrap();
    directory
}

/// Publishes until the cloud confirms it: only then the request is accepted.
async fn publish(bus: Arc<dyn Bus>, topic: String, message: WireMessage, at: Instant) {
    tokio::time::sleep_until(at).await;
    while bus.publish(&topic, message.clone()).await.is_err() {
        tokio::time::sleep(PUBLISH_PAUSE).await;
    }
}
