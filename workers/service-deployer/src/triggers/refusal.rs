//! What it means that a trigger is refused. Pure.

use longshore_cloud::{CloudError, Kind};
use longshore_messages::{FailureClass, Function, TriggerKind};
use longshore_runner::telemetry::chain;

use super::{events, topics};

/// What a failed call for a trigger means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The next delivery tries again.
    Retry,
    /// A role is missing, or its grant is not effective yet; with advice.
    Propagates(String),
    /// A service agent of the project does not exist yet, or has not got its role. That takes
    /// minutes, and is waited for until the deadline; with advice.
    Agent(String),
    /// It never succeeds; with advice.
    Refused(FailureClass, String),
}

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
    if kind == Some(TriggerKind::Event)
        && let Some(verdict) = events::refusal(trigger, error, function)
    {
        return verdict;
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
                role(kind, project)
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
fn role(kind: Option<TriggerKind>, project: &str) -> String {
    match kind {
        Some(TriggerKind::Event) => events::roles(project),
        Some(TriggerKind::Topic | TriggerKind::Schedule | TriggerKind::Queue) | None => {
            topics::role(project)
        }
    }
}
