use serde_json::{Value, json};

use super::*;

const FIELDS: [&str; 12] = [
    "name",
    "createTime",
    "labels",
    "state",
    "topics",
    "size",
    "count",
    "timeout",
    "done",
    "metadata",
    "buildConfig",
    "tags",
];

fn resource() -> Value {
    json!({
        "name": "projects/p/secrets/tls-key",
        "createTime": "2026-03-01T10:00:00Z",
        "labels": {"env": "prod", "team.io/x": "a", "x.y": "z", "snake_case": "s", "version": "1"},
        "state": "ENABLED",
        "topics": [{"name": "projects/p/topics/rotated"}, {"name": "projects/p/topics/other"}],
        "size": "700",
        "count": 7,
        "timeout": "90s",
        "metadata": {"target": "projects/p/f"},
        "buildConfig": {"runtime": "python312", "environmentVariables": {"A": "b"}},
        "tags": ["one", "two"],
    })
}

fn selects(text: &str) -> bool {
    let filter = Filter::parse(text, &FIELDS).unwrap_or_else(|error| panic!("{text}: {error}"));
    filter.matches(&resource())
}

#[test]
fn a_filter_selects_resources_by_their_fields() {
    for (text, expected) in [
        ("", true),
        ("  ", true),
        ("name:tls", true),
        ("name:TLS", true),
        ("name:other", false),
        ("name=tls-key", true),
        ("name = \"projects/p/secrets/tls-key\"", true),
        ("name=tls", false),
        ("labels.env = 'prod'", true),
        ("labels.env!=test", true),
        ("labels.none!=test", true),
        ("labels.none=test", false),
        ("labels.none:*", false),
        ("labels.none>a", false),
        ("labels.env:*", true),
        ("labels:env", true),
        ("labels:none", false),
        ("labels.team.io/x=a", true),
        ("labels.\"x.y\"=z", true),
        ("labels.x.y=z", true),
        ("labels.snake_case=s", true),
        ("labels.version=1.0", false),
        ("state=ENABLED", true),
        ("state=enabled", false),
        ("topics.name:rotated", true),
        ("topics.name=projects/p/topics/other", true),
        ("topics.name:none", false),
        ("tags=two", true),
        ("tags:two", true),
        ("tags!=two", false),
        ("build_config.runtime = 'python312'", true),
        ("buildConfig.runtime=python*", true),
        ("buildConfig.environment_variables.A=b", true),
        ("done=false", true),
        ("done:false", true),
        ("done:true", false),
        ("done!=true", true),
        ("metadata.target=projects/p/f AND done=false", true),
    ] {
        assert_eq!(selects(text), expected, "{text}");
    }
}

#[test]
fn times_durations_and_numbers_have_an_order() {
    for (text, expected) in [
        ("create_time>2026-01-01T00:00:00Z", true),
        ("create_time < \"2026-01-01T00:00:00Z\"", false),
        ("createTime>=2026-03-01T11:00:00+01:00", true),
        ("createTime=2026-03-01T11:00:00+01:00", true),
        ("createTime>2026-02-28", true),
        ("timeout>9s", true),
        ("timeout<=90.0s", true),
        ("timeout=90.000s", true),
        ("size>99", true),
        ("size<1e3", true),
        ("count=7.0", true),
        ("count>-8", true),
        ("count<=6", false),
        ("count!=7", false),
        ("state>DISABLED", true),
    ] {
        assert_eq!(selects(text), expected, "{text}");
    }
}

#[test]
fn a_star_at_an_end_stands_for_anything() {
    for (text, expected) in [
        ("state=EN*", true),
        ("state=\"*LED\"", true),
        ("state=*NABL*", true),
        ("state=*", true),
        ("state!=DIS*", true),
        ("state=DIS*", false),
        ("name=tls*", true),
        ("name=projects/*", true),
    ] {
        assert_eq!(selects(text), expected, "{text}");
    }
}

