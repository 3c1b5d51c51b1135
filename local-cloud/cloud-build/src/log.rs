//! The log of a build: in memory while the build runs, and stored as an object of Cloud Storage.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::credentials::Credentials;
use crate::ports::SourceStore;

/// Minimum time between two writes of the object. On Google, too, an object name accepts about one
/// write a second.
const REWRITE_INTERVAL: Duration = Duration::from_secs(1);

/// Maximum size of a log, which is rewritten as a whole each time. The rest is omitted, and the log
/// says so.
const LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Where the source of a build is on Google, and in the image.
const WORKSPACE: &str = "/workspace";

/// The log of one build, without credentials. Writing to it is cheap.
#[derive(Debug, Default)]
pub(crate) struct BuildLog {
    text: Mutex<Text>,
    changed: Notify,
    credentials: Credentials,
    workspace: OnceLock<String>,
    hidden: OnceLock<&'static str>,
}

#[derive(Debug, Default)]
struct Text {
    content: String,
    full: bool,
}

impl BuildLog {
    /// A log that discards its output, with the same credentials.
    pub(crate) fn quiet(&self) -> Self {
        Self { credentials: self.credentials.clone(), ..Self::default() }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// From now on, shows this directory as [`WORKSPACE`]: compilers name files by their whole paths.
    pub(crate) fn set_workspace(&self, directory: &Path) {
        // A second one would be another build's.
        let _ = self.workspace.set(directory.to_string_lossy().into_owned());
    }

    /// From now on, leaves out this directory in front of its files: tools name them as if they were
    /// not those of the source.
    pub(crate) fn hide(&self, directory: &'static str) {
        // A second one would be another buildpack's.
        let _ = self.hidden.set(directory);
    }

    /// The text without credentials and without the place of the workspace on this machine.
    pub(crate) fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.in_the_image(self.credentials.masked(text))
    }

    fn in_the_image<'a>(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        let text = match self.hidden.get() {
            Some(hidden) if text.contains(hidden) => text.replace(hidden, "").into(),
            Some(_) | None => text,
        };
        match self.workspace.get() {
            Some(directory) if text.contains(directory) => {
                text.replace(directory, WORKSPACE).into()
            }
            Some(_) | None => text,
        }
    }

    pub(crate) fn line(&self, line: impl AsRef<str>) {
        // What is discarded anyway needs no search for credentials.
        if !self.text.lock().full {
            self.masked_line(&self.credentials.masked(line.as_ref()));
        }
    }

    /// Writes a line that was searched for credentials.
    pub(crate) fn masked_line(&self, line: &str) {
        let line = self.in_the_image(line.into());
        let mut text = self.text.lock();
        if text.full {
            return;
        }
        text.full = text.content.len() + line.len() > LIMIT_BYTES;
        let line = if text.full { "(the log is too long; the rest is omitted)" } else { &*line };
        text.content.push_str(line);
        text.content.push('\n');
        drop(text);
        self.changed.notify_one();
    }

    pub(crate) fn text(&self) -> String {
        self.text.lock().content.clone()
    }
}

/// The object that stores a log, and the project and region of its bucket.
#[derive(Clone, Debug)]
pub(crate) struct LogLocation {
    pub(crate) bucket: String,
    pub(crate) object: String,
    pub(crate) project: String,
    pub(crate) region: String,
}

/// Stores the log when it changes, and once more when `done` is cancelled. Failures are only logged
/// here: a build is worth more than its log.
pub(crate) async fn keep_stored(
    log: Arc<BuildLog>,
    store: Arc<dyn SourceStore>,
    location: LogLocation,
    done: CancellationToken,
) {
    let (bucket_store, bucket) = (Arc::clone(&store), location.clone());
    let made = move || bucket_store.ensure_bucket(&bucket.bucket, &bucket.project, &bucket.region);
    report(tokio::task::spawn_blocking(made).await, &location);
    let mut finished = false;
    while !finished {
        tokio::select! {
            () = done.cancelled() => finished = true,
            () = log.changed.notified() => {}
        }
        let (store, to, text) = (Arc::clone(&store), location.clone(), log.text());
        report(
            tokio::task::spawn_blocking(move || {
                store.write_log(&to.bucket, &to.object, text.as_bytes())
            })
            .await,
            &location,
        );
        tokio::select! {
            () = done.cancelled() => {}
            () = tokio::time::sleep(REWRITE_INTERVAL) => {}
        }
    }
}

fn report(written: Result<std::io::Result<()>, tokio::task::JoinError>, location: &LogLocation) {
    let error = match written {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(
        %error,
        bucket = location.bucket,
        object = location.object,
        "cannot store the log of a build"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_workspace_are_shown_as_in_the_image() {
        let log = BuildLog::default();
        log.line("/tmp/build-1/workspace/before");
        log.set_workspace(Path::new("/tmp/build-1/workspace"));
        log.line("/tmp/build-1/workspace/Hello.java:[3,19] cannot find symbol");
        log.line("/tmp/build-1/home");
        log.line("../../scratch/module/before");
        log.hide("../../scratch/module/");
        log.line("../../scratch/module/go.mod:3: unknown directive: x");
        let expected = "/tmp/build-1/workspace/before\n\
                        /workspace/Hello.java:[3,19] cannot find symbol\n/tmp/build-1/home\n\
                        ../../scratch/module/before\ngo.mod:3: unknown directive: x\n";
        assert_eq!(log.text(), expected);
    }

    #[test]
    fn a_log_that_is_too_long_ends_with_a_notice() {
        let log = BuildLog::default();
        log.line("x".repeat(LIMIT_BYTES - 10));
        log.line("this does not fit");
        log.line("nor this");
        let text = log.text();
        assert!(text.contains("the rest is omitted"), "{}", &text[text.len() - 200..]);
        assert!(!text.contains("nor this"));
    }
}
