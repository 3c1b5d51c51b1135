//! Google's own Pub/Sub emulator, if the Google Cloud CLI has it installed.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Long enough for a Java program on a machine that is running other tests.
const START_LIMIT: Duration = Duration::from_secs(90);

/// A running emulator, stopped on drop.
pub(super) struct Emulator {
    pub(super) address: SocketAddr,
    _process: Child,
}

impl Emulator {
    /// Starts the emulator. Prints the reason and returns `None` if it is not installed.
    pub(super) async fn start() -> Option<Self> {
        let program = match installed().await {
            Ok(program) => program,
            Err(reason) => {
                println!("skipped: Google's Pub/Sub emulator: {reason}");
                return None;
            }
        };
        // The emulator cannot choose a port itself.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let port = address.port();
        let mut command = Command::new(program);
        command
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let mut process = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let started = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("Server started") {
                    return true;
                }
            }
            false
        };
        match tokio::time::timeout(START_LIMIT, started).await {
            Ok(true) => {}
            Ok(false) | Err(_) => {
                println!(
                    "skipped: Google's Pub/Sub emulator is installed, but does not start (is Java available?)"
                );
                return None;
            }
        }
        // Drains the pipe, so that the emulator can keep writing.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { address, _process: process })
    }
}

async fn installed() -> Result<PathBuf, String> {
    let asked = Command::new("gcloud")
        .args(["info", "--format=value(installation.sdk_root)"])
        .stdin(Stdio::null())
        .output()
        .await;
    let output = asked.map_err(|error| format!("gcloud: {error}"))?;
    let root = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let program = PathBuf::from(root).join("platform/pubsub-emulator/bin/cloud-pubsub-emulator");
    if program.is_file() {
        Ok(program)
    } else {
        Err("the component pubsub-emulator is not installed".to_owned())
    }
}