#[test]
fn not_binds_before_or_and_or_before_and() {
    let (yes, no) = ("count=7", "count=8");
    for (text, expected) in [
        (format!("{yes} OR {no} AND {no}"), false),
        (format!("{no} AND {no} OR {yes}"), false),
        (format!("({no} AND {no}) OR {yes}"), true),
        (format!("{yes} or {no} and {yes}"), true),
        (format!("NOT {yes} OR {yes}"), true),
        (format!("NOT ({yes} OR {yes})"), false),
        (format!("NOT NOT {yes}"), true),
        (format!("-{no} {yes}"), true),
        (format!("{yes} {no}"), false),
        ("count=(8 OR 7)".to_owned(), true),
        ("count=(NOT 8)".to_owned(), true),
        ("state:(ENA AND BLED)".to_owned(), true),
    ] {
        assert_eq!(selects(&text), expected, "{text}");
    }
}

#[test]
fn an_error_says_what_is_wrong_and_where() {
    let long = format!("name:{}", "x".repeat(1024));
    let deep = "(".repeat(60);
    for (text, reason, position) in [
        ("name", "'name' is not a comparison, such as name:word", 1),
        ("name:", "a field or a value is missing", 6),
        (":x", "a field or a value is missing", 1),
        ("name:x AND AND", "AND has nothing to combine", 12),
        ("(name:x", "unbalanced parentheses", 8),
        ("name:x)", "a parenthesis, comma or operator too many", 7),
        ("name:\"x", "unterminated string", 6),
        ("name:x ;", "';' begins with a character that must be quoted", 8),
        ("ä:x", "there is no field 'ä': use ", 1),
        ("name:x colour=\"blue\"", "there is no field 'colour': use name, createTime", 8),
        ("labels..x=a", "there is no field 'labels..x': use ", 1),
        ("has(name)", "the function has() is unsupported", 1),
        ("count=cast(7)", "the function cast() is unsupported here", 7),
        ("name=~\"x\"", "the operator =~ is unsupported", 7),
        ("state:x create_time>yesterday", "'yesterday' is not a time", 21),
        (&deep, "nested more than 50 times", 50),
        (&long, "longer than 1024 characters", 1030),
    ] {
        let error = Filter::parse(text, &FIELDS).unwrap_err();
        assert!(error.reason.starts_with(reason), "{text}: {error}");
        assert_eq!(error.position, position, "{text}: {error}");
    }
    let error = Filter::parse("name", &FIELDS).unwrap_err();
    let text = "filter: 'name' is not a comparison, such as name:word, at character 1";
    assert_eq!(error.to_string(), text);
}

/// Pieces of filters, in every order that a small generator comes to: no text makes the parser or
/// the evaluation panic, and a filter that is valid means the same in parentheses.
#[test]
fn no_text_breaks_the_parser() {
    const PIECES: [&str; 25] = [
        "name:prod",
        "count>3",
        "labels:env",
        "name",
        "labels.env",
        "=",
        "!=",
        ":",
        ">",
        "=~",
        "prod",
        "\"a b\"",
        "'",
        "\"",
        "(",
        ")",
        "AND",
        "or",
        "NOT",
        "-",
        "*",
        ",",
        "has(",
        "createTime",
        "2026-11-28T10:00:00Z",
    ];
    let mut state = 7_u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let mut valid = 0;
    for _ in 0..20_000 {
        let pieces: Vec<&str> = (0..below(9)).map(|_| PIECES[below(PIECES.len())]).collect();
        let text = pieces.join(if below(2) == 0 { " " } else { "" });
        let Ok(filter) = Filter::parse(&text, &FIELDS) else { continue };
        if !filter.is_empty() {
            valid += 1;
            let again = Filter::parse(&format!("({text})"), &FIELDS).unwrap();
            assert_eq!(again.matches(&resource()), filter.matches(&resource()), "{text}");
        }
    }
    assert!(valid > 200, "{valid}");
}
