//! The core with its journal, its clock, and the task that runs what is due.

mod state;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use longshore_local_kit::clock::Clock;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::in_progress::InProgress;
use longshore_local_kit::targets::{IdTokens, Targets};
use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::core::{Attempt, Event, Refusal, Scheduler, Status};
use crate::request::{Action, action};

/// Pause after a failed write of the journal, so that the task does not spin.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);
/// How long a graceful shutdown waits for the attempts that are being made. One that is interrupted
/// is made again after the next start.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// `NOT_FOUND` and `INTERNAL`, the outcomes of publishing that fails.
const NOT_FOUND: i32 = 5;
const INTERNAL: i32 = 13;

/// What Cloud Scheduler needs besides its directory.
pub struct Deps {
    /// Id of the project that its number names as well. Other projects are named by their ids only.
    pub project: String,
    /// Number of `project`.
    pub project_number: u64,
    pub clock: Arc<dyn Clock>,
    /// Signs the identity tokens of requests.
    pub tokens: Arc<dyn IdTokens>,
    pub publisher: Arc<dyn Publisher>,
}

/// Publishes the messages of jobs.
pub trait Publisher: Send + Sync {
    /// Publishes to `projects/P/topics/T`. When it returns, the message survives any death of this
    /// process.
    ///
    /// # Errors
    /// Why the message was not published.
    fn publish(
        &self,
        topic: &str,
        data: Bytes,
        attributes: BTreeMap<String, String>,
    ) -> Result<(), PublishError>;
}

/// Why a message was not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The topic does not exist.
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Failed(String),
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The state forbids the call. Retrying does not help.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Transient: the disk failed, and nothing was changed.
    #[error("cannot write the state of Cloud Scheduler")]
    Disk(#[from] io::Error),
}

/// Cloud Scheduler of one data directory.
pub struct Service {
    core: Mutex<Durable<Scheduler>>,
    deps: Deps,
    targets: Targets,
    /// Notified when something may be due earlier than before.
    wake: Arc<Notify>,
    stop: CancellationToken,
    /// The attempts, by job.
    attempts: InProgress,
    driver: Mutex<Option<JoinHandle<()>>>,
}

impl Service {
    /// Reads the journal in `dir`, which is created if it is missing, and starts to run jobs. Needs
    /// a Tokio runtime.
    ///
    /// # Errors
    /// When the journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        std::fs::create_dir_all(dir)?;
        let core = Durable::open(&dir.join("journal"), Scheduler::default())?;
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

    pub(crate) fn core(&self) -> MutexGuard<'_, Durable<Scheduler>> {
        self.core.lock()
    }

    /// Decides, and writes the events to the journal.
    pub(crate) fn commit<T>(
        &self,
        decide: impl FnOnce(&Scheduler, OffsetDateTime) -> Result<(T, Vec<Event>), Refusal>,
    ) -> Result<T, ServiceError> {
        let mut core = self.core.lock();
        let (answer, events) = decide(&core, self.now())?;
        core.commit(events)?;
        drop(core);
        self.wake.notify_one();
        Ok(answer)
    }

    fn now(&self) -> OffsetDateTime {
        self.deps.clock.now().into()
    }

    /// Begins what is due. Returns the attempts to make, and when to look again.
    fn begin_due(&self) -> (Vec<Attempt>, Option<OffsetDateTime>) {
        let mut core = self.core.lock();
        let now = self.now();
        let (events, attempts) = core.due(now);
        if let Err(error) = core.commit(events) {
            tracing::error!(%error, "cannot record that jobs begin");
            return (Vec::new(), Some(now + JOURNAL_RETRY));
        }
        core.core_mut().begin(&attempts);
        (attempts, core.next_wakeup())
    }

    fn caller(&self) -> Caller {
        Caller {
            targets: self.targets.clone(),
            clock: Arc::clone(&self.deps.clock),
            publisher: Arc::clone(&self.deps.publisher),
        }
    }

    /// A reset has removed the job.
    fn abandon(&self, attempt: &Attempt) {
        self.core.lock().core_mut().end(attempt);
    }

    fn finish(&self, attempt: &Attempt, status: Status) {
        if status.code != 0 {
            let (job, code, message) = (&attempt.job, status.code, &status.message);
            tracing::info!(job, code, message, "an attempt of a scheduled job failed");
        }
        let mut core = self.core.lock();
        let events = core.finish(attempt, status, self.now());
        if let Err(error) = core.commit(events) {
            // The execution is still recorded, so the attempt is repeated.
            tracing::error!(%error, job = attempt.job, "cannot record the end of an attempt");
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

/// Makes attempts. It does not keep the service alive.
#[derive(Clone)]
struct Caller {
    targets: Targets,
    clock: Arc<dyn Clock>,
    publisher: Arc<dyn Publisher>,
}

impl Caller {
    async fn attempt(self, attempt: &Attempt) -> Status {
        match action(attempt) {
            Action::Call(request) => {
                let outcome = self.targets.call(request, self.clock.now()).await;
                Status { code: outcome.code(), message: outcome.message() }
            }
            Action::Publish { topic, data, attributes } => {
                match self.publisher.publish(&topic, data, attributes) {
                    Ok(()) => Status::default(),
                    Err(PublishError::NotFound(message)) => Status { code: NOT_FOUND, message },
                    Err(PublishError::Failed(message)) => Status { code: INTERNAL, message },
                }
            }
        }
    }
}

/// Runs what is due until the service stops, then waits for the attempts that are being made.
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
            let (service, caller) = (Weak::clone(&service), present.caller());
            // Attempts that are being made are waited for when the service stops.
            let work = present.attempts.begin(&attempt.job, &CancellationToken::new());
            attempts.spawn(async move {
                let made = work.cancelled.run_until_cancelled(caller.attempt(&attempt)).await;
                if let Some(service) = service.upgrade() {
                    match made {
                        Some(status) => service.finish(&attempt, status),
                        None => service.abandon(&attempt),
                    }
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
