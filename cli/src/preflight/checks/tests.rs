use longshore_cloud::{DatedRuntime, MissingGrant, RuntimeStage};
use longshore_messages::{Defaults, proto};

use super::*;
use crate::estate::tests::{first_generation, function_of_api, image, run_function};

fn function(change: impl FnOnce(&mut proto::FunctionSpec)) -> Function {
    let mut spec = proto::FunctionSpec {
        name: "hello".to_owned(),
        project: "my-project".to_owned(),
        region: "europe-west1".to_owned(),
        runtime: "python312".to_owned(),
        entry_point: "hello".to_owned(),
        source: Some(proto::Source {
            place: Some(proto::source::Place::Storage(proto::StorageObject {
                bucket: "bucket".to_owned(),
                object: "object".to_owned(),
                generation: 1,
            })),
        }),
        ..proto::FunctionSpec::default()
    };
    change(&mut spec);
    Function::from_proto(spec, &Defaults::default()).unwrap()
}

fn service(spec: &mut proto::FunctionSpec) -> &mut proto::ServiceSettings {
    spec.service.get_or_insert_default()
}

/// What is found about some functions: severity, check and place.
fn found(functions: &[&Function], facts: &Facts) -> Vec<(Severity, Check, String)> {
    found_in(&BatchSettings::default(), functions, facts)
}

fn found_in(
    settings: &BatchSettings,
    functions: &[&Function],
    facts: &Facts,
) -> Vec<(Severity, Check, String)> {
    let mut all = all(settings, functions, facts);
    all.sort();
    for finding in &all {
        assert!(!finding.reason.is_empty() && !finding.advice.is_empty(), "{finding:?}");
    }
    all.into_iter().map(|finding| (finding.severity, finding.check, finding.at)).collect()
}

const AT: &str = "my-project/europe-west1/hello";
const PLACE: &str = "my-project/europe-west1";

fn place() -> (String, String) {
    ("my-project".to_owned(), "europe-west1".to_owned())
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let mut facts = Facts::default();
    let apis = needed_apis(&function(|_| {})).into_iter().map(str::to_owned).collect();
    facts.apis.insert("my-project".to_owned(), Ok(apis));
    facts.cpu.insert(place(), Ok(None));
    facts.deployed = vec![run_function("hello")];
    assert_eq!(found(&[&function(|_| {})], &facts), []);
}

#[test]
fn an_api_that_is_off_refuses_and_one_that_cannot_be_read_does_not() {
    let mut facts = Facts::default();
    facts.apis.insert("my-project".to_owned(), Ok(["run.googleapis.com".to_owned()].into()));
    let project = || "my-project".to_owned();
    assert_eq!(found(&[&function(|_| {})], &facts), [(Severity::Refused, Check::Api, project())]);
    facts.apis.insert("my-project".to_owned(), Err("permission denied".to_owned()));
    assert_eq!(found(&[&function(|_| {})], &facts), [(Severity::Unchecked, Check::Api, project())]);
}

#[test]
fn one_function_beyond_the_quota_of_cpu_is_refused_and_all_together_are_a_warning() {
    let named = |name: &str, cpu: &str, max: i32| {
        function(|spec| {
            name.clone_into(&mut spec.name);
            cpu.clone_into(&mut service(spec).cpu);
            service(spec).max_instances = Some(max);
            service(spec).memory = "512Mi".to_owned();
        })
    };
    let mut facts = Facts::default();
    facts.cpu.insert(place(), Ok(Some(10_000)));
    let (small, large) = (named("hello", "1", 10), named("large", "2", 6));
    assert_eq!(found(&[&small], &facts), []);
    let both = [
        (Severity::Refused, Check::Cpu, format!("{PLACE}/large")),
        (Severity::Warning, Check::Cpu, PLACE.to_owned()),
    ];
    assert_eq!(found(&[&small, &large], &facts), both);
    for (text, expected) in [("2", 2_000), ("0.5", 500), ("500m", 500), (".1666", 166)] {
        assert_eq!(thousandths(text), Some(expected), "{text}");
    }
}

