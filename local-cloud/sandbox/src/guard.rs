//! The guard: the process between the local cloud and one command.
//!
//! It reads a specification, one line of JSON, from its standard input, which stays open as the
//! lifeline: however the local cloud dies, kill -9 included, the kernel closes that pipe, and the
//! guard kills the command with everything that it started. That includes daemons that left the
//! process group by `setsid`: in the sandbox they die with its process namespace, and without a
//! sandbox the guard, a subreaper, becomes their parent.
//!
//! A command with a network of its own gets it from the guard, which lives in it. Then standard
//! input is a socket, over which the guard passes sockets of that network: see `network`.
//!
//! The environment of the guard is empty, and so is that of `bwrap`: the variables of the command
//! travel in the specification and, from here, over a descriptor.

#[cfg(target_os = "linux")]
mod bubblewrapped;
#[cfg(not(target_os = "linux"))]
#[path = "guard/elsewhere.rs"]
mod bubblewrapped;
pub(crate) mod message;
#[cfg(target_os = "linux")]
mod network;
#[cfg(not(target_os = "linux"))]
#[path = "guard/network_elsewhere.rs"]
mod network;
mod processes;
pub(crate) mod specification;
#[cfg(target_os = "linux")]
mod staging;
#[cfg(target_os = "linux")]
mod steps;

use std::io::{self, Read, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, ExitStatus, Stdio};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getrlimit, kill_process_group, setrlimit, setsid,
};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as SignalStream, SignalKind, signal};
use tokio::sync::oneshot;

use self::bubblewrapped::Sandboxed;
use self::network::Control;
use self::specification::{Bubblewrapped, Manner, ResourceLimits, Specification};

/// The status with which a shell reports a command that cannot be started.
pub const CANNOT_START: u8 = 127;

/// The status with which a shell reports a command that SIGKILL ended.
const KILLED: u8 = 128 + 9;

/// Runs the command that standard input specifies until it ends, SIGTERM is passed on to it, or
/// standard input ends.
///
/// Exits with the command's status, 128 + n when signal n killed it, 127 when it or its sandbox
/// cannot be started (standard error says why).
pub fn main() -> ExitCode {
    close_inherited(&[]);
    match guard(Stdio::inherit(), Stdio::inherit()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Nothing else can be done where standard error is closed, too.
            let _ = writeln!(io::stderr(), "cannot run the command: {error}");
            ExitCode::from(CANNOT_START)
        }
    }
}

/// Closes inherited descriptors that the local cloud does not know of, such as a directory that the
/// user's shell has opened: the command would inherit them, too. Call it only at the very beginning
/// of a process, before anything in it has opened a descriptor.
pub(crate) fn close_inherited(kept: &[i32]) {
    let entries = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let numbers: Vec<i32> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number > 2 && !kept.contains(number)) {
        // One of them was the listing's own, and is closed already.
        let _ = nix::unistd::close(number);
    }
}

pub(crate) fn guard(stdout: Stdio, stderr: Stdio) -> io::Result<u8> {
    #[cfg(target_os = "linux")]
    if steps::is_requested() {
        return steps::serve().map(|()| 0);
    }
    // A session of its own: the terminal's Ctrl-C is for the local cloud, which then stops its
    // children in order, and a command without a sandbox cannot write to the terminal either.
    let _ = setsid();
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let specification = Specification::read(io::stdin().lock())?;
    limit(&specification.limits);
    let sockets = match &specification.manner {
        Manner::Bubblewrap(Bubblewrapped { own_network: Some(network), .. }) => {
            Some(network::enter(network)?)
        }
        Manner::Bubblewrap(_) | Manner::Plain { .. } => None,
    };
    // One thread: the sandbox dies with the thread that started it (PR_SET_PDEATHSIG).
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(specification, sockets, stdout, stderr))
}

/// A command that runs.
enum Running {
    Sandboxed(Sandboxed),
    Plain(Plain),
}

/// A command without a sandbox, and its process group.
struct Plain {
    child: Child,
    group: Option<Pid>,
}

impl Plain {
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // That it is gone already is what the signal was for.
            let _ = kill_process_group(group, signal);
        }
    }
}

