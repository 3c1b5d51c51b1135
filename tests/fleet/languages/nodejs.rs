//! The example in JavaScript. npm uses this user's own cache, as always.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::support::{Cloud, PATIENCE, longshore, spec, uuid};
use longshore_messages::{Outcome, proto};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nodejs-http");

/// The reason why the example cannot be built here, if any.
fn missing() -> Option<String> {
    match Command::new("npm")
        .args(["view", "@google-cloud/functions-framework", "version"])
        .output()
    {
        Err(error) => Some(format!("npm cannot be started: {error}")),
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(format!(
            "npm's registry cannot be reached: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}

/// Whether the example can be built here. Prints the reason if it cannot.
#[expect(clippy::print_stdout, reason = "prints skipped tests")]
pub(crate) async fn is_here() -> bool {
    let missing = tokio::task::spawn_blocking(missing).await.unwrap();
    if let Some(reason) = &missing {
        println!("skipped: {reason}");
    }
    missing.is_none()
}

/// The example, with this text replaced in its source.
fn example(folder: &Path, from: &str, to: &str) -> PathBuf {
    let directory = folder.join(uuid());
    fs::create_dir(&directory).unwrap();
    for file in ["package.json", "package-lock.json"] {
        fs::copy(Path::new(EXAMPLE).join(file), directory.join(file)).unwrap();
    }
    let source = fs::read_to_string(Path::new(EXAMPLE).join("index.js")).unwrap();
    assert!(source.contains(from), "{from} is not in the example");
    fs::write(directory.join("index.js"), source.replace(from, to)).unwrap();
    directory
}

async fn deploy(cloud: &Cloud, name: &str, entry_point: &str, directory: &Path) -> Outcome {
    let source = cloud.stage(directory).await;
    let requested = proto::FunctionSpec {
        entry_point: entry_point.to_owned(),
        runtime: "nodejs".to_owned(),
        ..spec(name, source)
    };
    cloud.end_of(cloud.request(requested).await).await.outcome
}

/// The logs of the function and of its build.
fn logs(cloud: &Cloud, function: &str) -> String {
    let output = longshore(&cloud.environment).args(["logs", function]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_js_function_is_rebuilt_without_npm_and_two_functions_of_one_source_share_the_build()
{
    if !is_here().await {
        return;
    }
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    for (word, installs) in [("Hello", true), ("Good evening", false)] {
        let directory = example(cloud.folder(), "?? 'Hello'", &format!("?? '{word}'"));
        let outcome = deploy(&cloud, "nodejs-http", "hello", &directory).await;
        assert_eq!(outcome.as_str(), "deployed", "{outcome:?}\n{}", cloud.logs());
        assert_eq!(cloud.call("nodejs-http"), (true, format!("{word}, world!")));
        let log = logs(&cloud, "nodejs-http");
        assert_eq!(log.contains("--> npm ci"), installs, "{log}");
        assert_eq!(log.contains("Application dependencies are up to date"), !installs, "{log}");
    }

    let builds = cloud.builds().await;
    let outcome = deploy(
        &cloud,
        "greeted",
        "greeted",
        &example(cloud.folder(), "?? 'Hello'", "?? 'Good evening'"),
    )
    .await;
    assert_eq!(outcome.as_str(), "deployed", "{outcome:?}\n{}", cloud.logs());
    assert_eq!(cloud.builds().await, builds, "the other function of the source was built again");
    let event = r#"{"specversion": "1.0", "id": "1", "source": "//test", "type": "test.greeted", "data": {"name": "Ada"}}"#;
    let mut call = longshore(&cloud.environment);
    let called = call
        .args([
            "call",
            "greeted",
            "--content-type",
            "application/cloudevents+json",
            "--data",
            event,
        ])
        .output()
        .unwrap();
    assert!(called.status.success(), "{}", String::from_utf8_lossy(&called.stderr));
    let begun = Instant::now();
    while !logs(&cloud, "greeted").contains("test.greeted: Ada was greeted") {
        assert!(begun.elapsed() < PATIENCE, "{}", logs(&cloud, "greeted"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_a_node_js_function_are_shown_with_the_errors_of_node() {
    if !is_here().await {
        return;
    }
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let table = [
        (
            "broken",
            "hello",
            "(request, response) =>",
            "(request response) =>",
            "SyntaxError: Unexpected identifier",
        ),
        (
            "nobody",
            "nobody",
            "'hello'",
            "'hello'",
            "Function 'nobody' is not defined in the provided module.",
        ),
    ];
    for (name, entry_point, from, to, expected) in table {
        let outcome = deploy(&cloud, name, entry_point, &example(cloud.folder(), from, to)).await;
        let Outcome::Failed(failure) = &outcome else { panic!("{name}: {outcome:?}") };
        let said = format!("{}\n{}", failure.reason, failure.log_tail.join("\n"));
        assert!(said.contains(expected), "{name}: {said}");
    }
}
