//! A command in bubblewrap.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use tokio::process::{Child, Command};

use super::processes::{self, descendants};
use super::specification::{Argument, Bubblewrapped, Specification};
use super::staging::Stage;

/// Bubblewrap and what runs in it.
pub(super) struct Sandboxed {
    pub(super) bubblewrap: Child,
    /// The first process of the sandbox's process namespace.
    init: Option<i32>,
    /// What bubblewrap reports: the id of `init`, and the exit status of a command that has run.
    reports: BufReader<File>,
}

impl Sandboxed {
    pub(super) fn start(
        bubblewrapped: &Bubblewrapped,
        specification: &Specification,
        stdout: Stdio,
        stderr: Stdio,
    ) -> io::Result<Self> {
        let sources = bubblewrapped.arguments.iter().filter_map(|argument| match argument {
            Argument::Source(source) => Some(source.as_os_str()),
            Argument::Word(_) | Argument::Contents(_) | Argument::Opened(_) => None,
        });
        let staged = match bubblewrapped.become_user {
            Some(_) => Stage::enter(sources)?.set()?.into_iter().map(OsString::from).collect(),
            None => sources.map(OsStr::to_owned).collect::<Vec<_>>(),
        };

        let mut inherited = Inherited::default();
        let mut words = inherited.words(&bubblewrapped.arguments, staged)?;
        let (reports, report_to) = pipe_with(PipeFlags::CLOEXEC)?;
        let (wait_for, start) = pipe_with(PipeFlags::CLOEXEC)?;
        words.extend(["--json-status-fd".into(), inherited.pass(report_to)?]);
        words.extend(["--block-fd".into(), inherited.pass(wait_for)?]);
        if !bubblewrapped.filter.is_empty() {
            let filter = inherited.contents(&bubblewrapped.filter)?;
            words.extend(["--seccomp".into(), filter]);
        }
        let arguments = inherited.contents(&separated_by_nul(&words)?)?;

        let mut command = Command::new(&bubblewrapped.program);
        command.arg("--args").arg(arguments).arg("--").args(&specification.command);
        command.env_clear().current_dir("/");
        let stdin = if bubblewrapped.is_session { Stdio::from(control()?) } else { Stdio::null() };
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        if let Some((user, group)) = bubblewrapped.become_user {
            // Root's supplementary groups go, too.
            command.uid(user).gid(group);
        }
        let bubblewrap = command.spawn()?;
        // Only the command has the end of a session's socket: when it ends, so does the session.
        drop(command);
        drop(inherited);

        let mut reports = BufReader::new(File::from(reports));
        let init = first_process(&mut reports);
        if let Some(init) = init {
            super::enter(&specification.groups, init);
            limit_processes(init, specification.limits.processes);
        }
        // Nothing of the command has run before this. A bubblewrap that has failed needs no sign.
        let _ = File::from(start).write_all(b"\n");
        Ok(Self { bubblewrap, init, reports })
    }

    /// Passes SIGTERM to the command's process group. Bubblewrap itself must not get it: it would
    /// die, and the command with it before it has finished its work.
    pub(super) fn terminate(&self) {
        let own = processes::own_id();
        let Some(init) = self.init else { return };
        let group = descendants(own)
            .into_iter()
            .find_map(|found| (found.pid == init).then_some(found.group));
        let mut is_received = false;
        for process in descendants(init) {
            if Some(process.group) == group {
                process.signal(Signal::TERM);
                is_received = true;
            }
        }
        if !is_received {
            // It has not started yet; there is no work to finish.
            descendants(own).into_iter().for_each(|process| process.signal(Signal::KILL));
        }
    }

    /// Whether the command ran, rather than its sandbox or its program being unavailable. Waits
    /// until the sandbox is gone.
    pub(super) fn has_run(mut self) -> bool {
        let mut text = String::new();
        self.reports.read_to_string(&mut text).is_ok() && text.contains("\"exit-code\"")
    }
}

/// A new socket between the local cloud and the command, passed on over standard input.
fn control() -> io::Result<OwnedFd> {
    let (outside, inside) = UnixStream::pair()?;
    super::network::pass(io::stdin().as_fd(), &[outside.as_fd()])?;
    Ok(inside.into())
}

/// The descriptors that bubblewrap inherits.
#[derive(Default)]
struct Inherited(Vec<OwnedFd>);

impl Inherited {
    /// Returns the descriptor's number.
    fn pass(&mut self, descriptor: OwnedFd) -> io::Result<OsString> {
        fcntl_setfd(&descriptor, FdFlags::empty())?;
        let number = descriptor.as_raw_fd().to_string();
        self.0.push(descriptor);
        Ok(number.into())
    }

    fn contents(&mut self, contents: &[u8]) -> io::Result<OsString> {
        let mut file = File::from(memfd_create("longshore", MemfdFlags::CLOEXEC)?);
        file.write_all(contents)?;
        file.rewind()?;
        self.pass(file.into())
    }

    fn words(
        &mut self,
        arguments: &[Argument],
        sources: Vec<OsString>,
    ) -> io::Result<Vec<OsString>> {
        let mut sources = sources.into_iter();
        let word = |argument: &Argument| match argument {
            Argument::Word(word) => Ok(word.clone()),
            Argument::Source(source) => Ok(sources.next().unwrap_or_else(|| source.clone())),
            Argument::Contents(contents) => self.contents(contents),
            Argument::Opened(path) => self.pass(File::open(path)?.into()),
        };
        arguments.iter().map(word).collect()
    }
}

/// # Errors
/// When a word holds the separator: it would be read as further arguments.
fn separated_by_nul(words: &[OsString]) -> io::Result<Vec<u8>> {
    let mut separated = Vec::new();
    for word in words {
        if word.as_bytes().contains(&0) {
            let error = "a NUL character in an argument or variable";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        separated.extend_from_slice(word.as_bytes());
        separated.push(0);
    }
    Ok(separated)
}

/// Reads bubblewrap's first report, which it makes before anything of the command runs. `None`
/// when it has failed before that.
fn first_process(reports: &mut BufReader<File>) -> Option<i32> {
    let mut line = String::new();
    reports.read_line(&mut line).ok()?;
    let report: serde_json::Value = serde_json::from_str(&line).ok()?;
    report["child-pid"].as_i64().and_then(|pid| i32::try_from(pid).ok())
}

/// Limits the processes of a user namespace: since Linux 5.14 each namespace has a count of its
/// own. Best effort: root needs CAP_SYS_RESOURCE for it, and has control groups instead.
fn limit_processes(init: i32, limit: Option<u64>) {
    if let (Some(init), Some(limit)) = (Pid::from_raw(init), limit) {
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        let _ = prlimit(Some(init), Resource::Nproc, limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_character_cannot_add_an_argument() {
        let words = |text: &str| vec![OsString::from("--setenv"), OsString::from(text)];
        assert_eq!(separated_by_nul(&words("A")).unwrap(), b"--setenv\0A\0");
        assert!(separated_by_nul(&words("A\0--bind\0/\0/")).is_err());
    }
}
