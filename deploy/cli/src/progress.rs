//! Showing what happens: on a terminal a line for each function that changes in place, elsewhere a plain line for each step.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use longshore_messages::{DeploymentFinished, Failure, FailureClass, Outcome};

use crate::follow::Seen;
use crate::output;

/// Time between two pictures of the moving part of a line.
const TICK: Duration = Duration::from_millis(100);

/// The display of one command.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
}

/// The line of one function.
pub(crate) struct Line {
    name: String,
    begun: Instant,
    bar: Option<ProgressBar>,
    bars: Option<MultiProgress>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { bars: output::is_terminal().then(MultiProgress::new) }
    }

    pub(crate) fn line(&self, name: &str) -> Line {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        Line { name: name.to_owned(), begun: Instant::now(), bar, bars: self.bars.clone() }
    }
}

impl Line {
    /// Says what is being done now.
    pub(crate) fn step(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None => self.print(text),
        }
    }

    pub(crate) fn seen(&self, seen: &Seen) {
        match seen {
            Seen::Uploaded(uploaded) => {
                let (generation, source) = (uploaded.deployment.generation, &uploaded.source);
                let digest = source.sha256.get(..12).unwrap_or(&source.sha256);
                self.step(&format!("admitted as generation {generation}; source {digest} stored ({} bytes)", source.size_bytes));
            }
            Seen::Building(submitted) => self.step(&format!("waiting for build {}", short(&submitted.build.build.to_string()))),
            Seen::Published(published) => {
                self.step(&format!("image {} published; waiting for the service", short(&published.image.digest)));
            }
            Seen::Finished(finished) => self.finish(finished),
        }
    }

    fn finish(&self, finished: &DeploymentFinished) {
        let text = match &finished.outcome {
            Outcome::Deployed(serving) => format!("deployed revision {} at {}", serving.revision, serving.url),
            Outcome::Unchanged(serving) => format!("unchanged: revision {} serves at {}", serving.revision, serving.url),
            Outcome::Failed(failure) => format!("failed in {}: {}", failure.stage, failure.reason),
            Outcome::Superseded { by } => match by {
                Some(by) => format!("superseded by deployment {by}"),
                None => "superseded by a newer deployment".to_owned(),
            },
            Outcome::Cancelled => "cancelled".to_owned(),
        };
        self.end(&text);
        if let Outcome::Failed(failure) = &finished.outcome {
            self.explain(failure);
        }
    }

    /// Says the last word of this line.
    pub(crate) fn end(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.print(text);
    }

    fn print(&self, text: &str) {
        self.say(&format!("{:>7.2}s  {}  {text}", self.begun.elapsed().as_secs_f64(), self.name));
    }

    /// What went wrong, where, and what to do.
    fn explain(&self, failure: &Failure) {
        let fault = match failure.class {
            FailureClass::User => "the request or its source",
            FailureClass::System => "the platform or the fleet",
        };
        self.say(&format!("    stage   {}", failure.stage));
        self.say(&format!("    code    {} (the fault lies with {fault})", failure.code));
        self.advise(&failure.advice);
        if !failure.log_tail.is_empty() {
            self.say("    the log ends with:");
            for line in &failure.log_tail {
                self.say(&format!("      {line}"));
            }
        }
        if !failure.log_url.is_empty() {
            self.say(&format!("    log     {}", failure.log_url));
        }
    }

    /// Says what to do next.
    pub(crate) fn advise(&self, advice: &str) {
        self.say(&format!("    advice  {advice}"));
    }

    /// Says something above the lines that still move.
    fn say(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| output::say(text)),
            None => output::say(text),
        }
    }
}

/// The first twelve characters of what follows the algorithm's name.
fn short(digest: &str) -> &str {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    digits.get(..12).unwrap_or(digits)
}
