//! Ids are stored in buckets and in tags: these values must never change.

use super::*;

#[test]
fn a_deployments_id_is_the_hash_of_source_and_id() {
    let id = DeploymentId::of("//ci.example.com/pipelines", "run-42");
    assert_eq!(id.to_string(), "0fb903a297ed0e42d1adf59d392c037e");
    assert_ne!(id, DeploymentId::of("//ci.example.com/pipelinesr", "un-42"));
}

#[test]
fn a_reused_identity_has_an_id_for_each_content() {
    let first = DeploymentId::of("//ci", "1");
    let (a, b) = (DeploymentId::of_reused(first, "aa"), DeploymentId::of_reused(first, "bb"));
    assert_eq!(a, DeploymentId::of_reused(first, "aa"));
    assert!(a != b && a != first && b != first);
}

#[test]
fn a_batchs_id_is_the_hash_of_requester_source_and_id() {
    let id = BatchId::requested_by("default", "//ci.example.com/pipelines", "nightly");
    assert_eq!(id.to_string(), "cc874e6b090d88cb67239ea7019a6618");
    assert_ne!(id, BatchId::requested_by("team-a", "//ci.example.com/pipelines", "nightly"));
    let function = "demo-project/europe-west1/hello".parse().unwrap();
    assert_eq!(id.member(&function), format!("{id}/demo-project/europe-west1/hello"));
}

#[test]
fn a_build_key_depends_on_the_boundaries_of_its_parts() {
    assert_eq!(
        BuildKey::of(&["python312", "", "europe-west1"]).to_string(),
        "e0ee69398e45daf42a9012a89e352355"
    );
    let keys = [
        BuildKey::of(&[]),
        BuildKey::of(&[""]),
        BuildKey::of(&["", ""]),
        BuildKey::of(&["ab", "c"]),
        BuildKey::of(&["a", "bc"]),
    ];
    let distinct: std::collections::BTreeSet<BuildKey> = keys.into_iter().collect();
    assert_eq!(distinct.len(), keys.len());
}

#[test]
fn ids_survive_text_and_json() {
    let id = DeploymentId::of("a", "b");
    let build = BuildRef { key: BuildKey::of(&["x"]), number: 12 };
    let function = FunctionRef {
        project: "demo-project".into(),
        region: "europe-west1".into(),
        name: "hello".into(),
    };
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(build.to_string().parse(), Ok(build));
    assert_eq!("demo-project/europe-west1/hello".parse(), Ok(function.clone()));
    let json = serde_json::to_string(&(id, build, &function)).unwrap();
    assert_eq!(json, format!("[\"{id}\",\"{build}\",\"demo-project/europe-west1/hello\"]"));
    assert_eq!(
        serde_json::from_str::<(DeploymentId, BuildRef, FunctionRef)>(&json).unwrap(),
        (id, build, function)
    );
}

#[test]
fn other_texts_are_not_ids() {
    let hex = "0123456789abcdef0123456789abcdef";
    for text in [
        "",
        "0123",
        &hex.to_uppercase(),
        &format!("{hex}0"),
        &format!("+{}", &hex[1..]),
        "é123456789abcdef0123456789abcde",
    ] {
        assert_eq!(text.parse::<DeploymentId>(), Err(IdError::Hex), "{text:?}");
    }
    for text in [
        hex.to_owned(),
        format!("{hex}-"),
        format!("{hex}-0"),
        format!("{hex}-01"),
        format!("{hex}-+1"),
        format!("{hex}-4294967296"),
    ] {
        assert_eq!(text.parse::<BuildRef>(), Err(IdError::Build), "{text:?}");
    }
    for text in [
        "",
        "a/b",
        "demo-project/europe-west1",
        "demo-project/europe-west1/hello/x",
        "demo-project/europe-west1/../x",
        "demo-project/europe-west1/Hello_",
    ] {
        assert_eq!(text.parse::<FunctionRef>(), Err(IdError::Function), "{text:?}");
    }
}

#[test]
fn a_build_is_identified_by_its_tag() {
    let build = BuildRef { key: BuildKey::of(&["x"]), number: 3 };
    assert_eq!(build.tag(), format!("lsk-{}-3", build.key));
    assert_eq!(BuildRef::from_tag(&build.tag()), Some(build));
    for foreign in ["latest", "lsk-", "lsk-latest", &build.to_string()] {
        assert_eq!(BuildRef::from_tag(foreign), None, "{foreign:?}");
    }
}

#[test]
fn a_functions_service_has_its_resource_name() {
    let function: FunctionRef = "demo-project/europe-west1/hello".parse().unwrap();
    assert_eq!(function.service(), "projects/demo-project/locations/europe-west1/services/hello");
}

#[test]
fn each_requester_has_its_own_ids() {
    let of = |requester| DeploymentId::requested_by(requester, "//ci", "1");
    assert_eq!(of("default"), DeploymentId::of("//ci", "1"));
    assert_ne!(of("team-a"), of("default"));
    assert_ne!(of("team-a"), of("team-b"));
    let cancel = |requester| DeploymentId::of_cancel(requester, "//ci", "1");
    assert_ne!(cancel("default"), of("default"));
    assert_ne!(cancel("team-a"), of("team-a"));
    assert_ne!(cancel("team-a"), cancel("team-b"));
}
