//! The child processes of `up`: the local cloud and the five workers. Each runs this program.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, Command};
use tokio_util::sync::CancellationToken;

use crate::data_dir::DataDir;
use crate::error::CliError;
use crate::output;
use crate::worker::Worker;

/// Timeout for a graceful shutdown: workers get 8 s to finish their messages, functions 10 s.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// Delay before a dead worker is restarted.
const RESTART_WAIT: Duration = Duration::from_millis(500);

/// Time between two readiness checks of a worker.
const READY_POLL: Duration = Duration::from_millis(10);

/// A child process. Its standard input is held open: when this process dies for any reason,
/// standard input ends, and the child stops.
pub(crate) struct Process {
    name: &'static str,
    log: PathBuf,
    /// Length of the log when the process began.
    log_from: usize,
    child: Child,
    /// Kept separately, because waiting for a child closes its standard input.
    _stdin: Option<ChildStdin>,
}

impl Process {
    /// Starts this program with other arguments, in its own process group: Ctrl-C reaches only
    /// `up`, which stops the others in order. Standard error goes to the log of the process.
    fn start(
        name: &'static str,
        arguments: &[&str],
        environment: &BTreeMap<String, String>,
        data_dir: &DataDir,
        stdout: Stdio,
    ) -> Result<Self, CliError> {
        let log = data_dir.log(name);
        let failed = |source: io::Error| CliError::Start { what: name.to_owned(), source };
        let program = std::env::current_exe().map_err(failed)?;
        let log_file = OpenOptions::new().create(true).append(true).open(&log).map_err(failed)?;
        let log_from = std::fs::metadata(&log).map_or(0, |log| log.len());
        let mut child = Command::new(program)
            .args(arguments)
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(log_file)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let stdin = child.stdin.take();
        let log_from = usize::try_from(log_from).unwrap_or(0);
        Ok(Self { name, log, log_from, child, _stdin: stdin })
    }

    /// That it ended before it was ready, with the last error in its log.
    fn died(&self, what: &str) -> CliError {
        let content = std::fs::read(&self.log).unwrap_or_default();
        let written = String::from_utf8_lossy(content.get(self.log_from..).unwrap_or_default());
        let mut errors = written.lines().rev().filter_map(|line| line.strip_prefix("error: "));
        let said = errors.next().unwrap_or_default().to_owned();
        CliError::Died { what: what.to_owned(), said, log: self.log.clone() }
    }

    /// Where its log is.
    pub(crate) fn log(&self) -> PathBuf {
        self.log.clone()
    }

    /// Waits until the process ends by itself, and says how it did.
    pub(crate) async fn ended(&mut self) -> String {
        let ended = self.child.wait().await;
        ended.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Sends SIGTERM and waits, then kills the process after a timeout.
    pub(crate) async fn stop(mut self) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // Fails only if the process has already exited.
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            output::say(format!("{} did not stop in time; killing it", self.name));
            let _ = self.child.kill().await;
        }
    }
}

/// Starts the local cloud with these further flags and waits until it listens. Returns the environment variables for its
/// clients.
pub(crate) async fn start_cloud(
    data_dir: &DataDir,
    flags: &[&str],
) -> Result<(Process, BTreeMap<String, String>), CliError> {
    let path = data_dir.path().to_string_lossy().into_owned();
    let mut arguments = vec!["--data-dir", &path, "--output", "json", "cloud", "--stop-with-stdin"];
    arguments.extend(flags);
    let mut process =
        Process::start("local-cloud", &arguments, &BTreeMap::new(), data_dir, Stdio::piped())?;
    let stdout = process.child.stdout.take();
    let died = || process.died("the local cloud");
    let stdout = stdout.ok_or_else(died)?;
    let line = BufReader::new(stdout).lines().next_line().await.ok().flatten().ok_or_else(died)?;
    let environment = serde_json::from_str(&line).map_err(|_| died())?;
    Ok((process, environment))
}

/// A worker that is restarted when it dies.
pub(crate) struct SupervisedWorker {
    task: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
}

impl SupervisedWorker {
    /// Starts a worker and waits until it is ready.
    pub(crate) async fn start(
        worker: Worker,
        environment: BTreeMap<String, String>,
        data_dir: DataDir,
    ) -> Result<Self, CliError> {
        let mut process = start_worker(worker, &environment, &data_dir).await?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            loop {
                let how = tokio::select! {
                    how = process.ended() => how,
                    () = stopped.cancelled() => return process.stop().await,
                };
                output::say(format!(
                    "{} exited ({how}) and is being restarted; its log is {}",
                    worker.name(),
                    process.log.display()
                ));
                process = loop {
                    tokio::select! {
                        () = tokio::time::sleep(RESTART_WAIT) => {}
                        () = stopped.cancelled() => return,
                    }
                    if let Ok(process) = start_worker(worker, &environment, &data_dir).await {
                        break process;
                    }
                };
            }
        });
        Ok(Self { task, stop })
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}

async fn start_worker(
    worker: Worker,
    environment: &BTreeMap<String, String>,
    data_dir: &DataDir,
) -> Result<Process, CliError> {
    let health = free_address()
        .map_err(|source| CliError::Start { what: worker.name().to_owned(), source })?;
    let mut environment = environment.clone();
    environment.insert("LONGSHORE_HEALTH_ADDRESS".to_owned(), health.to_string());
    let mut process = Process::start(
        worker.name(),
        &["internal", "worker", worker.name()],
        &environment,
        data_dir,
        Stdio::null(),
    )?;
    let ready = async {
        while !is_ready(health).await {
            tokio::time::sleep(READY_POLL).await;
        }
    };
    tokio::select! {
        () = ready => {
            if let Err(error) = data_dir.note_metrics(worker.name(), health) {
                output::say(format!("cannot note where the metrics are: {error}"));
            }
            Ok(process)
        }
        _ = process.child.wait() => {
            Err(process.died(worker.name()))
        }
    }
}

/// Queries `/readyz` over a plain connection, which avoids building an HTTPS client.
async fn is_ready(health: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(health).await?;
        stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        io::Result::Ok(answer)
    };
    asked.await.is_ok_and(|answer| answer.split_ascii_whitespace().nth(1) == Some("200"))
}

/// A free port. If another process takes it first, the worker exits and is restarted with another
/// port.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
