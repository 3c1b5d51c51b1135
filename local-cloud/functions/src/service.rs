//! Cloud Functions as a running service: the core with its journal, and one task for each operation
//! that is under way.

mod state;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::core::{Event, Functions, Moment, Refusal};
use crate::ports::{Builds, Keys, Repositories, Services, Sources, Triggers};
use longshore_local_kit::durable::Durable;
use longshore_local_kit::in_progress::InProgress;

/// What Cloud Functions needs from the other services.
#[derive(Clone)]
pub struct Deps {
    /// Cloud Storage.
    pub sources: Arc<dyn Sources>,
    /// Artifact Registry.
    pub repositories: Arc<dyn Repositories>,
    /// Cloud Build.
    pub builds: Arc<dyn Builds>,
    /// Cloud Run.
    pub services: Arc<dyn Services>,
    /// Eventarc.
    pub triggers: Arc<dyn Triggers>,
    /// Customer-managed keys.
    pub keys: Arc<dyn Keys>,
}

/// Cloud Functions, with its state in one data directory.
pub struct Service {
    core: Mutex<Durable<Functions>>,
    /// Notified of every commit.
    committed: watch::Sender<()>,
    pub(crate) deps: Deps,
    pub(crate) tasks: TaskTracker,
    /// The operations that are carried out.
    pub(crate) operations: InProgress,
    pub(crate) stopping: CancellationToken,
}

impl Service {
    /// Opens the state under `dir`, and continues the operations that were under way. Must be called
    /// inside a tokio runtime, when the services behind the ports are open.
    ///
    /// # Errors
    /// If the directory or its journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        std::fs::create_dir_all(dir)?;
        let core = Durable::open(&dir.join("journal"), Functions::default())?;
        let service = Arc::new(Self {
            core: Mutex::new(core),
            committed: watch::Sender::new(()),
            deps,
            tasks: TaskTracker::new(),
            operations: InProgress::default(),
            stopping: CancellationToken::new(),
        });
        let pending: Vec<String> = service.core().pending().map(str::to_owned).collect();
        for operation in pending {
            service.drive(operation);
        }
        Ok(service)
    }

    /// Stops the operations. They continue when the service is opened again.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Decides, and writes the events to the journal. Nothing is acknowledged before it is written.
    pub(crate) fn commit<T>(
        &self,
        project: &str,
        decide: impl FnOnce(&Functions, &Moment) -> Result<(T, Vec<Event>), Refusal>,
    ) -> Result<T, Refusal> {
        let moment = self.moment(project);
        let mut core = self.core();
        let (answer, events) = decide(&core, &moment)?;
        core.commit(events)
            .map_err(|error| Refusal::Internal(format!("cannot write the journal: {error}")))?;
        drop(core);
        self.committed.send_replace(());
        Ok(answer)
    }

    pub(crate) fn core(&self) -> MutexGuard<'_, Durable<Functions>> {
        self.core.lock()
    }

    pub(crate) fn moment(&self, project: &str) -> Moment {
        Moment {
            now: SystemTime::now().into(),
            random: Uuid::new_v4().as_u128(),
            project_number: self.deps.sources.project_number(project),
        }
    }

    /// Notified of every commit.
    #[cfg(test)]
    pub(crate) fn commits(&self) -> watch::Receiver<()> {
        self.committed.subscribe()
    }
}
