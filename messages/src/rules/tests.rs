//! Each rule, with values on both sides of its limits.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::invalid::{Findings, Invalid};

fn check(rule: &str, holds: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
    for value in good {
        assert!(holds(value), "{value:?} {rule}");
    }
    for value in bad {
        assert!(!holds(value), "{value:?} is accepted as one that {rule}");
    }
}

#[test]
fn names() {
    let longest = format!("a{}", "b".repeat(48));
    let too_long = format!("{longest}c");
    check(
        SERVICE_NAME,
        is_service_name,
        &["a", "hello-1", &longest],
        &["", "1a", "-a", "a-", "A", "a_b", "ä", &too_long],
    );
    let thirty = "p".repeat(30);
    let too_long = "p".repeat(31);
    check(
        PROJECT,
        is_project,
        &["demo-1", &thirty, "example.com:project", "a-b.example.com:p-1"],
        &[
            "",
            "demo1-",
            "short",
            "1project",
            "example:project",
            "example.com:",
            "example.com:p-",
            "example..com:p",
            "-a.com:p",
            "example.com:p:q",
            "Example.com:p",
            ":project",
            "example.com/project",
            &too_long,
            &format!("example.com:{too_long}"),
        ],
    );
    check(
        REGION,
        is_region,
        &["europe-west1", "northamerica-northeast2", "us-central1"],
        &["", "europe", "europe-west", "eu-west1-b", "-west1", "us-1"],
    );
    check(
        RUNTIME,
        is_runtime,
        &["python312", "nodejs22", "go"],
        &["", "312", "Python312", "python3.12", "python312-x"],
    );
    check(
        ENTRY_POINT,
        is_entry_point,
        &["hello", "_private", "helloWorld2", "com.example.Hello", "my-function"],
        &[
            "",
            "2hello",
            "hello world",
            "a..b",
            "a.",
            "a-",
            ".a",
            "a;rm",
            "ü",
            "a/b",
            &"a".repeat(129),
        ],
    );
    check(
        MACHINE_TYPE,
        is_machine_type,
        &["e2-standard-2", "E2_HIGHCPU_8"],
        &["", "-e2", "e2 standard"],
    );
    check(DESCRIPTION, is_description, &["", &"ä".repeat(512)], &[&"a".repeat(513)]);
}

#[test]
fn objects() {
    let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(30));
    let long_part = "a".repeat(64);
    check(
        BUCKET,
        is_bucket,
        &["abc", "run-sources-demo-europe-west1", "a_b.c-d", &longest],
        &["", "ab", "-abc", "abc-", "aBc", "a..b", "a/b", &long_part],
    );
    let longest = "ä".repeat(512);
    let too_long = format!("{longest}a");
    check(
        OBJECT,
        is_object,
        &["a", "a b/ü.zip", "...", &longest],
        &["", ".", "..", "a\nb", "a\rb", ".well-known/acme-challenge/x", &too_long],
    );
}

#[test]
fn resources() {
    let pool = "projects/demo-project/locations/europe-west1/workerPools/p1";
    check(
        WORKER_POOL,
        is_worker_pool,
        &[pool, &pool.replace("demo-project", "123456")],
        &[
            "",
            "p1",
            &pool.replace("workerPools", "pools"),
            &format!("{pool}/x"),
            &format!("/{pool}"),
        ],
    );
    let repository = "projects/demo-project/locations/europe-west1/repositories/images";
    check(
        REPOSITORY,
        is_repository,
        &[repository],
        &["images", pool, &repository.replace("images", ""), &repository.replace("images", "../x")],
    );
    check(
        REPOSITORY,
        is_repository_id,
        &["images", "i", "my-images-2"],
        &["", "Images", "2-images", "images-", "my_images", "a/b", &"i".repeat(64)],
    );
    let key = "projects/demo-project/locations/europe-west1/keyRings/a-Ring_1/cryptoKeys/a-Key_1";
    check(
        KMS_KEY,
        |name| kms_key_location(name).is_some(),
        &[key, &key.replace("europe-west1", "global"), &key.replace("demo-project", "123")],
        &[
            "a-Key_1",
            &format!("{key}/cryptoKeyVersions/1"),
            &key.replace("a-Key_1", ""),
            &key.replace("a-Key_1", "a.key"),
            &key.replace("a-Ring_1", &"r".repeat(64)),
            &key.replace("cryptoKeys", "keys"),
        ],
    );
    assert_eq!(kms_key_location(key), Some("europe-west1"));
    let build = "projects/demo-project/locations/europe-west1/builds/0-1";
    check(
        BUILD_NAME,
        is_build_name,
        &[build, "projects/1/builds/0-1", &build.replace("europe-west1", "global")],
        &["", "0-1", "projects/1/builds/"],
    );
    let email = "builder@demo-project.iam.gserviceaccount.com";
    check(
        SERVICE_ACCOUNT_EMAIL,
        is_service_account_email,
        &[email, "1-compute@developer.gserviceaccount.com"],
        &[
            "",
            "someone@example.com",
            "@x.gserviceaccount.com",
            "a@.gserviceaccount.com@x",
            "a b@x.gserviceaccount.com",
        ],
    );
    let account = format!("projects/demo-project/serviceAccounts/{email}");
    check(
        SERVICE_ACCOUNT_NAME,
        is_service_account_name,
        &[&account, &account.replace("demo-project/", "-/")],
        &["", email, &account.replace("serviceAccounts", "accounts")],
    );
}

