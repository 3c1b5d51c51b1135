//! What the service shows after this deployment has written it. Pure.

use longshore_cloud::refusals::{Subject, keys};
use longshore_cloud::{Accepted, Agent, ConditionState, LiveService, OperationState};
use longshore_messages::{Failure, FailureClass, Outcome};

use crate::NAME;
use crate::plan::{Target, is_up, newer_than, written_by};
use crate::rollout::waits;
use crate::shape::satisfies;
use crate::traffic::{Share, share};

/// What a read of the service means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Cloud Run has not finished the newest write.
    NotYet,
    /// The read does not show the write yet, because it is stale.
    Stale,
    /// Another tool replaced the write, and nothing in the service shows that it was made.
    Replaced,
    /// The revision is up, and the traffic has waited for it: it is to be moved.
    Waits,
    /// The revision did not start.
    NotUp,
    /// This ends the deployment.
    End(Outcome),
}

/// Judges a read of the service after a write. `accepted` is the write, if this delivery made it.
///
/// Only a service that carries this deployment's annotation, or a later one's, ends the deployment.
pub(crate) fn verdict(
    target: &Target<'_>,
    accepted: Option<&Accepted>,
    live: Option<&LiveService>,
) -> Verdict {
    let Some(live) = live else { return Verdict::Stale };
    if let Some(by) = newer_than(target.deployment, live) {
        return Verdict::End(Outcome::Superseded { by });
    }
    let made = accepted.and_then(|accepted| accepted.generation);
    if written_by(live) != Some(target.deployment.id) {
        let is_later = made.is_some_and(|made| live.generation > made);
        return if is_later { Verdict::Replaced } else { Verdict::Stale };
    }
    if !live.reconciled {
        return Verdict::NotYet;
    }
    if is_overwritten(target, made, live) {
        return Verdict::End(Outcome::Failed(overwritten(target, live)));
    }
    match live.condition.state {
        ConditionState::Pending => Verdict::NotYet,
        ConditionState::Failed => Verdict::NotUp,
        ConditionState::Succeeded if !is_up(live) => {
            Verdict::End(Outcome::Failed(revision_missing(live)))
        }
        ConditionState::Succeeded if waits(&target.moves, live) => Verdict::Waits,
        ConditionState::Succeeded => Verdict::End(match share(live, target.at) {
            Share::All(serving) => Outcome::Deployed(serving),
            Share::Part(ready, traffic) => Outcome::TrafficPinned { ready, traffic },
        }),
    }
}

/// Whether another tool changed what this deployment wrote. Tools that update single fields leave
/// the annotations, so the annotations alone do not prove anything. Cloud Run may show a setting in
/// another form than it was written, so a difference counts only after a later write.
fn is_overwritten(target: &Target<'_>, made: Option<i64>, live: &LiveService) -> bool {
    let is_later = made.is_some_and(|made| live.generation > made);
    live.shape.image != target.shape.image || (is_later && !satisfies(&live.shape, &target.shape))
}

fn overwritten(target: &Target<'_>, live: &LiveService) -> Failure {
    let reason = format!(
        "another tool changed service {} after this deployment wrote it: its newest revision {} is \
         not what was requested, and runs {}",
        target.at.name, live.latest_created_revision, live.shape.image
    );
    failure(
        "service-overwritten",
        reason,
        "find out what else writes to the service, and deploy again to restore the requested version",
    )
}

fn revision_missing(live: &LiveService) -> Failure {
    let (created, ready) = (&live.latest_created_revision, &live.latest_ready_revision);
    let reason = format!(
        "revision {created} is not ready although the service is: it may have been deleted; the \
         newest ready revision is {}",
        if ready.is_empty() { "unknown" } else { ready }
    );
    failure("revision-missing", reason, "deploy again if the revision was deleted by mistake")
}

/// How the deployment ends if the service still does not show the write after its operation has
/// ended, or `None` if the service is to be read and planned again.
pub(crate) fn never_shown(
    service: &str,
    operation: &OperationState,
    live: Option<&LiveService>,
) -> Option<Failure> {
    match (operation, live) {
        (OperationState::Failed { aborted: false, message }, _) => Some(refused(message)),
        (
            OperationState::Failed { aborted: true, .. }
            | OperationState::Succeeded
            | OperationState::InProgress
            | OperationState::Unknown,
            None,
        ) => Some(vanished(service)),
        (
            OperationState::Failed { aborted: true, .. }
            | OperationState::Succeeded
            | OperationState::InProgress
            | OperationState::Unknown,
            Some(_),
        ) => None,
    }
}

/// The refusal of a write, in Cloud Run's words.
pub(crate) fn refused(words: &str) -> Failure {
    let reason = format!("Cloud Run refused to write the service: {words}");
    if let Some(refusal) = keys::of_words(words, Agent::Run, &Subject::default()) {
        return Failure::new(NAME, refusal.class, refusal.code, reason, &refusal.advice);
    }
    failure(
        "service-refused",
        reason,
        "fix what the reason names, such as an organization policy or a resource that does not \
         exist, and deploy again",
    )
}

fn vanished(service: &str) -> Failure {
    failure(
        "service-deleted",
        format!("service {service} was deleted while its revision started"),
        "deploy again if the deletion was a mistake",
    )
}

/// Cloud Run did not finish with the revision before the deadline.
pub(crate) fn still_starting(service: &str) -> Failure {
    failure(
        "deadline-exceeded",
        format!(
            "the deployment's deadline passed while Cloud Run was bringing the revision of {service} \
             up; it may still start to serve"
        ),
        "inspect the service in Cloud Run, and deploy again with a longer deadline if necessary",
    )
}

fn failure(code: &str, reason: String, advice: &str) -> Failure {
    Failure::new(NAME, FailureClass::System, code, reason, advice)
}

#[cfg(test)]
mod tests;
