//! Works an operation off: carries out its steps through the ports, and records what came of each.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::core::{FUNCTION_ID, Failure, Functions, Report, Serving, Step, UPDATE_MASK};
use crate::names::Location;
use crate::ports::{BuildState, PortError, ServiceState};
use crate::service::Service;
use longshore_local_kit::Seldom;
use longshore_local_kit::rest::Code;

/// Time between two looks at a build or a service. They are in this process, so a look is cheap.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Pause after a failure of this machine.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How long a step is repeated when this machine is at fault, such as with a full disk. As long as
/// Cloud Run repeats the start of a revision.
const MACHINE_PATIENCE: Duration = Duration::from_secs(120);

/// What changes of a service that is detached. No new revision is made.
const DETACH_MASK: &str = "labels,annotations";

/// Label of a service with the API that manages it.
const MANAGED_BY: &str = "goog-managed-by";

static CANNOT_WORK: Seldom = Seldom::new();

impl Service {
    /// Starts the task of an operation.
    pub(crate) fn drive(self: &Arc<Self>, operation: String) {
        let (service, work) = (Arc::clone(self), self.operations.begin(&operation, &self.stopping));
        self.tasks.spawn(async move {
            work.run(service.work_off(&operation)).await;
        });
    }

    async fn work_off(&self, operation: &str) {
        let project = project_of(operation);
        loop {
            let number = self.deps.sources.project_number(&project);
            let Some(step) = self.core().step(operation, number) else { return };
            let came_of_it = match step {
                Ok(step) => self.patiently(&step).await,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = &came_of_it {
                tracing::info!(operation, failure.code, failure.message, "a step failed");
            }
            let recorded = self.commit(&project, |core: &Functions, moment| {
                Ok((
                    (),
                    match &came_of_it {
                        Ok(report) => core.report(operation, report.clone(), moment),
                        Err(failure) => core.fail(operation, failure.clone(), moment),
                    },
                ))
            });
            if let Err(error) = recorded {
                // The step is repeated, which is harmless.
                tracing::error!(operation, %error, "cannot record a step of an operation");
                sleep(RETRY_PAUSE).await;
            }
        }
    }

    /// Carries out a step, and repeats it while this machine is at fault, for a while.
    async fn patiently(&self, step: &Step) -> Result<Report, Failure> {
        let patience = Instant::now() + MACHINE_PATIENCE;
        loop {
            match self.carry_out(step).await {
                Ok(report) => return Ok(report),
                Err(StepError::Failed(failure)) => return Err(failure),
                Err(StepError::Machine(message)) if Instant::now() >= patience => {
                    return Err(Failure { code: Code::Internal.number(), message });
                }
                Err(StepError::Machine(message)) => {
                    if let Some(omitted) = CANNOT_WORK.due() {
                        tracing::warn!(message, omitted, "cannot continue an operation yet");
                    }
                    sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    async fn carry_out(&self, step: &Step) -> Result<Report, StepError> {
        match step {
            Step::Repository { name, is_ours: true } => {
                self.deps.repositories.ensure(name).await?;
                Ok(Report::RepositoryReady)
            }
            Step::Repository { name, is_ours: false } => {
                self.deps.repositories.check(name).await?;
                Ok(Report::RepositoryReady)
            }
            Step::Copy { from, to } => {
                Ok(Report::SourceCopied(self.deps.sources.copy(from, to).await?))
            }
            Step::Build(order) => Ok(Report::BuildStarted(self.deps.builds.start(order).await?)),
            Step::AwaitBuild { name } => self.await_build(name).await,
            Step::Serve(serving) => self.serve(serving).await,
            Step::Trigger(order) => {
                Ok(Report::TriggerReady(self.deps.triggers.apply(order).await?))
            }
            Step::DeleteTriggers(names) => {
                for name in names {
                    self.deps.triggers.delete(name).await?;
                }
                Ok(Report::TriggersDeleted)
            }
            Step::DeleteService { name, function } => {
                let belongs = self.deps.services.get(name).await?;
                if belongs.is_some_and(|service| belongs_to(&service, function)) {
                    self.deps.services.delete(name).await?;
                }
                Ok(Report::ServiceDeleted)
            }
            Step::Detach { name, function } => {
                let service = self.deps.services.get(name).await?;
                if let Some(service) = service.filter(|service| belongs_to(service, function)) {
                    let document = detached(&service);
                    self.deps.services.apply(name, &document, DETACH_MASK).await?;
                }
                Ok(Report::Detached)
            }
            Step::DeleteImages { repository, package } => {
                self.deps.repositories.delete_package(repository, package).await?;
                Ok(Report::ImagesDeleted)
            }
        }
    }

    async fn await_build(&self, name: &str) -> Result<Report, StepError> {
        loop {
            match self.deps.builds.state(name).await? {
                BuildState::Running => sleep(LOOK_EVERY).await,
                BuildState::Succeeded => return Ok(Report::Built),
                BuildState::Failed { status, message } => {
                    return Err(StepError::Failed(Failure::of_build(&status, &message)));
                }
            }
        }
    }

    async fn serve(&self, serving: &Serving) -> Result<Report, StepError> {
        let id = serving.name.rsplit('/').next().unwrap_or_default();
        let in_googles_words = |error: PortError| match error {
            PortError::Refused { code, message } => {
                StepError::Failed(Failure::of_service(id, code.number(), &message))
            }
            PortError::Unavailable(message) => StepError::Machine(message),
        };
        let services = &self.deps.services;
        let current = services.get(&serving.name).await.map_err(in_googles_words)?;
        if current.is_some_and(|service| !belongs_to(&service, &serving.function)) {
            return Err(StepError::Failed(Failure {
                code: Code::AlreadyExists.number(),
                message: format!(
                    "Could not create Cloud Run service {id}. A Cloud Run service with this name \
                     already exists. Please redeploy the function with a different name."
                ),
            }));
        }
        let applied = services.apply(&serving.name, &serving.document, UPDATE_MASK).await;
        applied.map_err(in_googles_words)?;
        loop {
            match services.state(&serving.name).await.map_err(in_googles_words)? {
                ServiceState::Pending => sleep(LOOK_EVERY).await,
                ServiceState::Ready { revision, uri } => {
                    return Ok(Report::Serves { revision, uri });
                }
                ServiceState::Failed { message } => {
                    let code = Code::InvalidArgument.number();
                    return Err(StepError::Failed(Failure::of_service(id, code, &message)));
                }
            }
        }
    }
}

/// Why a step was not carried out.
enum StepError {
    /// For good.
    Failed(Failure),
    /// This machine is at fault.
    Machine(String),
}

impl From<PortError> for StepError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Refused { code, message } => {
                Self::Failed(Failure { code: code.number(), message })
            }
            PortError::Unavailable(message) => Self::Machine(message),
        }
    }
}

/// What a detached service has: an empty label in place of its manager's name, and no function.
fn detached(service: &Value) -> Value {
    let mut document = json!({
        "labels": service.get("labels").cloned().unwrap_or_else(|| json!({})),
        "annotations": service.get("annotations").cloned().unwrap_or_else(|| json!({})),
    });
    document["labels"][MANAGED_BY] = json!("");
    if let Some(annotations) = document["annotations"].as_object_mut() {
        annotations.remove(FUNCTION_ID);
    }
    document
}

/// Whether a service runs the function with this id.
pub(crate) fn belongs_to(service: &Value, function: &str) -> bool {
    let annotations = service.get("annotations");
    annotations.and_then(|annotations| annotations.get(FUNCTION_ID)?.as_str()) == Some(function)
}

fn project_of(operation: &str) -> String {
    let location = operation.split_once("/operations/").map_or("", |(location, _)| location);
    Location::parse(location).map(|location| location.project).unwrap_or_default()
}
