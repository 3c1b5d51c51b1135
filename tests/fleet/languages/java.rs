//! The example in Java.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Cloud, spec, uuid};
use longshore_messages::{Outcome, proto};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/java-http");

/// The Maven repository of the check below. A build has its own.
const REPOSITORY: &str = concat!("-Dmaven.repo.local=", env!("CARGO_TARGET_TMPDIR"), "/maven");

const CLASS: &str = "src/main/java/hello/Hello.java";

/// The reason why the example cannot be built here, if any.
fn missing() -> Option<String> {
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet", "dependency:resolve", REPOSITORY]).current_dir(EXAMPLE);
    match maven.output() {
        Err(error) => Some(format!("Maven cannot be started: {error}")),
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(format!(
            "the example's dependencies cannot be downloaded: {}",
            String::from_utf8_lossy(&output.stdout).trim()
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
    for file in ["pom.xml", CLASS] {
        let copy = directory.join(file);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        let text = fs::read_to_string(Path::new(EXAMPLE).join(file)).unwrap();
        fs::write(copy, text.replace(from, to)).unwrap();
    }
    directory
}

async fn deploy(cloud: &Cloud, directory: &Path, entry_point: &str) -> Outcome {
    let requested = proto::FunctionSpec {
        entry_point: entry_point.to_owned(),
        runtime: "java".to_owned(),
        ..spec("java-http", cloud.stage(directory).await)
    };
    cloud.end_of(cloud.request(requested).await).await.outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_java_function_serves_and_errors_of_maven_are_shown() {
    if !is_here().await {
        return;
    }
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let outcome = deploy(&cloud, &example(cloud.folder(), "", ""), "hello.Hello").await;
    assert_eq!(outcome.as_str(), "deployed", "{outcome:?}\n{}", cloud.logs());
    assert_eq!(cloud.call("java-http"), (true, "Hello, world!".to_owned()));

    let outcome =
        deploy(&cloud, &example(cloud.folder(), "getWriter()", "getWriter("), "hello.Hello").await;
    let Outcome::Failed(failure) = &outcome else { panic!("{outcome:?}") };
    let said = format!("{}\n{}", failure.reason, failure.log_tail.join("\n"));
    assert_eq!(failure.code, "build-failed", "{failure:?}");
    assert!(
        said.contains("COMPILATION ERROR") && said.contains(&format!("{CLASS}:[12,")),
        "{said}"
    );

    let outcome = deploy(&cloud, &example(cloud.folder(), "", ""), "hello.Nobody").await;
    let Outcome::Failed(failure) = &outcome else { panic!("{outcome:?}") };
    let said = format!("{}\n{}", failure.reason, failure.log_tail.join("\n"));
    assert!(said.contains("did not produce the class \"hello.Nobody\""), "{said}");
}
