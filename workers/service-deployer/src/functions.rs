//! The Functions flavour: the operation of the Cloud Functions API has written the service. This worker
//! verifies that the service serves the digest that the function's build made, sets who may call it,
//! and ends the deployment.

mod plan;

use std::time::Duration;

use longshore_messages::{FunctionPublished, Outcome};
use longshore_runner::Delivery;

use crate::DeployError;
use crate::functions::plan::{Plan, Seen, plan};
use crate::stage::ServiceDeployer;

/// Time between two looks at a function and its service. The service was ready when the operation
/// ended, so reads catch up soon.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// Maximum number of looks of one delivery. More follow with the redelivery of the message, until the
/// deadline of the deployment.
const LOOKS_MAX: u32 = 60;

impl ServiceDeployer {
    pub(crate) async fn verify(
        &self,
        published: &FunctionPublished,
        delivery: &Delivery,
    ) -> Result<Outcome, DeployError> {
        let mut has_set_access = false;
        for _ in 0..LOOKS_MAX {
            let Some(seen) = self.look_at_function(published).await? else {
                return self.end_of(published.deployment.id).await;
            };
            match plan(published, &seen, has_set_access, self.ledger.now()) {
                Plan::End(outcome) => return Ok(outcome),
                Plan::Wait(reason) => {
                    delivery.wait(reason, tokio::time::sleep(LOOK_PAUSE)).await;
                }
                Plan::SetAccess { service, access, etag } => {
                    match self.services.set_access(&service, access, &etag).await {
                        Ok(_) => has_set_access = true,
                        Err(error) if crate::contention::may_be_contention(&error) => {
                            let pause = tokio::time::sleep(LOOK_PAUSE);
                            delivery.wait("other writers of the service", pause).await;
                        }
                        Err(error) => return Err(DeployError::Write(error)),
                    }
                }
            }
        }
        Err(DeployError::Reconciling { service: published.function.at.service() })
    }

    /// Reads what decides the next step. `None` if the deployment has ended: the runner does not look
    /// for the end of one whose message was published twice.
    async fn look_at_function(
        &self,
        published: &FunctionPublished,
    ) -> Result<Option<Seen>, DeployError> {
        let at = &published.function.at;
        let name = at.function();
        let (standing, function) = tokio::join!(
            self.ledger.standing_unless_ended(&published.deployment, at),
            self.functions.get(&name)
        );
        let Some(standing) = standing.map_err(DeployError::Ledger)? else { return Ok(None) };
        let function = function.map_err(DeployError::Get)?;
        let service = match function.as_ref().map(|function| function.service.as_str()) {
            Some(service) if !service.is_empty() => {
                self.services.get(service).await.map_err(DeployError::Get)?
            }
            Some(_) | None => None,
        };
        let digest = match &service {
            Some(service) => {
                // The API names it by a tag of its own.
                let image = self.images.resolve(&service.shape.image).await;
                image.map_err(DeployError::Get)?.map(|(_, digest)| digest)
            }
            None => None,
        };
        Ok(Some(Seen { standing, function, service, digest }))
    }
}
