//! Looks at a function, and begins the operation that makes it what a deployment wants.

use std::time::Duration;

use longshore_cloud::refusals::PROPAGATION_WINDOW;
use longshore_cloud::{CloudError, FunctionProgress, Functions, Kind, OperationEnd, Services};
use longshore_ledger::{BegunOperation, Ledger};
use longshore_messages::{
    CONFIG_LABEL, DeploymentId, Failure, Function, FunctionOperation, FunctionRetryRequested,
    OperationStarted, Outcome, SourceUploaded, Submitted, decode,
};
use longshore_runner::telemetry::chain;
use longshore_runner::{Delivery, Step};

use super::plan::{Plan, Seen, Target, Write, given_up, plan, plan_again};
use super::runtime;
use super::shape::{merged, wanted};
use crate::error::refused;
use crate::{NAME, SubmitError};

/// Time between two looks at a function on which another operation runs, which takes a minute or more.
const LOOK_PAUSE: Duration = Duration::from_secs(2);

/// Maximum number of looks of one delivery: ten minutes. More follow with the redelivery of the
/// message, until the deadline of the deployment.
const LOOKS_MAX: u32 = 300;

/// Maximum number of looks for a deployment that is deployed again: one minute.
const LOOKS_AGAIN_MAX: u32 = 30;

/// Maximum number of operations for one deployment, so that two fleets, or a fleet and another tool,
/// that overwrite each other's functions do not do so for ever.
const OPERATIONS_MAX: usize = 12;

/// Begins operations.
pub(crate) struct Beginner<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) functions: &'a dyn Functions,
    pub(crate) services: &'a dyn Services,
}

/// What follows from a write.
enum Written {
    Begun(String),
    /// Look again: another operation runs, or the broken function is being deleted.
    Busy,
}

