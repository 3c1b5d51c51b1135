//! What to do with the live service. Pure.

use longshore_cloud::{ConditionState, LiveService, Precondition, ServiceShape};
use longshore_ledger::Standing;
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, Deployment, DeploymentId, GENERATION_ANNOTATION, Outcome, Serving,
};
use time::OffsetDateTime;

use crate::NAME;
use crate::shape::satisfies;

/// What to do with the live service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    /// Write this shape under this precondition.
    Write(Box<ServiceShape>, Precondition),
    /// This deployment has written the service: wait for the result.
    Await,
    /// End the deployment: this already serves what it wants.
    Unchanged(Serving),
    /// End the deployment without a write.
    End(Outcome),
}

pub(crate) fn plan(
    deployment: &Deployment,
    standing: Standing,
    wanted: ServiceShape,
    live: Option<&LiveService>,
    now: OffsetDateTime,
) -> Plan {
    // A write that took place is followed to its end, even after a request to cancel: it is too
    // late to cancel it.
    if live.is_some_and(|live| written_by(live) == Some(deployment.id)) {
        return Plan::Await;
    }
    if let Some(by) = live.and_then(|live| newer_than(deployment, live)) {
        return Plan::End(Outcome::Superseded { by });
    }
    if let Some(outcome) = standing.outcome_at(deployment, now, NAME, "its service was written") {
        return Plan::End(outcome);
    }
    match live {
        None => Plan::Write(Box::new(wanted), Precondition::Absent),
        Some(live) => change(deployment, wanted, live),
    }
}

fn change(deployment: &Deployment, mut wanted: ServiceShape, live: &LiveService) -> Plan {
    let same = satisfies(&live.shape, &wanted);
    let failed = live.condition.state == ConditionState::Failed;
    if same && live.reconciled && live.condition.state == ConditionState::Succeeded {
        return Plan::Unchanged(serving(live));
    }
    if same && failed {
        // Writing the same template again makes no new revision. The annotation changes it, so that
        // Cloud Run retries what did not come up.
        wanted
            .template_annotations
            .insert(GENERATION_ANNOTATION.to_owned(), deployment.generation.to_string());
    }
    Plan::Write(Box::new(wanted), Precondition::Etag(live.etag.clone()))
}

/// The deployment that wrote the live service, if it names one.
fn written_by(live: &LiveService) -> Option<DeploymentId> {
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

/// What the live service serves.
pub(crate) fn serving(live: &LiveService) -> Serving {
    Serving {
        url: live.url.clone(),
        revision: live.latest_ready_revision.clone(),
        image: live.shape.image.clone(),
    }
}

#[cfg(test)]
mod tests;