#[test]
fn images() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let name = "europe-west1-docker.pkg.dev/demo-project/cloud-run-source-deploy/hello";
    check(
        DIGEST,
        is_digest,
        &[&digest],
        &["", &digest.replace("sha256", "sha512"), &digest[..70], &digest.to_uppercase()],
    );
    check(
        IMAGE_NAME,
        is_image_name,
        &[
            name,
            "127.0.0.1:5000/demo/hello",
            // Functions `Take_Orders` and `a-B` of the Cloud Functions API.
            "r-docker.pkg.dev/p/gcf-artifacts/p__r__t-take___orders",
            "r-docker.pkg.dev/p/gcf-artifacts/p__r__a--_b",
        ],
        &[
            "",
            "hello",
            &format!("{name}:latest"),
            &format!("{name}@{digest}"),
            "host/a//b",
            "host/",
            "host:port/a",
            "host/A",
        ],
    );
    check(
        BASE_IMAGE,
        is_base_image,
        &[
            "nodejs22",
            name,
            &format!("{name}:google_22.1"),
            &format!("{name}@{digest}"),
            &format!("host:5000/a:b@{digest}"),
        ],
        &["", "a b", "host/a:", "host/a@sha256:0", "host//a", "/a", "$(id)"],
    );
}

#[test]
fn quantities() {
    check(
        MEMORY,
        is_memory,
        &["128Mi", "256M", "0.5Gi", "32Gi", "134217728", "131072Ki"],
        &[
            "", "Mi", "127Mi", "33Gi", "-1Gi", "1e3Mi", "1gi", "1 Gi", "512MiB", ".5Gi", "infMi",
            "1.Gi", "1Ti",
        ],
    );
    check(
        CPU,
        is_cpu,
        &["1", "2", "4", "6", "8", "0.5", "0.08", "80m", "1000m", "2.0"],
        &["", "m", "0", "0.07", "79m", "3", "1.5", "16", "-1", "NaN", "1e0", "1cpu"],
    );
    check("is below one CPU", is_below_one_cpu, &["0.5", "999m"], &["1", "1000m", "0.01", ""]);
}

#[test]
fn durations() {
    let read = |seconds: i64, nanos: i32| {
        let mut findings = Findings::default();
        let proto = pbjson_types::Duration { seconds, nanos };
        let value = duration(
            Some(proto),
            "timeout",
            Duration::from_secs(1)..=Duration::from_secs(3600),
            &mut findings,
        );
        findings.finish(value).map_err(|invalid| invalid.to_string())
    };
    assert_eq!(read(1, 0), Ok(Duration::from_secs(1)));
    assert_eq!(read(3599, 999_999_999), Ok(Duration::new(3599, 999_999_999)));
    for (seconds, nanos) in [
        (0, 0),
        (0, 999_999_999),
        (3600, 1),
        (-1, 0),
        (1, -1),
        (1, 1_000_000_000),
        (i64::MAX, 0),
        (i64::MIN, i32::MIN),
    ] {
        let error = read(seconds, nanos).unwrap_err();
        assert!(error.starts_with("timeout must be between 1 s and 3600 s, but is "), "{error}");
    }
}

#[test]
fn times() {
    let read = |seconds: i64, nanos: i32| {
        let mut findings = Findings::default();
        timestamp(Some(pbjson_types::Timestamp { seconds, nanos }), "at", &mut findings)
    };
    let time = read(1_767_323_045, 5).unwrap();
    assert_eq!(to_timestamp(time), pbjson_types::Timestamp { seconds: 1_767_323_045, nanos: 5 });
    assert_eq!(
        to_timestamp(read(-1, 5).unwrap()),
        pbjson_types::Timestamp { seconds: -1, nanos: 5 }
    );
    for (seconds, nanos) in
        [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000), (253_402_300_800, 0)]
    {
        assert_eq!(read(seconds, nanos), None, "{seconds} {nanos}");
    }
}

