//! A command that was started.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::UnixStream;
use tokio::process::{Child as Process, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::limits::{Group, disk, memory};
use crate::{Limits, Listening, OwnNetwork, Sandbox};

/// How long a guard may take to kill everything before it is killed itself.
const KILLED_GRACE: Duration = Duration::from_secs(15);

/// A running command. Dropping it stops it as [`stop`](Self::stop) does, without waiting.
#[derive(Debug)]
pub struct Child {
    /// Read both, or the command waits when its pipe is full.
    pub stdout: Option<ChildStdout>,
    pub stderr: Option<ChildStderr>,
    guard: Option<u32>,
    /// What listens for this process in [`Network::Own`](crate::Network::Own).
    pub listening: Listening,
    network: Option<OwnNetwork>,
    stop: CancellationToken,
    _stopped_when_dropped: DropGuard,
    ended: Ending,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The command's exit code, 128 + n where signal n killed it, and
    /// [`CANNOT_START`](crate::guard::CANNOT_START) where it could not be started.
    pub status: ExitStatus,
    /// The limit for which it was killed.
    pub exceeded: Option<Exceeded>,
}

/// A limit, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    Memory(u64),
    Disk(u64),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, bytes) = match self {
            Self::Memory(bytes) => ("memory", bytes),
            Self::Disk(bytes) => ("disk", bytes),
        };
        write!(f, "{what} limit of {} MiB exceeded", bytes >> 20)
    }
}

/// The end of a command. Holding this does not keep the command running.
#[derive(Clone, Debug)]
pub struct Ending(watch::Receiver<Option<Ended>>);

impl Ending {
    /// Waits for the end. Then nothing is left of the command, daemons included. `None` when the
    /// runtime went down before that.
    pub async fn wait(&self) -> Option<Ended> {
        self.0.clone().wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl Child {
    pub(crate) fn new(
        mut guard: Process,
        lifeline: Lifeline,
        group: Option<Group>,
        sandbox: &Sandbox,
    ) -> Self {
        let (stdout, stderr) = (guard.stdout.take(), guard.stderr.take());
        let guard_id = guard.id();
        let pid = guard_id.and_then(|id| Pid::from_raw(id.cast_signed()));
        let network = lifeline.network().cloned();
        let stop = CancellationToken::new();
        let (end, ended) = watch::channel(None);
        let owned = Owned {
            guard,
            pid,
            lifeline,
            group,
            limits: sandbox.limits,
            writable: sandbox.view.writable_sources(),
        };
        tokio::spawn(owned.own(stop.clone(), sandbox.grace, end));
        let _stopped_when_dropped = stop.clone().drop_guard();
        let (listening, ended) = (Listening::default(), Ending(ended));
        let guard = guard_id;
        Self { stdout, stderr, listening, guard, network, stop, _stopped_when_dropped, ended }
    }

    /// The process id of the guard, from which everything that the command started descends.
    #[must_use]
    pub fn guard(&self) -> Option<u32> {
        self.guard
    }

    /// Its network, if that is [`Network::Own`](crate::Network::Own) and there is a sandbox.
    #[must_use]
    pub fn network(&self) -> Option<&OwnNetwork> {
        self.network.as_ref()
    }

    /// The end, which can be waited for without holding the command.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ended.clone()
    }

    /// Waits until it has ended by itself. Cancel-safe.
    ///
    /// # Errors
    /// When the runtime goes down, or the guard cannot be waited for.
    pub async fn ended(&self) -> io::Result<Ended> {
        self.ended.wait().await.ok_or_else(|| io::Error::other("the command cannot be waited for"))
    }

    /// Sends SIGTERM, waits for the grace of the [`Sandbox`], and kills; returns when it is gone.
    ///
    /// # Errors
    /// As [`ended`](Self::ended).
    pub async fn stop(&self) -> io::Result<Ended> {
        self.stop.cancel();
        self.ended().await
    }
}

/// The other end of the guard's standard input. Held apart from the guard: waiting for a child
/// closes what it still has.
#[derive(Debug)]
pub(crate) enum Lifeline {
    Pipe(Option<ChildStdin>),
    /// Of a session.
    Stream(Option<UnixStream>),
    /// Of a command with a network of its own.
    Socket(OwnNetwork),
}

impl Lifeline {
    fn network(&self) -> Option<&OwnNetwork> {
        match self {
            Self::Pipe(_) | Self::Stream(_) => None,
            Self::Socket(network) => Some(network),
        }
    }

    fn close(&mut self) {
        match self {
            Self::Pipe(pipe) => drop(pipe.take()),
            Self::Stream(stream) => drop(stream.take()),
            Self::Socket(network) => network.close(),
        }
    }
}

/// The guard and the resources that end with it.
struct Owned {
    guard: Process,
    pid: Option<Pid>,
    lifeline: Lifeline,
    group: Option<Group>,
    limits: Limits,
    writable: Vec<PathBuf>,
}

impl Owned {
    async fn own(
        mut self,
        stop: CancellationToken,
        grace: Duration,
        end: watch::Sender<Option<Ended>>,
    ) {
        let is_watched = !self.group.as_ref().is_some_and(Group::limits_memory);
        let memory_bytes = self.limits.memory_bytes.filter(|_| is_watched);
        let (id, writable) = (self.guard.id(), std::mem::take(&mut self.writable));
        let (status, watched) = tokio::select! {
            status = self.guard.wait() => (status, None),
            () = stop.cancelled() => (self.end(grace).await, None),
            limit = memory::exceeded(id, memory_bytes) => {
                (self.kill().await, Some(Exceeded::Memory(limit)))
            }
            limit = disk::exceeded(writable, self.limits.disk_bytes) => {
                (self.kill().await, Some(Exceeded::Disk(limit)))
            }
        };
        let by_kernel = || self.group.as_ref()?.exceeded().map(Exceeded::Memory);
        let exceeded = watched.or_else(by_kernel);
        if let Some(group) = self.group.take() {
            group.remove().await;
        }
        match status {
            Ok(status) => {
                end.send_replace(Some(Ended { status, exceeded }));
            }
            Err(error) => tracing::warn!(%error, "a guard cannot be waited for"),
        }
    }

    async fn end(&mut self, grace: Duration) -> io::Result<ExitStatus> {
        if !grace.is_zero() {
            match (&self.lifeline, self.pid) {
                (Lifeline::Socket(network), _) => network.terminate(),
                // The guard passes it on. A process that is gone needs no signal.
                (Lifeline::Pipe(_) | Lifeline::Stream(_), Some(pid)) => {
                    let _ = kill_process(pid, Signal::TERM);
                }
                (Lifeline::Pipe(_) | Lifeline::Stream(_), None) => {}
            }
            if let Ok(status) = tokio::time::timeout(grace, self.guard.wait()).await {
                return status;
            }
        }
        self.kill().await
    }

    /// The guard kills everything when its standard input closes; killing the guard would prevent
    /// that.
    async fn kill(&mut self) -> io::Result<ExitStatus> {
        self.lifeline.close();
        match tokio::time::timeout(KILLED_GRACE, self.guard.wait()).await {
            Ok(status) => status,
            Err(_) => {
                self.guard.start_kill()?;
                self.guard.wait().await
            }
        }
    }
}
