//! How an operation ended, and what that means for its deployment.

use longshore_cloud::{Builds, Functions, Images, Logs, Services, without_tag};
use longshore_ledger::Ledger;
use longshore_messages::{
    Builder, Failure, FunctionImage, FunctionPublished, FunctionRetryRequested, OperationStarted,
    Outcome, TraceContext,
};
use longshore_runner::Handoff;
use longshore_runner::telemetry::chain;

use super::plan::{LogOf, Seen, Verdict, no_image, verdict};
use crate::{WatchError, WatcherOutput};

/// Maximum number of log lines in a failure: enough for the error and its context.
const LOG_TAIL_LINES: usize = 120;

/// Determines how an operation ended.
pub(crate) struct FunctionConcluder<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) functions: &'a dyn Functions,
    pub(crate) services: &'a dyn Services,
    pub(crate) builds: &'a dyn Builds,
    pub(crate) images: &'a dyn Images,
    pub(crate) logs: &'a dyn Logs,
}

impl FunctionConcluder<'_> {
    /// What to hand off for a deployment whose operation was started, or why there is nothing yet.
    pub(crate) async fn conclude(
        &self,
        started: &OperationStarted,
        trace: &TraceContext,
    ) -> Result<Result<Handoff<WatcherOutput>, &'static str>, WatchError> {
        let seen = self.look(started).await?;
        let end = |outcome| {
            let deployment = started.deployment.clone();
            Handoff::finish(deployment, &started.function.at, trace.clone(), outcome)
        };
        Ok(match verdict(started, &seen, self.ledger.now()) {
            Verdict::NotYet(reason) => Err(reason),
            Verdict::End(outcome) => Ok(end(outcome)),
            Verdict::TryAgain(reason) => Ok(again(started, seen.begun + 1, reason, trace)),
            Verdict::Failed(failure, log) => {
                Ok(end(Outcome::Failed(self.with_log(*failure, &log, started).await)))
            }
            Verdict::Ready(live) => match self.image(&live.build, &live.service).await? {
                Some((name, digest, builder)) => {
                    let build_name = live.build;
                    let operation = started.operation.clone();
                    let image = FunctionImage { name, digest, build_name, operation, builder };
                    Ok(published(started.clone(), image, trace))
                }
                None => Ok(end(Outcome::Failed(no_image(started, &live.build)))),
            },
        })
    }

    async fn look(&self, started: &OperationStarted) -> Result<Seen, WatchError> {
        let (deployment, at) = (&started.deployment, &started.function.at);
        let begun = self.ledger.operations(deployment.id).await.map_err(WatchError::Ledger)?;
        let last = begun.last().map(|last| &last.name).or(started.operation.name.as_ref());
        let operation = async {
            match last {
                Some(name) => self.functions.operation(name).await,
                None => Ok(None),
            }
        };
        // The operation first: it ends after the function has changed.
        let operation = operation.await.map_err(WatchError::Function)?;
        let name = at.function();
        let (standing, live) =
            tokio::join!(self.ledger.standing(deployment, at), self.functions.get(&name));
        Ok(Seen {
            standing: standing.map_err(WatchError::Ledger)?,
            live: live.map_err(WatchError::Function)?,
            operation,
            begun: u32::try_from(begun.len()).unwrap_or(u32::MAX),
        })
    }

    /// Name, digest and builder of the image that the function's build has pushed: what it says, or else
    /// what the registry has under the tag that the service names.
    async fn image(
        &self,
        build: &str,
        service: &str,
    ) -> Result<Option<(String, String, Builder)>, WatchError> {
        let mut builder = Builder::default();
        if !build.is_empty()
            && let Some(build) = self.builds.get(build).await.map_err(WatchError::Build)?
        {
            builder = build.builder;
            if let Some(pushed) = build.images.iter().find(|image| !image.digest.is_empty()) {
                let name = without_tag(&pushed.name).0.to_owned();
                return Ok(Some((name, pushed.digest.clone(), builder)));
            }
        }
        let service = match service {
            "" => None,
            service => self.services.get(service).await.map_err(WatchError::Function)?,
        };
        let Some(service) = service else { return Ok(None) };
        let found = self.images.resolve(&service.shape.image).await.map_err(WatchError::Image)?;
        Ok(found.map(|(name, digest)| (name, digest, builder)))
    }

    /// Adds the log that explains a failure. A log that cannot be read only makes it less clear.
    async fn with_log(&self, failure: Failure, log: &LogOf, started: &OperationStarted) -> Failure {
        let at = &started.function.at;
        match log {
            LogOf::Nothing => failure,
            LogOf::Build(name) if name.is_empty() => failure,
            LogOf::Build(name) => match self.builds.get(name).await {
                Ok(Some(build)) => {
                    let tail = self.builds.log_tail(&build, LOG_TAIL_LINES).await;
                    failure.with_log(tail.unwrap_or_default(), &build.log_url)
                }
                Ok(None) => failure,
                Err(error) => {
                    tracing::warn!(error = chain(&error), "cannot read the build of the function");
                    failure
                }
            },
            LogOf::Service => {
                let service = at.service_id();
                let tail = self
                    .logs
                    .service_tail(&at.project, &at.region, &service, None, LOG_TAIL_LINES)
                    .await;
                let lines = tail.unwrap_or_default().into_iter().map(|line| line.text);
                failure.with_log(lines.collect(), "")
            }
        }
    }
}

fn published(
    started: OperationStarted,
    image: FunctionImage,
    trace: &TraceContext,
) -> Handoff<WatcherOutput> {
    let OperationStarted { deployment, function, source, .. } = started;
    let id = deployment.id;
    let published = FunctionPublished { deployment, function, source, image };
    Handoff::forward(id, trace.clone(), WatcherOutput::Function(Box::new(published)))
}

/// Asks build-submitter for another operation.
pub(super) fn again(
    started: &OperationStarted,
    attempt: u32,
    reason: String,
    trace: &TraceContext,
) -> Handoff<WatcherOutput> {
    let retry = FunctionRetryRequested { started: started.clone(), attempt, reason };
    let output = WatcherOutput::FunctionRetry(Box::new(retry));
    Handoff::ask(started.deployment.id, trace.clone(), output)
}
