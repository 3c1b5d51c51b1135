//! The servers under comparison: started on a free port, measured, stopped.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Long enough for a JVM on a cold machine, which takes seconds.
const START_TIMEOUT: Duration = Duration::from_secs(60);

const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A running server and its child processes, killed on drop.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// From the start of the process to the first accepted connection.
    pub(crate) started_in: Duration,
}

impl Server {
    pub(crate) fn start(mut command: Command, port: u16) -> Result<Self, String> {
        use std::os::unix::process::CommandExt as _;
        let begun = Instant::now();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let mut server =
            Self { child, address: format!("127.0.0.1:{port}"), started_in: Duration::ZERO };
        while TcpStream::connect(&server.address).is_err() {
            if begun.elapsed() > START_TIMEOUT {
                return Err(format!("{command:?} did not start listening"));
            }
            pause();
        }
        server.started_in = begun.elapsed();
        Ok(server)
    }

    /// Resident memory of the process and its children, in MiB.
    pub(crate) fn memory_mib(&self) -> f64 {
        tree(self.child.id()).into_iter().filter_map(resident_kib).sum::<f64>() / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// Waits before the next check whether a server listens.
#[expect(clippy::disallowed_methods, reason = "nothing else runs on this thread")]
fn pause() {
    std::thread::sleep(POLL_INTERVAL);
}

/// A port that was free at the time of the call.
pub(crate) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| error.to_string())
}

fn resident_kib(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

fn tree(pid: u32) -> Vec<u32> {
    let children =
        std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let below = children.split_whitespace().filter_map(|child| child.parse().ok()).flat_map(tree);
    std::iter::once(pid).chain(below).collect()
}

/// The local cloud with a fresh data directory. The address is that of the measured service.
pub(crate) fn local_cloud(folder: &std::path::Path, service: &str) -> Result<Server, String> {
    use std::os::unix::process::CommandExt as _;
    let begun = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    command
        .arg("--data-dir")
        .arg(folder)
        .arg("cloud")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = command.process_group(0).spawn().map_err(|error| error.to_string())?;
    let mut server = Server { child, address: String::new(), started_in: Duration::ZERO };
    let ports = folder.join("cloud/ports.json");
    while begun.elapsed() < START_TIMEOUT {
        let known = std::fs::read(&ports)
            .ok()
            .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
        let address = known.and_then(|known| known[service].as_str().map(str::to_owned));
        if let Some(address) = address.filter(|address| TcpStream::connect(address).is_ok()) {
            server.address = address;
            server.started_in = begun.elapsed();
            return Ok(server);
        }
        pause();
    }
    Err("the local cloud did not start".to_owned())
}
