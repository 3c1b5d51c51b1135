//! The example in Go.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Cloud, spec, uuid};
use longshore_messages::{Outcome, proto};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/go-http");

/// Caches of the check below, by the variables that configure them. A build has its own.
const CACHES: [(&str, &str); 2] = [
    ("GOMODCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/go/modules")),
    ("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/go/compiled")),
];

/// The reason why the example cannot be built here, if any.
fn missing() -> Option<String> {
    let mut go = Command::new("go");
    go.args(["mod", "download", "-modcacherw"])
        .envs(CACHES)
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "")
        .current_dir(EXAMPLE);
    match go.output() {
        Err(error) => Some(format!("go cannot be started: {error}")),
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(format!(
            "the example's modules cannot be downloaded: {}",
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
    for file in ["go.mod", "go.sum", "hello.go"] {
        let text = fs::read_to_string(Path::new(EXAMPLE).join(file)).unwrap();
        fs::write(directory.join(file), text.replace(from, to)).unwrap();
    }
    directory
}

async fn deploy(cloud: &Cloud, directory: &Path, entry_point: &str) -> Outcome {
    let requested = proto::FunctionSpec {
        entry_point: entry_point.to_owned(),
        runtime: "go".to_owned(),
        ..spec("go-http", cloud.stage(directory).await)
    };
    cloud.end_of(cloud.request(requested).await).await.outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_go_function_serves_the_last_deployment_and_errors_of_go_are_shown() {
    if !is_here().await {
        return;
    }
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    for greeting in ["Hello", "Good evening"] {
        let outcome = deploy(
            &cloud,
            &example(cloud.folder(), "\"Hello\")\n\tname", &format!("{greeting:?})\n\tname")),
            "Hello",
        )
        .await;
        assert_eq!(outcome.as_str(), "deployed", "{outcome:?}\n{}", cloud.logs());
        assert_eq!(cloud.call("go-http"), (true, format!("{greeting}, world!")));
    }

    let wrong = example(cloud.folder(), "r.URL.Query", "r.URL.Qeury");
    let outcome = deploy(&cloud, &wrong, "Hello").await;
    let Outcome::Failed(failure) = &outcome else { panic!("{outcome:?}") };
    let said = format!("{}\n{}", failure.reason, failure.log_tail.join("\n"));
    assert_eq!(failure.code, "build-failed", "{failure:?}");
    assert!(said.contains("hello.go:20:") && said.contains("r.URL.Qeury undefined"), "{said}");

    let outcome = deploy(&cloud, &example(cloud.folder(), "", ""), "Nobody").await;
    let Outcome::Failed(failure) = &outcome else { panic!("{outcome:?}") };
    let said = format!("{}\n{}", failure.reason, failure.log_tail.join("\n"));
    assert_eq!(failure.code, "revision-failed", "{failure:?}");
    assert!(said.contains("no matching function found with name: \"Nobody\""), "{said}");
    assert_eq!(
        cloud.call("go-http"),
        (true, "Good evening, world!".to_owned()),
        "the previous revision does not serve any more"
    );
}
