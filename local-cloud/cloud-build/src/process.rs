//! Programs that a build runs, and their output. Where there is no launcher, in unit tests, they
//! are children of this process, each in its own process group.

mod ansi;
pub(crate) mod left_behind;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::Child;

use crate::log::BuildLog;
use ansi::without_colours;

/// Bytes of each stream that are kept for error messages, as many as Google's buildpacks keep.
const KEPT_BYTES: usize = 49_000;

/// Output is read in lines of at most this length; a longer one is logged in pieces.
const LINE_LIMIT_BYTES: u64 = 64 * 1024;

/// How long to wait for the output of a program that has exited. By then, everything is in the
/// pipe; a process that still holds the pipe open is not waited for.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(5);

/// A program to run.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The whole environment; nothing is inherited.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) directory: PathBuf,
}

impl Command {
    pub(crate) fn new(
        program: impl Into<PathBuf>,
        directory: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let (program, directory) = (program.into(), directory.to_owned());
        Self { program, arguments: Vec::new(), environment: environment.clone(), directory }
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// The status of a program that has exited, and the last part of its output.
#[derive(Debug)]
pub(crate) struct Exited {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a program until it exits. Dropping the future kills it and every process that it started.
///
/// # Errors
/// If it cannot be started ([`io::ErrorKind::NotFound`] if the program does not exist) or waited
/// for. A program that fails is an `Ok` with its status.
pub(crate) async fn run(command: &Command, log: &BuildLog) -> io::Result<Exited> {
    let mut child = start(command)?;
    let group = Group::of(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ended = async {
        let status = child.wait().await;
        // What it has left behind may hold its output open.
        drop(group);
        status
    };
    let (status, stdout, stderr) = with_output(ended, stdout, stderr, log).await?;
    Ok(Exited { status: status?, stdout, stderr })
}

/// Waits for the end of a program, and collects its output until then.
///
/// # Errors
/// If the output cannot be read.
pub(crate) async fn with_output<T>(
    ended: impl Future<Output = T>,
    stdout: Option<impl AsyncRead + Unpin>,
    stderr: Option<impl AsyncRead + Unpin>,
    log: &BuildLog,
) -> io::Result<(T, String, String)> {
    with_output_within(OUTPUT_TIMEOUT, ended, stdout, stderr, log).await
}

async fn with_output_within<T>(
    timeout: Duration,
    ended: impl Future<Output = T>,
    stdout: Option<impl AsyncRead + Unpin>,
    stderr: Option<impl AsyncRead + Unpin>,
    log: &BuildLog,
) -> io::Result<(T, String, String)> {
    let (mut kept_out, mut kept_err) = (String::new(), String::new());
    let collecting = async {
        tokio::join!(collect(stdout, log, &mut kept_out), collect(stderr, log, &mut kept_err))
    };
    tokio::pin!(ended);
    let mut collected = Box::pin(collecting);
    let (read, ended) = tokio::select! {
        read = &mut collected => (read, ended.await),
        end = &mut ended => {
            let read = tokio::time::timeout(timeout, &mut collected).await;
            (read.unwrap_or((Ok(()), Ok(()))), end)
        }
    };
    drop(collected);
    read.0.and(read.1)?;
    Ok((ended, kept(&kept_out), kept(&kept_err)))
}

fn start(command: &Command) -> io::Result<Child> {
    tokio::process::Command::new(&command.program)
        .args(&command.arguments)
        .env_clear()
        .envs(&command.environment)
        .current_dir(&command.directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

/// The process group of a program. Dropping this value kills it.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let killed = self.0.map_or(Ok(()), |group| kill_process_group(group, Signal::KILL));
        if let Err(error) = killed {
            tracing::debug!(%error, "the processes of a build have already exited");
        }
    }
}

/// Writes output to the log, and keeps the last part of it.
async fn collect(
    stream: Option<impl AsyncRead + Unpin>,
    log: &BuildLog,
    kept: &mut String,
) -> io::Result<()> {
    let Some(stream) = stream else { return Ok(()) };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while (&mut reader).take(LINE_LIMIT_BYTES).read_until(b'\n', &mut line).await? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = without_colours(&text);
        let text = log.credentials().masked(&text);
        log.masked_line(text.trim_end());
        kept.push_str(&text);
        line.clear();
        if kept.len() > 2 * KEPT_BYTES {
            *kept = tail(kept, KEPT_BYTES).to_owned();
        }
    }
    Ok(())
}

fn kept(text: &str) -> String {
    tail(text, KEPT_BYTES).to_owned()
}

/// At most the last `bytes` of the text, starting at a character boundary.
fn tail(text: &str, bytes: usize) -> &str {
    let mut from = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let environment = [("PATH".to_owned(), std::env::var("PATH").unwrap())].into();
        Command::new("sh", Path::new("/"), &environment).args(["-c", script])
    }

    #[tokio::test]
    async fn output_is_returned_and_logged() {
        let log = BuildLog::default();
        let exited = run(&shell("echo out; echo err >&2; exit 3"), &log).await.unwrap();
        assert_eq!(
            (exited.status.code(), exited.stdout.as_str(), exited.stderr.as_str()),
            (Some(3), "out\n", "err\n")
        );
        assert!(log.text().contains("out\n") && log.text().contains("err\n"));
    }

    #[tokio::test]
    async fn output_without_line_ends_is_read_in_pieces_and_the_log_is_cut() {
        let log = BuildLog::default();
        let script = "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo the end";
        let exited = run(&shell(script), &log).await.unwrap();
        assert!(exited.stdout.len() <= KEPT_BYTES && exited.stdout.ends_with("x\nthe end\n"));
        let text = log.text();
        let longest = text.lines().map(str::len).max().unwrap();
        assert!(u64::try_from(longest).unwrap() <= LINE_LIMIT_BYTES, "{longest}");
        assert_eq!(text.matches("the rest is omitted").count(), 1);
        assert!(text.len() < 5_000_000, "{}", text.len());
    }

    #[tokio::test]
    async fn a_missing_program_is_not_found() {
        let command = Command::new("/no/such/program", Path::new("/"), &BTreeMap::new());
        assert_eq!(
            run(&command, &BuildLog::default()).await.unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    fn fifo(dir: &Path) -> PathBuf {
        let fifo = dir.join("alive");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        fifo
    }

    /// Waits until the fifo is open for writing, calls the function, and waits until it is not any
    /// more.
    async fn last_writer_goes(fifo: &Path, when_open: impl FnOnce()) {
        let mut reader = tokio::net::unix::pipe::OpenOptions::new().open_receiver(fifo).unwrap();
        let path = fifo.to_owned();
        // Opening for reading returns as soon as there is a writer.
        tokio::task::spawn_blocking(|| std::fs::File::open(path).map(drop)).await.unwrap().unwrap();
        when_open();
        assert_eq!(tokio::io::AsyncReadExt::read(&mut reader, &mut [0]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_a_program_leaves_behind_does_not_hold_it_up() {
        let exited = run(&shell("sleep 1000 & echo $!"), &BuildLog::default()).await.unwrap();
        assert!(exited.status.success());
        let left_behind = format!("/proc/{}/cmdline", exited.stdout.trim());
        // Without a command line, it has ended.
        while std::fs::read(&left_behind).is_ok_and(|line| !line.is_empty()) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn output_that_stays_open_is_cut_off() {
        let log = BuildLog::default();
        let (mut held, reader) = tokio::io::duplex(64);
        tokio::io::AsyncWriteExt::write_all(&mut held, b"line\nrest\n").await.unwrap();
        let ended = std::future::ready(7);
        let none = None::<tokio::io::Empty>;
        let patience = Duration::from_millis(100);
        let (end, stdout, _) =
            with_output_within(patience, ended, Some(reader), none, &log).await.unwrap();
        assert_eq!((end, stdout.as_str()), (7, "line\nrest\n"));
        drop(held);
    }

    #[tokio::test]
    async fn a_dropped_run_kills_what_the_program_started() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = fifo(dir.path());
        let script = format!("sleep 1000 > {} & wait", fifo.display());
        let running =
            tokio::spawn(async move { run(&shell(&script), &BuildLog::default()).await.map(drop) });
        last_writer_goes(&fifo, || running.abort()).await;
    }
}
