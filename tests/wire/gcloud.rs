//! The local cloud, called by `gcloud`, unmodified, in the environment that `longshore cloud
//! --print-env` prints. Without gcloud, a test prints that it is skipped.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]
#![expect(clippy::print_stdout, reason = "prints skipped tests")]

mod eventarc;
mod functions;
mod kms;
mod logging;
mod projects;
mod pubsub;
mod run;
mod scheduling;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use longshore_local_cloud::Endpoints;
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::Process;

/// A shell with the environment of a local cloud, which ends with it.
pub(crate) struct Shell {
    // Ends before its directory is removed.
    cloud: Process,
    dir: TempDir,
}

/// What a command printed.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) is_ok: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shell {
    /// Starts a local cloud. Prints the reason and returns `None` without gcloud.
    pub(crate) async fn start() -> Option<Self> {
        if let Err(error) = Command::new("gcloud").arg("--version").output().await {
            println!("skipped: gcloud: {error}");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let cloud = Process::start(dir.path()).await;
        Some(Self { cloud, dir })
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        self.cloud.endpoints()
    }

    /// A file in the directory of this shell.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs `gcloud LINE`, split at spaces.
    pub(crate) async fn try_gcloud(&self, line: &str) -> Printed {
        self.run(line.split(' ')).await
    }

    /// Runs gcloud with words that may contain spaces, and succeeds.
    pub(crate) async fn gcloud_words(&self, words: impl IntoIterator<Item = &str>) -> String {
        let printed = self.run(words).await;
        assert!(printed.is_ok, "{printed:?}");
        printed.stdout
    }

    async fn run(&self, words: impl IntoIterator<Item = &str>) -> Printed {
        let mut command = Command::new("gcloud");
        command.args(words).stdin(Stdio::null()).current_dir(self.dir.path());
        command.envs(&self.cloud.environment);
        // Not the configuration of the user, and nothing that concerns other machines.
        command.env("CLOUDSDK_CONFIG", self.dir.path().join("gcloud"));
        command.envs([
            ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1"),
            ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "1"),
            ("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "1"),
            ("CLOUDSDK_SURVEY_DISABLE_PROMPTS", "1"),
        ]);
        let output = command.kill_on_drop(true).output().await.unwrap();
        Printed {
            is_ok: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap().trim().to_owned(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The standard output of a command, which must succeed.
    pub(crate) async fn gcloud(&self, line: &str) -> String {
        let printed = self.try_gcloud(line).await;
        assert!(printed.is_ok, "gcloud {line}: {printed:?}");
        printed.stdout
    }

    pub(crate) async fn fails(&self, line: &str) -> String {
        let printed = self.try_gcloud(line).await;
        assert!(!printed.is_ok, "gcloud {line}: {printed:?}");
        printed.stderr
    }
}

/// The last segment of a name.
pub(crate) fn short(name: &str) -> &str {
    Path::new(name).file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
