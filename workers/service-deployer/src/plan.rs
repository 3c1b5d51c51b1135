//! What to do with the live service. Pure.

use longshore_cloud::refusals::{self, Subject};
use longshore_cloud::{ConditionState, LiveService, Precondition, ServiceShape};
use longshore_ledger::Standing;
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, Deployment, DeploymentId, Failure, FailureClass, FunctionRef,
    GENERATION_ANNOTATION, Outcome,
};
use time::OffsetDateTime;

use crate::NAME;
use crate::rollout::{Moves, is_met, waits, with_traffic};
use crate::shape::satisfies;
use crate::traffic::{Share, share};

/// Annotation of the template with the deployment's generation and the number of its revision, such
/// as `5.2`, if Google's platform failed to bring the first one up.
const ATTEMPT_ANNOTATION: &str = "longshore.dev/attempt";

/// Maximum number of revisions of one deployment. With the backoff of the subscription they span
/// more than half an hour; what lasts longer is not a brief fault, and every revision stays in the
/// service.
pub(crate) const REVISIONS_MAX: u32 = 12;

/// What a deployment wants.
pub(crate) struct Target<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) at: &'a FunctionRef,
    pub(crate) shape: ServiceShape,
    pub(crate) moves: Moves,
}

/// What to do with the live service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    /// Write this shape under this precondition.
    Write(Box<ServiceShape>, Precondition),
    /// This deployment has written the service: wait for the result.
    Await,
    /// End the deployment without a write.
    End(Outcome),
}

/// `delayed` is why an earlier attempt did not succeed.
pub(crate) fn plan(
    target: &Target<'_>,
    standing: Standing,
    live: Option<&LiveService>,
    now: OffsetDateTime,
    delayed: Option<&str>,
) -> Plan {
    let deployment = target.deployment;
    // A write that took place is followed to its end, even after a request to cancel: it is too
    // late to cancel it.
    if let Some(live) = live.filter(|live| written_by(live) == Some(deployment.id)) {
        let next = again(target, standing, live, now).or_else(|| moved(target, standing, live));
        return next.unwrap_or(Plan::Await);
    }
    if let Some(by) = live.and_then(|live| newer_than(deployment, live)) {
        return Plan::End(Outcome::Superseded { by });
    }
    if let Some(live) = live.filter(|live| live.is_of_function()) {
        return Plan::End(Outcome::Failed(name_taken(target.at, live)));
    }
    let before = match delayed {
        Some(reason) => format!("its service was written; the last attempt failed: {reason}"),
        None => "its service was written".to_owned(),
    };
    if let Some(outcome) = standing.outcome_at(deployment, now, NAME, &before) {
        return Plan::End(outcome);
    }
    match (live, &target.moves) {
        (None, Moves::Released { .. }) => Plan::End(Outcome::Failed(nothing_to_release(target.at))),
        (None, _) => Plan::Write(Box::new(target.shape.clone()), Precondition::Absent),
        (Some(live), Moves::Released { revision }) => release(target, live, revision),
        (Some(live), Moves::AtOnce | Moves::Held { .. }) => change(target, live),
    }
}

/// What follows if Google's platform failed to bring this deployment's revision up, which is another
/// revision of the same template until the deadline. `None` if the result of the write decides.
fn again(
    target: &Target<'_>,
    standing: Standing,
    live: &LiveService,
    now: OffsetDateTime,
) -> Option<Plan> {
    // What another tool has written since then is not overwritten.
    let is_ours = live.shape.image == target.shape.image;
    if !is_ours || !is_repeated(target.deployment, live, now) {
        return None;
    }
    if let Some(outcome) = standing.outcome() {
        return Some(Plan::End(outcome));
    }
    let mut wanted = target.shape.clone();
    let generation = target.deployment.generation;
    let attempt = format!("{generation}.{}", attempt(target.deployment, live) + 1);
    // Writing the same template again makes no new revision.
    wanted.template_annotations.insert(ATTEMPT_ANNOTATION.to_owned(), attempt);
    Some(Plan::Write(Box::new(wanted), Precondition::Etag(live.etag.clone())))
}

/// What follows when the revision of this deployment is up, and the traffic has waited for it. `None` if
/// the result of the write decides.
fn moved(target: &Target<'_>, standing: Standing, live: &LiveService) -> Option<Plan> {
    let is_ours = live.shape.image == target.shape.image;
    if !waits(&target.moves, live) || !is_up(live) || !is_ours {
        return None;
    }
    if let Some(outcome) = standing.outcome() {
        return Some(Plan::End(outcome));
    }
    let wanted = with_traffic(&target.moves, target.shape.clone(), live);
    Some(Plan::Write(Box::new(wanted), Precondition::Etag(live.etag.clone())))
}

/// Whether the revision of a deployment did not come up because of Google's platform, so that another
/// one is made.
pub(crate) fn is_repeated(
    deployment: &Deployment,
    live: &LiveService,
    now: OffsetDateTime,
) -> bool {
    now < deployment.deadline_at
        && live.reconciled
        && live.condition.state == ConditionState::Failed
        && refusals::of_revision(&live.condition, &Subject::default()).is_platforms
        && attempt(deployment, live) < REVISIONS_MAX
}

