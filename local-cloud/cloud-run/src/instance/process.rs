//! A child process: started under the guard where there is one, its output kept line by line, ended
//! politely and then not.

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

/// How long a killed process may take to be gone before the local cloud no longer waits for it.
const KILLED_GRACE: Duration = Duration::from_secs(5);

/// Output is read in lines of at most this length; a longer one is kept in pieces.
const LINE_LIMIT_BYTES: u64 = crate::logs::LINE_LIMIT_BYTES as u64;

/// A running child. Dropping it stops it as [`Process::stop`] does, without waiting.
pub(super) struct Process {
    stop: CancellationToken,
    _stopped_when_dropped: DropGuard,
    /// How it ended, once it has.
    ended: watch::Receiver<Option<String>>,
}

/// The child together with what ends it.
struct Supervised {
    child: Child,
    pid: Option<Pid>,
    /// The guard's lifeline; `None` for a child without a guard.
    lifeline: Option<ChildStdin>,
    output: JoinSet<()>,
    resources: Resources,
}

/// What a process has to itself, and what goes when it has ended.
#[derive(Default)]
pub(super) struct Resources {
    pub(super) group: Option<Group>,
    /// Memory limit that no group keeps.
    pub(super) watched_bytes: Option<u64>,
    /// Held, never read: the process does that.
    #[expect(dead_code, reason = "removed when it is dropped")]
    pub(super) secrets: Option<SecretFiles>,
}

impl Process {
    /// # Errors
    /// When the program (or the guard) cannot be started.
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

    /// Waits until it has ended, and says how.
    pub(super) async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(how) => how.clone().unwrap_or_default(),
            Err(_) => "the process exited".to_owned(),
        }
    }

    /// SIGTERM, the grace, SIGKILL; returns when it is gone.
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
        // The shell enters the group before it becomes the function: nothing of it ever runs
        // outside.
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
        // A group of its own: a Ctrl-C at the terminal is for the local cloud, which then stops its
        // children in order.
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
            // The guard passes it on to its group. A process that is gone needs no signal.
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

    /// After the child has ended: nothing that it started stays, and the last that it wrote is
    /// kept.
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

    /// Kills the child and everything that it started and left behind.
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
