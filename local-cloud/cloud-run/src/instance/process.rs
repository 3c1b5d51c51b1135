//! A child process: starts it, under the guard if there is one, stores its output line by line, and
//! stops it, first with SIGTERM and then with SIGKILL.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::cgroup::Group;
use super::host::Host;
use super::launch::Launch;
use super::memory;
use super::secrets::SecretFiles;
use crate::logs::{LogStore, Source, Stream};

/// How long the local cloud waits for a killed process to exit.
const KILLED_GRACE: Duration = Duration::from_secs(5);

/// Maximum length of a line of output. Longer lines are split.
const LINE_LIMIT_BYTES: u64 = crate::logs::LINE_LIMIT_BYTES as u64;

/// A running child. Dropping it stops it as [`Process::stop`] does, without waiting.
pub(super) struct Process {
    stop: CancellationToken,
    _stopped_when_dropped: DropGuard,
    /// How it exited, once it has.
    ended: watch::Receiver<Option<String>>,
}

/// The child, with what is needed to stop it and to clean up.
struct Supervised {
    child: Child,
    pid: Option<Pid>,
    /// Pipe to the guard, which kills the child when the pipe closes. `None` without a guard.
    lifeline: Option<ChildStdin>,
    output: JoinSet<()>,
    resources: Resources,
}

/// What belongs to one process, and is released once it has exited.
#[derive(Default)]
pub(super) struct Resources {
    pub(super) group: Option<Group>,
    /// Memory limit to poll, if no control group enforces it.
    pub(super) watched_bytes: Option<u64>,
    /// Held for the process, which reads the files.
    #[expect(dead_code, reason = "removed when it is dropped")]
    pub(super) secrets: Option<SecretFiles>,
}

impl Process {
    /// # Errors
    /// Fails if the program or the guard cannot be started.
    pub(super) fn start(
        launch: &Launch,
        host: &Host,
        resources: Resources,
        source: &Source,
    ) -> io::Result<Self> {
        let mut command = command(launch, host.guard.as_deref(), resources.group.as_ref());
        let mut child = command.spawn()?;
        let mut output = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            output.spawn(keep_lines(
                stdout,
                Arc::clone(&host.logs),
                source.clone(),
                Stream::Stdout,
            ));
        }
        if let Some(stderr) = child.stderr.take() {
            output.spawn(keep_lines(
                stderr,
                Arc::clone(&host.logs),
                source.clone(),
                Stream::Stderr,
            ));
        }
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let lifeline = child.stdin.take();
        let stop = CancellationToken::new();
        let (end, ended) = watch::channel(None);
        host.tasks.spawn(supervise(
            Supervised { child, pid, lifeline, output, resources },
            stop.clone(),
            host.tuning.stop_grace,
            end,
        ));
        Ok(Self { stop: stop.clone(), _stopped_when_dropped: stop.drop_guard(), ended })
    }

    /// Waits until it has exited, and returns how.
    pub(super) async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(how) => how.clone().unwrap_or_default(),
            Err(_) => "the process exited".to_owned(),
        }
    }

    /// Sends SIGTERM, and SIGKILL after the grace period. Returns once the process has exited.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        self.ended().await;
    }
}

fn command(launch: &Launch, guard: Option<&Path>, group: Option<&Group>) -> Command {
    let mut argv = Vec::new();
    if let Some(guard) = guard {
        argv.extend([guard.as_os_str().to_owned(), "internal".into(), "guard".into(), "--".into()]);
    }
    if let Some(group) = group {
        // The shell joins the group before it becomes the function, so that no part of the function
        // runs outside of it.
        argv.extend([
            "/bin/sh".into(),
            "-c".into(),
            r#"echo $$ > "$0"; exec "$@""#.into(),
            group.entrance().into(),
        ]);
    }
    argv.extend(launch.argv.iter().cloned());
    let mut words = argv.into_iter();
    let mut command = Command::new(words.next().unwrap_or_default());
    command
        .args(words)
        .env_clear()
        .envs(&launch.env)
        .current_dir(&launch.working_dir)
        // A process group of its own, so that Ctrl-C reaches only the local cloud, which then stops
        // its children in order.
        .process_group(0)
        .stdin(if guard.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn supervise(
    mut supervised: Supervised,
    stop: CancellationToken,
    grace: Duration,
    end: watch::Sender<Option<String>>,
) {
    let (process, watched_bytes) = (supervised.child.id(), supervised.resources.watched_bytes);
    let (status, watched) = tokio::select! {
        status = supervised.child.wait() => (status, None),
        () = stop.cancelled() => (supervised.end(grace).await, None),
        limit = memory::exceeded(process, watched_bytes) => {
            supervised.kill_group();
            (supervised.child.wait().await, Some(limit))
        }
    };
    let out_of_memory = watched.or_else(|| supervised.resources.group.as_ref()?.exceeded());
    supervised.clean_up().await;
    let how = status
        .map_or_else(|error| format!("cannot wait for it: {error}"), |status| status.to_string());
    let how = out_of_memory.map_or(how.clone(), |limit| {
        // In Google's words, which operators search for.
        format!("out of memory: Memory limit of {} MiB exceeded ({how}). Consider increasing the memory limit", limit >> 20)
    });
    end.send_replace(Some(how));
}

impl Supervised {
    async fn end(&mut self, grace: Duration) -> io::Result<std::process::ExitStatus> {
        if let Some(pid) = self.pid {
            // The guard forwards it to its group. An error means that the process is gone.
            let _ = if self.lifeline.is_some() {
                kill_process(pid, Signal::TERM)
            } else {
                kill_process_group(pid, Signal::TERM)
            };
        }
        if let Ok(status) = tokio::time::timeout(grace, self.child.wait()).await {
            return status;
        }
        self.kill_group();
        match tokio::time::timeout(KILLED_GRACE, self.child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                self.child.start_kill()?;
                self.child.wait().await
            }
        }
    }

    /// After the child has exited: kills everything that it started, and stores the rest of its
    /// output.
    async fn clean_up(&mut self) {
        self.kill_group();
        let read_to_the_end = async { while self.output.join_next().await.is_some() {} };
        if tokio::time::timeout(KILLED_GRACE, read_to_the_end).await.is_err() {
            tracing::debug!(
                "an ended instance's output is still open in a process that left its group"
            );
            self.output.abort_all();
        }
        if let Some(group) = self.resources.group.take() {
            group.remove().await;
        }
    }

    /// Kills the child and all processes that it started.
    fn kill_group(&mut self) {
        let guarded = self.lifeline.take().is_some();
        if let (false, Some(pid)) = (guarded, self.pid) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

async fn keep_lines(
    output: impl AsyncRead + Unpin,
    logs: Arc<LogStore>,
    source: Source,
    stream: Stream,
) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LINE_LIMIT_BYTES).read_until(b'\n', &mut line).await {
            Ok(0) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                let text = text.trim_end_matches(['\n', '\r']);
                if !text.is_empty() {
                    logs.write(&source, stream, text);
                }
            }
            Err(error) => {
                tracing::debug!(%error, "cannot read any more output of an instance");
                return;
            }
        }
    }
}
