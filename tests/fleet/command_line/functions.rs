//! Functions are listed, described, deleted and created again, next to a running `up`.

use serde_json::Value;

use super::{Home, Up, longshore, text};
use crate::support::function;

/// Runs a command, and returns its exit code, standard output and standard error.
fn run(home: &Home, arguments: &[&str]) -> (i32, String, String) {
    let output = longshore(&home.data_dir()).args(arguments).output().unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn json(home: &Home, arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = run(home, &[&["--output", "json"], arguments].concat());
    assert_eq!(code, 0, "{arguments:?}: {stderr}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn functions_are_deployed_together_listed_described_deleted_and_created_again() {
    let home = Home::new();
    let _up = Up::start(&home);
    let one = function(home.0.path(), "one");
    let two = function(home.0.path(), "two");
    std::fs::write(
        one.join("longshore.yaml"),
        "name: one\nservice:\n  environment:\n    GREETING: Hi\n  labels:\n    team: a\n",
    )
    .unwrap();
    std::fs::write(two.join("longshore.yaml"), "name: two\nservic: {}\n").unwrap();
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());

    // One failure does not stop the other deployment, and sets the exit code.
    let (code, stdout, stderr) = run(&home, &["deploy", one, two]);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stdout.starts_with("DIRECTORY")
            && stdout.contains("one-00001-")
            && stdout.contains("not-requested"),
        "{stdout}"
    );
    assert!(
        stderr.contains("line 2 column 1: `servic` is not a known key")
            && stderr.contains("did you mean `service`?"),
        "{stderr}"
    );

    // The entry point is detected: it is the only function that the source registers.
    let listed = json(&home, &["list"]);
    assert_eq!(
        (&listed[0]["name"], &listed[0]["state"], listed.as_array().unwrap().len()),
        (&"one".into(), &"serving".into(), 1)
    );
    let described = json(&home, &["describe", "one"]);
    assert_eq!(described["entryPoint"], "hello");
    assert_eq!(described["service"]["environment"]["GREETING"], "Hi");
    assert_eq!(described["service"]["labels"]["team"], "a");
    assert_eq!(described["service"]["traffic"][0]["percent"], 100);
    assert_eq!(described["spec"]["service"]["environment"]["GREETING"], "Hi");
    let image = described["service"]["image"].as_str().unwrap();
    assert!(image.contains("@sha256:"), "{image}");
    let (_, table, _) = run(&home, &["list"]);
    assert!(
        table.lines().nth(1).unwrap().starts_with("one ") && !table.contains('\u{1b}'),
        "{table}"
    );

    // There is no terminal to ask for confirmation on.
    let (code, _, stderr) = run(&home, &["delete", "one"]);
    assert_eq!(code, 64, "{stderr}");
    let because = ["--reason", "nobody calls it", "--by", "ada"];
    let deleted = json(&home, &[&["delete", "--yes", "one"], &because[..]].concat());
    assert_eq!((&deleted[0]["outcome"], &deleted[0]["generation"]), (&"deleted".into(), &2.into()));
    assert_eq!(deleted[0]["kept"]["image"], image);
    assert_eq!(json(&home, &["list"]), Value::Array(Vec::new()));
    assert_eq!(run(&home, &["delete", "--yes", "one"]).0, 1);
    assert_eq!(run(&home, &["delete", "--yes", "--ignore-missing", "one"]).0, 0);
    assert_eq!(run(&home, &["describe", "one"]).0, 1);

    // The name can be reused, and its generations continue.
    let (code, stdout, stderr) = run(&home, &["deploy", one]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("http://127.0.0.1:"), "{stdout}");
    let described = json(&home, &["describe", "one"]);
    let action = &described["actions"][0];
    let noted = ["action", "by", "reason"].map(|field| action[field].as_str().unwrap());
    assert_eq!(noted, ["delete", "ada", "nobody calls it"]);
    let history = &described["deployments"];
    let states: Vec<(u64, &str)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|past| (past["generation"].as_u64().unwrap(), past["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [(3, "deployed"), (2, "deletion"), (1, "deployed")]);
}
