//! The commands of docs/testing.md.

use std::process::{Command, Stdio};

use crate::process::Process;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/testing.md");

/// The commands of a page, each with the output that it shows.
fn commands(page: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for block in page.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => commands.push((command.to_owned(), String::new())),
                None => commands.last_mut().unwrap().1.push_str(&format!("{line}\n")),
            }
        }
    }
    commands
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_page_do_what_it_says() {
    let has_curl = Command::new("curl").arg("--version").stdout(Stdio::null()).status();
    if !has_curl.is_ok_and(|status| status.success()) {
        println!("skipped: curl is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let cloud = Process::start(&dir.path().join("data")).await;
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_longshore")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let commands = commands(&std::fs::read_to_string(PAGE).unwrap());
    assert!(commands.len() > 20, "{commands:?}");
    for (command, expected) in commands {
        let mut bash = tokio::process::Command::new("bash");
        bash.args(["-c", &command]).current_dir(dir.path());
        let output = bash.envs(&cloud.environment).env("PATH", &path).output().await.unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {shown}{said}");
        assert_eq!(shown.trim_end(), expected.trim_end(), "{command}: {said}");
    }
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(document.get("error").is_none(), "{}: {document:#}", path.display());
        }
    }
    cloud.kill().await;
}
