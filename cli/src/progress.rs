//! Progress of the deployments of one command.
//!
//! On a terminal the display is updated in place: one row for each deployment in progress or, with
//! many functions, a summary and the rows that fit. Elsewhere every step is printed as a line.

mod deployment_rows;
mod excerpt;
mod explain;
mod words;

use std::sync::Arc;
use std::time::{Duration, Instant};

use longshore_messages::{DeploymentFinished, Failure, Outcome};
use parking_lot::{Mutex, MutexGuard};

use crate::follow::Seen;
use crate::output::{self, Text, Tone, paint};
use crate::pinned;

use deployment_rows::{DeploymentRows, FEW, cut};
pub(crate) use words::reason;

/// Time between two redraws, short enough for the spinner to move.
const TICK: Duration = Duration::from_millis(100);

/// Maximum length of a printed line. A build tool may print megabytes without a newline.
const LINE_MAX: usize = 1_000;

/// Indentation of the lines after the first of a printed text: nothing that others wrote begins
/// where a line of this program begins.
const CONTINUED: usize = 6;

/// The display of one command. Dropping it removes the display from the terminal.
pub(crate) struct Progress {
    shared: Arc<Shared>,
    ticking: Option<tokio::task::JoinHandle<()>>,
}

struct Shared {
    rows: Mutex<DeploymentRows>,
    begun: Instant,
    /// Whether the display is on a terminal.
    is_live: bool,
    coloured: bool,
}

/// The progress of one function.
pub(crate) struct Line {
    name: String,
    index: usize,
    begun: Instant,
    shared: Arc<Shared>,
}

impl Progress {
    /// A display for `total` functions.
    pub(crate) fn new(total: usize) -> Self {
        let shared = Arc::new(Shared {
            rows: Mutex::new(DeploymentRows::new(total)),
            begun: Instant::now(),
            is_live: output::is_terminal(),
            coloured: output::stderr_is_coloured(),
        });
        let ticking = shared.is_live.then(|| tokio::spawn(tick(Arc::clone(&shared))));
        Self { shared, ticking }
    }

    pub(crate) fn line(&self, name: &str) -> Line {
        let index = self.shared.rows().add(name);
        Line {
            name: name.to_owned(),
            index,
            begun: Instant::now(),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(ticking) = &self.ticking {
            ticking.abort();
            // Closed under the lock, so that a last tick does not draw the rows again.
            let mut rows = self.shared.rows();
            rows.close();
            output::show(Vec::new());
        }
    }
}

async fn tick(shared: Arc<Shared>) {
    loop {
        shared.draw();
        tokio::time::sleep(TICK).await;
    }
}

impl Shared {
    fn rows(&self) -> MutexGuard<'_, DeploymentRows> {
        self.rows.lock()
    }

    fn draw(&self) {
        let rows = self.rows();
        let (columns, height) = output::columns_and_rows();
        output::show(rows.render(columns, height, self.begun.elapsed(), self.coloured));
    }
}

impl Line {
    /// Shows the current step.
    pub(crate) fn step(&self, text: &str) {
        self.shared.rows().step(self.index, text);
        if !self.shared.is_live {
            self.print(bounded(text));
        }
    }

    pub(crate) fn seen(&self, seen: &Seen) {
        match seen {
            Seen::Uploaded(uploaded) => self.step(&words::uploaded(uploaded)),
            Seen::Building(submitted, runtime) => {
                self.step(&words::building(submitted, runtime.as_deref()));
            }
            Seen::Published(published) => self.step(&words::published(published)),
            Seen::Finished(finished) => self.finish(finished),
        }
    }

    fn finish(&self, finished: &DeploymentFinished) {
        let outcome = &finished.outcome;
        self.end(outcome.as_str(), words::tone(outcome), &words::outcome(outcome));
        match outcome {
            Outcome::Failed(failure) => self.explain(failure, &finished.function),
            Outcome::TrafficPinned { traffic, .. } => self.advise(&pinned::advice(traffic)),
            Outcome::Deployed(_)
            | Outcome::Unchanged(_)
            | Outcome::Superseded { .. }
            | Outcome::Cancelled => {}
        }
    }

    /// Prints the outcome.
    pub(crate) fn end(&self, outcome: &'static str, tone: Tone, rest: &str) {
        let many = self.shared.is_live && {
            let mut rows = self.shared.rows();
            rows.end(self.index, outcome);
            rows.total() > FEW
        };
        if !many || tone == Tone::Bad {
            let mut text = paint(tone, outcome, self.shared.coloured);
            text.push(bounded(rest));
            self.print(text);
        }
    }

    fn print(&self, text: Text) {
        let passed = self.begun.elapsed().as_secs_f64();
        let mut line = Text::from(format!("{passed:>7.2}s  "));
        line.push(Text::line(&self.name));
        line.push("  ");
        line.push(text.indented(CONTINUED));
        output::say(line);
    }

    fn explain(&self, failure: &Failure, function: &str) {
        explain::failure(failure, function, &mut |line| self.detail(line));
    }

    /// Prints what the user can do next.
    pub(crate) fn advise(&self, advice: &str) {
        self.detail(&format!("advice  {advice}"));
    }

    /// Prints something that the user may not expect.
    pub(crate) fn note(&self, note: &str) {
        self.print(bounded(&format!("note: {note}")));
    }

    fn detail(&self, line: &str) {
        let mut text = Text::from("    ");
        text.push(bounded(line).indented(CONTINUED));
        output::say(text);
    }
}

/// A text in which every line has its maximum length.
fn bounded(text: &str) -> Text {
    let lines: Vec<String> = text.split('\n').map(|line| cut(line, LINE_MAX)).collect();
    lines.join("\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut() {
        let long = "x".repeat(LINE_MAX + 1);
        let shown = bounded(&format!("short\n{long}\n\x1b"));
        let lines: Vec<&str> = shown.as_str().lines().collect();
        assert_eq!((lines[0], lines[2]), ("short", "\\x1b"));
        assert_eq!(lines[1].chars().count(), LINE_MAX);
        assert!(lines[1].ends_with("x…"));
    }
}
