//! The guard's program inside of a sandbox: it runs the steps of a session, one after another.
//!
//! Steps have the same user as this process. It is not dumpable, so that they can neither read nor
//! write its memory, nor open its descriptors. It is the first process of the namespace, so that they
//! cannot kill it, and everything that a step starts stays below it and is killed when the step has
//! ended.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use rustix::io::Errno;
use rustix::process::{DumpableBehavior, WaitOptions, set_dumpable_behavior, wait};
use tokio::net::UnixStream;

use super::message::{REQUEST_MAX_BYTES, ROLE, Reply, Request, receive, send};
use super::processes::kill_all_descendants;

pub(super) fn is_requested() -> bool {
    std::env::var_os(ROLE).is_some()
}

/// Runs what comes over standard input, until that ends.
///
/// # Errors
/// When standard input is no socket, or a process that must end does not.
pub(super) fn serve() -> io::Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let control = StdStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        control.set_nonblocking(true)?;
        serve_on(&UnixStream::from_std(control)?).await
    })
}

async fn serve_on(control: &UnixStream) -> io::Result<()> {
    send(control, &Reply::Ready, &[]).await?;
    while let Some((request, outputs)) = receive::<Request>(control, REQUEST_MAX_BYTES).await? {
        // Nothing else is to be done meanwhile, and the guard outside kills this process, too.
        let reply = run(&request, outputs);
        if !kill_all_descendants().await {
            return Err(io::Error::other("a process of a step cannot be killed"));
        }
        send(control, &reply, &[]).await?;
    }
    Ok(())
}

fn run(request: &Request, outputs: Vec<OwnedFd>) -> Reply {
    let not_started = |is_missing, reason| Reply::NotStarted { is_missing, reason };
    let Some((program, arguments)) = request.command.split_first() else {
        return not_started(false, "no command".to_owned());
    };
    let mut outputs = outputs.into_iter();
    let mut output = || outputs.next().map_or_else(Stdio::null, Stdio::from);
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(&request.environment);
    command.current_dir(&request.directory).process_group(0);
    command.stdin(Stdio::null()).stdout(output()).stderr(output());
    let step = command.spawn();
    // The step has the outputs; as long as this process has them, too, their readers see no end.
    drop(command);
    let step = match step {
        Ok(step) => step.id().cast_signed(),
        Err(error) => {
            let is_missing =
                error.kind() == io::ErrorKind::NotFound && Path::new(&request.directory).is_dir();
            return not_started(is_missing, format!("'{}': {error}", program.display()));
        }
    };
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((process, status))) if process.as_raw_pid() == step => {
                return Reply::Ended(super::code_of(ExitStatus::from_raw(status.as_raw())));
            }
            // Another process, whose parent has ended; a signal.
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return not_started(false, io::Error::from(error).to_string()),
        }
    }
}
