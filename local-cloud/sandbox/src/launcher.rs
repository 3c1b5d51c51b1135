//! Starts commands on this machine.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::process::Command;

use crate::child::Lifeline;
use crate::guard::specification::{ResourceLimits, Specification};
use crate::{Bubblewrap, Cgroups, Child, Network, OwnNetwork, Sandbox};

/// The program that runs [`guard::main`](crate::guard::main).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Guard {
    /// `program` with these arguments must do nothing but call [`guard::main`](crate::guard::main).
    #[must_use]
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.into(), arguments }
    }

    /// In an empty environment, and in no directory of the command's.
    pub(crate) fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments).env_clear().current_dir("/");
        command
    }
}

/// How commands are kept apart from this machine.
#[derive(Clone, Debug)]
pub enum Isolation {
    Bubblewrap(Bubblewrap),
    /// As plain processes, for this reason, in one line.
    None(String),
}

/// Starts commands, in the sandbox where this machine has one.
#[derive(Clone, Debug)]
pub struct Launcher {
    guard: Guard,
    isolation: Isolation,
    cgroups: Cgroups,
}

impl Launcher {
    /// Finds out what this machine can do, which starts a few processes and takes some ten
    /// milliseconds. `path`: the local cloud's own `PATH`.
    #[must_use]
    pub fn probe(guard: Guard, path: &OsStr) -> Self {
        let isolation = match Bubblewrap::find(path, &guard) {
            Ok(bubblewrap) => Isolation::Bubblewrap(bubblewrap),
            Err(reason) => Isolation::None(reason),
        };
        Self { guard, isolation, cgroups: Cgroups::probe() }
    }

    /// The same without a sandbox, for this reason.
    #[must_use]
    pub fn without_sandbox(guard: Guard, reason: &str) -> Self {
        Self { guard, isolation: Isolation::None(reason.to_owned()), cgroups: Cgroups::probe() }
    }

    #[must_use]
    pub fn isolation(&self) -> &Isolation {
        &self.isolation
    }

    /// Why commands run as plain processes; `None` where they run in the sandbox.
    #[must_use]
    pub fn missing_sandbox(&self) -> Option<&str> {
        match &self.isolation {
            Isolation::Bubblewrap(_) => None,
            Isolation::None(reason) => Some(reason),
        }
    }

    /// What the sandbox lacks here: see [`Bubblewrap::weakness`].
    #[must_use]
    pub fn weakness(&self) -> Option<String> {
        match &self.isolation {
            Isolation::Bubblewrap(bubblewrap) => bubblewrap.weakness(),
            Isolation::None(_) => None,
        }
    }

    /// Why commands cannot have a network of their own here, in one line; `None` where they can.
    #[must_use]
    pub fn missing_networks(&self) -> Option<&str> {
        match &self.isolation {
            Isolation::Bubblewrap(bubblewrap) => bubblewrap.missing_networks(),
            Isolation::None(reason) => Some(reason),
        }
    }

    #[must_use]
    pub fn cgroups(&self) -> &Cgroups {
        &self.cgroups
    }

    /// See [`Bubblewrap::hand_over`]; a no-op where there is no sandbox.
    ///
    /// # Errors
    /// When an entry cannot be read or given away.
    pub fn hand_over(&self, path: &Path) -> io::Result<()> {
        match &self.isolation {
            Isolation::Bubblewrap(bubblewrap) => bubblewrap.hand_over(path),
            Isolation::None(_) => Ok(()),
        }
    }

    /// Starts a command: in the sandbox, or where there is none as a plain process, which sees this
    /// machine instead of the view. A caller that requires isolation asks
    /// [`missing_sandbox`](Self::missing_sandbox) first.
    ///
    /// # Errors
    /// When the guard cannot be started, or the view cannot be shown. That the program is missing
    /// is reported by its end, with status [`CANNOT_START`](crate::guard::CANNOT_START).
    pub async fn start(&self, sandbox: &Sandbox) -> io::Result<Child> {
        let manner = match &self.isolation {
            Isolation::Bubblewrap(bubblewrap) => sandbox.bubblewrapped(bubblewrap)?,
            Isolation::None(_) => sandbox.plain(),
        };
        let limits = &sandbox.limits;
        let group = self.cgroups.group(limits);
        let limits_processes = group.as_ref().is_some_and(|group| group.limits_processes());
        let specification = Specification {
            command: sandbox.command.clone(),
            manner,
            limits: ResourceLimits {
                file_bytes: limits.file_bytes,
                open_files: limits.open_files,
                processes: limits.processes.filter(|_| !limits_processes),
            },
            groups: group.as_ref().map(|group| group.entrances()).unwrap_or_default(),
        };
        let line = specification.to_line()?;

        let command = match &self.isolation {
            Isolation::Bubblewrap(bubblewrap) => bubblewrap.guard(&self.guard, &sandbox.network),
            Isolation::None(_) => self.guard.command(),
        };
        let mut command = Command::from(command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if let (Network::Own(listen), None) = (&sandbox.network, self.missing_sandbox()) {
            let (stream, input) = std::os::unix::net::UnixStream::pair()?;
            let guard = command.stdin(OwnedFd::from(input)).spawn()?;
            // It has the other end of the socket.
            drop(command);
            stream.set_nonblocking(true)?;
            let network = OwnNetwork::new(UnixStream::from_std(stream)?);
            // Before anything is waited for: a caller that does not wait stops it by dropping it.
            let lifeline = Lifeline::Socket(network.clone());
            let mut child = Child::new(guard, lifeline, group, sandbox);
            ended_is_fine(network.send_all(&line).await)?;
            child.listening = network.listening(listen).await.unwrap_or_default();
            return Ok(child);
        }
        let mut guard = command.stdin(Stdio::piped()).spawn()?;
        let mut lifeline = guard.stdin.take();
        if let Some(lifeline) = &mut lifeline {
            ended_is_fine(lifeline.write_all(&line).await)?;
        }
        Ok(Child::new(guard, Lifeline::Pipe(lifeline), group, sandbox))
    }
}

/// A guard that has ended does not read, and its standard error says why.
fn ended_is_fine(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
            ) =>
        {
            Ok(())
        }
        written => written,
    }
}
