//! What the ledger knows of services: Cloud Run does not say which runtime an image was built for.

use std::collections::BTreeMap;

use longshore_messages::{DEPLOYMENT_ANNOTATION, FunctionRef};
use longshore_runner::telemetry::chain;

use super::Deployed;
use crate::cloud_target::CloudTarget;
use crate::output;

/// Adds the runtime of services whose newest deployment wrote them. Takes one list of the ledger. A
/// ledger that cannot be read, such as that of a project without a fleet, leaves them unknown.
pub(crate) async fn add_recorded(target: &CloudTarget, deployed: &mut [Deployed]) {
    let surveyed = match target.ledger.survey_functions().await {
        Ok(surveyed) => surveyed,
        Err(error) => {
            output::say(format!(
                "the ledger cannot be read, so the runtimes of services are not known: {}",
                chain(&error)
            ));
            return;
        }
    };
    let known: BTreeMap<FunctionRef, (String, String)> = surveyed
        .into_iter()
        .filter_map(|one| {
            let deployment = one.head.ok()?.deployment.to_string();
            Some((one.function, (deployment, one.runtime??)))
        })
        .collect();
    for one in deployed.iter_mut().filter(|one| one.function.is_none()) {
        let writer = one.live().and_then(|live| live.shape.annotations.get(DEPLOYMENT_ANNOTATION));
        let recorded = known.get(&one.at).filter(|(by, _)| Some(by) == writer);
        one.recorded_runtime = recorded.map(|(_, runtime)| runtime.clone());
    }
}
