//! Which of Google's two methods a function was deployed by.

use longshore_cloud::{LiveFunction, LiveService};
use longshore_ledger::Head;
use longshore_messages::{Flavour, FunctionRef, SourceUploaded};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::stages::decode;

/// The function in the Cloud Functions API, if it was deployed by that. The API is asked only then,
/// because a project that does not use it may not have it enabled. `head` is `None` if it cannot be read.
pub(crate) async fn live_function(
    target: &CloudTarget,
    at: &FunctionRef,
    live: Option<&LiveService>,
    head: Option<&Head>,
) -> Result<Option<LiveFunction>, CliError> {
    let is_function = match live {
        Some(live) => live.is_of_function(),
        // A function without a service is half made.
        None => requested(target, head).await? == Flavour::Functions,
    };
    if !is_function {
        return Ok(None);
    }
    target.clients.functions.get(&at.function()).await.map_err(CliError::ReadService)
}

/// The flavour of the latest deployment of a function, as far as it was admitted. A deletion has none,
/// so the deployment before it counts.
async fn requested(target: &CloudTarget, head: Option<&Head>) -> Result<Flavour, CliError> {
    let ledger = &target.ledger;
    let Some(head) = head else {
        return Ok(Flavour::Run);
    };
    for id in [Some(head.deployment), head.admission.previous].into_iter().flatten() {
        let record = ledger.stage_record(id, "uploader").await.map_err(CliError::ledger)?;
        if let Some(uploaded) = record.as_ref().and_then(decode::<SourceUploaded>) {
            return Ok(uploaded.function.flavour);
        }
    }
    Ok(Flavour::Run)
}
