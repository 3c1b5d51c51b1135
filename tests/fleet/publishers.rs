//! The example publishers of `docs/publishing.md`, run as a reader would run them. Every language
//! and client gets the same outcome.

#[path = "../wire/clients/install.rs"]
#[expect(clippy::print_stdout, reason = "prints skipped tests")]
#[expect(dead_code, reason = "the tests of clients install more")]
pub(crate) mod install;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Cloud, function, longshore, uuid};
use longshore_cloud::SubscriptionSpec;
use longshore_messages::{Topic, proto};

/// The URL of a staged source, as the publishers expect it.
async fn source(cloud: &Cloud) -> String {
    let staged = cloud.stage(&function(cloud.folder(), "hello from outside")).await;
    let Some(proto::source::Place::Storage(object)) = staged.place else { panic!("{staged:?}") };
    format!("gs://{}/{}", object.bucket, object.object)
}

fn publisher(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/publishers").join(file)
}

/// Runs a publisher, which has to succeed, and returns its output.
async fn deploys(cloud: &Cloud, mut command: Command, name: &str) -> String {
    command.args([
        &cloud.settings.project,
        &source(cloud).await,
        name,
        "hello",
        "python3",
        &uuid(),
    ]);
    command
        .envs(&cloud.environment)
        .env("NO_PROXY", "127.0.0.1,localhost")
        .env("no_grpc_proxy", "127.0.0.1,localhost");
    command
        .env("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true")
        .env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1");
    let pubsub = &cloud.settings.pubsub_endpoint;
    command.env(
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB",
        format!("http://{}/", pubsub.trim_start_matches("http://").trim_end_matches('/')),
    );
    let running =
        tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output().unwrap());
    let output = running.await.unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}\n{}", cloud.logs());
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_publisher_deploys_and_gets_its_own_outcome() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();

    if let Some(python) = tokio::task::spawn_blocking(install::python).await.unwrap() {
        let mut command = Command::new(python);
        command.arg(publisher("deploy.py"));
        let said = deploys(&cloud, command, "from-python").await;
        assert!(said.contains("\"outcome\": \"OUTCOME_DEPLOYED\""), "{said}");
        assert_eq!(cloud.call("from-python"), (true, "hello from outside".to_owned()));
    }
    if let Some(modules) = tokio::task::spawn_blocking(install::node).await.unwrap() {
        let mut command = Command::new("node");
        command.arg(publisher("deploy.mjs")).env("NODE_PATH", modules);
        let said = deploys(&cloud, command, "from-node").await;
        assert!(said.contains("\"outcome\": \"OUTCOME_DEPLOYED\""), "{said}");
        assert_eq!(cloud.call("from-node"), (true, "hello from outside".to_owned()));
    }
    let example =
        std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples/deploy");
    if example.is_file() {
        let said = deploys(&cloud, Command::new(example), "from-rust").await;
        assert!(said.contains("OUTCOME_DEPLOYED"), "{said}");
    } else {
        println!("skipped: only a plain `cargo test` builds the example `deploy`");
    }
    if Command::new("gcloud").arg("--version").output().is_ok_and(|output| output.status.success())
    {
        let said = deploys(&cloud, Command::new(publisher("deploy.sh")), "from-gcloud").await;
        assert!(said.lines().any(|line| line == "deployed"), "{said}");
    } else {
        println!("skipped: gcloud is not installed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn provision_check_prints_the_command_for_each_missing_role() {
    let cloud = Cloud::start().await;
    let identity = "fleet@demo-project.iam.gserviceaccount.com";
    let check = longshore(&cloud.environment).args(["provision", "--check", identity]).output();
    let check = check.unwrap();
    let stdout = String::from_utf8(check.stdout).unwrap();
    assert_eq!(check.status.code(), Some(1), "{stdout}");
    for topic in Topic::ALL {
        let command = format!("gcloud pubsub topics add-iam-policy-binding longshore.{topic} ");
        // The fleet publishes to its topics, and Pub/Sub's service agent to the dead letters.
        assert!(stdout.contains(&command), "{topic}: {stdout}");
    }
}

/// The lines that `provision --check` prints, without those about roles.
fn findings(cloud: &Cloud) -> Vec<String> {
    let check = longshore(&cloud.environment).args(["provision", "--check"]).output().unwrap();
    assert_eq!(check.status.code(), Some(1), "the local cloud has no role for dead letters");
    let stdout = String::from_utf8(check.stdout).unwrap();
    let lines = stdout.lines().filter(|line| !line.contains("role missing"));
    lines.filter(|line| !line.contains("iam-policy-binding")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn provision_corrects_subscriptions_that_differ_and_its_check_says_how() {
    let cloud = Cloud::start().await;
    assert_eq!(findings(&cloud), [] as [&str; 0]);
    let bus = &cloud.clients.bus;
    let project = &cloud.settings.project;
    let name = format!("projects/{project}/subscriptions/longshore.operator.dead-letters");
    let right = bus.subscription(&name).await.unwrap().unwrap();
    let month = Duration::from_secs(31 * 24 * 3600);
    assert_eq!((right.retention, right.expires_after), (month, None));

    let week = Duration::from_secs(7 * 24 * 3600);
    let aged = SubscriptionSpec { retention: week, expires_after: Some(month), ..right.clone() };
    bus.ensure_subscription(&aged).await.unwrap();
    assert_eq!(
        findings(&cloud),
        [
            format!(
                "different: {name}: it keeps messages for 7d; Pub/Sub deletes it after 31d without use"
            ),
            format!(
                "  gcloud pubsub subscriptions update longshore.operator.dead-letters --project \
                 {project} --message-retention-duration 31d --expiration-period never"
            ),
        ]
    );
    assert!(longshore(&cloud.environment).arg("provision").output().unwrap().status.success());
    assert_eq!(bus.subscription(&name).await.unwrap(), Some(right));
    assert_eq!(findings(&cloud), [] as [&str; 0]);
}
