//! Decides what the state of a function and of its operation mean. Pure.

use std::time::Duration;

use longshore_cloud::refusals::{self, Subject};
use longshore_cloud::{
    Agent, Condition, ConditionState, FunctionProgress, FunctionStage, FunctionState, Kind,
    LiveFunction, OperationEnd, StageName,
};
use longshore_ledger::{ATTEMPTS_MAX, OperatingDeployment, Standing};
use longshore_messages::{CONFIG_LABEL, Failure, FailureClass, OperationStarted, Outcome};
use time::OffsetDateTime;

use crate::NAME;

/// Age of a mark at which no delivery can still be about to write the function: longer than a worker
/// handles a message.
const WRITE_GRACE: Duration = Duration::from_secs(30 * 60);

/// What is known about an operation that was started for a deployment.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) standing: Standing,
    pub(crate) live: Option<LiveFunction>,
    /// The last operation that was begun for the deployment, if the API knows it.
    pub(crate) operation: Option<FunctionProgress>,
    /// The number of operations that were begun for the deployment.
    pub(crate) begun: u32,
}

/// What that means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    NotYet(&'static str),
    /// The function was made what the deployment wants; find its image.
    Ready(Box<LiveFunction>),
    /// The platform failed, for this reason, and the deployment gets another operation.
    TryAgain(String),
    /// The operation failed. The log of the build or of the function belongs to the failure.
    Failed(Box<Failure>, LogOf),
    End(Outcome),
}

/// Whose log explains a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogOf {
    Nothing,
    /// This build, in Cloud Build.
    Build(String),
    /// The function's service.
    Service,
}

pub(crate) fn verdict(started: &OperationStarted, seen: &Seen, now: OffsetDateTime) -> Verdict {
    let is_late = now >= started.deployment.deadline_at;
    let waiting = |reason: &'static str| match is_late {
        true => Verdict::Failed(Box::new(never_ends(started, reason)), LogOf::Nothing),
        false => Verdict::NotYet(reason),
    };
    let end = seen.operation.as_ref().map(|operation| &operation.end);
    if end == Some(&OperationEnd::InProgress) {
        return waiting("the operation is in progress");
    }
    if let Standing::Superseded { by } = seen.standing {
        return Verdict::End(Outcome::Superseded { by: Some(by) });
    }
    if let (Some(operation), Some(OperationEnd::Failed { kind, message })) = (&seen.operation, end)
    {
        let may_succeed = *kind == Kind::ResourceExhausted && operation.is_creation;
        if may_succeed && seen.begun < ATTEMPTS_MAX && !is_late {
            return Verdict::TryAgain(message.clone());
        }
        return failed(started, operation, message, seen.live.as_ref());
    }
    let Some(live) = &seen.live else {
        return Verdict::Failed(Box::new(vanished(started)), LogOf::Nothing);
    };
    if !live.state.is_settled() {
        return waiting("an operation runs on the function");
    }
    if live.generation().is_some_and(|generation| generation > started.deployment.generation) {
        return Verdict::End(Outcome::Superseded { by: live.written_by() });
    }
    if !has_config(live, started) {
        return waiting("an older deployment overwrote the function");
    }
    match live.state {
        FunctionState::Active => Verdict::Ready(Box::new(live.clone())),
        FunctionState::Failed
        | FunctionState::Undefined
        | FunctionState::Deploying
        | FunctionState::Deleting
        | FunctionState::Unknown => {
            let message = live.messages.join("; ");
            let failure = failure(started, None, &message, Some(live));
            Verdict::Failed(Box::new(failure), LogOf::Build(live.build.clone()))
        }
    }
}

/// Whether the function is what the deployment wants, as its label says.
pub(crate) fn has_config(live: &LiveFunction, started: &OperationStarted) -> bool {
    live.shape.labels.get(CONFIG_LABEL) == Some(&started.operation.config.to_string())
}

fn failed(
    started: &OperationStarted,
    operation: &FunctionProgress,
    message: &str,
    live: Option<&LiveFunction>,
) -> Verdict {
    let stage = failed_stage(&operation.stages);
    let failure = failure(started, stage, message, live);
    let log = match stage.map(|stage| stage.name) {
        Some(StageName::Build) => LogOf::Build(operation.build.clone()),
        Some(StageName::Service) => LogOf::Service,
        Some(_) | None => LogOf::Nothing,
    };
    Verdict::Failed(Box::new(failure), log)
}

/// The stage that made an operation fail: the first with an error, or else the first that did not
/// complete. The roll-backs follow from a failure, and are not its reason.
fn failed_stage(stages: &[FunctionStage]) -> Option<&FunctionStage> {
    let forward = || stages.iter().filter(|stage| !is_rollback(stage.name));
    let with_error = forward().find(|stage| !stage.errors.is_empty());
    with_error.or_else(|| forward().find(|stage| !stage.is_complete))
}

fn is_rollback(name: StageName) -> bool {
    matches!(name, StageName::ServiceRollback | StageName::TriggerRollback)
}

fn failure(
    started: &OperationStarted,
    stage: Option<&FunctionStage>,
    message: &str,
    live: Option<&LiveFunction>,
) -> Failure {
    let errors = stage.map(|stage| stage.errors.join("; ")).unwrap_or_default();
    let words = if errors.is_empty() { message } else { &errors };
    let (class, code, what, advice) = meaning(started, stage.map(|stage| stage.name), words);
    let reason = format!("{what}: {words}; {}", what_is_left(live));
    Failure::new(NAME, class, code, reason, &advice)
}

