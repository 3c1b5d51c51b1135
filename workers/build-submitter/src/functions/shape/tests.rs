use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::{FunctionEvent, FunctionField as Field, FunctionShape, LiveFunction};
use longshore_messages::{
    Encryption, Ingress, SecretVersion, ServiceSettings, StorageObject, VpcAccess,
};

use super::*;

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn map(key: &str, value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_owned(), value.to_owned())])
}

#[test]
fn each_setting_that_differs_is_a_field_of_the_update_and_no_other() {
    let none = FunctionShape::default();
    let connector = "projects/p/locations/r/connectors/c".to_owned();
    let secret = SecretVersion { secret: "s".to_owned(), version: "1".to_owned() };
    type Change = Box<dyn Fn(&mut FunctionShape)>;
    let cases: Vec<(Field, Change)> = vec![
        (Field::Description, Box::new(|one| one.settings.description = text("d"))),
        (Field::Labels, Box::new(|one| one.labels = map("team", "shore"))),
        (Field::Runtime, Box::new(|one| "python312".clone_into(&mut one.runtime))),
        (Field::EntryPoint, Box::new(|one| "hello".clone_into(&mut one.entry_point))),
        (Field::BuildEnvironment, Box::new(|one| one.build_environment = map("A", "1"))),
        (Field::BuildAccount, Box::new(|one| "a".clone_into(&mut one.build_account))),
        (Field::WorkerPool, Box::new(|one| "w".clone_into(&mut one.worker_pool))),
        (Field::Repository, Box::new(|one| "r".clone_into(&mut one.repository))),
        (Field::KmsKey, Box::new(|one| "k".clone_into(&mut one.kms_key))),
        (Field::Memory, Box::new(|one| one.settings.memory = text("1Gi"))),
        (Field::Cpu, Box::new(|one| one.settings.cpu = text("1"))),
        (Field::Timeout, Box::new(|one| one.settings.timeout = Some(Duration::from_secs(1)))),
        (Field::Concurrency, Box::new(|one| one.settings.concurrency = Some(1))),
        (Field::MinInstances, Box::new(|one| one.settings.min_instances = Some(0))),
        (Field::MaxInstances, Box::new(|one| one.settings.max_instances = Some(1))),
        (Field::ServiceAccount, Box::new(|one| one.settings.service_account = text("a"))),
        (Field::Environment, Box::new(|one| one.settings.environment = map("A", "1"))),
        (
            Field::SecretEnvironment,
            Box::new(move |one| {
                one.settings.secret_environment = [("A".to_owned(), secret.clone())].into();
            }),
        ),
        (Field::Ingress, Box::new(|one| one.settings.ingress = Some(Ingress::Internal))),
        (
            Field::Connector,
            Box::new(move |one| one.settings.vpc = Some(VpcAccess::Connector(connector.clone()))),
        ),
        (
            Field::EventTrigger,
            Box::new(|one| {
                one.event = Some(FunctionEvent {
                    event_type: "google.cloud.storage.object.v1.finalized".to_owned(),
                    filters: Vec::new(),
                    region: "r".to_owned(),
                    topic: String::new(),
                    account: String::new(),
                    channel: String::new(),
                    retries: true,
                });
            }),
        ),
    ];
    for (field, change) in cases {
        let mut wanted = none.clone();
        change(&mut wanted);
        assert_eq!(changed_settings(&none, &wanted), [field], "{field:?}");
        assert_eq!(changed_settings(&wanted, &wanted), [], "{field:?}");
        let update = update_fields(&none, &wanted);
        assert!(update.contains(&field) && update.contains(&Field::Source), "{field:?}");
    }
}

#[test]
fn what_the_request_does_not_set_is_left_to_the_api_and_to_other_tools() {
    let live = FunctionShape {
        settings: ServiceSettings {
            memory: text("256M"),
            max_instances: Some(100),
            environment: map("LOG_EXECUTION_ID", "true"),
            ..ServiceSettings::default()
        },
        labels: map("deployment-tool", "cli-gcloud"),
        worker_pool: "w".to_owned(),
        kms_key: "k".to_owned(),
        ..FunctionShape::default()
    };
    assert_eq!(changed_settings(&live, &FunctionShape::default()), []);
    let wanted = FunctionShape { labels: map("team", "shore"), ..FunctionShape::default() };
    let live = LiveFunction { shape: live, ..LiveFunction::default() };
    let merged = merged(wanted, &live);
    assert_eq!(merged.labels.len(), 2);
}

#[test]
fn a_variable_that_the_request_leaves_out_is_removed() {
    let settings = ServiceSettings { environment: map("OLD", "1"), ..ServiceSettings::default() };
    let live = FunctionShape { settings, ..FunctionShape::default() };
    assert_eq!(changed_settings(&live, &FunctionShape::default()), [Field::Environment]);
}

#[test]
fn the_labels_of_the_fleet_are_the_natural_keys() {
    let mut function = crate::key::tests::function();
    function.service.labels = map("team", "shore");
    function.encryption = Some(Encryption { kms_key: "k".into(), source_bucket: None });
    let object = StorageObject { bucket: "b".into(), object: "o".into(), generation: 1 };
    let source = StoredSource { object, sha256: "ab".repeat(32), size_bytes: 1 };
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let deployment = Deployment {
        id: longshore_messages::DeploymentId::of("a", "b"),
        generation: 7,
        admitted_at: now,
        deadline_at: now,
    };
    let wanted = wanted(&deployment, &function, &source, "python312".to_owned());
    assert_eq!(wanted.runtime, "python312");
    assert_eq!(wanted.labels["team"], "shore");
    assert_eq!(wanted.kms_key, "k");
    assert_eq!(wanted.labels[GENERATION_LABEL], "7");
    assert_eq!(wanted.labels[DEPLOYMENT_LABEL], deployment.id.to_string());
    assert_eq!(wanted.labels[SOURCE_LABEL], "ab".repeat(16));
    assert!(wanted.labels.values().all(|value| value.len() <= 63));
    assert!(has_source(&wanted, &wanted));
    assert!(!has_source(&FunctionShape::default(), &wanted));
}
