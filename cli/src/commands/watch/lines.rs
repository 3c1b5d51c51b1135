//! The form without a terminal: a line for each change, as text or JSON.

use std::sync::Arc;

use longshore_console_model::index::entry::{Entry, State};
use longshore_console_model::why;
use longshore_console_model::words::{count, span};
use longshore_messages::{BatchId, DeploymentId};
use serde::Serialize;
use time::OffsetDateTime;

use super::app::filter_of;
use super::changes::{Change, Changes};
use super::feed::Feed;
use crate::error::CliError;
use crate::output::{self, Output, Text};
use crate::time_text::rfc3339;
use crate::{exit, stop};

/// A change in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
enum Line {
    /// A deployment is in another state, or is slow in this one.
    Deployment {
        at: String,
        deployment: DeploymentId,
        function: Option<String>,
        requester: String,
        batch: Option<BatchId>,
        /// `in-progress`, `parked`, or how it ended.
        state: String,
        /// The stage that handles it, or that it failed in.
        stage: Option<String>,
        is_slow: bool,
        /// Seconds since the request.
        seconds: f64,
        revision: Option<String>,
        code: Option<String>,
        /// Why it failed, or what a slow one waits for.
        reason: Option<String>,
    },
    /// A batch has come further, was paused or continued, or has ended.
    Batch {
        at: String,
        batch: BatchId,
        name: String,
        /// `running` or `paused`, or how it ended.
        state: String,
        functions: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        waiting: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        in_flight: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        done: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        failed: Option<usize>,
    },
}

/// Prints changes until a signal, or until the reader closes the output.
pub(super) async fn run(
    mut feed: Feed,
    fleet: &str,
    filter: &str,
    output: Output,
) -> Result<u8, CliError> {
    let filter = filter_of(filter);
    let mut changes = Changes::since(OffsetDateTime::now_utc());
    let mut problem = None;
    let mut stopping = std::pin::pin!(stop::asked());
    output::say(format!("watching {fleet}; Ctrl-C stops"));
    loop {
        tokio::select! {
            changed = feed.seen.changed() => {
                // The reader ends only by a bug.
                if changed.is_err() {
                    return Ok(exit::FAILED);
                }
            }
            () = &mut stopping => return Ok(exit::OK),
        }
        let snapshot = Arc::clone(&feed.seen.borrow_and_update().snapshot);
        if snapshot.problem != problem {
            problem.clone_from(&snapshot.problem);
            if let Some(problem) = &problem {
                output::say(format!("the ledger cannot be read: {problem}"));
            }
        }
        for change in changes.next(&snapshot, &filter, OffsetDateTime::now_utc()) {
            let reason = match &change {
                Change::Slow { entry, .. } => why::of(&feed.ledger, entry.id).await.ok().flatten(),
                Change::Moved { .. } | Change::Batch { .. } | Change::BatchEnded { .. } => None,
            };
            let line = Line::of(change, reason);
            if output::line(output, &line, Line::text)?.is_break() {
                return Ok(exit::OK);
            }
        }
    }
}

impl Line {
    fn of(change: Change, waits_for: Option<String>) -> Self {
        match change {
            Change::Moved { at, entry, state } => Self::deployment(at, &entry, &state, false, None),
            Change::Slow { at, entry } => {
                Self::deployment(at, &entry, &entry.state, true, waits_for)
            }
            Change::Batch { at, id, name, functions, feeding } => Self::Batch {
                at: rfc3339(at),
                batch: id,
                name,
                state: if feeding.is_paused { "paused" } else { "running" }.to_owned(),
                functions,
                waiting: Some(feeding.waiting),
                in_flight: Some(feeding.in_flight),
                done: Some(feeding.done),
                failed: Some(feeding.failed),
            },
            Change::BatchEnded { at, id, name, functions, outcome } => Self::Batch {
                at: rfc3339(at),
                batch: id,
                name,
                state: outcome,
                functions,
                waiting: None,
                in_flight: None,
                done: None,
                failed: None,
            },
        }
    }

    fn deployment(
        at: OffsetDateTime,
        entry: &Entry,
        state: &State,
        is_slow: bool,
        waits_for: Option<String>,
    ) -> Self {
        // What is known of the end belongs to the end, and not to the states before it.
        let cause = entry.cause.as_ref().filter(|_| *state == State::Failed);
        let stage = state.stage().map(|stage| stage.as_str().to_owned());
        Self::Deployment {
            at: rfc3339(at),
            deployment: entry.id,
            function: entry.function.as_ref().map(ToString::to_string),
            requester: entry.requester.clone(),
            batch: entry.batch,
            state: state.word().to_owned(),
            stage: stage.or_else(|| cause.map(|cause| cause.stage.clone())),
            is_slow,
            seconds: (at - entry.requested_at).as_seconds_f64().max(0.0),
            revision: entry.revision.clone().filter(|_| !state.is_open()),
            code: cause.map(|cause| cause.code.clone()),
            reason: waits_for.or_else(|| cause.map(|cause| cause.reason.clone())),
        }
    }

    /// The time, what it is about, the state, and what else there is to say.
    fn text(&self) -> Text {
        match self {
            Self::Deployment {
                at,
                deployment,
                function,
                state,
                stage,
                is_slow,
                seconds,
                revision,
                code,
                reason,
                ..
            } => {
                let function = function.as_deref().unwrap_or("?");
                let mut text = format!("{at}  {deployment}  {function}  {state}");
                text.extend(stage.iter().map(|stage| format!(" in {stage}")));
                if *is_slow {
                    text.push_str(", slow");
                }
                if *seconds > 0.0 {
                    let took = span(time::Duration::seconds_f64(*seconds));
                    text.push_str(&format!(" after {took}"));
                }
                for more in [revision.as_ref(), code.as_ref(), reason.as_ref()] {
                    let more = more.and_then(|more| more.lines().next());
                    text.extend(more.into_iter().flat_map(|more| [": ", more]));
                }
                Text::line(&text)
            }
            Self::Batch { at, batch, name, state, functions, waiting, in_flight, done, failed } => {
                let name = if name.is_empty() { String::new() } else { format!(" {name}") };
                let mut text = format!("{at}  batch {batch}{name}  {state}");
                let counts = [
                    (done, "done"),
                    (failed, "failed"),
                    (in_flight, "in flight"),
                    (waiting, "waiting"),
                ];
                for (number, word) in counts {
                    text.extend(number.map(|number| format!(", {} {word}", count(number))));
                }
                text.push_str(&format!(" of {}", count(*functions)));
                Text::line(&text)
            }
        }
    }
}

#[cfg(test)]
mod tests;