/// The service agent that uses the key of a function in a stage.
fn key_user(stage: Option<StageName>) -> Agent {
    match stage {
        Some(StageName::ArtifactRegistry) => Agent::Registry,
        Some(StageName::Service | StageName::ServiceRollback) => Agent::Run,
        Some(
            StageName::Build | StageName::Trigger | StageName::TriggerRollback | StageName::Unknown,
        )
        | None => Agent::Functions,
    }
}

/// What a failed stage means: class, code, words and advice.
fn meaning(
    started: &OperationStarted,
    stage: Option<StageName>,
    words: &str,
) -> (FailureClass, &'static str, &'static str, String) {
    let at = &started.function.at;
    let service = at.service_id();
    let subject = Subject {
        project: &at.project,
        region: &at.region,
        service: &service,
        account: started.function.service.service_account.as_deref().unwrap_or_default(),
        key: started.function.kms_key().unwrap_or_default(),
        settings: Some(&started.function.service),
        ..Subject::default()
    };
    if let Some(refusal) = refusals::keys::of_words(words, key_user(stage), &subject) {
        let what = "the operation of the Cloud Functions API cannot use a key";
        return (refusal.class, refusal.code, what, refusal.advice);
    }
    match stage {
        Some(StageName::Build) => (
            FailureClass::User,
            "build-failed",
            "the build failed",
            "fix the error in the build's log and deploy again".to_owned(),
        ),
        Some(StageName::Service | StageName::ServiceRollback) => {
            let condition = Condition {
                state: ConditionState::Failed,
                reason: String::new(),
                message: words.to_owned(),
            };
            let refusal = refusals::of_revision(&condition, &subject);
            (refusal.class, refusal.code, "the service did not start", refusal.advice)
        }
        Some(StageName::ArtifactRegistry) => (
            FailureClass::System,
            "repository-failed",
            "the image repository cannot be used",
            "check that the repository exists in the region of the function, and that the agent of \
             Cloud Functions may use it; deploy again"
                .to_owned(),
        ),
        Some(StageName::Trigger | StageName::TriggerRollback) => (
            FailureClass::System,
            "trigger-failed",
            "the trigger failed",
            "fix what the reason names and deploy again".to_owned(),
        ),
        Some(StageName::Unknown) | None => (
            FailureClass::System,
            "function-failed",
            "the operation of the Cloud Functions API failed",
            format!(
                "fix what the reason names and deploy again; `gcloud functions describe {} --region \
                 {} --project {}` shows the function",
                at.name, at.region, at.project
            ),
        ),
    }
}

/// What a failed operation has left behind.
fn what_is_left(live: Option<&LiveFunction>) -> String {
    match live {
        None => "the function was not created".to_owned(),
        Some(live) if live.service.is_empty() || live.revision.is_empty() => {
            "the function was created only partly, and serves no requests".to_owned()
        }
        Some(live) => format!("revision {} serves as before", live.revision),
    }
}

fn vanished(started: &OperationStarted) -> Failure {
    let reason =
        format!("the function {} was deleted while it was deployed", started.function.at.name);
    let advice = "deploy again if the deletion was a mistake";
    Failure::new(NAME, FailureClass::System, "function-deleted", reason, advice)
}

/// The deadline passed while the deployment waited for the API.
fn never_ends(started: &OperationStarted, waiting_for: &str) -> Failure {
    let reason = format!(
        "the deployment's deadline passed while {waiting_for}; function {} may still change",
        started.function.at.name
    );
    let advice = "inspect the function with `longshore describe`, and deploy again with a longer \
                  deadline if necessary";
    Failure::new(NAME, FailureClass::System, "deadline-exceeded", reason, advice)
}

/// The failure of a function whose image cannot be found.
pub(crate) fn no_image(started: &OperationStarted, build: &str) -> Failure {
    let reason = format!(
        "the function {} is active, but neither its build {build} nor the registry names its image",
        started.function.at.name
    );
    let advice = "find out what deletes images in the registry, and deploy again";
    Failure::new(NAME, FailureClass::System, "image-missing", reason, advice)
}

/// What the ledger says about a deployment that may have written its function, and has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// Whether build-submitter has recorded an operation for it.
    pub(crate) has_operation: bool,
    /// Whether it is the newest deployment of its function.
    pub(crate) is_newest: bool,
    /// The newest deployment, if that is another one.
    pub(crate) newest: Option<Newest>,
    pub(crate) live: Option<LiveFunction>,
}

/// The newest deployment of a function.
#[derive(Clone, Debug)]
pub(crate) struct Newest {
    pub(crate) is_open: bool,
    /// Whether it ended without making the function what it wants.
    pub(crate) is_lost: bool,
    pub(crate) started: Option<OperationStarted>,
}

/// What becomes of a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Keep,
    Remove,
    /// The newest deployment is deployed again, and the mark stays until the function shows it.
    DeployAgain,
}

pub(crate) fn mark(marked: &OperatingDeployment, ended: &Ended, now: OffsetDateTime) -> Mark {
    match needed(ended) {
        // A worker that was stopped before its write may still make it.
        Mark::Remove if !ended.has_operation && now < marked.marked_at + WRITE_GRACE => Mark::Keep,
        needed => needed,
    }
}

fn needed(ended: &Ended) -> Mark {
    if ended.is_newest {
        return Mark::Remove;
    }
    let Some(newest) = &ended.newest else { return Mark::Remove };
    let Some(live) = &ended.live else { return Mark::Remove };
    if !live.state.is_settled() {
        return Mark::Keep;
    }
    match &newest.started {
        // It has not looked at the function for the last time.
        None if newest.is_open => Mark::Keep,
        None => Mark::Remove,
        Some(started) if has_config(live, started) || newest.is_lost => Mark::Remove,
        Some(_) => Mark::DeployAgain,
    }
}

#[cfg(test)]
mod tests;
