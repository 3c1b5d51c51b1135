//! The program `longshore cloud` in a process of its own.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use longshore_local_cloud::Endpoints;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::clients::build_cache;

/// A local cloud, which is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    /// The variables that it printed.
    pub(crate) environment: BTreeMap<String, String>,
    data_dir: PathBuf,
}

impl Process {
    /// Starts a local cloud with all its state in `data_dir`, and waits until it serves.
    pub(crate) async fn start(data_dir: &Path) -> Self {
        // The tests' own requests need a provider. Another test may have installed it.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let mut child = Command::new(env!("CARGO_BIN_EXE_longshore"))
            .args(["--output", "json", "--data-dir"])
            .arg(data_dir)
            .args(["cloud", "--stop-with-stdin", "--build-cache"])
            .arg(build_cache())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let printed = lines.next_line().await.unwrap().unwrap();
        let environment = serde_json::from_str(&printed).unwrap();
        Self { child, environment, data_dir: data_dir.to_owned() }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        let ports = std::fs::read(self.data_dir.join("cloud/ports.json")).unwrap();
        serde_json::from_slice(&ports).unwrap()
    }

    /// Kills the process with `SIGKILL`, and waits for its end.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}
