//! Decides what to do with a source. Pure.

use std::time::Duration;

use longshore_ledger::{BuildResult, Claim, Concluded, Standing};
use longshore_messages::{BuildKey, BuildRef, Deployment, DeploymentId, Outcome, SharedBuild};
use time::OffsetDateTime;

use crate::NAME;

/// The newest build of a key, as the ledger has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) build: BuildRef,
    pub(crate) claim: Claim,
    pub(crate) result: Option<BuildResult>,
    /// Whether the claimant ended without submitting the build, for example because its deadline
    /// passed during an outage of Cloud Build. No one will submit it.
    pub(crate) abandoned: bool,
    /// Whether the image of the result is not in the registry any more.
    pub(crate) image_is_gone: bool,
}

/// What to do with a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Claim this build, and submit it if the claim succeeds.
    Claim(BuildRef),
    /// The claim is this deployment's, from an earlier delivery: make sure that the build exists.
    /// This holds even after the deployment is superseded, because others may wait for the build.
    Complete { build: SharedBuild, claimed_at: OffsetDateTime },
    /// Wait for this build, or take what it has made if it has ended.
    Join { build: SharedBuild, has_ended: bool },
    /// End the deployment.
    End(Outcome),
}

pub(crate) fn plan(
    deployment: &Deployment,
    key: BuildKey,
    standing: Standing,
    known: Option<Known>,
    reuse: Duration,
    now: OffsetDateTime,
) -> Plan {
    let known = match known {
        Some(known) if known.claim.deployment == deployment.id && known.result.is_none() => {
            let claimed_at = known.claim.claimed_at;
            return Plan::Complete { build: known.shared(), claimed_at };
        }
        known => known,
    };
    if let Some(outcome) = standing.outcome_at(deployment, now, NAME, "its build was submitted") {
        return Plan::End(outcome);
    }
    match known {
        None => Plan::Claim(BuildRef { key, number: 1 }),
        Some(known) if is_usable(&known, deployment.id, reuse, now) => {
            let has_ended = known.result.is_some();
            Plan::Join { build: known.shared(), has_ended }
        }
        Some(known) => Plan::Claim(BuildRef { key, number: known.build.number + 1 }),
    }
}

impl Known {
    fn shared(self) -> SharedBuild {
        SharedBuild { build: self.build, image: self.claim.image }
    }
}

/// Whether a deployment can use the newest build of its key instead of claiming the next one: a
/// build in progress unless it is abandoned, an image while it is fresh and in the registry, and a
/// failure only for the deployment that claimed the build.
fn is_usable(
    known: &Known,
    deployment: DeploymentId,
    reuse: Duration,
    now: OffsetDateTime,
) -> bool {
    match &known.result {
        None => !known.abandoned,
        Some(BuildResult { concluded: Concluded::Image { .. }, concluded_at, .. }) => {
            now < *concluded_at + reuse && !known.image_is_gone
        }
        Some(BuildResult { concluded: Concluded::Failed(_), .. }) => {
            known.claim.deployment == deployment
        }
    }
}

#[cfg(test)]
mod tests;
