//! Google's Pub/Sub emulator.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Server, free_port};

/// The jar of the emulator that gcloud installs.
pub(crate) fn installed() -> Option<PathBuf> {
    let jars = std::fs::read_dir(folder()?.join("lib")).ok()?.flatten().map(|entry| entry.path());
    jars.into_iter().find(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("cloud-pubsub-emulator"))
    })
}

fn folder() -> Option<PathBuf> {
    let output = Command::new("gcloud")
        .args(["info", "--format=value(installation.sdk_root)"])
        .output()
        .ok()?;
    let root = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    Some(root.join("platform/pubsub-emulator"))
}

pub(crate) fn start(jar: &Path) -> Result<Server, String> {
    let port = free_port()?;
    let mut command = Command::new("java");
    command.arg("-jar").arg(jar).args(["--host=127.0.0.1".to_owned(), format!("--port={port}")]);
    Server::start(command, port)
}
