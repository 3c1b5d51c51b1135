//! `longshore batch rollback`: takes the functions that a batch deployed back to what they were.

use std::path::PathBuf;

use super::IdArgs;
use super::start::{begin, finish};
use crate::acting::ActingArgs;
use crate::batch::{self, MemberOf};
use crate::cloud_target::{CloudTarget, READS_AT_ONCE};
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};
use crate::rollback::{self, To};
use crate::stages::finished;
use clap::Args;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_ledger::MemberState;
use longshore_messages::{
    BatchId, BatchSettings, Defaults, Flavour, Function, FunctionRef, Outcome,
};

#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    batch: IdArgs,
    /// Only the functions of this wave, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    wave: Option<u64>,
    /// Only this function, as NAME or PROJECT/REGION/NAME; can be repeated
    #[arg(long = "member", value_name = "NAME")]
    members: Vec<String>,
    #[command(flatten)]
    acting: ActingArgs,
    /// Build the recorded sources of functions of the Cloud Functions API again
    #[arg(long)]
    rebuild: bool,
    /// Follow the rollback until it ends
    #[arg(long, short)]
    watch: bool,
}

/// A function that stays as it is.
struct Left {
    function: String,
    reason: String,
}

pub(super) async fn run(
    args: RollbackArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let id: BatchId = args.batch.id()?;
    let target = CloudTarget::find(data_dir).await?;
    let before = batch::status(&target, id).await?;
    if !before.ended {
        return Err(CliError::BatchRuns(id.to_string()));
    }
    let accepted = target.ledger.batch(id).await.map_err(CliError::ledger)?;
    let accepted = accepted.ok_or_else(|| CliError::NoBatch(id.to_string()))?;
    let members = deployed(&target, id, &args).await?;
    let judged = stream::iter(members).map(|member| judge(&target, member, &args));
    let judged: Vec<Result<Function, Left>> = judged.buffered(READS_AT_ONCE).try_collect().await?;
    let (functions, left): (Vec<_>, Vec<_>) = judged.into_iter().partition(Result::is_ok);
    let functions: Vec<Function> = functions.into_iter().flatten().collect();
    for Left { function, reason } in left.iter().filter_map(|one| one.as_ref().err()) {
        output::say(format!("{function} stays as it is: {reason}"));
    }
    if functions.is_empty() {
        output::say(format!("batch {id} has nothing that can be rolled back"));
        return Ok(exit::FAILED);
    }
    let settings = BatchSettings {
        name: name(&accepted.settings.name, id),
        window: accepted.settings.window,
        deadline: accepted.settings.deadline,
        ..BatchSettings::default()
    };
    let start = batch::request(&target, &settings, &functions, None, None).await?;
    let (back, count) = (start.id, functions.len());
    let status = begin(&target, start, count).await?;
    let result = format!("{count} functions, as batch {back}");
    args.acting.note(&target, "batch-rollback", id.to_string(), result).await;
    let code = finish(&target, back, status, args.watch, output).await?;
    Ok(if code == exit::OK && !left.is_empty() { exit::FAILED } else { code })
}

/// The name of the rollback, within the limit of names.
fn name(of: &str, id: BatchId) -> String {
    let of = if of.is_empty() { id.to_string() } else { of.to_owned() };
    format!("rollback of {of}").chars().take(100).collect()
}

/// The functions whose services the batch changed, as far as the arguments name them.
async fn deployed(
    target: &CloudTarget,
    id: BatchId,
    args: &RollbackArgs,
) -> Result<Vec<MemberOf>, CliError> {
    let members = batch::members(target, id).await?;
    let named: Vec<FunctionRef> = args.members.iter().map(|name| target.function(name)).collect();
    let mut deployed = Vec::new();
    for member in members {
        let is_named = named.is_empty() || named.contains(&member.at);
        let is_of_wave = args.wave.is_none_or(|wave| u64::try_from(member.wave) == Ok(wave));
        if !is_named || !is_of_wave {
            continue;
        }
        let is_changed = match member.state {
            MemberState::Deployed | MemberState::TrafficPinned | MemberState::Held => true,
            MemberState::Failed | MemberState::Cancelled | MemberState::Parked => {
                serves(target, &member).await?
            }
            MemberState::Waiting
            | MemberState::Admitted
            | MemberState::Staged
            | MemberState::Releasing
            | MemberState::Unchanged
            | MemberState::Superseded
            | MemberState::NotStarted => false,
        };
        if is_changed {
            deployed.push(member);
        }
    }
    Ok(deployed)
}

/// Whether a revision of a function serves although its deployment failed: then only a trigger was
/// refused, or its traffic was not moved.
async fn serves(target: &CloudTarget, member: &MemberOf) -> Result<bool, CliError> {
    for id in member.release.into_iter().chain([member.deployment]) {
        let outcome = finished(target, id).await?.map(|finished| finished.outcome);
        match outcome {
            Some(Outcome::Failed(failure)) if failure.code == "trigger-refused" => return Ok(true),
            Some(Outcome::TrafficPinned { .. }) => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}

/// The request that takes a function back, or why it stays as it is.
async fn judge(
    target: &CloudTarget,
    member: MemberOf,
    args: &RollbackArgs,
) -> Result<Result<Function, Left>, CliError> {
    let MemberOf { at, deployment, release, .. } = member;
    let left = |reason: String| Ok(Err(Left { function: at.to_string(), reason }));
    let head = target.ledger.head(&at).await.map_err(CliError::ledger)?;
    let newest = head.map(|head| head.deployment);
    if newest != Some(deployment) && (release.is_none() || newest != release) {
        let newest = newest.map(|id| id.to_string()).unwrap_or_default();
        return left(format!("deployment {newest} is newer than the batch"));
    }
    let mut found = match rollback::find(target, &at, deployment, &To::Previous).await {
        Ok(found) => found,
        Err(error @ CliError::NothingEarlier(_)) => return left(error.to_string()),
        Err(error) => return Err(error),
    };
    let is_function = found.flavour == Flavour::Functions;
    if is_function && !args.rebuild {
        return left(
            "its API cannot serve an earlier image; `--rebuild` builds it again".to_owned(),
        );
    }
    found.earlier.reason = args.acting.reason.clone().unwrap_or_default();
    found.earlier.rebuild = is_function;
    let function = Function::from_proto(rollback::specification(&at, &found), &Defaults::default());
    function.map(Ok).map_err(CliError::Invalid)
}