/// The problem of a map with a single entry.
fn problem(
    rule: fn(&BTreeMap<String, String>, &str, &mut Findings),
    key: &str,
    value: &str,
) -> Option<String> {
    let mut findings = Findings::default();
    rule(&BTreeMap::from([(key.to_owned(), value.to_owned())]), "map", &mut findings);
    findings.finish(Some(())).err().map(|invalid: Invalid| invalid.to_string())
}

#[test]
fn label_keys_and_values() {
    for (key, value) in
        [("team", "shore"), ("a", ""), ("a_b-1", "1-_"), (&"k".repeat(63), &"v".repeat(63))]
    {
        assert_eq!(problem(labels, key, value), None, "{key}={value}");
    }
    for key in ["", "1a", "A", "a.b", &"k".repeat(64), "_a"] {
        assert!(problem(labels, key, "x").unwrap().contains("must have a key"), "{key}");
    }
    for value in ["A", "a b", &"v".repeat(64)] {
        assert!(
            problem(labels, "team", value).unwrap().contains("must have at most 63"),
            "{value}"
        );
    }
    for key in [
        "run.googleapis.com/x",
        "cloud.googleapis.com/location",
        "serving.knative.dev/x",
        "autoscaling.knative.dev/x",
        "goog-managed-by",
    ] {
        assert!(problem(labels, key, "x").unwrap().contains("is reserved"), "{key}");
    }
}

#[test]
fn variables_of_the_function() {
    for (name, value) in [
        ("A", ""),
        ("_a.b-1", "line\nbreak"),
        ("CNB_X", "1"),
        ("PORTS", "1"),
        (&"N".repeat(32_768), "x"),
        ("A", &"ä".repeat(32_768)),
    ] {
        assert_eq!(problem(service_environment, name, value), None);
    }
    for name in ["", "1A", "A=B", "A B", "Ä", &"N".repeat(32_769)] {
        assert!(
            problem(service_environment, name, "x").unwrap().contains("must have a name"),
            "{name}"
        );
    }
    for name in
        ["PORT", "K_SERVICE", "K_X", "X_GOOGLE_A", "FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"]
    {
        assert!(problem(service_environment, name, "x").is_some(), "{name}");
    }
    assert!(problem(service_environment, "A", &"x".repeat(32_769)).is_some());
    assert!(problem(service_environment, "A", "\0").is_some());
}

#[test]
fn variables_of_the_build() {
    for (name, value) in [
        ("GOOGLE_NODE_RUN_SCRIPTS", "build"),
        ("PORT", "8080"),
        ("A", ""),
        ("PIP_INDEX_URL", "https://europe-python.pkg.dev/p/r/simple"),
        ("PIP_INDEX_URL", "https://ada@host/a:b@c"),
        ("PIP_INDEX_URL", "https://ada:${PASSWORD}@host"),
        ("PIP_INDEX_URL", "https://${INDEX_TOKEN_OF_ADA}@host"),
        ("PIP_INDEX_URL", "https://oauth2accesstoken@europe-python.pkg.dev/p/r/simple"),
        ("REPOSITORY", "ssh://a-very-long-user-name@host/x"),
    ] {
        assert_eq!(problem(build_environment, name, value), None, "{name}");
    }
    for value in [
        "https://ada:pw@host/simple",
        "a=1 http://:pw@host",
        "https://pw3456789abcdef0@host/simple",
        "https://pw3456789abcdef0:@host/simple",
    ] {
        let found = problem(build_environment, "PIP_INDEX_URL", value).unwrap();
        assert!(found.contains("private-packages.md") && !found.contains("pw"), "{found}");
    }
    for name in [
        "X_GOOGLE_TARGET_PLATFORM",
        "CNB_STACK_ID",
        "BP_X",
        "GOOGLE_FUNCTION_TARGET",
        "GOOGLE_FUNCTION_SIGNATURE_TYPE",
        "GOOGLE_RUNTIME",
    ] {
        assert!(problem(build_environment, name, "x").is_some(), "{name}");
    }
    for value in ["a\nb", "a\r"] {
        assert!(problem(build_environment, "A", value).is_some(), "{value:?}");
    }
}

#[test]
fn maps_have_a_maximum_size() {
    let of_size = |size: usize| -> BTreeMap<String, String> {
        (0..size).map(|index| (format!("k{index}"), String::new())).collect()
    };
    let problems = |rule: fn(&BTreeMap<String, String>, &str, &mut Findings), size: usize| {
        let mut findings = Findings::default();
        rule(&of_size(size), "map", &mut findings);
        findings.finish(Some(())).map_or_else(|invalid| invalid.problems.len(), |()| 0)
    };
    assert_eq!((problems(labels, 64), problems(labels, 65)), (0, 1));
    assert_eq!((problems(service_environment, 1000), problems(service_environment, 1001)), (0, 1));
}
