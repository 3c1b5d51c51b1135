//! What it means that a trigger is refused. Pure.

use longshore_cloud::{Agent, CloudError, Kind};
use longshore_messages::{FailureClass, Function, FunctionRef, TriggerKind};
use longshore_runner::telemetry::chain;

use super::verdict::Verdict;
use super::{events, queues, schedules, topics};

/// What the error of a call means. `trigger` is what was to be changed; without a kind, it is
/// about the callers.
pub(crate) fn refusal(
    kind: Option<TriggerKind>,
    trigger: &str,
    error: &CloudError,
    function: &Function,
) -> Verdict {
    let project = &function.at.project;
    let words = chain(error).to_lowercase();
    if ["constraints/", "permitted customer"].iter().any(|policy| words.contains(policy)) {
        let advice = format!(
            "change what the organization policy forbids, or let an administrator exempt the \
             project; `gcloud org-policies list --project {project}` lists its policies"
        );
        return Verdict::Refused(FailureClass::System, advice);
    }
    if let Some(agent) = Agent::named_in(&words).filter(|_| words.contains("does not exist")) {
        return Verdict::Agent(format!(
            "deploy again in a few minutes: {} appears when the project first uses its API",
            agent.title()
        ));
    }
    let own = match kind {
        Some(TriggerKind::Event) => events::refusal(trigger, error, function),
        Some(TriggerKind::Schedule) => schedules::refusal(error, &words, &function.at),
        Some(TriggerKind::Queue) => queues::refusal(error, &words, &function.at),
        Some(TriggerKind::Topic) | None => None,
    };
    if let Some(verdict) = own {
        return verdict;
    }
    if let Some(advice) = disabled(kind, error, &words, project) {
        return Verdict::Propagates(advice);
    }
    match error.kind {
        Kind::ResourceExhausted
        | Kind::Unavailable
        | Kind::DeadlineExceeded
        | Kind::Cancelled
        | Kind::Internal
        | Kind::PreconditionFailed
        | Kind::AlreadyExists => Verdict::Retry,
        Kind::NotFound => Verdict::Refused(FailureClass::User, missing(kind, trigger)),
        Kind::InvalidArgument => Verdict::Refused(
            FailureClass::User,
            "fix what the reason names in `triggers` or `callers`, and deploy again".to_owned(),
        ),
        Kind::PermissionDenied | Kind::Unauthenticated => {
            let (service, region) = (function.at.service_id(), &function.at.region);
            Verdict::Propagates(format!(
                "{}, call as the trigger's account with `gcloud iam service-accounts \
                 add-iam-policy-binding ACCOUNT --project {project} --member serviceAccount:FLEET \
                 --role roles/iam.serviceAccountUser`, and grant callers with `gcloud run services \
                 add-iam-policy-binding {service} --project {project} --region {region} --member \
                 serviceAccount:FLEET --role roles/run.admin`, and deploy again",
                role(kind, &function.at)
            ))
        }
        Kind::Unimplemented => Verdict::Refused(
            FailureClass::System,
            "omit the trigger: the cloud does not support it".to_owned(),
        ),
    }
}

/// What to do if something that a trigger needs does not exist.
fn missing(kind: Option<TriggerKind>, trigger: &str) -> String {
    match kind {
        Some(TriggerKind::Topic) => topics::missing(trigger),
        Some(TriggerKind::Event) => events::missing(),
        Some(TriggerKind::Schedule | TriggerKind::Queue) | None => {
            "create what the reason names, and deploy again".to_owned()
        }
    }
}

/// The role that the fleet needs to manage triggers of a kind.
fn role(kind: Option<TriggerKind>, at: &FunctionRef) -> String {
    match kind {
        Some(TriggerKind::Event) => events::roles(&at.project),
        Some(TriggerKind::Schedule) => schedules::role(at),
        Some(TriggerKind::Queue) => queues::role(at),
        Some(TriggerKind::Topic) | None => topics::role(&at.project),
    }
}

/// The command that enables the API of a kind if it is disabled.
fn disabled(
    kind: Option<TriggerKind>,
    error: &CloudError,
    words: &str,
    project: &str,
) -> Option<String> {
    let is_disabled = error.reason == "SERVICE_DISABLED"
        || (words.contains("has not been used in project") && words.contains("disabled"));
    let api = match kind {
        Some(TriggerKind::Schedule) => "cloudscheduler.googleapis.com",
        Some(TriggerKind::Queue) => "cloudtasks.googleapis.com",
        Some(TriggerKind::Topic | TriggerKind::Event) | None => return None,
    };
    let command = format!("`gcloud services enable {api} --project {project}`");
    is_disabled.then(|| format!("enable the API with {command}, and deploy again"))
}
