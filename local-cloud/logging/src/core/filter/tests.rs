use serde_json::json;

use super::*;

fn entry() -> Value {
    json!({
        "logName": "projects/p/logs/run.googleapis.com%2Fstdout",
        "resource": {
            "type": "cloud_run_revision",
            "labels": {"location": "r", "service_name": "a", "revision_name": "a-1"},
        },
        "timestamp": "2026-11-28T10:00:00.5Z",
        "severity": "WARNING",
        "insertId": "7",
        "labels": {"instanceId": "i", "goog-managed-by": "cloudfunctions", "x.y/z": "w"},
        "jsonPayload": {"message": "Careful, Ada", "user": 7, "ok": true, "tags": ["one", "two"]},
    })
}

fn matches(filter: &str) -> bool {
    Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}")).matches(&entry())
}

#[test]
fn comparisons_are_those_of_the_query_language() {
    for (filter, expected) in [
        ("", true),
        ("-- all\n", true),
        ("resource.type=\"cloud_run_revision\"", true),
        ("resource.type = gce_instance", false),
        ("RESOURCE.type=CLOUD_RUN_REVISION", true),
        ("resource.labels.service_name!=b", true),
        ("resource.labels.missing!=b", false),
        ("NOT resource.labels.missing=b", true),
        ("labels.\"goog-managed-by\"=\"cloudfunctions\"", true),
        ("labels.x.y/z=w", true),
        ("labels.\"x.y/z\":*", true),
        ("labels.none:*", false),
        ("logName:\"run.googleapis.com\"", true),
        ("log_name:run.googleapis.com", true),
        ("severity>=WARNING", true),
        ("severity>=warning severity<500", true),
        ("severity>WARNING", false),
        ("severity=(ERROR OR WARNING)", true),
        ("timestamp>=\"2026-11-28T10:00:00Z\" timestamp<\"2026-11-28T10:00:01Z\"", true),
        ("timestamp<=\"2026-11-28T11:00:00+02:00\"", false),
        ("timestamp>2026-11-28", true),
        ("timestamp>=\"2026-11-28T10:00:00.000000+0000\"", true),
        ("timestamp<\"2026-11-28T10:00:00-0100\"", true),
        ("timestamp<\"2026-11-28T10:00:00+0100\"", false),
        ("jsonPayload.message:\"ada\"", true),
        ("jsonPayload.message=\"careful, ada\"", true),
        ("jsonPayload.user>6.5 AND jsonPayload.user<=7", true),
        ("jsonPayload.user=-7", false),
        ("jsonPayload.user:7", true),
        ("jsonPayload.ok=true", true),
        ("jsonPayload.tags=two", true),
        ("jsonPayload:careful", true),
        ("trace=\"\"", true),
        ("trace!=\"t\"", true),
        ("httpRequest.status>=500", false),
        ("ada", true),
        ("\"careful, ada\"", true),
        ("bob", false),
        ("-bob", true),
        ("resource.labels.service_name=~\"^a$\"", true),
        ("resource.labels.service_name=~\"^A$\"", false),
        ("resource.labels.service_name=~\"(?i)^A$\"", true),
        ("resource.labels.service_name!~\"^b\"", true),
        ("resource.labels.missing=~\".*\"", false),
        ("resource.labels.missing!~\"b\"", false),
        ("jsonPayload.message=~(\"^Care\" OR \"^None\")", true),
        ("jsonPayload.tags=~\"^tw\"", true),
        ("jsonPayload.user=~\"^\\\\d$\"", true),
        ("jsonPayload.user=~\"^\\d$\"", true),
        ("trace!~\"projects\"", true),
        ("log_id(\"run.googleapis.com/stdout\")", true),
        ("log_id(\"stdout\") OR insertId=8", false),
        ("-log_id(\"stdout\")", true),
        ("SEARCH(\"ADA careful\")", true),
        ("SEARCH(\"ada bob\")", false),
        ("SEARCH(jsonPayload.message, \"care\")", false),
        ("SEARCH(jsonPayload, \"careful\") insertId=7", true),
        ("SEARCH(\"`Careful, Ada`\")", true),
        ("SEARCH(\"`careful, ada`\")", false),
        ("search(textPayload, \"ada\")", false),
    ] {
        assert_eq!(matches(filter), expected, "{filter}");
    }
}

#[test]
fn not_binds_before_or_and_or_before_and() {
    let (yes, no) = ("insertId=7", "insertId=8");
    for (filter, expected) in [
        (format!("{yes} OR {no} AND {no}"), false),
        (format!("{no} AND {no} OR {yes}"), false),
        (format!("({no} AND {no}) OR {yes}"), true),
        (format!("NOT {yes} OR {yes}"), true),
        (format!("NOT ({yes} OR {yes})"), false),
        (format!("NOT NOT {yes}"), true),
        (format!("{yes} {yes}\n{yes}"), true),
        (format!("{yes} {no}"), false),
        (format!("{no} OR {yes} {no} OR {yes}"), true),
        ("insertId=(8 OR 7)".to_owned(), true),
        ("insertId=(NOT 8)".to_owned(), true),
        ("insertId=(8 OR (NOT 9 AND NOT 8))".to_owned(), true),
        ("insertId:(7 AND 8)".to_owned(), false),
    ] {
        assert_eq!(matches(&filter), expected, "{filter}");
    }
}

