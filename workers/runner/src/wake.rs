//! Waking the deployments that wait for a build.

use longshore_ledger::{Ledger, LedgerError};
use longshore_messages::{BuildRef, BuildSubmitted, TraceContext};

use crate::Handoff;

/// One handoff for each deployment that waits for `build`; `next` decides what it is. Call this
/// after the build's result is in the ledger: a deployment that begins to wait later reads it.
pub async fn wake<M>(
    ledger: &Ledger,
    build: BuildRef,
    next: impl Fn(BuildSubmitted, TraceContext) -> Handoff<M>,
) -> Result<Vec<Handoff<M>>, LedgerError> {
    let waiters = ledger.waiters(build).await?;
    let woken = waiters.into_iter().map(|waiter| {
        let (submitted, trace) = waiter.decode()?;
        Ok(next(submitted, trace))
    });
    woken.collect()
}
