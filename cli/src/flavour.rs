//! Which of Google's two methods a function was deployed by.

use longshore_cloud::{LiveFunction, LiveService};
use longshore_ledger::Head;
use longshore_messages::{Flavour, FunctionRef, SourceUploaded};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::stages::decode;

/// Maximum length of a service's id
/// (<https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create>).
const SERVICE_ID_MAX_CHARS: usize = 49;

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

/// The resource name of a function's Cloud Run service. The Cloud Functions API shortens an id that
/// is too long for a service in a way that Google does not document, so the function says it.
pub(crate) fn service_name(at: &FunctionRef, function: Option<&LiveFunction>) -> String {
    let named = function.map(|function| &function.service).filter(|name| !name.is_empty());
    named.cloned().unwrap_or_else(|| at.service())
}

/// The service of a function that has none under the function's own name.
pub(crate) async fn service_behind(
    target: &CloudTarget,
    at: &FunctionRef,
    function: Option<&LiveFunction>,
) -> Result<Option<LiveService>, CliError> {
    let name = service_name(at, function);
    if name == at.service() {
        return Ok(None);
    }
    target.clients.services.get(&name).await.map_err(CliError::ReadService)
}

/// The resource name of a function's Cloud Run service. Reads the function only if its name is too
/// long for a service.
pub(crate) async fn found_service_name(
    target: &CloudTarget,
    at: &FunctionRef,
) -> Result<String, CliError> {
    if at.service_id().len() <= SERVICE_ID_MAX_CHARS {
        return Ok(at.service());
    }
    let function = target.clients.functions.get(&at.function()).await;
    Ok(service_name(at, function.map_err(CliError::ReadService)?.as_ref()))
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