/// As `gcloud functions logs read` writes it for a function whose generation is not given.
#[test]
fn the_filter_of_gcloud_functions_selects_the_logs_of_a_function() {
    let of = |service: &str| {
        format!(
            "(resource.type=\"cloud_function\" resource.labels.region=\"r\" \
             logName:\"cloud-functions\" resource.labels.function_name=\"{service}\") OR \
             (resource.type=\"cloud_run_revision\" resource.labels.location=\"r\" \
             logName:\"run.googleapis.com\" labels.\"goog-managed-by\"=\"cloudfunctions\" \
             resource.labels.service_name=\"{service}\") severity>=INFO \
             timestamp>=\"2026-11-21T10:00:00.000000Z\""
        )
    };
    assert!(matches(&of("a")));
    assert!(!matches(&of("b")));
}

/// The reason for an expression that is too large.
const TOO_LARGE: &str = "'(a{1000}){1000}' is not a regular expression: \
                         compiled regex exceeded size limit";

#[test]
fn what_is_not_a_query_is_rejected() {
    for (filter, reason) in [
        ("sample(insertId, 0.25)", "the function sample() is unsupported"),
        ("source(\"projects/p\")", "the function source() is unsupported"),
        ("ip_in_net(jsonPayload.ip, \"10.0.0.0/8\")", "the function ip_in_net() is unsupported"),
        ("jsonPayload.ip=cast(7)", "the function cast() is unsupported here"),
        ("log_id(\"a\", \"b\")", "log_id() has the wrong arguments"),
        ("SEARCH(\"a\"", "unbalanced parentheses"),
        ("SEARCH(nothing, \"a\")", "log entries have no field 'nothing'"),
        ("SEARCH()", "a field or a value is missing"),
        ("insertId=7, insertId=8", "a parenthesis, comma or operator too many"),
        (
            "insertId=~\"(\"",
            "'(' is not a regular expression: found open group without closing ')'",
        ),
        ("insertId=~\"(a{1000}){1000}\"", TOO_LARGE),
        ("resource.labels.service_name=\"a", "unterminated string"),
        ("nothing=1", "log entries have no field 'nothing'"),
        ("resource..type=a", "log entries have no field 'resource..type'"),
        ("severity>=LOUD", "'LOUD' is not a severity"),
        ("timestamp>yesterday", "'yesterday' is not a time, such as 2026-01-31T12:00:00Z"),
        ("insertId=", "a field or a value is missing"),
        ("=7", "a field or a value is missing"),
        ("(insertId=7", "unbalanced parentheses"),
        ("insertId=7)", "a parenthesis, comma or operator too many"),
        ("OR insertId=7", "OR has nothing to combine"),
        ("insertId=7 AND", "a field or a value is missing"),
        ("insertId=7 AND AND insertId=7", "AND has nothing to combine"),
        ("insertId=7 ;", "';' begins with a character that must be quoted"),
    ] {
        assert_eq!(Filter::parse(filter).unwrap_err().reason, reason, "{filter}");
    }
    let deep = format!("{}insertId=7{}", "(".repeat(60), ")".repeat(60));
    assert_eq!(Filter::parse(&deep).unwrap_err().reason, "nested more than 50 times");
    assert!(Filter::parse(&"NOT ".repeat(60)).is_err());
    assert!(Filter::parse(&"a ".repeat(10_001)).is_err());
}

#[test]
fn files_are_left_out_only_if_no_entry_of_them_can_match() {
    for (filter, admitted) in [
        ("", true),
        ("resource.labels.service_name=a", true),
        ("resource.labels.service_name=b", false),
        ("insertId=7 resource.labels.service_name=b", false),
        ("resource.labels.service_name=b OR insertId=7", true),
        ("NOT resource.labels.service_name=b", true),
        ("resource.labels.service_name!=b", true),
    ] {
        assert_eq!(
            Filter::parse(filter).unwrap().admits("service_name", "a"),
            admitted,
            "{filter}"
        );
    }
}

/// Pieces of queries, in every order that a small generator comes to: no text makes the parser or
/// the evaluation panic, and a query that is valid stays so in parentheses.
#[test]
fn no_text_breaks_the_parser() {
    const PIECES: [&str; 30] = [
        "severity",
        ">=",
        "ERROR",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "-",
        "\"a b\"",
        "\"",
        ":",
        "=~",
        "!~",
        "\"[a-\"",
        "SEARCH(",
        "log_id(",
        "sample(",
        ",",
        "--x\n",
        ".",
        "labels.\"x.y\"",
        "*",
        "timestamp",
        "<",
        "2026-11-28",
        "\\",
        "ü",
        "jsonPayload.a.b",
        "=",
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
        let Ok(filter) = Filter::parse(&text) else { continue };
        valid += 1;
        let is_matched = filter.matches(&entry());
        if !text.contains("--") && !text.trim().is_empty() {
            let again = Filter::parse(&format!("({text})")).unwrap();
            assert_eq!(again.matches(&entry()), is_matched, "{text}");
        }
    }
    assert!(valid > 500, "{valid}");
}
