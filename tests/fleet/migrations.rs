//! Migrations: what is deployed becomes a batch, and the batch makes the same function elsewhere.

mod detached;
mod preflight;

use std::collections::BTreeMap;
use std::fs::File;
use std::time::Duration;

use longshore_messages::proto;
use serde_json::{Value, json};

use crate::functions::road::python;
use crate::support::{Cloud, function, longshore, spec};

/// Runs a command, and returns its exit code, its JSON and what it said.
pub(super) fn run(cloud: &Cloud, arguments: &[&str]) -> (Option<i32>, Value, String) {
    let output =
        longshore(&cloud.environment).args(["--output", "json"]).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default(), said)
}

/// A request in the Functions flavour.
pub(super) fn of_functions_flavour(name: &str, source: proto::Source) -> proto::FunctionSpec {
    let flavour = proto::Flavour::Functions.into();
    proto::FunctionSpec { flavour, runtime: python(), ..spec(name, source) }
}

pub(super) async fn deployed(cloud: &Cloud, wanted: proto::FunctionSpec) {
    let finished = cloud.end_of(cloud.request(wanted).await).await;
    let outcome = finished.outcome.as_str();
    assert_eq!(outcome, "deployed", "{finished:?}\n{}", cloud.logs());
}

/// A function with every setting that both flavours have, and what calls it.
async fn full(cloud: &Cloud, name: &str, topic: &str) -> proto::FunctionSpec {
    let value = cloud.folder().join("value");
    std::fs::write(&value, "secret").unwrap();
    let mut set = longshore(&cloud.environment);
    let set = set.args(["secrets", "set", "token"]).stdin(File::open(value).unwrap()).output();
    assert!(set.unwrap().status.success());
    cloud.clients.bus.ensure_topic(topic, "").await.unwrap();
    let source = cloud.stage(&function(cloud.folder(), "migrated")).await;
    let mut full = of_functions_flavour(name, source);
    full.build.get_or_insert_default().environment = [("STYLE".into(), "plain".into())].into();
    let service = full.service.get_or_insert_default();
    service.access = proto::Access::Authenticated.into();
    service.environment = [("GREETING".into(), "on: \"Hi\"".into())].into();
    service.labels = [("team".into(), "shop".into())].into();
    service.description = "takes orders".to_owned();
    service.memory = "512Mi".to_owned();
    service.cpu = "1".to_owned();
    service.concurrency = Some(2);
    service.max_instances = Some(3);
    service.timeout = Some(Duration::from_secs(33).into());
    let [name, secret, version] = ["TOKEN", "token", "1"].map(str::to_owned);
    service.secret_environment.push(proto::SecretVariable { name, secret, version });
    let files = [("file".to_owned(), "latest".to_owned())].into();
    let (mount_path, secret) = ("/secrets".to_owned(), "token".to_owned());
    service.secret_volumes.push(proto::SecretVolume { mount_path, secret, files });
    let topic = proto::TopicTrigger { topic: topic.to_owned(), ..Default::default() };
    let schedule = proto::ScheduleTrigger {
        schedule: "0 0 29 2 *".to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
        ..Default::default()
    };
    let kinds = [proto::trigger::Kind::Topic(topic), proto::trigger::Kind::Schedule(schedule)];
    full.triggers = kinds.map(|kind| proto::Trigger { kind: Some(kind) }).into();
    full.callers = vec!["user:ada@example.com".to_owned()];
    full
}