#[test]
fn a_wave_that_needs_more_than_the_quota_beside_what_it_replaces_is_a_warning() {
    use longshore_messages::BatchTraffic;
    let named = |name: &str, min: i32, max: i32| {
        function(|spec| {
            name.clone_into(&mut spec.name);
            service(spec).min_instances = Some(min);
            service(spec).max_instances = Some(max);
        })
    };
    let mut facts = Facts::default();
    facts.cpu.insert(place(), Ok(Some(10_000)));
    let (one, two) = (named("one", 0, 4), named("two", 3, 4));
    let settings = |waves: &[u32], window, traffic| BatchSettings {
        waves: waves.to_vec(),
        window,
        traffic,
        ..BatchSettings::default()
    };
    let warning = [(Severity::Warning, Check::Cpu, PLACE.to_owned())];
    let (at_once, after) = (BatchTraffic::AtOnce, BatchTraffic::AfterGate);
    // Nothing is replaced.
    assert_eq!(found_in(&settings(&[], None, after), &[&one, &two], &facts), []);
    facts.deployed = vec![run_function("one"), run_function("two")];
    for (waves, window, traffic, expected) in [
        (&[][..], None, at_once, &warning[..]),
        (&[], Some(1), at_once, &warning[..]),
        (&[1], None, at_once, &warning[..]),
        (&[], Some(1), after, &warning[..]),
    ] {
        let found = found_in(&settings(waves, window, traffic), &[&one, &two], &facts);
        assert_eq!(found, expected, "{waves:?} {window:?} {traffic:?}");
    }
    facts.cpu.insert(place(), Ok(Some(12_000)));
    let one_by_one = settings(&[1], None, after);
    assert_eq!(found_in(&one_by_one, &[&one, &two], &facts), [], "8 CPUs, and 4 beside them");
    let together = settings(&[], Some(1), after);
    assert_eq!(found_in(&together, &[&one, &two], &facts), warning, "all wait for the gate");
    // The instances that there always are.
    facts.cpu.insert(place(), Ok(Some(5_000)));
    let reasons = all(&one_by_one, &[&two], &facts);
    assert!(reasons[0].reason.contains("their minimum is 6 CPUs"), "{reasons:?}");
}

#[test]
fn a_wave_with_more_functions_than_a_region_has_tags_is_refused() {
    let names: Vec<String> = (0..2_001).map(|number| format!("f{number}")).collect();
    let functions: Vec<Function> =
        names.iter().map(|name| function(|spec| name.clone_into(&mut spec.name))).collect();
    let functions: Vec<&Function> = functions.iter().collect();
    let deployed = names.iter().map(|name| run_function(name)).collect();
    let facts = Facts { deployed, ..Facts::default() };
    let after = longshore_messages::BatchTraffic::AfterGate;
    let settings = BatchSettings { traffic: after, ..BatchSettings::default() };
    let refused = [(Severity::Refused, Check::Tag, PLACE.to_owned())];
    assert_eq!(found_in(&settings, &functions, &facts), refused);
    let settings = BatchSettings { waves: vec![1_000], ..settings };
    assert_eq!(found_in(&settings, &functions, &facts), []);
    assert_eq!(found(&functions, &facts), []);
}

#[test]
fn a_name_of_the_other_flavour_is_refused() {
    let as_function = |name: &str| {
        let name = name.to_owned();
        function(move |spec| {
            spec.name = name;
            spec.flavour = proto::Flavour::Functions.into();
        })
    };
    let refused = || vec![(Severity::Refused, Check::Name, AT.to_owned())];
    let mut facts = Facts::default();
    for (deployed, requested) in [
        (function_of_api("hello"), function(|_| {})),
        (run_function("hello"), as_function("hello")),
        (image("hello"), as_function("hello")),
        (first_generation("hello"), as_function("hello")),
        (function_of_api("Hello"), as_function("hello")),
    ] {
        facts.deployed = vec![deployed];
        assert_eq!(found(&[&requested], &facts), refused(), "{:?}", facts.deployed);
    }
    // The first generation has no service, so a service may have its name.
    facts.deployed = vec![first_generation("hello")];
    assert_eq!(found(&[&function(|_| {})], &facts), []);
    facts.deployed = vec![image("hello")];
    let warned = found(&[&function(|_| {})], &facts);
    assert_eq!(warned, [(Severity::Warning, Check::Name, AT.to_owned())]);
    facts.deployed = Vec::new();
    let same = found(&[&as_function("a_b"), &as_function("a-b")], &facts);
    assert_eq!(same, [(Severity::Refused, Check::Name, format!("{PLACE}/a-b"))]);
}