/// The number of revisions that a deployment has made, from 1.
fn attempt(deployment: &Deployment, live: &LiveService) -> u32 {
    let noted = live.shape.template_annotations.get(ATTEMPT_ANNOTATION);
    // That of an earlier deployment stays in the template.
    let own = noted.and_then(|noted| noted.strip_prefix(&format!("{}.", deployment.generation)));
    own.and_then(|number| number.parse().ok()).unwrap_or(1)
}

fn name_taken(at: &FunctionRef, live: &LiveService) -> Failure {
    let labels = &live.shape.settings.labels;
    let function = labels.get("goog-drz-cloudfunctions-id").unwrap_or(&at.name);
    Failure::new(
        NAME,
        FailureClass::User,
        "name-taken",
        format!(
            "the service {} belongs to the function {function} of the Cloud Functions API",
            at.name
        ),
        "deploy under another name, deploy the function with flavour FLAVOUR_FUNCTIONS, or delete it \
         first",
    )
}

/// How a deployment ends that another worker has given up at its deadline.
pub(crate) fn given_up(deployment: &Deployment) -> Option<Outcome> {
    let at_deadline = deployment.deadline_at;
    Standing::Current.outcome_at(deployment, at_deadline, NAME, "its service was written")
}

/// Moves the traffic to a revision that is the newest one, and nothing else. Whatever another tool has
/// written since is not overwritten.
fn release(target: &Target<'_>, live: &LiveService, revision: &str) -> Plan {
    let wanted = with_traffic(&target.moves, target.shape.clone(), live);
    if live.latest_ready_revision != revision || !is_up(live) {
        return Plan::End(Outcome::Failed(nothing_to_release(target.at)));
    }
    if is_met(&target.moves, &wanted, live) {
        return Plan::End(left_alone(live, target.at));
    }
    Plan::Write(Box::new(wanted), Precondition::Etag(live.etag.clone()))
}

fn nothing_to_release(at: &FunctionRef) -> Failure {
    Failure::new(
        NAME,
        FailureClass::System,
        "service-changed",
        format!(
            "the newest revision of service {} is not what the deployment made whose traffic was to be \
             moved: another tool has changed or deleted the service",
            at.name
        ),
        "find out what else writes to the service, and deploy again to restore the requested version",
    )
}

/// How a deployment ends whose service is what it requests already.
fn left_alone(live: &LiveService, at: &FunctionRef) -> Outcome {
    match share(live, at) {
        Share::All(serving) => Outcome::Unchanged(serving),
        Share::Part(ready, traffic) => Outcome::TrafficPinned { ready, traffic },
    }
}

fn change(target: &Target<'_>, live: &LiveService) -> Plan {
    let mut wanted = target.shape.clone();
    // The newest revision that is ready is one that should not get traffic, so the traffic does not
    // follow it before that of this deployment is up.
    if waits(&target.moves, live) && !(is_up(live) && satisfies(&live.shape, &wanted)) {
        wanted.traffic = None;
    } else {
        wanted = with_traffic(&target.moves, wanted, live);
    }
    let same = satisfies(&live.shape, &wanted);
    let failed = live.condition.state == ConditionState::Failed;
    let has_traffic = is_met(&target.moves, &wanted, live);
    if same && is_up(live) && has_traffic {
        return Plan::End(left_alone(live, target.at));
    }
    // A write of the traffic alone needs no new revision.
    let needs_revision = !is_up(live) || has_traffic;
    if same && (live.reconciled || failed) && needs_revision {
        // Writing the same template again makes no new revision. The annotation changes it, so that
        // Cloud Run retries what did not come up, or replaces what was deleted.
        let generation = target.deployment.generation.to_string();
        wanted.template_annotations.insert(GENERATION_ANNOTATION.to_owned(), generation);
    }
    Plan::Write(Box::new(wanted), Precondition::Etag(live.etag.clone()))
}

/// Whether the newest revision is ready.
pub(crate) fn is_up(live: &LiveService) -> bool {
    live.reconciled
        && live.condition.state == ConditionState::Succeeded
        && live.latest_created_revision == live.latest_ready_revision
}

/// The deployment that wrote the live service, if it names one.
pub(crate) fn written_by(live: &LiveService) -> Option<DeploymentId> {
    live.shape.annotations.get(DEPLOYMENT_ANNOTATION)?.parse().ok()
}

/// The deployment that wrote the live service, if it carries a later generation than `deployment`:
/// `Some(None)` if the service does not name it.
pub(crate) fn newer_than(
    deployment: &Deployment,
    live: &LiveService,
) -> Option<Option<DeploymentId>> {
    let generation: u64 = live.shape.annotations.get(GENERATION_ANNOTATION)?.parse().ok()?;
    let writer = written_by(live);
    (generation > deployment.generation && writer != Some(deployment.id)).then_some(writer)
}

#[cfg(test)]
pub(crate) mod tests;
