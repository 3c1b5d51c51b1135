use longshore_messages::{Defaults, proto};

use super::*;

const KEY: &str = "projects/key-project/locations/europe-west1/keyRings/r/cryptoKeys/k";

fn function(flavour: proto::Flavour, repository: &str) -> Function {
    let object =
        proto::StorageObject { bucket: "bucket".into(), object: "o".into(), generation: 1 };
    let source_bucket = match flavour {
        proto::Flavour::Functions => String::new(),
        _ => "protected".to_owned(),
    };
    let spec = proto::FunctionSpec {
        name: "f".into(),
        project: "my-project".into(),
        region: "europe-west1".into(),
        flavour: flavour.into(),
        runtime: "python313".into(),
        entry_point: "f".into(),
        source: Some(proto::Source { place: Some(proto::source::Place::Storage(object)) }),
        build: Some(proto::BuildSettings { repository: repository.into(), ..Default::default() }),
        encryption: Some(proto::Encryption { kms_key: KEY.into(), source_bucket }),
        ..proto::FunctionSpec::default()
    };
    Function::from_proto(spec, &Defaults::default()).unwrap()
}

fn named(agents: Vec<(Agent, String)>) -> Vec<(&'static str, String)> {
    agents.into_iter().map(|(agent, project)| (agent.domain(), project)).collect()
}

#[test]
fn the_agents_of_a_function_are_those_of_what_is_under_its_key() {
    let own = "projects/my-project/locations/europe-west1/repositories/images";
    let other = "projects/images/locations/europe-west1/repositories/images";
    let of = |agents: &[&'static str], project: &str| -> Vec<(&'static str, String)> {
        agents.iter().map(|agent| (*agent, project.to_owned())).collect()
    };
    let (storage, registry, run) =
        ("gs-project-accounts", "gcp-sa-artifactregistry", "serverless-robot-prod");
    let found = named(agents(&function(proto::Flavour::Run, own), true));
    assert_eq!(found, of(&[storage, registry, run], "my-project"));
    let found = named(agents(&function(proto::Flavour::Run, other), false));
    assert_eq!(found, [of(&[registry], "images"), of(&[run], "my-project")].concat());
    let found = named(agents(&function(proto::Flavour::Functions, own), false));
    let all = ["gcf-admin-robot", registry, storage, run, "gcp-sa-eventarc"];
    assert_eq!(found, of(&all, "my-project"));
}

#[test]
fn missing_grants_are_named_with_their_agents_and_commands() {
    let missing = [Agent::Storage, Agent::Run].map(|agent| MissingGrant {
        agent,
        key: KEY.to_owned(),
        member: agent.member(42),
    });
    let failure = lacking(KEY, &missing);
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::System, "key-role"));
    for part in [KEY, "Cloud Storage's service agent", "service-42@serverless-robot-prod."] {
        assert!(failure.reason.contains(part), "{part}: {}", failure.reason);
    }
    for grant in &missing {
        assert!(failure.advice.contains(&grant.command()), "{}", failure.advice);
    }
}

#[test]
fn only_the_key_itself_is_a_key_that_does_not_exist() {
    let missing = |resource| CloudError::new("get IAM policy", resource, Kind::NotFound);
    assert!(is_missing_key(&missing(KEY), KEY));
    assert!(!is_missing_key(&missing("projects/kp"), KEY));
    assert_eq!(no_key(&missing(KEY), KEY).code, "key-not-found");
}
