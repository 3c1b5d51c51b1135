//! What to do with a source. Pure.

use std::time::Duration;

use longshore_ledger::{BuildResult, Claim, Concluded, Standing};
use longshore_messages::{BuildKey, BuildRef, Deployment, DeploymentId};
use time::OffsetDateTime;

/// What the ledger says about the newest build of the key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) build: BuildRef,
    pub(crate) claim: Claim,
    pub(crate) result: Option<BuildResult>,
    /// Whether the claimant ended before its build was submitted, as one does whose time runs out
    /// while Cloud Build is away: nobody will submit it.
    pub(crate) abandoned: bool,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Claim this build, and submit it if the claim is ours.
    Claim(BuildRef),
    /// The claim is ours from an earlier handling: see that the build is there. Even when this
    /// deployment is no longer wanted: others may wait for it.
    Complete(BuildRef),
    /// Wait for that build.
    Join(BuildRef),
    /// End: a newer deployment took its place.
    Supersede(DeploymentId),
    /// End: somebody asked to stop.
    Cancel,
    /// End: too late.
    GiveUp,
}

pub(crate) fn plan(
    deployment: &Deployment,
    key: BuildKey,
    standing: Standing,
    known: Option<&Known>,
    reuse: Duration,
    now: OffsetDateTime,
) -> Plan {
    if let Some(known) =
        known.filter(|known| known.claim.deployment == deployment.id && known.result.is_none())
    {
        return Plan::Complete(known.build);
    }
    match standing {
        Standing::Superseded { by } => Plan::Supersede(by),
        Standing::Cancelled => Plan::Cancel,
        Standing::Current if now >= deployment.deadline_at => Plan::GiveUp,
        Standing::Current => match known {
            None => Plan::Claim(BuildRef { key, number: 1 }),
            Some(known) if is_usable(known, deployment.id, reuse, now) => Plan::Join(known.build),
            Some(known) => Plan::Claim(BuildRef { key, number: known.build.number + 1 }),
        },
    }
}

/// A build under way is waited for, unless nobody will submit it; an image is reused while it is
/// fresh; a failure counts only for the deployment that asked.
fn is_usable(
    known: &Known,
    deployment: DeploymentId,
    reuse: Duration,
    now: OffsetDateTime,
) -> bool {
    match &known.result {
        None => !known.abandoned,
        Some(BuildResult { concluded: Concluded::Image { .. }, concluded_at, .. }) => {
            now < *concluded_at + reuse
        }
        Some(BuildResult { concluded: Concluded::Failed(_), .. }) => {
            known.claim.deployment == deployment
        }
    }
}

#[cfg(test)]
mod tests;
