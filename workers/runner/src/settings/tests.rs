use super::*;

fn from(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let required = [("LONGSHORE_PROJECT", "p"), ("LONGSHORE_REGION", "europe-west1")];
    let all = required
        .iter()
        .chain(variables)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::read(None, all)
}

#[test]
fn variables_override_the_file_which_overrides_the_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("longshore.toml");
    std::fs::write(&file, "fleet = \"ours\"\nhandling = 3\nheld = 9\n").unwrap();
    let environment =
        [("LONGSHORE_PROJECT", "p"), ("LONGSHORE_REGION", "r"), ("LONGSHORE_HELD", "5")];
    let settings =
        Settings::read(Some(&file), environment.map(|(n, v)| (n.to_owned(), v.to_owned())))
            .unwrap();
    assert_eq!((settings.fleet.as_str(), settings.handling, settings.held), ("ours", 3, 5));
    assert_eq!(settings.deadline_s, 3_600);
    assert_eq!(settings.ledger_bucket(), "p-ours-ledger");
}

#[test]
fn the_default_ledger_of_a_domains_project_has_a_name_that_a_bucket_may_have() {
    let variables = [("LONGSHORE_PROJECT", "example.com:p"), ("LONGSHORE_REGION", "r")];
    let settings =
        Settings::read(None, variables.map(|(n, v)| (n.to_owned(), v.to_owned()))).unwrap();
    assert_eq!(settings.ledger_bucket(), "example_com_p-longshore-ledger");
}

#[test]
fn standard_variables_are_read_and_those_of_the_command_line_are_ignored() {
    let settings = from(&[
        ("PUBSUB_EMULATOR_HOST", "127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"),
        ("LONGSHORE_ALLOWED_ORIGINS", "http://localhost:3000"),
        ("LONGSHORE_BUILD_CACHE", "x"),
        ("LONGSHORE_DATA_DIR", "x"),
        ("HOME", "y"),
    ])
    .unwrap();
    assert_eq!(settings.pubsub_endpoint, "127.0.0.1:1");
    assert_eq!(settings.otlp_endpoint, "http://127.0.0.1:4317");
}

#[test]
fn lists_of_hosts_are_read_from_the_environment_and_an_invalid_one_is_reported() {
    let settings = from(&[
        ("LONGSHORE_SOURCE_HOSTS", "github.com, *.Example.com:8443 ,"),
        ("LONGSHORE_SOURCE_PRIVATE_HOSTS", ""),
    ]);
    let settings = settings.unwrap();
    assert_eq!(
        settings.source_hosts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["github.com", "*.example.com:8443"]
    );
    assert_eq!(settings.source_private_hosts, []);
    let error = from(&[("LONGSHORE_SOURCE_HOSTS", "a.example,https://b.example/")]).unwrap_err();
    assert!(error.to_string().contains("https://b.example/"), "{error}");
}

#[test]
fn variables_of_other_programs_are_no_settings() {
    for name in OTHERS {
        assert!(from(&[(name, "x")]).is_ok(), "{name}");
    }
}

#[test]
fn quotas_are_read_from_the_file_and_an_unknown_one_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("longshore.toml");
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let required = [("LONGSHORE_PROJECT", "p"), ("LONGSHORE_REGION", "r")];
        Settings::read(Some(&file), required.map(|(n, v)| (n.to_owned(), v.to_owned())))
    };
    let settings = read("[[quotas]]\napi = \"run-writes\"\nper_minute = 180\n").unwrap();
    assert_eq!(settings.quotas[0].per_minute, 180);
    let error = read("[[quotas]]\napi = \"writes\"\nper_minute = 1\n").unwrap_err();
    assert!(error.to_string().contains("run-writes"), "{error}");
}

#[test]
fn an_unknown_name_is_reported() {
    let error = from(&[("LONGSHORE_HANDLINGS", "3")]).unwrap_err();
    assert!(error.to_string().contains("handlings"), "{error}");
}

#[test]
fn all_problems_are_reported_at_once() {
    let error = Settings::read(None, [("LONGSHORE_HELD".to_owned(), "0".to_owned())]).unwrap_err();
    assert_eq!(error.problems.len(), 3, "{error}");
}
