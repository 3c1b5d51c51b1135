//! `longshore describe`: shows the details of one function.

mod credentials;
mod description;
mod text;
mod triggers;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use longshore_cloud::{LiveTrigger, TriggerShape, Triggers};
use longshore_ledger::Head;
use longshore_messages::{DeploymentId, FunctionRef, Outcome, TriggerKind, TriggerOwner};

use crate::acting;
use crate::build_log::differences;
use crate::cloud_target::CloudTarget;
use crate::deployment::mark_parked;
use crate::error::CliError;
use crate::flavour::{live_function, service_behind};
use crate::function::{Detail, Known, Live, Summary};
use crate::incomplete::{self, noted};
use crate::output::{self, Output};
use crate::stages::{finished, under_way};
use crate::time_text::rfc3339;
use crate::unreadable::{UNREADABLE, Unreadable};

use description::{Description, Past};
use triggers::Trigger;

const HELP: &str = "\
Examples:
  longshore describe hello
  longshore --output json describe hello   `spec` uses the keys of longshore.yaml

Exit codes: 0 success; 1 no such function, or something is unreadable, and
everything else is shown; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct DescribeArgs {
    /// Name of the function
    pub(crate) function: String,
}

/// Maximum number of past deployments to show.
const HISTORY_MAX: usize = 5;

pub(crate) async fn run(
    args: DescribeArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let at = target.function(&args.function);
    let (head, live) = tokio::join!(target.ledger.head(&at), async {
        target.clients.services.get(&at.service()).await
    });
    let service = live.map_err(CliError::ReadService)?;
    let readable = head.as_ref().ok().and_then(Option::as_ref);
    let function = live_function(&target, &at, service.as_ref(), readable).await?;
    let service = match service {
        None => service_behind(&target, &at, function.as_ref()).await?,
        service => service,
    };
    let live = Live { service, function };
    let missing = || CliError::NoFunction(at.to_string());
    let head = head.map_err(CliError::ledger).and_then(|head| head.ok_or_else(missing));
    let mut known =
        Known::read(&target, at.clone(), head, live, Detail::Published, Summary::default()).await?;
    if known.is_gone() {
        return Err(missing());
    }
    let deployments = match &known.head {
        Some(head) => history(&target, head, &mut known.unreadable).await?,
        None => Vec::new(),
    };
    let own = known.function.as_ref().and_then(Trigger::of_function);
    let triggers = own.into_iter().chain(triggers(&target, &at).await?).collect();
    let mut description = Description::of(&known, triggers, deployments);
    description.warnings = differences(&target, &at).await;
    let deployments = description.deployments.iter().map(|past| past.deployment.to_string());
    let targets = deployments.chain([at.to_string()]).collect();
    description.actions = acting::done_to(&target, &targets).await?;
    output::result(output, &description, |description| {
        text::human(description, output::stdout_is_coloured())
    })?;
    Ok(incomplete::say(&description.unreadable))
}

/// What calls the function. An API is asked only if it may have something.
async fn triggers(target: &CloudTarget, at: &FunctionRef) -> Result<Vec<Trigger>, CliError> {
    let kinds = target.ledger.wired(at).await.map_err(CliError::ledger)?.kinds;
    let clients = &target.clients.triggers;
    let (topics, events, schedules, queues) = tokio::join!(
        triggers_of_kind(target, &*clients.topics, at, &kinds),
        triggers_of_kind(target, &*clients.events, at, &kinds),
        triggers_of_kind(target, &*clients.schedules, at, &kinds),
        triggers_of_kind(target, &*clients.queues, at, &kinds),
    );
    let mut all: Vec<Trigger> = topics?.iter().map(Trigger::from).collect();
    all.extend(events?.iter().map(Trigger::from));
    all.extend(schedules?.iter().map(Trigger::from));
    all.extend(queues?.iter().map(Trigger::from));
    Ok(all)
}

async fn triggers_of_kind<S: TriggerShape>(
    target: &CloudTarget,
    client: &dyn Triggers<S>,
    at: &FunctionRef,
    kinds: &BTreeSet<TriggerKind>,
) -> Result<Vec<LiveTrigger<S>>, CliError> {
    if !kinds.contains(&S::KIND) {
        return Ok(Vec::new());
    }
    let owner = TriggerOwner::function(&target.settings.fleet, at);
    client.list(&owner).await.map_err(CliError::Triggers)
}

/// The latest deployments, newest first.
async fn history(
    target: &CloudTarget,
    head: &Head,
    unreadable: &mut Vec<Unreadable>,
) -> Result<Vec<Past>, CliError> {
    let mut history = Vec::new();
    let mut next = Some((head.deployment, head.admission.clone()));
    while let Some((id, admission)) = next.take() {
        let (state, revision, reason) = noted(ending(target, id).await, unreadable)?
            .unwrap_or_else(|| (UNREADABLE.to_owned(), None, None));
        history.push(Past {
            generation: admission.generation,
            deployment: id,
            state,
            admitted_at: rfc3339(admission.admitted_at),
            revision,
            reason,
        });
        if let Some(previous) = admission.previous.filter(|_| history.len() < HISTORY_MAX) {
            let admission = target.ledger.admission(previous).await.map_err(CliError::ledger);
            let admission = noted(admission, unreadable)?.flatten();
            next = admission.map(|admission| (previous, admission));
        }
    }
    let states = history.iter_mut().map(|past| (past.deployment, &mut past.state));
    mark_parked(target, states).await?;
    Ok(history)
}

/// State, revision and failure reason of a deployment.
async fn ending(
    target: &CloudTarget,
    id: DeploymentId,
) -> Result<(String, Option<String>, Option<String>), CliError> {
    if target.ledger.deletion(id).await.map_err(CliError::ledger)?.is_some() {
        return Ok(("deletion".to_owned(), None, None));
    }
    let Some(finished) = finished(target, id).await? else {
        return Ok((under_way(target, id).await?, None, None));
    };
    let state = finished.outcome.as_str().to_owned();
    Ok(match finished.outcome {
        Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
            (state, Some(serving.revision), None)
        }
        Outcome::TrafficPinned { ready, .. } => (state, Some(ready.revision), None),
        Outcome::Failed(failure) => (state, None, Some(failure.reason)),
        Outcome::Superseded { .. } | Outcome::Cancelled => (state, None, None),
    })
}
