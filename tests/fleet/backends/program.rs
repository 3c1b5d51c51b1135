//! A program of others, as long as a test needs it.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::PATIENCE;

/// A running program. It ends with the test.
pub(super) struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a program with these arguments, and waits until it listens on all `ports`. `None` if it
    /// is neither in `PATH` nor where `go install` puts programs.
    pub(super) async fn start(
        name: &str,
        arguments: &[String],
        ports: &[u16],
        folder: &Path,
    ) -> Option<Self> {
        let Some(path) = find(name) else {
            skipped(name);
            return None;
        };
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log).unwrap();
        let child = Command::new(path)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let mut program = Self { child, log };
        program.listens(ports).await;
        Some(program)
    }

    async fn listens(&mut self, ports: &[u16]) {
        let begun = Instant::now();
        let is_open = |port: &u16| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok();
        while !ports.iter().all(is_open) {
            let has_ended = self.child.try_wait().unwrap().is_some();
            assert!(!has_ended && begun.elapsed() < PATIENCE, "it does not listen: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Fails if the test has ended the process.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::print_stdout, reason = "says why a test does nothing")]
fn skipped(name: &str) {
    println!(
        "skipped: {name} is not installed; docs/traces.md and docs/operations.md say how to install it"
    );
}

fn find(name: &str) -> Option<PathBuf> {
    let installed = std::env::home_dir().map(|home| home.join("go/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(installed);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Ports that were free a moment ago.
pub(super) fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    // All at once, so that they differ.
    let listeners = [(); COUNT].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
