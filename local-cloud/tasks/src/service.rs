//! The core with its journal, its clock, and the task that dispatches what is due.

mod state;

use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use longshore_local_kit::clock::Clock;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::in_progress::InProgress;
use longshore_local_kit::targets::{IdTokens, Outcome, Targets};
use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::core::{Attempt, CloudTasks, Event, Refusal};
use crate::request::request;

/// Pause after a failed write of the journal, so that the task does not spin.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);
/// How long a graceful shutdown waits for the attempts that are being made. One that is interrupted
/// is made again after the next start.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// What Cloud Tasks needs besides its directory.
pub struct Deps {
    /// Id of the project that its number names as well. Other projects are named by their ids only.
    pub project: String,
    /// Number of `project`.
    pub project_number: u64,
    pub clock: Arc<dyn Clock>,
    /// Signs the identity tokens of requests.
    pub tokens: Arc<dyn IdTokens>,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The state forbids the call. Retrying does not help.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Transient: the disk failed, and nothing was changed.
    #[error("cannot write the state of Cloud Tasks")]
    Disk(#[from] io::Error),
}

/// Cloud Tasks of one data directory.
pub struct Service {
    core: Mutex<Durable<CloudTasks>>,
    deps: Deps,
    targets: Targets,
    /// Notified when something may be due earlier than before.
    wake: Arc<Notify>,
    stop: CancellationToken,
    /// The attempts, by task.
    attempts: InProgress,
    driver: Mutex<Option<JoinHandle<()>>>,
}

impl Service {
    /// Reads the journal in `dir`, which is created if it is missing, and starts to dispatch tasks.
    /// Needs a Tokio runtime.
    ///
    /// # Errors
    /// When the journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        std::fs::create_dir_all(dir)?;
        let core = Durable::open(&dir.join("journal"), CloudTasks::default())?;
        let service = Arc::new(Self {
            core: Mutex::new(core),
            targets: Targets::new(Arc::clone(&deps.tokens)),
            deps,
            wake: Arc::new(Notify::new()),
            stop: CancellationToken::new(),
            attempts: InProgress::default(),
            driver: Mutex::new(None),
        });
        let driver = runtime.spawn(drive(
            Arc::downgrade(&service),
            Arc::clone(&service.deps.clock),
            Arc::clone(&service.wake),
            service.stop.clone(),
        ));
        *service.driver.lock() = Some(driver);
        Ok(service)
    }

    /// Starts no more attempts, and waits some seconds for those that are being made.
    pub async fn stop(&self) {
        self.stop.cancel();
        let driver = self.driver.lock().take();
        if let Some(driver) = driver {
            let _ = tokio::time::timeout(STOP_TIMEOUT, driver).await;
        }
    }

    /// The name with the project's id in place of its number.
    pub(crate) fn resource_name(&self, name: &str) -> String {
        let number = self.deps.project_number.to_string();
        let rest = name.strip_prefix("projects/").and_then(|rest| rest.strip_prefix(&number));
        match rest {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                format!("projects/{}{rest}", self.deps.project)
            }
            _ => name.to_owned(),
        }
    }

    pub(crate) fn core(&self) -> MutexGuard<'_, Durable<CloudTasks>> {
        self.core.lock()
    }

    /// Decides, and writes the events to the journal.
    pub(crate) fn commit<T>(
        &self,
        decide: impl FnOnce(&CloudTasks, OffsetDateTime) -> Result<(T, Vec<Event>), Refusal>,
    ) -> Result<T, ServiceError> {
        let mut core = self.core.lock();
        let (answer, events) = decide(&core, self.now())?;
        core.commit(events)?;
        drop(core);
        self.wake.notify_one();
        Ok(answer)
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.deps.clock.now().into()
    }

    /// Begins what is due. Returns the attempts to make, and when to look again.
    fn begin_due(&self) -> (Vec<Attempt>, Option<OffsetDateTime>) {
        let mut core = self.core.lock();
        let now = self.now();
        let (events, attempts) = core.due(now);
        if let Err(error) = core.commit(events) {
            tracing::error!(%error, "cannot record that tasks are dispatched");
            return (Vec::new(), Some(now + JOURNAL_RETRY));
        }
        core.core_mut().begin(&attempts, now);
        (attempts, core.next_wakeup(now))
    }

    fn finish(&self, attempt: &Attempt, outcome: &Outcome) {
        if !outcome.is_success() {
            let (task, message) = (&attempt.spec.name, outcome.message());
            tracing::info!(task, message, "an attempt of a task failed");
        }
        let mut core = self.core.lock();
        let events = core.finish(attempt, outcome, self.now());
        if let Err(error) = core.commit(events) {
            // The task is still recorded, so the attempt is repeated.
            tracing::error!(%error, task = attempt.spec.name, "cannot record an attempt's end");
        }
        core.core_mut().end(attempt);
        drop(core);
        self.wake.notify_one();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Dispatches what is due until the service stops, then waits for the attempts that are being made.
/// The attempts do not keep the service alive.
async fn drive(
    service: Weak<Service>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    stop: CancellationToken,
) {
    let mut attempts = JoinSet::new();
    while !stop.is_cancelled() {
        let Some(present) = service.upgrade() else { return };
        let (due, next) = present.begin_due();
        for attempt in due {
            let (service, targets) = (Weak::clone(&service), present.targets.clone());
            let clock = Arc::clone(&clock);
            // Attempts that are being made are waited for when the service stops.
            let work = present.attempts.begin(&attempt.spec.name, &CancellationToken::new());
            attempts.spawn(async move {
                let call = targets.call(request(&attempt), clock.now());
                // Only a reset, which removes the task, cancels.
                if let Some(outcome) = work.cancelled.run_until_cancelled(call).await
                    && let Some(service) = service.upgrade()
                {
                    service.finish(&attempt, &outcome);
                }
                drop(work);
            });
        }
        drop(present);
        let until = async {
            match next {
                Some(next) => clock.until(SystemTime::from(next)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = until => {}
            () = wake.notified() => {}
            Some(_) = attempts.join_next() => {}
            () = stop.cancelled() => {}
        }
    }
    while attempts.join_next().await.is_some() {}
}
