use longshore_runner::telemetry::chain;

use super::*;

#[test]
fn flags_override_the_manifest_and_add_to_its_environment() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = "name: a\nentryPoint: hello\nservice:\n  environment:\n    A: '1'\n    B: '2'\n";
    std::fs::write(dir.path().join(MANIFEST), manifest).unwrap();
    let flags = FunctionArgs {
        name: Some("b".into()),
        environment: vec![("B".into(), "3".into())],
        public: true,
        ..FunctionArgs::default()
    };
    let spec = specification(dir.path(), &flags).unwrap().spec;
    assert_eq!((spec.name.as_str(), spec.entry_point.as_str()), ("b", "hello"));
    let service = spec.service.unwrap();
    assert_eq!(
        service.environment,
        BTreeMap::from([("A".into(), "1".into()), ("B".into(), "3".into())])
    );
    assert_eq!(service.access, proto::Access::Public as i32);
}

#[test]
fn encryption_is_checked_at_the_place_of_the_function() {
    let dir = tempfile::tempdir().unwrap();
    let key = "projects/demo-project/locations/europe-west1/keyRings/r/cryptoKeys/k";
    let flags = |flavour: FlavourFlag| FunctionArgs {
        name: Some("hello".into()),
        flavour: Some(flavour),
        runtime: Some("python312".into()),
        entry_point: Some("hello".into()),
        kms_key: Some(key.into()),
        source_bucket: Some("protected".into()),
        repository: Some("projects/demo-project/locations/europe-west1/repositories/images".into()),
        ..FunctionArgs::default()
    };
    for (flavour, bucket) in [(FlavourFlag::Run, "protected"), (FlavourFlag::Functions, "")] {
        let spec = specification(dir.path(), &flags(flavour)).unwrap().spec;
        let encryption = spec.encryption.clone().unwrap();
        assert_eq!(encryption.kms_key, key);
        assert_eq!(encryption.source_bucket, bucket);
        let at = |region: &str| Defaults { project: "demo-project".into(), region: region.into() };
        assert!(valid_at(&spec, &at("europe-west1")).is_ok());
        let elsewhere = valid_at(&spec, &at("us-central1")).unwrap_err();
        assert!(chain(&elsewhere).contains("kmsKey must be a key in us-central1"));
    }
}

#[test]
fn the_default_name_is_the_name_of_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let function = dir.path().join("My Function_2");
    std::fs::create_dir(&function).unwrap();
    let flags = FunctionArgs { entry_point: Some("hello".into()), ..FunctionArgs::default() };
    assert_eq!(specification(&function, &flags).unwrap().spec.name, "my-function-2");
    assert!(matches!(
        specification(&function, &FunctionArgs::default()),
        Err(CliError::NoFunctionHere(_))
    ));
}

#[test]
fn a_directory_whose_name_has_no_letters_needs_a_name() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["☃", "123 äé"] {
        let function = dir.path().join(name);
        std::fs::create_dir(&function).unwrap();
        std::fs::write(function.join("main.py"), "def hello(request): pass\n").unwrap();
        let found = specification(&function, &FunctionArgs::default());
        assert!(matches!(found, Err(CliError::NoName(_))), "{found:?}");
        let flags = FunctionArgs { name: Some("hello".into()), ..FunctionArgs::default() };
        assert_eq!(specification(&function, &flags).unwrap().spec.name, "hello");
    }
}

#[test]
fn a_manifest_can_name_another_source() {
    let plain = tempfile::tempdir().unwrap();
    std::fs::write(plain.path().join(MANIFEST), "name: hello\nentryPoint: hello\n").unwrap();
    assert!(!names_a_source(&specification(plain.path(), &FunctionArgs::default()).unwrap().spec));
    let sources = [
        "git: {url: 'https://example.com/a', revision: main, directory: functions/hello}",
        "https: {url: 'https://example.com/a.zip', sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}",
        "storage: {bucket: demo-sources, object: o, generation: '7'}",
        "inline: {archive: UEsFBg==}",
    ];
    for source in sources {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join(MANIFEST),
            format!("name: hello\nentryPoint: hello\nsource:\n  {source}\n"),
        )
        .unwrap();
        let spec = specification(dir.path(), &FunctionArgs::default()).unwrap().spec;
        assert!(names_a_source(&spec), "{source}");
    }
}

#[test]
fn an_invalid_request_is_rejected_before_packing() {
    let dir = tempfile::tempdir().unwrap();
    let flags = FunctionArgs {
        name: Some("MyFunc".into()),
        entry_point: Some("hello".into()),
        ..FunctionArgs::default()
    };
    let error = specification(dir.path(), &flags).unwrap_err();
    assert!(matches!(error, CliError::Invalid(_)), "{error:?}");
    assert!(error.advice().unwrap().contains("--name my-func"), "{error:?}");
}

#[test]
fn an_unknown_key_in_the_manifest_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(MANIFEST), "name: a\nentrypoint: hello\n").unwrap();
    let error = specification(dir.path(), &FunctionArgs::default()).unwrap_err();
    let text = chain(&error);
    assert!(text.contains("entrypoint"), "{text}");
}

#[test]
fn a_manifest_under_another_name_is_rejected() {
    for (name, is_rejected) in [
        ("longshore.yml", true),
        (".longshore.yaml", true),
        ("Longshore.YAML", true),
        ("longshore.json", true),
        ("longshore.toml.txt", false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), "name: a\n").unwrap();
        let checked = check_manifest_name(dir.path());
        assert_eq!(checked.is_err(), is_rejected, "{name}");
        std::fs::write(dir.path().join(MANIFEST), "name: a\n").unwrap();
        check_manifest_name(dir.path()).unwrap();
    }
}