impl Beginner<'_> {
    /// Handles a source that was uploaded.
    pub(crate) async fn begin(
        &self,
        uploaded: SourceUploaded,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        let SourceUploaded { deployment, function, source } = &uploaded;
        let end = |outcome| Step::finish(delivery, deployment.clone(), &function.at, outcome);
        let runtime = self.runtime(deployment.id, function).await;
        let runtime = match self.or_failure(runtime, &uploaded).await? {
            Ok(Ok(runtime)) => runtime,
            Ok(Err(failure)) | Err(failure) => return Ok(end(Outcome::Failed(failure))),
        };
        let shape = wanted(deployment, function, source, runtime);
        let config = function.config_digest(&source.sha256);
        let target =
            Target { deployment, at: &function.at, shape, may_replace: may_replace(function) };
        let mut has_turn = false;
        for _ in 0..LOOKS_MAX {
            let seen = self.look(&target).await;
            let seen = match self.or_failure(seen, &uploaded).await? {
                Ok(seen) => seen,
                Err(failure) => return Ok(end(Outcome::Failed(failure))),
            };
            match plan(&target, &seen, self.ledger.now()) {
                Plan::End(outcome) => return Ok(end(outcome)),
                Plan::Unchanged(config) => {
                    let operation = FunctionOperation { name: None, config, unchanged: true };
                    return Ok(forward(uploaded, operation, delivery));
                }
                Plan::Adopt => {
                    let name = self.adopt(&target).await?;
                    tracing::info!(deployment = %deployment.id, operation = name, "operation adopted");
                    let operation = FunctionOperation { name, config, unchanged: false };
                    return Ok(forward(uploaded, operation, delivery));
                }
                Plan::Write(_) if !has_turn => {
                    if let Some(outcome) = self.take_turn(&target).await? {
                        return Ok(end(outcome));
                    }
                    // What was read before the turn may be stale.
                    has_turn = true;
                }
                Plan::Write(write) => {
                    has_turn = false;
                    let written = self.write(&target, &write, &seen).await;
                    match self.or_failure(written, &uploaded).await? {
                        Ok(Written::Begun(name)) => {
                            let id = deployment.id;
                            tracing::info!(deployment = %id, operation = name, "operation started");
                            let name = Some(name);
                            let operation = FunctionOperation { name, config, unchanged: false };
                            return Ok(forward(uploaded, operation, delivery));
                        }
                        Ok(Written::Busy) => wait("another operation", delivery).await,
                        Err(failure) => return Ok(end(Outcome::Failed(failure))),
                    }
                }
                Plan::Wait(reason) => {
                    has_turn = false;
                    wait(reason, delivery).await;
                }
            }
        }
        Err(SubmitError::Busy { function: function.at.function() })
    }

    /// Begins another operation for the newest deployment of a function. The message is only a hint:
    /// the ledger says what that deployment wants, and the function whether it is that.
    pub(crate) async fn begin_again(
        &self,
        retry: FunctionRetryRequested,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        let FunctionRetryRequested { started, reason, .. } = retry;
        let OperationStarted { deployment, function, source, .. } = &started;
        let record = self.ledger.stage_record(deployment.id, NAME).await;
        let recorded = record.map_err(SubmitError::Ledger)?;
        let recorded = recorded.and_then(|record| decode::<OperationStarted>(&record.message).ok());
        if recorded.as_ref() != Some(&started) {
            return Err(SubmitError::Again { function: function.at.function() });
        }
        let runtime = match self.runtime(deployment.id, function).await? {
            Ok(runtime) => runtime,
            Err(_) => return Ok(Step::Waiting("the language has no runtime")),
        };
        let mut shape = wanted(deployment, function, source, runtime);
        // By which the watcher recognizes it, also if the function was left as it was.
        let config = started.operation.config.to_string();
        shape.labels.insert(CONFIG_LABEL.to_owned(), config);
        let target =
            Target { deployment, at: &function.at, shape, may_replace: may_replace(function) };
        match self.write_again(&target, &reason, delivery).await {
            Ok(waiting) => Ok(Step::Waiting(waiting)),
            Err(SubmitError::Function(error)) => {
                let (id, error) = (deployment.id, chain(&error));
                tracing::warn!(deployment = %id, error, "cannot deploy again");
                Ok(Step::Waiting("the sweep asks again"))
            }
            Err(error) => Err(error),
        }
    }

    /// Writes the function as its newest deployment wants it. Waits only for a deletion of its own:
    /// the sweep asks again once no operation runs on the function.
    async fn write_again(
        &self,
        target: &Target<'_>,
        reason: &str,
        delivery: &Delivery,
    ) -> Result<&'static str, SubmitError> {
        let id = target.deployment.id;
        let (mut has_turn, mut has_deleted) = (false, false);
        for _ in 0..LOOKS_AGAIN_MAX {
            let seen = self.look(target).await?;
            let write = match plan_again(target, &seen) {
                None | Some(Plan::Adopt | Plan::Unchanged(_) | Plan::End(_)) => {
                    return Ok("the function is what its newest deployment requests");
                }
                Some(Plan::Wait(reason)) if has_deleted => {
                    wait(reason, delivery).await;
                    continue;
                }
                Some(Plan::Wait(_)) => return Ok("another operation runs on the function"),
                Some(Plan::Write(write)) => write,
            };
            if !has_turn {
                let begun = self.ledger.operations(id).await.map_err(SubmitError::Ledger)?;
                if begun.len() >= OPERATIONS_MAX {
                    return Ok("the function was written too often");
                }
                self.functions.pace_write(&target.at.function()).await;
                let marked = self.ledger.mark_operating(target.at, id).await;
                marked.map_err(SubmitError::Ledger)?;
                // What was read before the turn may be stale.
                has_turn = true;
                continue;
            }
            has_deleted |= write == Write::Delete;
            match self.write(target, &write, &seen).await? {
                Written::Begun(operation) => {
                    tracing::warn!(deployment = %id, operation, reason, "deployed again");
                    return Ok("the newest deployment is deployed again");
                }
                Written::Busy => wait("another operation", delivery).await,
            }
        }
        Ok("another operation runs on the function")
    }

    /// The complete id of the runtime to build, or the failure of a language without one. What was
    /// chosen for a deployment is recorded before it is used, so all its writes choose the same.
    async fn runtime(
        &self,
        id: DeploymentId,
        function: &Function,
    ) -> Result<Result<String, Failure>, SubmitError> {
        let requested = function.runtime.as_deref().unwrap_or_default();
        if !runtime::is_language(requested) {
            return Ok(Ok(requested.to_owned()));
        }
        let chosen = self.ledger.chosen_runtime(id).await.map_err(SubmitError::Ledger)?;
        if let Some(chosen) = chosen {
            return Ok(Ok(chosen));
        }
        let (project, region) = (&function.at.project, &function.at.region);
        let offered = self.functions.runtimes(project, region).await;
        let offered = offered.map_err(SubmitError::Function)?;
        let Some(newest) = runtime::newest(requested, &offered) else {
            return Ok(Err(runtime::not_offered(requested, region, &offered)));
        };
        let chosen = self.ledger.choose_runtime(id, newest).await.map_err(SubmitError::Ledger)?;
        tracing::info!(deployment = %id, requested, chosen, "runtime chosen");
        Ok(Ok(chosen))
    }

    async fn look(&self, target: &Target<'_>) -> Result<Seen, SubmitError> {
        let name = target.at.function();
        let (standing, live) = tokio::join!(
            self.ledger.standing(target.deployment, target.at),
            self.functions.get(&name)
        );
        let live = live.map_err(SubmitError::Function)?;
        let service = match live {
            Some(_) => None,
            None => self.services.get(&target.at.service()).await.map_err(SubmitError::Function)?,
        };
        Ok(Seen { standing: standing.map_err(SubmitError::Ledger)?, live, service })
    }

    /// Waits for the quota of a write, makes this worker the only one that may end the deployment, and
    /// marks that the function may be written. Returns how it ended if another worker was first.
    ///
    /// A request to cancel or to delete is written before the ending is read, and the ending is
    /// written before the requests are read: one of the two sides sees the other. So look again.
    async fn take_turn(&self, target: &Target<'_>) -> Result<Option<Outcome>, SubmitError> {
        self.functions.pace_write(&target.at.function()).await;
        let (id, now) = (target.deployment.id, self.ledger.now());
        let ending = self.ledger.reserve_ending(id, NAME, now).await;
        if ending.map_err(SubmitError::Ledger)?.by != NAME {
            return Ok(given_up(target.deployment));
        }
        self.ledger.mark_operating(target.at, id).await.map_err(SubmitError::Ledger)?;
        Ok(None)
    }

    async fn write(
        &self,
        target: &Target<'_>,
        write: &Write,
        seen: &Seen,
    ) -> Result<Written, SubmitError> {
        let name = target.at.function();
        let written = match (write, &seen.live) {
            (Write::Create, _) | (_, None) => self.functions.create(&name, &target.shape).await,
            (Write::Update(fields), Some(live)) => {
                let shape = merged(target.shape.clone(), live);
                self.functions.update(&name, &shape, fields).await
            }
            (Write::Delete, Some(_)) => {
                tracing::warn!(function = name, "deleting the function, to create it again");
                return match self.functions.delete(&name).await {
                    Ok(_) => Ok(Written::Busy),
                    Err(error) if is_busy(&error) => Ok(Written::Busy),
                    Err(error) => Err(SubmitError::Function(error)),
                };
            }
        };
        match written {
            Ok(operation) => {
                let begun = BegunOperation { name: operation.clone(), begun_at: self.ledger.now() };
                let noted = self.ledger.note_operation(target.deployment.id, &begun).await;
                noted.map_err(SubmitError::Ledger)?;
                Ok(Written::Begun(operation))
            }
            Err(error) if is_busy(&error) => Ok(Written::Busy),
            Err(error) => Err(SubmitError::Function(error)),
        }
    }

    /// The name of the operation that this deployment has begun: as it is noted, or else as the API
    /// knows it by its target. `None` if neither knows it any more.
    async fn adopt(&self, target: &Target<'_>) -> Result<Option<String>, SubmitError> {
        let noted = self.ledger.operations(target.deployment.id).await;
        if let Some(last) = noted.map_err(SubmitError::Ledger)?.pop() {
            return Ok(Some(last.name));
        }
        let (project, region) = (&target.at.project, &target.at.region);
        let listed = self.functions.operations(project, region).await;
        let listed = listed.map_err(SubmitError::Function)?;
        let Some(found) = own(listed, &target.at.function()) else { return Ok(None) };
        let begun = BegunOperation { name: found.clone(), begun_at: self.ledger.now() };
        let noted = self.ledger.note_operation(target.deployment.id, &begun).await;
        noted.map_err(SubmitError::Ledger)?;
        Ok(Some(found))
    }

    /// The failure that a permanent error means. `Err` if a later delivery may succeed, also while a
    /// grant of a moment ago may still mend it.
    async fn or_failure<T>(
        &self,
        result: Result<T, SubmitError>,
        uploaded: &SourceUploaded,
    ) -> Result<Result<T, Failure>, SubmitError> {
        let error = match result {
            Ok(value) => return Ok(Ok(value)),
            Err(SubmitError::Function(error)) if !error.kind.is_transient() => error,
            Err(error) => return Err(error),
        };
        let refused = refused(&error, &uploaded.function);
        if refused.propagates {
            let since = self.ledger.refused_for(uploaded.deployment.id, NAME).await;
            if since.map_err(SubmitError::Ledger)? < PROPAGATION_WINDOW {
                return Err(SubmitError::Propagating(error));
            }
        }
        Ok(Err(refused.failure))
    }
}

/// Whether a deployment may delete the function to replace it.
fn may_replace(function: &Function) -> bool {
    function.own_event().is_some_and(|event| event.allows_replacement)
}

async fn wait(reason: &'static str, delivery: &Delivery) {
    delivery.wait(reason, tokio::time::sleep(LOOK_PAUSE)).await;
}

/// Whether another operation runs on the function, or has just created it.
fn is_busy(error: &CloudError) -> bool {
    matches!(error.kind, Kind::PreconditionFailed | Kind::AlreadyExists)
}

/// The operation that runs on a function, or else the newest one.
fn own(operations: Vec<FunctionProgress>, function: &str) -> Option<String> {
    let on_it = operations.into_iter().filter(|operation| operation.target == function);
    let newest = on_it
        .max_by_key(|operation| (operation.end == OperationEnd::InProgress, operation.started_at));
    newest.map(|operation| operation.name)
}

fn forward(
    uploaded: SourceUploaded,
    operation: FunctionOperation,
    delivery: &Delivery,
) -> Step<Submitted> {
    let SourceUploaded { deployment, function, source } = uploaded;
    let started = OperationStarted { deployment, function, source, operation };
    let id = started.deployment.id;
    Step::forward(delivery, id, Submitted::Function(Box::new(started)))
}
