//! Waking the deployments that wait for a build.

use longshore_ledger::{Claim, Ledger, LedgerError, Waiter};
use longshore_messages::{BuildRef, BuildSubmitted, Event, TraceContext};

use crate::Handoff;
use crate::delivery::event_input;
use crate::handoff::{Wait, Wake};
use crate::telemetry::chain;
use crate::traces;

/// One handoff for each deployment that waits for `build`; `next` decides what it is. Call this
/// after the build's result is in the ledger: a deployment that begins to wait later reads it.
///
/// `claimant_waits`: whether the claimant waits without a waiter, as the first submission says. If
/// that was not noted when it was read before the result was written, it must be read again.
///
/// Fails only with transient errors. A waiter that cannot be read is logged and left out; its
/// deployment ends at its deadline.
pub async fn wake<M>(
    ledger: &Ledger,
    build: BuildRef,
    claim: &Claim,
    claimant_waits: bool,
    next: impl Fn(BuildSubmitted, TraceContext) -> Handoff<M>,
) -> Result<Wake<M>, LedgerError> {
    let mut handoffs = Vec::new();
    // The claim repeats the message by which the claimant waits.
    let claimant = Waiter { submitted: claim.submitted.clone() };
    let mut waiters = ledger.waiters_with(build, Some((claim.deployment, &claimant))).await?;
    let has_no_waiter = waiters.iter().all(|(id, _)| *id != claim.deployment);
    if claimant_waits && has_no_waiter && still_waits(ledger, claim).await? {
        waiters.insert(0, (claim.deployment, Ok(claimant)));
    }
    for (deployment, waiter) in waiters {
        let decoded = waiter.and_then(|waiter| {
            let (submitted, trace) = waiter.decode()?;
            let begun = Event::of(&waiter.submitted.attributes).ok().and_then(|event| event.time);
            Ok((event_input(&waiter.submitted.attributes), submitted, trace, begun))
        });
        match decoded {
            Ok((input, submitted, trace, begun)) => {
                // The claimant's trace has the build itself.
                if deployment != claim.deployment {
                    let now = ledger.now();
                    let waited = (begun.unwrap_or(now), now);
                    traces::shared_build(waited, build, claim, deployment, &trace);
                }
                let has_waiter = !(has_no_waiter && deployment == claim.deployment);
                let wait = Some(Wait { build, input, has_waiter });
                handoffs.push(Handoff { wait, ..next(submitted, trace) });
            }
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                let error = chain(&error);
                tracing::error!(error, %deployment, %build, "cannot wake a deployment");
            }
        }
    }
    let (project, region) = (claim.function.project.clone(), claim.function.region.clone());
    Ok(Wake { build, project, region, handoffs })
}

/// Whether a claimant without a waiter still waits: the sweep may have ended it at its deadline.
async fn still_waits(ledger: &Ledger, claim: &Claim) -> Result<bool, LedgerError> {
    match claim.decode() {
        Ok((submitted, _)) if ledger.now() >= submitted.deployment.deadline_at => {
            ledger.is_open(claim.deployment).await
        }
        Ok(_) | Err(_) => Ok(true),
    }
}
