//! Waking the deployments that wait for a build.

use longshore_ledger::{Claim, Ledger, LedgerError, Waiter};
use longshore_messages::{BuildRef, BuildSubmitted, TraceContext};

use crate::Handoff;
use crate::delivery::event_input;
use crate::handoff::{Wait, Wake};
use crate::telemetry::chain;

/// One handoff for each deployment that waits for `build`; `next` decides what it is. Call this
/// after the build's result is in the ledger: a deployment that begins to wait later reads it.
///
/// Fails only with transient errors. A waiter that cannot be read is logged and left out; its
/// deployment ends at its deadline.
pub async fn wake<M>(
    ledger: &Ledger,
    build: BuildRef,
    claim: &Claim,
    next: impl Fn(BuildSubmitted, TraceContext) -> Handoff<M>,
) -> Result<Wake<M>, LedgerError> {
    let mut handoffs = Vec::new();
    // The claim repeats the message by which the claimant waits.
    let claimant = Waiter { submitted: claim.submitted.clone() };
    let waiters = ledger.waiters_with(build, Some((claim.deployment, &claimant))).await?;
    for (deployment, waiter) in waiters {
        let decoded = waiter.and_then(|waiter| {
            let (submitted, trace) = waiter.decode()?;
            Ok((event_input(&waiter.submitted.attributes), submitted, trace))
        });
        match decoded {
            Ok((input, submitted, trace)) => {
                let wait = Some(Wait { build, input });
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
