//! `longshore batch start` and `longshore batch retry`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use longshore_messages::{BatchId, Defaults, Function};

use super::plan::changes;
use super::status::follow;
use super::{ControlArgs, ManifestArgs, status};
use crate::batch::{
    self, BatchStatus, BatchToStart, Expected, Known, KnownSource, Manifest, Member,
};
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output, Text};
use crate::preflight::{self, preflight};

/// Longest wait for batch-feeder to accept a batch. After it the batch is still accepted as soon as
/// the worker runs.
const ACCEPTED_WITHIN: Duration = Duration::from_secs(30);

/// Time between two looks whether a batch is accepted.
const ACCEPTED_POLL: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Identity of the batch [default: computed from its content]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Follow the batch until it ends
    #[arg(long, short)]
    watch: bool,
    /// Skip the checks for problems that would make deployments fail
    #[arg(long)]
    no_preflight: bool,
}

pub(super) async fn run(
    args: StartArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let manifest = match batch::read(&args.manifest.manifest, &target.defaults()) {
        Ok(manifest) => manifest,
        Err(problems) => {
            batch::say(&problems);
            return Ok(exit::USAGE);
        }
    };
    if !args.no_preflight {
        let findings = preflight(&target, &manifest.settings, &manifest.specifications()).await?;
        preflight::say(&findings);
        if preflight::is_refused(&findings) {
            output::say("nothing is uploaded or requested; `--no-preflight` starts it anyway");
            output::result(output, &findings, |_| Text::default())?;
            return Ok(exit::NOT_DEPLOYED);
        }
    }
    let functions = batch::upload(&target, &manifest, |step| output::say(step)).await?;
    let id = args.id.as_deref();
    let start = batch::request(&target, &manifest.settings, &functions, None, id).await?;
    let (id, count) = (start.id, functions.len());
    note_forecast(&target, id, &manifest, &functions).await?;
    let status = begin(&target, start, count).await?;
    finish(&target, id, status, args.watch, output).await
}

/// Notes what the batch is expected to take, before it begins, for what follows and reports it. Only
/// the first start of a batch has an effect.
async fn note_forecast(
    target: &CloudTarget,
    id: BatchId,
    manifest: &Manifest,
    functions: &[Function],
) -> Result<(), CliError> {
    let found = batch::found(target, manifest).await?;
    // What is uploaded has a name that its content decides.
    let sources: Vec<_> =
        functions.iter().map(|one| KnownSource::Named(one.source.clone())).collect();
    let changes = changes(functions.iter(), &found, &sources);
    let members = functions.iter().zip(&changes).map(|(function, (change, is_built))| Member {
        function,
        change,
        is_built: *is_built,
    });
    let parts = batch::parts(target, &manifest.settings, members, Known::default()).await;
    output::say(format!("forecast: {}", Expected::of(&parts).text()));
    target.ledger.write_batch_forecast(id, &parts).await.map_err(CliError::ledger)
}

/// Publishes the request of a batch, and waits until it is accepted. `None`: it is not accepted yet.
pub(super) async fn begin(
    target: &CloudTarget,
    start: BatchToStart,
    functions: usize,
) -> Result<Option<BatchStatus>, CliError> {
    let id = start.id;
    if let Ok(before) = batch::status(target, id).await {
        let state = &before.state;
        output::say(format!("batch {id} was started before and is {state}; nothing is started"));
        return Ok(Some(before));
    }
    batch::publish(target, start).await?;
    output::say(format!("batch {id} of {functions} functions is requested"));
    let accepted = async {
        loop {
            match batch::status(target, id).await {
                Err(CliError::NoBatch(_)) => tokio::time::sleep(ACCEPTED_POLL).await,
                status => return status,
            }
        }
    };
    match tokio::time::timeout(ACCEPTED_WITHIN, accepted).await {
        Ok(status) => status.map(Some),
        Err(_) => {
            output::say(
                "it is accepted as soon as batch-feeder runs; `longshore batch status` then shows \
                 it",
            );
            Ok(None)
        }
    }
}

pub(super) async fn finish(
    target: &CloudTarget,
    id: BatchId,
    status: Option<BatchStatus>,
    watch: bool,
    output: Output,
) -> Result<u8, CliError> {
    match status {
        Some(status) if watch && !status.ended => follow(target, id, output).await,
        Some(status) => {
            output::result(output, &status, batch::human)?;
            if !status.ended {
                output::say(format!("`longshore batch watch {id}` follows it"));
            }
            Ok(status::code(&status))
        }
        None => Ok(exit::FAILED),
    }
}

pub(super) async fn retry(
    args: &ControlArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let id = args.id.id()?;
    let target = CloudTarget::find(data_dir).await?;
    let before = batch::status(&target, id).await?;
    if !before.ended {
        return Err(CliError::BatchRuns(id.to_string()));
    }
    let (accepted, progress) =
        tokio::join!(target.ledger.batch(id), target.ledger.batch_progress(id));
    let (accepted, progress) =
        (accepted.map_err(CliError::ledger)?, progress.map_err(CliError::ledger)?);
    let (Some(accepted), Some((progress, _))) = (accepted, progress) else {
        return Err(CliError::NoBatch(id.to_string()));
    };
    let members = target.ledger.batch_members(id, &accepted).await.map_err(CliError::ledger)?;
    let again = members
        .into_iter()
        .zip(&progress.members)
        .filter_map(|(request, state)| state.is_retried().then_some(request.function).flatten());
    let functions = again.map(|spec| Function::from_proto(spec, &Defaults::default()));
    let functions = functions.collect::<Result<Vec<_>, _>>().map_err(CliError::Invalid)?;
    if functions.is_empty() {
        output::say(format!("nothing of batch {id} is left to retry"));
        return Ok(exit::OK);
    }
    // One retry of a batch, however often it is started. That one can be retried in turn.
    let ce_id = format!("retry/{id}");
    let start =
        batch::request(&target, &accepted.settings, &functions, Some(id), Some(&ce_id)).await?;
    let (again, count) = (start.id, functions.len());
    let status = begin(&target, start, count).await?;
    args.acting.note(&target, "batch-retry", id.to_string(), format!("as {again}")).await;
    finish(&target, again, status, false, output).await
}