async fn run(
    specification: Specification,
    sockets: Option<Vec<OwnedFd>>,
    stdout: Stdio,
    stderr: Stdio,
) -> io::Result<u8> {
    let mut terminate = signal(SignalKind::terminate())?;
    let control = sockets.as_deref().map(Control::new).transpose()?;
    drop(sockets);
    let mut running = Running::start(specification, stdout, stderr)?;
    let mut lifeline = control.map_or_else(|| Lifeline::Pipe(lifeline()), Lifeline::Socket);
    let status = running.wait(&mut terminate, &mut lifeline).await;
    if let Running::Plain(plain) = &running {
        plain.signal(Signal::KILL);
    }
    // What cannot be killed now dies with the sandbox.
    let _ = processes::kill_all_descendants().await;
    let Some(status) = status? else { return Ok(KILLED) };
    let has_run = match running {
        // Bubblewrap's own failures all have this status.
        Running::Sandboxed(sandboxed) if status.code() == Some(1) => sandboxed.has_run(),
        Running::Sandboxed(_) | Running::Plain(_) => true,
    };
    Ok(if has_run { code_of(status) } else { CANNOT_START })
}

impl Running {
    fn start(specification: Specification, stdout: Stdio, stderr: Stdio) -> io::Result<Self> {
        let Some((program, arguments)) = specification.command.split_first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no command"));
        };
        match &specification.manner {
            Manner::Bubblewrap(bubblewrapped) => {
                Sandboxed::start(bubblewrapped, &specification, stdout, stderr).map(Self::Sandboxed)
            }
            Manner::Plain { environment, directory } => {
                enter(&specification.groups, processes::own_id());
                let mut command = Command::new(program);
                command.args(arguments).env_clear().envs(environment).current_dir(directory);
                command.process_group(0).stdin(Stdio::null()).stdout(stdout).stderr(stderr);
                let named = |error: io::Error| {
                    io::Error::new(error.kind(), format!("'{}': {error}", program.display()))
                };
                let child = command.spawn().map_err(named)?;
                let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
                Ok(Self::Plain(Plain { child, group }))
            }
        }
    }

    /// The command's status, or `None` when the lifeline was closed.
    async fn wait(
        &mut self,
        terminate: &mut SignalStream,
        lifeline: &mut Lifeline,
    ) -> io::Result<Option<ExitStatus>> {
        loop {
            let child = match self {
                Self::Sandboxed(sandboxed) => &mut sandboxed.bubblewrap,
                Self::Plain(plain) => &mut plain.child,
            };
            tokio::select! {
                status = child.wait() => return status.map(Some),
                is_to_terminate = lifeline.terminates() => {
                    if !is_to_terminate {
                        return Ok(None);
                    }
                    self.terminate();
                }
                _ = terminate.recv() => self.terminate(),
            }
        }
    }

    fn terminate(&self) {
        match self {
            Self::Sandboxed(sandboxed) => sandboxed.terminate(),
            Self::Plain(plain) => plain.signal(Signal::TERM),
        }
    }
}

/// Standard input, whose end is the end of the local cloud.
enum Lifeline {
    Pipe(oneshot::Receiver<()>),
    Socket(Control),
}

impl Lifeline {
    /// Returns `true` to end the command gracefully, and `false` when standard input has ended.
    /// Cancel-safe.
    async fn terminates(&mut self) -> bool {
        match self {
            Self::Pipe(ended) => {
                let _ = ended.await;
                false
            }
            Self::Socket(control) => control.terminates().await,
        }
    }
}

/// Completes when standard input ends.
fn lifeline() -> oneshot::Receiver<()> {
    let (ended, lifeline) = oneshot::channel();
    std::thread::spawn(move || {
        wait_for_end(io::stdin().lock());
        drop(ended);
    });
    lifeline
}

fn wait_for_end(mut input: impl Read) {
    let mut buffer = [0; 64];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Nothing is learned from a pipe that cannot be read; staying would leave the command
            // unguarded.
            Err(_) => return,
        }
    }
}

/// Moves a process into control groups. One that cannot be entered is reported and skipped.
fn enter(groups: &[std::path::PathBuf], process: i32) {
    for group in groups {
        if let Err(error) = std::fs::write(group, process.to_string()) {
            let _ = writeln!(
                io::stderr(),
                "this command runs without the limits of {}: {error}",
                group.display()
            );
        }
    }
}

/// Limits this process and what it starts. A lower limit that is in force stays.
fn limit(limits: &ResourceLimits) {
    let lower = |resource: Resource, limit: u64| {
        let maximum = getrlimit(resource).maximum.map_or(limit, |maximum| maximum.min(limit));
        // Lowering one's own limits is always allowed.
        let _ = setrlimit(resource, Rlimit { current: Some(maximum), maximum: Some(maximum) });
    };
    lower(Resource::Core, 0);
    if let Some(bytes) = limits.file_bytes {
        lower(Resource::Fsize, bytes);
    }
    if let Some(files) = limits.open_files {
        lower(Resource::Nofile, files);
    }
}

fn code_of(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}
