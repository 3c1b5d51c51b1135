//! What each flavour and its keys allow.

use super::*;

#[test]
fn each_flavour_survives_its_protobuf() {
    for (spec, flavour) in
        [(smallest(), Flavour::Run), (smallest_of_functions_flavour(), Flavour::Functions)]
    {
        let function = Function::from_proto(spec, &defaults()).unwrap();
        assert_eq!(function.flavour, flavour);
        assert_eq!(Function::from_proto(function.to_proto(), &Defaults::default()), Ok(function));
    }
}

#[test]
fn the_functions_flavour_refuses_what_its_api_does_not_have_by_name() {
    let mut spec = smallest_of_functions_flavour();
    spec.runtime = String::new();
    spec.signature = proto::Signature::CloudEvent.into();
    spec.build = Some(proto::BuildSettings {
        machine_type: "e2-standard-2".to_owned(),
        base_image: "google-22/python312".to_owned(),
        ..proto::BuildSettings::default()
    });
    spec.service = Some(proto::ServiceSettings {
        execution_environment: proto::ExecutionEnvironment::Gen2.into(),
        cpu_boost: Some(false),
        use_http2: Some(true),
        timeout: Some(pbjson_types::Duration { seconds: 1, nanos: 1 }),
        labels: BTreeMap::from([("longshore-generation".to_owned(), "1".to_owned())]),
        vpc: Some(proto::VpcAccess { network: "default".to_owned(), ..Default::default() }),
        ..proto::ServiceSettings::default()
    });
    let invalid = Function::from_proto(spec.clone(), &defaults()).unwrap_err();
    let expected = [
        "function.runtime",
        "function.signature",
        "function.build.machineType",
        "function.build.baseImage",
        "function.service.executionEnvironment",
        "function.service.cpuBoost",
        "function.service.useHttp2",
        "function.service.vpc.network",
        "function.service.timeout",
        "function.service.labels.longshore-generation",
    ];
    assert_eq!(fields(&invalid), expected);
    spec.flavour = proto::Flavour::Run.into();
    assert_eq!(Function::from_proto(spec, &defaults()).map(drop), Ok(()));
}

/// A function under a key, as each flavour accepts it.
fn protected(flavour: Flavour) -> proto::FunctionSpec {
    let (spec, source_bucket) = match flavour {
        Flavour::Run => (smallest(), "demo-protected".to_owned()),
        Flavour::Functions => (smallest_of_functions_flavour(), String::new()),
    };
    let build = proto::BuildSettings {
        repository: REPOSITORY.to_owned(),
        ..proto::BuildSettings::default()
    };
    let encryption = proto::Encryption { kms_key: KEY.to_owned(), source_bucket };
    proto::FunctionSpec { build: Some(build), encryption: Some(encryption), ..spec }
}

#[test]
fn a_function_under_a_key_survives_its_protobuf() {
    for flavour in [Flavour::Run, Flavour::Functions] {
        let function = Function::from_proto(protected(flavour), &defaults()).unwrap();
        assert_eq!(function.kms_key(), Some(KEY));
        assert_eq!(Function::from_proto(function.to_proto(), &Defaults::default()), Ok(function));
    }
}

#[test]
fn a_key_its_bucket_and_its_repository_are_checked_by_their_names() {
    let (key, bucket, repository) = (
        "function.encryption.kmsKey",
        "function.encryption.sourceBucket",
        "function.build.repository",
    );
    let default_bucket = "run-sources-demo-project-europe-west1";
    let default_repository = REPOSITORY.replace("images", "cloud-run-source-deploy");
    let in_flavour = |flavour, change: &dyn Fn(&mut String, &mut String, &mut String)| {
        let mut spec = protected(flavour);
        let encryption = spec.encryption.as_mut().unwrap();
        let build = spec.build.as_mut().unwrap();
        change(&mut encryption.kms_key, &mut encryption.source_bucket, &mut build.repository);
        Function::from_proto(spec, &defaults())
    };
    type Change<'a> = &'a dyn Fn(&mut String, &mut String, &mut String);
    let both: [(Change<'_>, &str, &str); 7] = [
        (&|key, _, _| key.clear(), key, "is required"),
        (&|key, _, _| *key = "k".to_owned(), key, "keyRings/RING/cryptoKeys/KEY"),
        (&|key, _, _| key.push_str("/cryptoKeyVersions/1"), key, "without a version"),
        (
            &|key, _, _| *key = key.replace("europe-west1", "global"),
            key,
            "keys in global cannot be used",
        ),
        (
            &|key, _, _| *key = key.replace("europe-west1", "us-east1"),
            key,
            "must be a key in europe-west1",
        ),
        (&|_, _, repository| repository.clear(), repository, "is required with encryption.kmsKey"),
        (
            &|_, _, repository| *repository = repository.replace("europe-west1", "us-east1"),
            repository,
            "must be in europe-west1",
        ),
    ];
    let of_run: [(Change<'_>, &str, &str); 4] = [
        (&|_, bucket, _| bucket.clear(), bucket, "is required with kmsKey in the Run flavour"),
        (&|_, bucket, _| *bucket = "B".to_owned(), bucket, "must be a bucket name"),
        (
            &|_, bucket, _| *bucket = default_bucket.to_owned(),
            bucket,
            "must not be the default bucket",
        ),
        (
            &|_, _, repository| repository.clone_from(&default_repository),
            repository,
            "must not be the default repository",
        ),
    ];
    let of_functions: [(Change<'_>, &str, &str); 2] = [
        (&|_, bucket, _| *bucket = "mine".to_owned(), bucket, "whose API chooses the bucket"),
        (
            &|_, _, repository| *repository = repository.replace("demo-project", "other-project"),
            repository,
            "must be in demo-project",
        ),
    ];
    let flavours = [
        (Flavour::Run, both.iter().chain(&of_run)),
        (Flavour::Functions, both.iter().chain(&of_functions)),
    ];
    for (flavour, cases) in flavours {
        for (change, field, rule) in cases {
            let invalid = in_flavour(flavour, *change).unwrap_err();
            assert_eq!(fields(&invalid), [*field], "{flavour:?}: {invalid}");
            assert!(invalid.to_string().contains(rule), "{flavour:?}: {invalid}");
        }
    }
    let elsewhere = in_flavour(Flavour::Run, &|_, _, repository| {
        *repository = repository.replace("demo-project", "images-project");
    });
    assert_eq!(elsewhere.map(drop), Ok(()));
}

#[test]
fn a_name_may_be_longer_and_have_capitals_and_underscores_in_the_functions_flavour() {
    let longest = format!("A{}", "_b".repeat(31));
    for name in ["Hello_World", &longest] {
        let mut spec = smallest_of_functions_flavour();
        spec.name = name.to_owned();
        let function = Function::from_proto(spec.clone(), &defaults()).unwrap();
        let parsed: crate::ids::FunctionRef = function.at.to_string().parse().unwrap();
        assert_eq!(parsed, function.at);
        spec.flavour = proto::Flavour::Run.into();
        let invalid = Function::from_proto(spec, &defaults()).unwrap_err();
        let shown = invalid.to_string();
        assert!(shown.contains("the Functions flavour accepts up to 63 characters"), "{shown}");
    }
    for name in [format!("{longest}c").as_str(), "a_", "a-", "1a", "_a", "a.b", "ä"] {
        let mut spec = smallest_of_functions_flavour();
        spec.name = name.to_owned();
        let invalid = Function::from_proto(spec, &defaults()).unwrap_err();
        assert!(invalid.to_string().contains("1 to 63 letters"), "{invalid}");
    }
}
