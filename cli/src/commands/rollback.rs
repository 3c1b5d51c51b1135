//! `longshore rollback`: takes one function back to an earlier deployment.

use std::path::PathBuf;

use clap::Args;
use longshore_messages::{DeploymentFinished, DeploymentId, Failure, Flavour, Outcome};
use serde::Serialize;

use crate::acting::ActingArgs;
use crate::cloud_target::CloudTarget;
use crate::deploying::publish;
use crate::deployment::parse;
use crate::error::CliError;
use crate::exit;
use crate::follow::follow;
use crate::output::{self, Output, Text};
use crate::progress::Progress;
use crate::rollback::{self, Found, To};
use crate::stop;

const HELP: &str = "\
Examples:
  longshore rollback hello                     to the previous deployment
  longshore rollback hello --to hello-00007-abc --reason \"errors since noon\"
  longshore rollback hello --deployment 4f1c2b…
  longshore rollback hello --rebuild           a function of the Cloud Functions API

A rollback is a deployment of its own, with a new generation. The service gets the
image of the earlier deployment by its digest, without a build, and its settings,
triggers, callers and traffic. Settings that its request left unset are those of its
revision. Later deployments serve as usual, and a second rollback undoes the first.

If the fleet has no earlier deployment of the function, the rollback restores the
revision that another tool had deployed.

The Cloud Functions API cannot serve an image that exists. With `--rebuild`, the
recorded source is built again, which takes as long as a deployment, and may
resolve other dependencies.

`longshore describe FUNCTION` lists the deployments and revisions, and who rolled
back and why. The reason, of at most 200 characters, is part of the request as well.

Exit codes: 0 the earlier version serves; 2 it does not; 1 no such function, or
nothing to roll back to; 64 not a deployment id; 69 no cloud; 130 interrupted, and
the rollback continues.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct RollbackArgs {
    /// Function, as NAME or PROJECT/REGION/NAME
    pub(crate) function: String,
    /// Revision to roll back to [default: the previous one]
    #[arg(long, value_name = "REVISION", conflicts_with = "deployment")]
    pub(crate) to: Option<String>,
    /// Deployment to roll back to
    #[arg(long, value_name = "ID")]
    pub(crate) deployment: Option<String>,
    #[command(flatten)]
    pub(crate) acting: ActingArgs,
    /// Build the recorded source again; only for functions of the Cloud Functions API
    #[arg(long)]
    pub(crate) rebuild: bool,
}

/// A rollback in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RolledBack {
    function: String,
    /// The deployment that is the rollback.
    deployment: DeploymentId,
    to: Aim,
    outcome: String,
    url: Option<String>,
    /// The revision that the rollback made.
    revision: Option<String>,
    failure: Option<Failure>,
}

/// What a function went back to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Aim {
    /// The revision of that time.
    revision: String,
    deployment: DeploymentId,
    /// Whether it is the revision of another tool, from before that deployment.
    before: bool,
}

pub(crate) async fn run(
    args: RollbackArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let to = match (args.to, args.deployment) {
        (Some(revision), _) => To::Revision(revision),
        (None, Some(id)) => To::Deployment(parse(&id)?),
        (None, None) => To::Previous,
    };
    let target = CloudTarget::find(data_dir).await?;
    let at = target.function(&args.function);
    let head = target.ledger.head(&at).await.map_err(CliError::ledger)?;
    let head = head.ok_or_else(|| CliError::NoFunction(at.to_string()))?;
    let mut found = rollback::find(&target, &at, head.deployment, &to).await?;
    if found.flavour == Flavour::Functions && !args.rebuild {
        return Err(CliError::NeedsRebuild(at.to_string()));
    }
    found.earlier.reason = args.acting.reason.clone().unwrap_or_default();
    // The fleet refuses it in the other flavour.
    found.earlier.rebuild = args.rebuild;
    let progress = Progress::new(1);
    let line = progress.line(&at.to_string());
    let id = publish(&target, rollback::specification(&at, &found)).await?;
    let result = format!("to revision {} as {id}", found.revision);
    args.acting.note(&target, "rollback", at.to_string(), result).await;
    line.step(&format!("going back to revision {} as deployment {id}", found.revision));
    let followed = tokio::select! {
        followed = follow(&target, id, None, || 1, |seen| line.seen(seen)) => followed,
        () = stop::asked() => {
            output::say(format!(
                "interrupted; the rollback continues: `longshore status {id} --follow`"
            ));
            return Ok(exit::INTERRUPTED);
        }
    };
    let rolled_back = RolledBack::of(found, id, followed?);
    output::result(output, &rolled_back, |rolled_back| {
        Text::from(rolled_back.url.clone().map(|url| format!("{url}\n")).unwrap_or_default())
    })?;
    Ok(if rolled_back.url.is_some() { exit::OK } else { exit::NOT_DEPLOYED })
}

impl RolledBack {
    fn of(found: Found, id: DeploymentId, finished: DeploymentFinished) -> Self {
        let Found { earlier, revision, .. } = found;
        let to = Aim { revision, deployment: earlier.deployment, before: earlier.before };
        let outcome = finished.outcome.as_str().to_owned();
        let (url, revision, failure) = match finished.outcome {
            Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
                (Some(serving.url), Some(serving.revision), None)
            }
            Outcome::TrafficPinned { ready, .. } => (None, Some(ready.revision), None),
            Outcome::Failed(failure) => (None, None, Some(failure)),
            Outcome::Superseded { .. } | Outcome::Cancelled => (None, None, None),
        };
        Self { function: finished.function, deployment: id, to, outcome, url, revision, failure }
    }
}