/// What of a description does not depend on the flavour, the place and the name.
fn essence(described: &Value) -> Value {
    let service = &described["service"];
    let own = |map: &Value, foreign: &[&str]| -> BTreeMap<String, Value> {
        let all = map.as_object().cloned().unwrap_or_default().into_iter();
        all.filter(|(key, _)| !foreign.iter().any(|prefix| key.starts_with(prefix))).collect()
    };
    let triggers: Vec<_> = described["triggers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["kind"], one["topic"], one["schedule"], one["timeZone"]]))
        .collect();
    json!({
        "entryPoint": described["entryPoint"],
        "access": service["access"],
        "environment": own(&service["environment"], &["FUNCTION_", "LOG_EXECUTION_ID"]),
        "labels": own(&service["labels"], &["goog-", "longshore-"]),
        "description": described["spec"]["service"]["description"],
        "limits": [service["memory"], service["cpu"], service["timeoutS"]],
        "scaling": [service["concurrency"], service["maxInstances"]],
        "secretEnvironment": described["spec"]["service"]["secretEnvironment"],
        "secretVolumes": described["spec"]["service"]["secretVolumes"],
        "build": described["spec"]["build"]["environment"],
        "callers": described["spec"]["callers"],
        "triggers": triggers,
    })
}

fn described(cloud: &Cloud, name: &str) -> Value {
    let (code, described, said) = run(cloud, &["describe", name]);
    assert_eq!(code, Some(0), "{said}");
    described
}

/// Plans a migration, and carries it out as a batch without a change.
fn migrate(cloud: &Cloud, arguments: &[&str]) -> Value {
    let manifest = cloud.folder().join("batch.yaml");
    let path = manifest.to_str().unwrap();
    let (code, planned, said) =
        run(cloud, &[&["migrate", "plan", "--out", path], arguments].concat());
    assert_eq!(code, Some(0), "{planned}\n{said}");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let (code, validated, said) = run(cloud, &["batch", "validate", path]);
    assert_eq!(code, Some(0), "{validated}\n{said}\n{text}");
    let (code, plan, said) = run(cloud, &["batch", "plan", path]);
    assert_eq!(code, Some(0), "{plan}\n{said}");
    let (code, status, said) = run(cloud, &["batch", "start", path, "--watch"]);
    assert_eq!(code, Some(0), "{status}\n{said}\n{text}\n{}", cloud.logs());
    planned
}

/// Another runtime than this machine's, of the same language.
fn other_python() -> &'static str {
    if python() == "python313" { "python312" } else { "python313" }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_keeps_what_it_is_in_the_other_flavour_another_region_and_another_runtime() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let _feeder = cloud.worker("batch-feeder");
    let topic = format!("projects/{}/topics/orders", cloud.settings.project);
    deployed(&cloud, full(&cloud, "take_orders", &topic).await).await;
    let before = described(&cloud, "take_orders");
    assert_eq!(before["flavour"], "functions");

    let planned = migrate(&cloud, &["--to", "run"]);
    assert_eq!(planned["copied"].as_array().unwrap().len(), 1, "{planned}");
    assert_eq!(planned["leftOut"], json!([]));
    let copied = described(&cloud, "take-orders-run");
    assert_eq!(copied["flavour"], "run");
    assert_eq!(essence(&copied), essence(&before));
    assert_eq!(described(&cloud, "take_orders")["state"], "serving", "the old one stays");

    let runtime = format!("runtime={}", other_python());
    let to = ["--to", "functions", "--to", "region=us-central1", "--to", &runtime];
    let filter = ["--filter", "name=take-*", "--filter", "flavour=run"];
    migrate(&cloud, &[&to[..], &filter].concat());
    let at = format!("{}/us-central1/take-orders-run", cloud.settings.project);
    let moved = described(&cloud, &at);
    assert_eq!((&moved["flavour"], &moved["region"]), (&"functions".into(), &"us-central1".into()));
    assert_eq!(moved["function"]["runtime"], other_python());
    assert_eq!(essence(&moved), essence(&before));

    let (code, inventory, said) = run(&cloud, &["inventory"]);
    assert_eq!(code, Some(0), "{said}");
    let all: Vec<_> = inventory
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["name"], one["region"], one["flavour"], one["generation"]]))
        .collect();
    let region = &cloud.settings.region;
    let expected = [
        json!(["take-orders-run", region, "run", null]),
        json!(["take_orders", region, "functions", 2]),
        json!(["take-orders-run", "us-central1", "functions", 2]),
    ];
    assert_eq!(all, expected, "{inventory}");
    let first = &inventory[1];
    assert_eq!(first["runtimeStage"], "ga");
    assert!(first["daysUntilDecommissioned"].as_i64().unwrap() > 0, "{first}");
    assert_eq!(first["migrateTo"], json!(["run", "region", "runtime", "key"]));
    assert!(first["obstacles"]["functions"].as_str().unwrap().contains("already"));
    let output = longshore(&cloud.environment)
        .args(["inventory", "--format", "csv", "--filter", "generation=2"])
        .output()
        .unwrap();
    let csv = String::from_utf8(output.stdout).unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_carried_over_is_named_and_left_out() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "stays")).await;
    deployed(&cloud, of_functions_flavour("stays", source)).await;
    // What no fleet knows: its triggers cannot be known either.
    let url = format!(
        "{}/v2/{}?updateMask=labels",
        cloud.environment["LONGSHORE_FUNCTIONS_ENDPOINT"],
        format_args!(
            "projects/{}/locations/{}/functions/stays",
            cloud.settings.project, cloud.settings.region
        ),
    );
    let patch = crate::support::rest::client().patch(url).json(&json!({"labels": {}}));
    let operation = crate::support::rest::send(patch).await;
    let name = operation["name"].as_str().unwrap();
    while cloud
        .clients
        .functions
        .operation(name)
        .await
        .unwrap()
        .is_some_and(|found| found.end == longshore_cloud::OperationEnd::InProgress)
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let (code, planned, said) = run(&cloud, &["migrate", "plan", "--to", "run"]);
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(planned["copied"][0]["lost"][0]["field"], "triggers", "{planned}");
    assert!(said.contains("not carried over: triggers"), "{said}");
    let manifest = planned["manifest"].as_str().unwrap();
    assert!(manifest.contains("# Not carried over, triggers:"), "{manifest}");

    let (code, planned, _) = run(&cloud, &["migrate", "plan", "--to", "runtime=go127"]);
    assert_eq!(code, Some(2));
    assert_eq!(planned["copied"], json!([]));
    assert!(planned["leftOut"][0]["reason"].as_str().unwrap().contains("language"), "{planned}");
    let (code, _, said) = run(&cloud, &["migrate", "plan", "--to", "commit"]);
    assert_eq!(code, Some(64));
    assert!(said.contains("gcloud functions upgrade"), "{said}");
}
