use serde_json::Value;

use super::fakes::Cloud;
use super::sources::archive;
use crate::core::Status;

type Files<'a> = &'a [(&'a str, &'a str)];

const TARGET: (&str, &str) = ("GOOGLE_FUNCTION_TARGET", "Hello");
const SKIP: (&str, &str) = ("GOOGLE_SKIP_FRAMEWORK_INJECTION", "True");
const HELLO: (&str, &str) = (
    "hello.go",
    "package hello\n\nimport \"net/http\"\n\nfunc Hello(w http.ResponseWriter, r *http.Request) {}\n",
);
const MODULE: (&str, &str) = ("go.mod", "module example.com/hello\n\ngo 1.21\n");
/// Its presence keeps the build from generating it.
const SUM: (&str, &str) = ("go.sum", "");

fn go_is_installed() -> bool {
    let is_installed = std::process::Command::new("go")
        .arg("version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_installed {
        println!("skipped: go is not on the PATH");
    }
    is_installed
}

#[tokio::test]
async fn a_go_source_that_google_rejects_is_rejected_with_the_same_text() {
    if !go_is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let table: [(Files<'_>, Files<'_>, &[&str]); 10] = [
        (&[HELLO, MODULE], &[], &["required env var GOOGLE_FUNCTION_TARGET not found"]),
        (
            &[("go.mod", "module func\n"), SUM, HELLO],
            &[TARGET],
            &["must contain a dot in the first path element", "found: func"],
        ),
        (
            &[("go.mod", "module a.b\n\ngo 1.99\n"), SUM, HELLO],
            &[TARGET],
            &["requires go >= 1.99", "This machine has Go 1."],
        ),
        (
            &[("go.mod", "what?"), SUM, HELLO],
            &[TARGET],
            &["go list failed", "go.mod:1: unknown directive: what?"],
        ),
        (
            &[MODULE, HELLO, ("vendor/modules.txt", "")],
            &[TARGET],
            &["vendored dependencies must include"],
        ),
        (&[MODULE, SUM, ("main.go", "package main\n")], &[TARGET], &["not an importable package"]),
        (
            &[MODULE, SUM, HELLO],
            &[("GOOGLE_FUNCTION_TARGET", "hello")],
            &["\"hello\" is not an exported function of package hello"],
        ),
        (
            &[MODULE, SUM, HELLO],
            &[TARGET, SKIP],
            &["Functions Framework must be set as a dependency"],
        ),
        (&[HELLO], &[TARGET, SKIP], &["Functions Framework must be set as a dependency"]),
        (
            &[MODULE, SUM, HELLO],
            &[TARGET],
            &["go mod failed", "module lookup disabled by GOPROXY=off"],
        ),
    ];
    for (index, (files, environment, expected)) in table.into_iter().enumerate() {
        let source = archive(dir.path(), &format!("{index}.zip"), files);
        let environment = [environment, &[("GOPROXY", "off"), ("GOOGLE_RUNTIME", "go")]].concat();
        let record = cloud.submit(&source, &environment);
        let record = cloud.ended(&record.id).await;
        let end = record.end.unwrap();
        assert_eq!(end.status, Status::Failure, "{files:?}: {}", end.detail);
        let output: Value = serde_json::from_str(&end.output.unwrap()).unwrap();
        assert_eq!(output["error"]["buildpackId"], "google.go.functions-framework");
        for part in expected {
            assert!(
                output["error"]["errorMessage"].as_str().unwrap().contains(part),
                "`{part}` is not in {output}"
            );
        }
        assert!(cloud.log_of(&record.id).contains("runtime go"), "{}", cloud.log_of(&record.id));
    }
}
