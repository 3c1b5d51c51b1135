//! The guard of one child process of Cloud Build: runs it in a process group of its own, and kills
//! the group when the local cloud dies. Functions have the guard of `longshore_local_sandbox`
//! instead; this file goes when builds have it, too.
//!
//! Its standard input is a pipe whose other end only the local cloud holds. However that process
//! dies, kill -9 included, the kernel closes the pipe, and the guard kills the group. Processes
//! that leave the group with `setsid` escape, except inside the sandbox, whose process namespace
//! dies as a whole.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// Exit code of a shell for a command that cannot be started.
const CANNOT_START: u8 = 127;

/// Runs the command (without a leading `--`) until it exits. Forwards SIGTERM to it, and kills it
/// when standard input ends.
///
/// Returns the command's exit code, 128 + n if signal n killed it, or 127 if it cannot be started
/// (the reason goes to standard error).
pub fn main(args: Vec<OsString>) -> ExitCode {
    let command: Vec<OsString> = args.into_iter().skip_while(|arg| arg == "--").collect();
    match guard(&command) {
        Ok(status) => ExitCode::from(code_of(status)),
        Err(error) => {
            let name =
                command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // If standard error is closed, too, there is no way to report this.
            let _ = writeln!(io::stderr(), "cannot run '{name}': {error}");
            ExitCode::from(CANNOT_START)
        }
    }
}

fn guard(command: &[OsString]) -> io::Result<ExitStatus> {
    let [program, args @ ..] = command else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no command"));
    };
    // One thread, because a child may die with the thread that created it (PR_SET_PDEATHSIG).
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(program, args))
}

async fn run(program: &OsString, args: &[OsString]) -> io::Result<ExitStatus> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut child =
        Command::new(program).args(args).process_group(0).stdin(Stdio::null()).spawn()?;
    let Some(group) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else {
        return child.wait().await;
    };
    thread::spawn(move || {
        wait_for_end(io::stdin().lock());
        send(group, Signal::KILL);
    });
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = terminate.recv() => send(group, Signal::TERM),
        }
    };
    // Kills the processes that the command left behind.
    send(group, Signal::KILL);
    Ok(status)
}

fn wait_for_end(mut input: impl Read) {
    let mut buffer = [0; 64];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A pipe that cannot be read reports nothing; continuing would leave the child
            // unguarded.
            Err(_) => return,
        }
    }
}

/// Signals the group. An error means that the group is gone already.
fn send(group: Pid, signal: Signal) {
    let _ = kill_process_group(group, signal);
}

fn code_of(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    use rustix::process::{kill_process, test_kill_process};

    use super::*;

    /// Variable with the command that the ignored test below guards.
    const COMMAND: &str = "LONGSHORE_GUARD_TEST_COMMAND";

    /// The name of that test.
    const STAND_IN: &str = "guard::tests::stands_in_for_the_guards_program";

    /// Not a test: the process of the guard, which the tests start from this executable.
    #[test]
    #[ignore = "the tests of the guard run it as a process"]
    fn stands_in_for_the_guards_program() {
        if let Ok(script) = std::env::var(COMMAND) {
            let command = ["--", "/bin/sh", "-c", &script].map(OsString::from);
            let status = guard(&command[1..]).unwrap();
            assert_eq!(code_of(status), 0, "the stand-in fails if the command does");
        }
    }

    fn guarded(script: &str) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", STAND_IN, "--ignored", "--nocapture"])
            .env(COMMAND, script)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Polls, because the test cannot wait for the processes.
    async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_so() {
            assert!(Instant::now() < deadline, "not within 20 s: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn pid_in(file: &std::path::Path) -> Option<Pid> {
        let text = std::fs::read_to_string(file).ok()?;
        text.strip_suffix('\n')?.parse().ok().and_then(Pid::from_raw)
    }

    #[tokio::test]
    async fn the_end_of_standard_input_kills_the_whole_group() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        // The grandchild ignores SIGTERM, and outlives its parent unless the group is killed.
        let script = format!(
            "trap '' TERM; (trap '' TERM; sleep 600) & echo $! > {0}.new; mv {0}.new {0}; wait",
            file.display()
        );
        let mut guard = guarded(&script);
        eventually("the grandchild runs", || pid_in(&file).is_some()).await;
        let grandchild = pid_in(&file).unwrap();
        drop(guard.stdin.take());
        eventually("the guard is gone", || guard.try_wait().unwrap().is_some()).await;
        eventually("the grandchild is gone", || is_gone(grandchild)).await;
    }

    #[tokio::test]
    async fn sigterm_reaches_the_command_and_its_status_is_returned() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!(
            "trap 'exit 0' TERM; echo $$ > {0}.new; mv {0}.new {0}; while :; do sleep 0.05; done",
            file.display()
        );
        let mut guard = guarded(&script);
        eventually("the command runs", || pid_in(&file).is_some()).await;
        kill_process(Pid::from_child(&guard), Signal::TERM).unwrap();
        eventually("the guard is gone", || guard.try_wait().unwrap().is_some()).await;
        assert!(guard.try_wait().unwrap().unwrap().success());
        assert!(!guarded("exit 3").wait().unwrap().success());
    }

    /// A process that has exited but has not been waited for counts as gone.
    fn is_gone(pid: Pid) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
            .unwrap_or_default();
        test_kill_process(pid).is_err()
            || stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'))
    }
}
