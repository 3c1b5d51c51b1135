//! The examples of `docs/clients.md`, as they stand there.

use std::fs;
use std::path::{Path, PathBuf};

use longshore_local_cloud::LocalCloud;
use serde_json::json;

use super::install::{go_modules, java, node, python};
use super::{local_cloud, output};
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn the_python_examples_find_secret_manager() {
    let Some(python) = tokio::task::spawn_blocking(python).await.unwrap() else { return };
    let examples = examples("python");
    assert_eq!(examples.len(), 2, "one for each transport");
    for example in examples {
        assert_lists_secrets(Command::new(&python).args(["-c", &example])).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_example_finds_secret_manager() {
    let Some(modules) = tokio::task::spawn_blocking(node).await.unwrap() else { return };
    let [example]: [String; 1] = examples("javascript").try_into().unwrap();
    let command = &mut Command::new("node");
    assert_lists_secrets(command.args(["-e", &example]).env("NODE_PATH", modules)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_go_example_finds_secret_manager() {
    let Some(modules) = tokio::task::spawn_blocking(go_modules).await.unwrap() else { return };
    let [example]: [String; 1] = examples("go").try_into().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("main.go");
    fs::write(&program, example).unwrap();
    let command = &mut Command::new("go");
    assert_lists_secrets(command.arg("run").arg(&program).current_dir(modules)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_java_example_finds_secret_manager() {
    let Some(libraries) = tokio::task::spawn_blocking(java).await.unwrap() else { return };
    let [example]: [String; 1] = examples("java").try_into().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("Secrets.java");
    fs::write(&program, example).unwrap();
    assert_lists_secrets(Command::new("java").arg("-cp").arg(libraries).arg(program)).await;
}

/// Runs a program that prints the secrets of a local cloud, one on each line.
async fn assert_lists_secrets(program: &mut Command) {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let url = format!("http://{}", cloud.endpoints().secrets);
    let (one, two) = (create(&cloud, "one").await, create(&cloud, "two").await);
    let said = output(program, &[("LONGSHORE_SECRETS_ENDPOINT", url)]).await;
    cloud.stop().await;
    let names: Vec<&str> = said.lines().filter(|line| line.starts_with("projects/")).collect();
    assert_eq!(names, [one, two], "{said}");
}

async fn create(cloud: &LocalCloud, secret: &str) -> String {
    let parent = "projects/local-project/secrets";
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/v1/{parent}?secretId={secret}", cloud.endpoints().secrets);
    let body = json!({"replication": {"automatic": {}}});
    let response = client.post(url).json(&body).send().await.unwrap();
    assert!(response.status().is_success(), "{response:?}");
    format!("{parent}/{secret}")
}

/// The examples in a language.
fn examples(language: &str) -> Vec<String> {
    let page: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/clients.md");
    let text = fs::read_to_string(page).unwrap();
    let begin = format!("\n```{language}\n");
    let blocks = text.split(&begin).skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap().to_owned()).collect()
}