#[test]
fn a_variable_that_becomes_a_secret_and_a_secret_that_does_not_exist_are_found() {
    let mut deployed = run_function("hello");
    let live = &mut deployed.service.as_mut().unwrap().live;
    live.shape.settings.environment.insert("TOKEN".to_owned(), "plain".to_owned());
    let requested = function(|spec| {
        service(spec).secret_environment = vec![proto::SecretVariable {
            name: "TOKEN".to_owned(),
            secret: "token".to_owned(),
            version: String::new(),
        }];
    });
    let mut facts = Facts { deployed: vec![deployed], ..Facts::default() };
    facts.secrets.insert("my-project".to_owned(), Ok(BTreeSet::new()));
    let expected = [
        (Severity::Refused, Check::Secret, AT.to_owned()),
        (Severity::Warning, Check::Variable, AT.to_owned()),
    ];
    assert_eq!(found(&[&requested], &facts), expected);
    let secret = "projects/my-project/secrets/token".to_owned();
    facts.secrets.insert("my-project".to_owned(), Ok([secret].into()));
    assert_eq!(found(&[&requested], &facts), expected[1..]);
}

#[test]
fn a_dead_runtime_is_refused_and_a_deprecated_one_is_a_warning() {
    let dated = |id: &str, stage| DatedRuntime {
        id: id.to_owned(),
        is_first_generation: false,
        stage,
        deprecated_on: None,
        decommissioned_on: None,
    };
    let runtimes = [
        dated("python38", RuntimeStage::Decommissioned),
        dated("python310", RuntimeStage::Deprecated),
        dated("python312", RuntimeStage::Ga),
    ];
    let facts = Facts { runtimes: runtimes.into_iter().collect(), ..Facts::default() };
    for (runtime, severity) in [
        ("python38", Some(Severity::Refused)),
        ("python310", Some(Severity::Warning)),
        ("python399", Some(Severity::Warning)),
        ("python3", None),
        ("python312", None),
    ] {
        let requested = function(|spec| runtime.clone_into(&mut spec.runtime));
        let severities = found(&[&requested], &facts);
        assert_eq!(severities.first().map(|one| one.0), severity, "{runtime}");
    }
}

#[test]
fn what_a_trigger_needs_is_looked_for() {
    let topic = proto::TopicTrigger { topic: "orders".to_owned(), ..Default::default() };
    let event = proto::EventTrigger {
        r#type: "google.cloud.storage.object.v1.finalized".to_owned(),
        filters: vec![proto::EventFilter {
            attribute: "bucket".to_owned(),
            value: "uploads".to_owned(),
            operator: String::new(),
        }],
        service_account: "events@my-project.iam.gserviceaccount.com".to_owned(),
        ..Default::default()
    };
    let kinds = [proto::trigger::Kind::Topic(topic), proto::trigger::Kind::Event(event)];
    let requested = function(|spec| {
        spec.triggers = kinds.into_iter().map(|kind| proto::Trigger { kind: Some(kind) }).collect();
    });
    let mut facts = Facts::default();
    facts.topics.insert("projects/my-project/topics/orders".to_owned(), Ok(false));
    facts.buckets.insert("uploads".to_owned(), Ok(false));
    let account = "events@my-project.iam.gserviceaccount.com".to_owned();
    facts.receivers.insert(("my-project".to_owned(), account), Ok(false));
    let expected = [
        (Severity::Refused, Check::Trigger, AT.to_owned()),
        (Severity::Refused, Check::Trigger, AT.to_owned()),
        (Severity::Refused, Check::Grant, AT.to_owned()),
    ];
    assert_eq!(found(&[&requested], &facts), expected);
}

#[test]
fn a_key_that_google_may_not_use_is_refused() {
    let key = "projects/my-project/locations/europe-west1/keyRings/r/cryptoKeys/k";
    let requested = function(|spec| {
        let source_bucket = "protected".to_owned();
        spec.encryption = Some(proto::Encryption { kms_key: key.to_owned(), source_bucket });
        let repository = "projects/my-project/locations/europe-west1/repositories/protected";
        spec.build.get_or_insert_default().repository = repository.to_owned();
    });
    let missing = MissingGrant {
        agent: longshore_cloud::Agent::Run,
        key: key.to_owned(),
        member: "serviceAccount:service-1@serverless-robot-prod.iam.gserviceaccount.com".to_owned(),
    };
    let mut facts = Facts::default();
    let used = crate::preflight::facts::key_of(&requested).unwrap();
    facts.keys.insert(used.clone(), Ok(vec![missing]));
    assert_eq!(found(&[&requested], &facts), [(Severity::Refused, Check::Grant, AT.to_owned())]);
    facts.keys.insert(used, Ok(Vec::new()));
    assert_eq!(found(&[&requested], &facts), []);
}
