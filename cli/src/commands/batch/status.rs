//! `longshore batch status` and `longshore batch watch`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use longshore_ledger::ListedBatch;
use longshore_messages::BatchId;
use serde::Serialize;
use time::OffsetDateTime;

use super::parse;
use crate::acting;
use crate::batch::{self, BatchStatus};
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output::{self, Cell, Output, Table, Text};
use crate::time_text::{ago, rfc3339};
use crate::{exit, stop};

/// Time between two looks at a batch: as often as its progress is written.
const POLL: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Id of the batch
    batch: Option<String>,
    /// Follow the batch until it ends, as `watch` does
    #[arg(long, short, requires = "batch")]
    follow: bool,
}

/// A batch in the list of all, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    batch: BatchId,
    name: String,
    state: String,
    ended: bool,
    functions: usize,
    started_at: String,
}

pub(super) async fn run(
    args: StatusArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    if let Some(id) = args.batch {
        let id = parse(&id)?;
        if args.follow {
            return follow(&target, id, output).await;
        }
        let mut status = batch::status(&target, id).await?;
        let targets = BTreeSet::from([status.batch.to_string()]);
        status.actions = acting::done_to(&target, &targets).await?;
        output::result(output, &status, batch::human)?;
        return Ok(exit::OK);
    }
    let mut listed = Vec::new();
    for one in target.ledger.list_batches().await.map_err(CliError::ledger)? {
        listed.push(Listed::of(&target, one).await?);
    }
    output::result(output, &listed, |listed| table(listed))?;
    if listed.is_empty() {
        output::say("no batches yet; `longshore batch start MANIFEST` starts one");
    }
    Ok(exit::OK)
}

impl Listed {
    /// Reads the progress of a batch only if it has not ended.
    async fn of(target: &CloudTarget, one: ListedBatch) -> Result<Self, CliError> {
        let ListedBatch { id, name, functions, accepted_at, outcome } = one;
        let ended = outcome.is_some();
        let state = match outcome {
            Some(outcome) => outcome,
            None => {
                let progress = target.ledger.batch_progress(id).await.map_err(CliError::ledger)?;
                progress.map_or("", |(progress, _)| progress.control.as_str()).to_owned()
            }
        };
        let started_at = rfc3339(accepted_at);
        Ok(Self { batch: id, name, state, ended, functions, started_at })
    }
}

fn table(listed: &[Listed]) -> Text {
    if listed.is_empty() {
        return Text::default();
    }
    let now = OffsetDateTime::now_utc();
    let mut table = Table::headed(["BATCH", "STATE", "FUNCTIONS", "STARTED", "NAME"]);
    for one in listed {
        let started =
            OffsetDateTime::parse(&one.started_at, &time::format_description::well_known::Rfc3339);
        table.row([
            one.batch.to_string().into(),
            Cell::new(&one.state, batch::tone(&one.state)),
            one.functions.to_string().into(),
            started.map_or_else(|_| "-".to_owned(), |at| ago(at, now)).into(),
            one.name.as_str().into(),
        ]);
    }
    table.text(output::stdout_is_coloured())
}

pub(super) async fn watch(
    id: BatchId,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    follow(&target, id, output).await
}

/// Says how far a batch is whenever that changes, until it has ended. Ctrl-C ends the command, and not
/// the batch.
pub(super) async fn follow(
    target: &CloudTarget,
    id: BatchId,
    output: Output,
) -> Result<u8, CliError> {
    let mut last = String::new();
    loop {
        let status = batch::status(target, id).await?;
        let now = format!("{}: {}", status.state, batch::counts(&status));
        if now != last && !status.ended {
            let expected = status.takes_seconds.map(batch::minutes);
            let expected = expected.map(|all| format!("; expected to take {all} in all"));
            output::say(format!("{now}{}", expected.unwrap_or_default()));
            last = now;
        }
        if status.ended {
            output::result(output, &status, batch::human)?;
            return Ok(code(&status));
        }
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = stop::asked() => {
                output::say(format!("the batch continues; `longshore batch watch {id}` follows it"));
                return Ok(exit::INTERRUPTED);
            }
        }
    }
}

/// The exit code for a batch: of one that has ended, whether every function is what it requests.
pub(super) fn code(status: &BatchStatus) -> u8 {
    if status.ended && !status.is_good() { exit::NOT_DEPLOYED } else { exit::OK }
}
