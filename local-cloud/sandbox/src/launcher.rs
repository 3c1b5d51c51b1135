//! Starts commands on this machine.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::UnixStream;
use tokio::process::Command;

use crate::child::Lifeline;
use crate::guard::message::ROLE;
use crate::guard::specification::{ResourceLimits, Specification};
use crate::limits::Group;
use crate::session;
use crate::{Bubblewrap, Cgroups, Child, Guard, Network, OwnNetwork, Sandbox, Session, network};

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
        let Prepared { line, group, mut command } = self.prepare(sandbox)?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if let (Network::Own(listen), None) = (&sandbox.network, self.missing_sandbox()) {
            let (guard, stream) = with_socket(command)?;
            let network = OwnNetwork::new(stream);
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

    /// Makes the sandbox of a session. Its limits are those of all steps together.
    ///
    /// # Errors
    /// When this machine has no sandbox, the view cannot be shown, the network is
    /// [`Network::Own`], or the guard's program cannot run inside.
    pub async fn open(&self, sandbox: &Sandbox) -> io::Result<Session> {
        if let Some(reason) = self.missing_sandbox() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, reason.to_owned()));
        }
        if let Network::Own(_) = sandbox.network {
            let error = "a session has no network of its own";
            return Err(io::Error::new(io::ErrorKind::Unsupported, error));
        }
        let executable = self.guard.executable().canonicalize()?;
        let mut sandbox = sandbox.clone();
        sandbox.command = self.guard.words_inside(session::PROGRAM);
        sandbox.environment = [(ROLE.to_owned(), "1".to_owned())].into();
        sandbox.directory = "/".into();
        sandbox.view = sandbox.view.read_only(&executable, Path::new(session::PROGRAM));
        sandbox.is_session = true;
        let Prepared { line, group, mut command } = self.prepare(&sandbox)?;
        let kills = group.as_ref().and_then(Group::kills);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let (guard, mut stream) = with_socket(command)?;
        let sent = ended_is_fine(stream.write_all(&line).await);
        let control = match sent {
            Ok(()) => receive_control(&stream).await,
            Err(_) => None,
        };
        // As long as the other end of this one is open, the guard lives.
        let child = Child::new(guard, Lifeline::Stream(Some(stream)), group, &sandbox);
        Session::new(child, control, kills).await
    }

    fn prepare(&self, sandbox: &Sandbox) -> io::Result<Prepared> {
        let manner = match &self.isolation {
            Isolation::Bubblewrap(bubblewrap) => bubblewrap.manner(sandbox)?,
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
        Ok(Prepared { line, group, command: Command::from(command) })
    }
}

/// A guard that can be started.
struct Prepared {
    /// Its specification.
    line: Vec<u8>,
    group: Option<Group>,
    command: Command,
}

/// Starts a guard whose standard input is a socket, and returns the other end of it.
fn with_socket(mut command: Command) -> io::Result<(tokio::process::Child, UnixStream)> {
    let (stream, input) = std::os::unix::net::UnixStream::pair()?;
    let guard = command.stdin(OwnedFd::from(input)).spawn()?;
    // It has the other end of the socket.
    drop(command);
    stream.set_nonblocking(true)?;
    Ok((guard, UnixStream::from_std(stream)?))
}

/// The socket of a session; `None` when the guard has ended, whose standard error says why.
async fn receive_control(stream: &UnixStream) -> Option<UnixStream> {
    let receive = || network::receive(stream);
    let received = stream.async_io(Interest::READABLE, receive).await.ok()?;
    let control = std::os::unix::net::UnixStream::from(received.into_iter().next()?);
    control.set_nonblocking(true).ok()?;
    UnixStream::from_std(control).ok()
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
