//! Every call that the fleet and the command line make to Cloud Functions, Cloud Run, Cloud Build,
//! Eventarc, Cloud Scheduler, Cloud Tasks, Cloud KMS, Resource Manager and Service Usage is one of Google's
//! discovery documents: its path, its query and each field of its body.
//!
//! A proxy between the programs and the local cloud records the calls. The documents come from the
//! package google-api-python-client of PyPI; without it, the test prints that it is skipped. The
//! programs speak REST to these APIs, so what is recorded is all that they send.

mod document;
mod documents;
pub(crate) mod recorder;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::time::Duration;

use longshore_messages::{DeploymentId, proto};
use serde_json::json;

use crate::keys::Place;
use crate::support::{Cloud, function, longshore, spec};
use document::Document;
use documents::documents;
use recorder::Recorder;

/// The variables of the endpoints, and the documents of their APIs.
const APIS: [(&str, &str); 8] = [
    ("LONGSHORE_FUNCTIONS_ENDPOINT", "cloudfunctions.v2"),
    ("LONGSHORE_RUN_ENDPOINT", "run.v2"),
    ("LONGSHORE_BUILD_ENDPOINT", "cloudbuild.v1"),
    ("LONGSHORE_EVENTARC_ENDPOINT", "eventarc.v1"),
    ("LONGSHORE_SCHEDULER_ENDPOINT", "cloudscheduler.v1"),
    ("LONGSHORE_TASKS_ENDPOINT", "cloudtasks.v2"),
    ("LONGSHORE_KMS_ENDPOINT", "cloudkms.v1"),
    ("LONGSHORE_RESOURCE_MANAGER_ENDPOINT", "cloudresourcemanager.v3"),
];

/// The only API that the local cloud serves at the address of another one, and its document.
const BESIDE: (&str, &str) = ("/v1beta1/", "serviceusage.v1beta1");

/// Methods that the deployments below cannot do without.
const EXPECTED: [&str; 34] = [
    "cloudbuild.projects.locations.builds.list",
    "cloudfunctions.projects.locations.functions.create",
    "cloudfunctions.projects.locations.functions.delete",
    "cloudfunctions.projects.locations.functions.generateUploadUrl",
    "cloudfunctions.projects.locations.functions.get",
    "cloudfunctions.projects.locations.functions.list",
    "cloudfunctions.projects.locations.functions.patch",
    "cloudfunctions.projects.locations.operations.get",
    "cloudfunctions.projects.locations.runtimes.list",
    "cloudkms.projects.locations.keyRings.cryptoKeys.getIamPolicy",
    "cloudkms.projects.locations.keyRings.getIamPolicy",
    "cloudresourcemanager.projects.get",
    "cloudresourcemanager.projects.getIamPolicy",
    "cloudscheduler.projects.locations.jobs.create",
    "cloudscheduler.projects.locations.jobs.delete",
    "cloudscheduler.projects.locations.jobs.list",
    "cloudscheduler.projects.locations.jobs.patch",
    "cloudtasks.projects.locations.queues.create",
    "cloudtasks.projects.locations.queues.delete",
    "cloudtasks.projects.locations.queues.get",
    "cloudtasks.projects.locations.queues.getIamPolicy",
    "cloudtasks.projects.locations.queues.list",
    "cloudtasks.projects.locations.queues.patch",
    "cloudtasks.projects.locations.queues.setIamPolicy",
    "eventarc.projects.locations.triggers.create",
    "eventarc.projects.locations.triggers.delete",
    "eventarc.projects.locations.triggers.list",
    "eventarc.projects.locations.triggers.patch",
    "run.projects.locations.builds.submit",
    "run.projects.locations.services.create",
    "run.projects.locations.services.delete",
    "run.projects.locations.services.get",
    "run.projects.locations.services.patch",
    "serviceusage.services.consumerQuotaMetrics.list",
];

/// A request with every setting that both flavours have.
fn full(name: &str, flavour: proto::Flavour, source: proto::Source) -> proto::FunctionSpec {
    let mut full = spec(name, source);
    full.flavour = flavour.into();
    full.build.get_or_insert_default().environment = [("FLAVOUR".into(), "x".into())].into();
    let service = full.service.get_or_insert_default();
    service.environment = [("GREETING".into(), "Hi".into())].into();
    service.labels = [("team".into(), "a".into())].into();
    service.description = "a function".to_owned();
    service.memory = "512Mi".to_owned();
    service.cpu = "1".to_owned();
    service.concurrency = Some(2);
    service.min_instances = Some(0);
    service.max_instances = Some(3);
    service.ingress = proto::Ingress::All.into();
    let variable = ["KEY", "key", "latest"].map(str::to_owned);
    let [name, secret, version] = variable;
    service.secret_environment.push(proto::SecretVariable { name, secret, version });
    let files = [("file".to_owned(), "latest".to_owned())].into();
    let (mount_path, secret) = ("/secrets".to_owned(), "key".to_owned());
    service.secret_volumes.push(proto::SecretVolume { mount_path, secret, files });
    full.triggers = vec![of_logs(false), of_schedule(1), of_queue(1)];
    full
}

