//! The processes of `up`: the local cloud and the four workers, each this program run again.

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

/// Time that a process gets to end in order: workers finish what they have in hand (8 s), functions
/// get 10 s.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// Wait before a worker that died is started again.
const RESTART_WAIT: Duration = Duration::from_millis(500);

/// Time between two looks whether a worker is ready.
const READY_POLL: Duration = Duration::from_millis(10);

/// One child. Its standard input is held open: when this process dies in any way, the child sees it
/// end, and ends too.
pub(crate) struct Process {
    name: &'static str,
    log: PathBuf,
    child: Child,
    /// Held apart from the child: waiting for a child closes what it still has.
    _stdin: Option<ChildStdin>,
}

impl Process {
    /// Starts this program with other arguments, in a process group of its own: Ctrl-C reaches `up`
    /// alone, which stops the rest in order. Standard error goes to the process's log.
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
        Ok(Self { name, log, child, _stdin: stdin })
    }

    /// Asks the process to end, and waits; kills it when it takes too long.
    pub(crate) async fn stop(mut self) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // Fails only for a process that has ended.
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            output::say(&format!("{} does not stop; killing it", self.name));
            let _ = self.child.kill().await;
        }
    }
}

/// Starts the local cloud and returns once it listens, with the variables that lead to it.
pub(crate) async fn start_cloud(
    data_dir: &DataDir,
    require_isolation: bool,
) -> Result<(Process, BTreeMap<String, String>), CliError> {
    let path = data_dir.path().to_string_lossy().into_owned();
    let mut arguments = vec!["--data-dir", &path, "--output", "json", "cloud", "--stop-with-stdin"];
    arguments.extend(require_isolation.then_some("--require-isolation"));
    let mut process =
        Process::start("local-cloud", &arguments, &BTreeMap::new(), data_dir, Stdio::piped())?;
    let died =
        || CliError::Died { what: "the local cloud".to_owned(), log: data_dir.log("local-cloud") };
    let stdout = process.child.stdout.take().ok_or_else(died)?;
    let line = BufReader::new(stdout).lines().next_line().await.ok().flatten().ok_or_else(died)?;
    let environment = serde_json::from_str(&line).map_err(|_| died())?;
    Ok((process, environment))
}

/// A worker that is kept running: started again when it dies.
pub(crate) struct KeptWorker {
    task: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
}

impl KeptWorker {
    /// Starts a worker and returns once it takes work.
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
                let ended = tokio::select! {
                    ended = process.child.wait() => ended,
                    () = stopped.cancelled() => return process.stop().await,
                };
                let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                output::say(&format!(
                    "{} ended ({how}); starting it again, its log is {}",
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
        () = ready => Ok(process),
        _ = process.child.wait() => Err(CliError::Died { what: worker.name().to_owned(), log: process.log }),
    }
}

/// Asks `/readyz` over a bare connection: a client for https would be made here only to be thrown
/// away.
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

/// A port that nobody listens on. Somebody may take it before the worker does: the worker ends
/// then, and gets another.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
