//! What to do with the live service. Pure.

use longshore_cloud::{ConditionState, LiveService, Precondition, ServiceShape};
use longshore_ledger::Standing;
use longshore_messages::{DEPLOYMENT_ANNOTATION, Deployment, DeploymentId, GENERATION_ANNOTATION};
use time::OffsetDateTime;

use crate::shape::satisfies;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    /// Write this, if that still holds.
    Write(Box<ServiceShape>, Precondition),
    /// Our own write is there: see how it ends.
    Await,
    /// End: what is wanted serves already.
    Unchanged,
    /// End: a newer deployment took its place.
    Supersede(Option<DeploymentId>),
    /// End: somebody asked to stop.
    Cancel,
    /// End: too late.
    GiveUp,
}

pub(crate) fn plan(
    deployment: &Deployment,
    standing: Standing,
    wanted: ServiceShape,
    live: Option<&LiveService>,
    now: OffsetDateTime,
) -> Plan {
    // A write that took place is followed to its end, whatever was asked meanwhile: it is too late
    // to cancel it.
    if live.is_some_and(|live| written_by(live) == Some(deployment.id)) {
        return Plan::Await;
    }
    if let Some(by) = live.and_then(|live| newer_than(deployment, live)) {
        return Plan::Supersede(by);
    }
    match standing {
        Standing::Superseded { by } => Plan::Supersede(Some(by)),
        Standing::Cancelled => Plan::Cancel,
        Standing::Current if now >= deployment.deadline_at => Plan::GiveUp,
        Standing::Current => match live {
            None => Plan::Write(Box::new(wanted), Precondition::Absent),
            Some(live) => change(deployment, wanted, live),
        },
    }
}

fn change(deployment: &Deployment, mut wanted: ServiceShape, live: &LiveService) -> Plan {
    let same = satisfies(&live.shape, &wanted);
    let failed = live.condition.state == ConditionState::Failed;
    if same && live.settled && live.condition.state == ConditionState::Succeeded {
        return Plan::Unchanged;
    }
    if same && failed {
        // The same template again makes no revision: this one asks for another try of what did not
        // come up.
        wanted
            .template_annotations
            .insert(GENERATION_ANNOTATION.to_owned(), deployment.generation.to_string());
    }
    Plan::Write(Box::new(wanted), Precondition::Etag(live.etag.clone()))
}

/// The deployment that wrote the live service, if it was one of ours.
fn written_by(live: &LiveService) -> Option<DeploymentId> {
    live.shape.annotations.get(DEPLOYMENT_ANNOTATION)?.parse().ok()
}

/// Who wrote the live service, if it carries a later generation than ours.
fn newer_than(deployment: &Deployment, live: &LiveService) -> Option<Option<DeploymentId>> {
    let generation: u64 = live.shape.annotations.get(GENERATION_ANNOTATION)?.parse().ok()?;
    (generation > deployment.generation).then(|| written_by(live))
}

#[cfg(test)]
mod tests;
