use longshore_cloud::FunctionEvent;
use longshore_messages::{EventFilter, SecretVersion, VpcAccess};

use super::*;
use crate::estate::tests::{
    first_generation, function_of_api, image, run_function, runtimes, today,
};

fn carried_with(
    one: &Deployed,
    known: &Known,
    to: &[&str],
    needs: &Needs,
) -> Result<Carried, String> {
    let goals = Goals::parse(to.iter().copied()).unwrap();
    let runtimes = runtimes();
    let context = Context { goals: &goals, needs, runtimes: &runtimes, today: today() };
    carry(one, known, &context)
}

fn known() -> Known {
    Known { invokers: Some(BTreeSet::new()), ..Known::default() }
}

fn carried(one: &Deployed, to: &[&str]) -> Carried {
    carried_with(one, &known(), to, &Needs::default()).unwrap()
}

fn lost(carried: &Carried) -> Vec<&str> {
    carried.lost.iter().map(|lost| lost.field.as_str()).collect()
}

fn shape(one: &mut Deployed) -> &mut longshore_cloud::FunctionShape {
    &mut one.function.as_mut().unwrap().live.shape
}

#[test]
fn a_function_becomes_a_service_with_the_same_settings_under_another_name() {
    let mut one = function_of_api("Place_Order");
    let own = shape(&mut one);
    own.build_account =
        "projects/p/serviceAccounts/1-compute@developer.gserviceaccount.com".to_owned();
    own.labels = [("team", "shop"), ("longshore-generation", "3"), ("goog-managed-by", "x")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    own.settings.environment = [("A", "1"), ("LOG_EXECUTION_ID", "true")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let version = SecretVersion { secret: "token".to_owned(), version: "2".to_owned() };
    own.settings.secret_environment = [("TOKEN".to_owned(), version)].into();
    let known = Known {
        invokers: Some(["allUsers", "user:ada@example.com"].map(str::to_owned).into()),
        ..Known::default()
    };
    let Carried { spec, to, .. } = carried_with(&one, &known, &["run"], &Needs::default()).unwrap();
    assert_eq!(to.name, "place-order-run");
    assert_eq!(spec.flavour, i32::from(proto::Flavour::Run));
    assert_eq!((spec.runtime.as_str(), spec.entry_point.as_str()), ("python312", "main"));
    let service = spec.service.unwrap();
    assert_eq!((service.memory.as_str(), service.cpu.as_str()), ("256M", "0.1666"));
    assert_eq!((service.concurrency, service.max_instances), (Some(1), Some(100)));
    assert_eq!(service.execution_environment, i32::from(proto::ExecutionEnvironment::Gen1));
    assert_eq!(service.environment, [("A".to_owned(), "1".to_owned())].into());
    assert_eq!(service.secret_environment[0].version, "2");
    assert_eq!(service.labels, [("team".to_owned(), "shop".to_owned())].into());
    assert_eq!(service.access, i32::from(proto::Access::Public));
    assert_eq!(spec.build.unwrap().service_account, "");
    assert_eq!(spec.callers, ["user:ada@example.com"]);
    let Some(proto::source::Place::Storage(source)) = spec.source.unwrap().place else {
        panic!("the source is the function's own object")
    };
    assert_eq!((source.bucket.as_str(), source.generation), ("gcf-v2-sources-1-europe-west1", 7));
}

#[test]
fn an_event_function_keeps_its_trigger_and_the_account_of_it_is_no_caller() {
    let mut one = function_of_api("orders");
    let account = "events@my-project.iam.gserviceaccount.com".to_owned();
    shape(&mut one).event = Some(FunctionEvent {
        event_type: "google.cloud.storage.object.v1.finalized".to_owned(),
        filters: vec![EventFilter {
            attribute: "bucket".to_owned(),
            value: "uploads".to_owned(),
            is_pattern: false,
        }],
        region: "europe-west1".to_owned(),
        topic: "projects/googles/topics/own".to_owned(),
        account: account.clone(),
        channel: String::new(),
        retries: true,
    });
    let known = Known {
        invokers: Some(
            [format!("serviceAccount:{account}"), "allAuthenticatedUsers".to_owned()].into(),
        ),
        ..Known::default()
    };
    let moved = carried_with(&one, &known, &["run,region=us-central1"], &Needs::default()).unwrap();
    assert_eq!(moved.to.name, "orders", "nothing has this name there");
    assert_eq!(moved.spec.signature, i32::from(proto::Signature::CloudEvent));
    let Some(proto::trigger::Kind::Event(event)) = &moved.spec.triggers[0].kind else {
        panic!("{:?}", moved.spec.triggers)
    };
    assert_eq!((event.region.as_str(), event.retry), ("europe-west1", true), "as the bucket");
    assert_eq!(event.topic, "", "Google's own");
    assert!(moved.spec.callers.is_empty());
    assert!(lost(&moved).contains(&"callers"), "{:?}", moved.lost);
}

#[test]
fn what_belongs_to_the_old_region_is_named() {
    let mut one = function_of_api("orders");
    let own = shape(&mut one);
    let connector = "projects/my-project/locations/europe-west1/connectors/c".to_owned();
    own.settings.vpc = Some(VpcAccess::Connector(connector));
    own.worker_pool = "projects/my-project/locations/europe-west1/workerPools/w".to_owned();
    let moved = carried(&one, &["region=us-central1"]);
    assert_eq!(moved.spec.flavour, i32::from(proto::Flavour::Functions));
    assert_eq!(lost(&moved), ["build.workerPool", "service.vpc.connector", "triggers"]);
    assert!(moved.lost.iter().all(|lost| !lost.advice.is_empty()));
    let still = carried_with(&one, &known(), &["region=europe-west1"], &Needs::default());
    assert!(still.unwrap_err().contains("already"));
}

#[test]
fn a_runtime_changes_in_place_and_only_within_its_language() {
    let one = run_function("orders");
    let upgraded = carried(&one, &["runtime=python314"]);
    assert_eq!((upgraded.spec.runtime.as_str(), &upgraded.to), ("python314", &one.at));
    let refused = carried_with(&one, &known(), &["runtime=go127"], &Needs::default());
    assert!(refused.unwrap_err().contains("language"));
    let mut dead = function_of_api("orders");
    shape(&mut dead).runtime = "python39".to_owned();
    let refused = carried_with(&dead, &known(), &["run"], &Needs::default());
    assert!(refused.unwrap_err().contains("runtime=python314"));
    assert_eq!(carried(&dead, &["run", "runtime=python314"]).spec.runtime, "python314");
}

#[test]
fn a_key_needs_what_is_under_it() {
    let key = "projects/my-project/locations/europe-west1/keyRings/r/cryptoKeys/k";
    let to = format!("key={key}");
    let one = run_function("orders");
    let refused = carried_with(&one, &known(), &[&to], &Needs::default()).unwrap_err();
    assert!(refused.contains("--repository"), "{refused}");
    let repository = "projects/my-project/locations/europe-west1/repositories/protected";
    let mut needs = Needs { repository: Some(repository.to_owned()), ..Needs::default() };
    let refused = carried_with(&one, &known(), &[&to], &needs).unwrap_err();
    assert!(refused.contains("--source-bucket"), "{refused}");
    needs.source_bucket = Some("protected".to_owned());
    let under = carried_with(&one, &known(), &[&to], &needs).unwrap();
    assert_eq!(under.spec.encryption.unwrap().kms_key, key);
    let mut protected = function_of_api("orders");
    shape(&mut protected).kms_key = key.to_owned();
    let refused = carried_with(&protected, &known(), &["region=us-central1"], &needs).unwrap_err();
    assert!(refused.contains("--to key="), "{refused}");
}

#[test]
fn what_has_no_source_is_left_out_and_a_first_generation_is_downloaded() {
    assert!(carried_with(&image("web"), &known(), &["region=r"], &Needs::default()).is_err());
    let one = first_generation("old");
    let downloaded = StorageObject {
        bucket: "run-sources-my-project-europe-west1".to_owned(),
        object: "longshore-migrated/1.zip".to_owned(),
        generation: 3,
    };
    let known = Known { downloaded: Some(downloaded), ..Known::default() };
    let copied = carried_with(&one, &known, &["run"], &Needs::default()).unwrap();
    assert_eq!(copied.to.name, "old", "the first generation has no service of this name");
    assert_eq!(copied.spec.service.as_ref().unwrap().concurrency, Some(1));
    assert_eq!(lost(&copied), ["callers"]);
    let refused = carried_with(&one, &known, &["region=us-central1"], &Needs::default());
    assert!(refused.unwrap_err().contains("`run`"));
}