/// A trigger of audit logs.
fn of_logs(retry: bool) -> proto::Trigger {
    let filters = [
        ("serviceName", "secretmanager.googleapis.com", ""),
        ("methodName", "google.cloud.secretmanager.v1.SecretManagerService.CreateSecret", ""),
        ("resourceName", "projects/*/secrets/none-*", "match-path-pattern"),
    ];
    let filters = filters.map(|(attribute, value, operator)| proto::EventFilter {
        attribute: attribute.to_owned(),
        value: value.to_owned(),
        operator: operator.to_owned(),
    });
    let event = proto::EventTrigger {
        r#type: "google.cloud.audit.log.v1.written".to_owned(),
        filters: filters.into(),
        path: "/logs".to_owned(),
        retry,
        ..proto::EventTrigger::default()
    };
    proto::Trigger { kind: Some(proto::trigger::Kind::Event(event)) }
}

/// A schedule with every setting.
fn of_schedule(second: u64) -> proto::Trigger {
    let wait = |seconds| Some(Duration::from_secs(seconds).into());
    let retry = proto::ScheduleRetry {
        count: 1,
        max_duration: wait(60),
        minimum_backoff: wait(second),
        maximum_backoff: wait(60),
        max_doublings: Some(2),
    };
    let schedule = proto::ScheduleTrigger {
        schedule: format!("{second} 0 29 2 *"),
        time_zone: "Europe/Zurich".to_owned(),
        path: format!("/{second}"),
        body: b"hello".to_vec(),
        headers: [("Content-Type".to_owned(), "text/plain".to_owned())].into(),
        attempt_deadline: wait(15 + second),
        retry: Some(retry),
        ..proto::ScheduleTrigger::default()
    };
    proto::Trigger { kind: Some(proto::trigger::Kind::Schedule(schedule)) }
}

/// A queue with every setting.
fn of_queue(second: i32) -> proto::Trigger {
    let wait = |seconds| Some(Duration::from_secs(seconds).into());
    let retry = proto::QueueRetry {
        max_attempts: Some(second),
        max_duration: wait(60),
        minimum_backoff: wait(1),
        maximum_backoff: wait(60),
        max_doublings: Some(2),
    };
    let queue = proto::QueueTrigger {
        max_dispatches_per_second: Some(second.into()),
        max_concurrent_dispatches: Some(second),
        retry: Some(retry),
        enqueuers: vec![format!("user:ada-{second}@example.com")],
        ..proto::QueueTrigger::default()
    };
    proto::Trigger { kind: Some(proto::trigger::Kind::Queue(queue)) }
}

async fn ends(cloud: &Cloud, id: DeploymentId, expected: &str) {
    let outcome = cloud.end_of(id).await.outcome;
    assert_eq!(outcome.as_str(), expected, "{outcome:?}\n{}", cloud.logs());
}

fn succeeds(cloud: &Cloud, arguments: &[&str]) {
    let output = longshore(&cloud.environment).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_to_google_is_in_its_discovery_document() {
    let Some(folder) = tokio::task::spawn_blocking(documents).await.unwrap() else { return };
    let mut cloud = Cloud::start().await;
    let mut recorders = BTreeMap::new();
    for (variable, api) in APIS {
        let recorder = Recorder::start(&cloud.environment[variable]).await;
        cloud.environment.insert(variable.to_owned(), recorder.url());
        recorders.insert(api, recorder);
    }
    let value = cloud.folder().join("value");
    std::fs::write(&value, "secret").unwrap();
    let mut set = longshore(&cloud.environment);
    let set = set.args(["secrets", "set", "key"]).stdin(File::open(value).unwrap()).output();
    assert!(set.unwrap().status.success());
    let _fleet = cloud.fleet();
    for flavour in [proto::Flavour::Run, proto::Flavour::Functions] {
        let name = flavour.as_str_name().to_lowercase().replace('_', "-");
        let first = full(&name, flavour, cloud.stage(&function(cloud.folder(), "one")).await);
        ends(&cloud, cloud.request(first.clone()).await, "deployed").await;
        ends(&cloud, cloud.request(first.clone()).await, "unchanged").await;
        let source = cloud.stage(&function(cloud.folder(), "two")).await;
        let mut second = proto::FunctionSpec { source: Some(source), ..first };
        second.service.get_or_insert_default().memory = "1Gi".to_owned();
        second.triggers = vec![of_logs(true), of_schedule(2), of_queue(2)];
        ends(&cloud, cloud.request(second).await, "deployed").await;
        for command in ["describe", "logs"] {
            succeeds(&cloud, &[command, &name]);
        }
    }
    // Grants are looked up on the key, on its ring and on its project.
    let place = Place::new(&cloud).await;
    place.create_repository("images", &place.key("key")).await;
    let source = cloud.stage(&function(cloud.folder(), "three")).await;
    let protected = place.of_functions("protected", source);
    place.set_policy(&json!({"bindings": []})).await;
    ends(&cloud, cloud.request(protected).await, "failed").await;
    succeeds(&cloud, &["list"]);
    succeeds(&cloud, &["logs", "--build", "flavour-functions"]);
    succeeds(&cloud, &["delete", "--yes", "flavour-run", "flavour-functions"]);

    let (mut wrong, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let (version, api) = BESIDE;
    let beside = Document::read(&folder.join(format!("{api}.json")));
    for (api, recorder) in &recorders {
        let document = Document::read(&folder.join(format!("{api}.json")));
        for call in recorder.calls() {
            let document = if call.path.starts_with(version) { &beside } else { &document };
            match document.check(&call) {
                Ok(method) => drop(seen.insert(method)),
                Err(errors) => wrong.extend(errors),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let missing: Vec<_> = EXPECTED.iter().filter(|method| !seen.contains(**method)).collect();
    assert!(missing.is_empty(), "not called: {missing:?}; called: {seen:#?}");
}
