//! The process of an instance: starts it, stores its output line by line, and stops it, first with
//! SIGTERM and then with SIGKILL.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use longshore_local_sandbox::{
    Child, Ended, Ending, Exceeded, Lines, Listening, Output, OutputBounds, OwnNetwork, Sandbox,
};
use tokio::io::AsyncRead;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::host::Host;
use super::secrets::SecretFiles;
use crate::logs::{LogStore, Source, Stream};

/// How long the rest of the output may take to arrive after the process has exited.
const OUTPUT_GRACE: Duration = Duration::from_secs(5);

/// Longer lines are split. All output is read: the log store removes the oldest.
const OUTPUT_BOUNDS: OutputBounds =
    OutputBounds { line_bytes: crate::logs::LINE_LIMIT_BYTES as u64, total_bytes: u64::MAX };

/// A running child. Dropping it stops it as [`Process::stop`] does, without waiting.
pub(super) struct Process {
    /// What listens for this process in the instance's network.
    pub(super) listening: Listening,
    child: Child,
    /// How it exited, once it has.
    ended: watch::Receiver<Option<String>>,
    has_reported_taken_port: Arc<AtomicBool>,
}

/// What programs write when they cannot listen because another process does: the C library's text
/// (Python, Go, Java) and the name of the error (Node.js).
const PORT_TAKEN: [&str; 2] = ["ddress already in use", "EADDRINUSE"];

impl Process {
    /// `secrets` are removed once the process has exited.
    ///
    /// # Errors
    /// Fails if the guard cannot be started, or if the sandbox cannot show the image.
    pub(super) async fn start(
        sandbox: &Sandbox,
        host: &Host,
        secrets: Option<SecretFiles>,
        source: &Source,
    ) -> io::Result<Self> {
        let mut child = host.launcher.start(sandbox).await?;
        let mut output = JoinSet::new();
        let has_reported_taken_port = Arc::new(AtomicBool::new(false));
        let taken = &has_reported_taken_port;
        if let Some(stdout) = child.stdout.take() {
            let (logs, taken) = (Arc::clone(&host.logs), Arc::clone(taken));
            output.spawn(keep_lines(stdout, logs, source.clone(), Stream::Stdout, taken));
        }
        if let Some(stderr) = child.stderr.take() {
            let (logs, taken) = (Arc::clone(&host.logs), Arc::clone(taken));
            output.spawn(keep_lines(stderr, logs, source.clone(), Stream::Stderr, taken));
        }
        let (end, ended) = watch::channel(None);
        host.tasks.spawn(follow(child.ending(), output, secrets, end));
        let listening = std::mem::take(&mut child.listening);
        Ok(Self { listening, child, ended, has_reported_taken_port })
    }

    /// The instance's network, if it has one of its own.
    pub(super) fn network(&self) -> Option<&OwnNetwork> {
        self.child.network()
    }

    /// Cancelled once it has exited.
    pub(super) fn end(&self, tasks: &TaskTracker) -> CancellationToken {
        let (token, mut ended) = (CancellationToken::new(), self.ended.clone());
        let cancelled = token.clone();
        tasks.spawn(async move {
            // A dropped sender is an end, too.
            let _ = ended.wait_for(Option::is_some).await;
            cancelled.cancel();
        });
        token
    }

    /// Waits until it has exited, and returns how.
    pub(super) async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(how) => how.clone().unwrap_or_default(),
            Err(_) => "the process exited".to_owned(),
        }
    }

    /// Whether its output says so. Complete once it has exited.
    pub(super) fn found_its_port_taken(&self) -> bool {
        self.has_reported_taken_port.load(Ordering::Relaxed)
    }

    /// Sends SIGTERM, and SIGKILL after the grace period. Returns once the process has exited.
    pub(super) async fn stop(&self) {
        if let Err(error) = self.child.stop().await {
            tracing::warn!(%error, "cannot stop an instance");
        }
        self.ended().await;
    }
}

/// Waits for the end of a process and of its output, and removes its secrets.
async fn follow(
    ending: Ending,
    mut output: JoinSet<()>,
    secrets: Option<SecretFiles>,
    end: watch::Sender<Option<String>>,
) {
    let ended = ending.wait().await;
    let read_to_the_end = async { while output.join_next().await.is_some() {} };
    if tokio::time::timeout(OUTPUT_GRACE, read_to_the_end).await.is_err() {
        tracing::debug!("an ended instance's output is still open in another process");
        output.abort_all();
    }
    drop(secrets);
    end.send_replace(Some(
        ended.map_or_else(|| "the process exited".to_owned(), |ended| how(&ended)),
    ));
}

fn how(Ended { status, exceeded }: &Ended) -> String {
    match exceeded {
        // In Google's words, which operators search for.
        Some(Exceeded::Memory(limit)) => format!(
            "out of memory: Memory limit of {} MiB exceeded ({status}). Consider increasing the memory limit",
            limit >> 20
        ),
        Some(exceeded @ Exceeded::Disk(_)) => format!("{exceeded} ({status})"),
        None => status.to_string(),
    }
}

async fn keep_lines(
    output: impl AsyncRead + Unpin,
    logs: Arc<LogStore>,
    source: Source,
    stream: Stream,
    has_reported_taken_port: Arc<AtomicBool>,
) {
    let mut lines = Lines::new(output, OUTPUT_BOUNDS);
    loop {
        match lines.next().await {
            Ok(Some(Output::Line(line))) => {
                let text = String::from_utf8_lossy(&line);
                let text = text.trim_end_matches(['\n', '\r']);
                if PORT_TAKEN.iter().any(|report| text.contains(report)) {
                    has_reported_taken_port.store(true, Ordering::Relaxed);
                }
                if !text.is_empty() {
                    logs.write(&source, stream, text);
                }
            }
            Ok(Some(Output::Cut)) => {}
            Ok(None) => return,
            Err(error) => {
                tracing::debug!(%error, "cannot read any more output of an instance");
                return;
            }
        }
    }
}
