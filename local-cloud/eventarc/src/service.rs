//! Eventarc as a running service: the core with its journal, and one task for each operation that is
//! under way.

mod state;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::core::{Event, Moment, Refusal, Triggers};
use crate::ports::Cloud;
use longshore_local_kit::Announce;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::in_progress::InProgress;

/// What Eventarc needs from the other services.
#[derive(Clone)]
pub struct Deps {
    /// The services that triggers are made of.
    pub cloud: Arc<dyn Cloud>,
    /// Publishes the events of audit logs.
    pub announce: Arc<dyn Announce>,
}

/// Eventarc, with its state in one data directory.
pub struct Service {
    core: Mutex<Durable<Triggers>>,
    pub(crate) deps: Deps,
    pub(crate) tasks: TaskTracker,
    /// The operations that are carried out.
    pub(crate) operations: InProgress,
    pub(crate) stopping: CancellationToken,
}

impl Service {
    /// Opens the state under `dir`, carries out the operations that were under way, and makes sure
    /// that every trigger has its transport and sends to where its service is now. Must be called
    /// inside a tokio runtime, when the services behind the port are open.
    ///
    /// # Errors
    /// If the directory or its journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        std::fs::create_dir_all(dir)?;
        let core = Durable::open(&dir.join("journal"), Triggers::default())?;
        let service = Arc::new(Self {
            core: Mutex::new(core),
            deps,
            tasks: TaskTracker::new(),
            operations: InProgress::default(),
            stopping: CancellationToken::new(),
        });
        let pending: Vec<String> = service.core().pending().map(str::to_owned).collect();
        for operation in pending {
            // Its end is in the journal.
            drop(service.drive(operation));
        }
        service.refresh();
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
        decide: impl FnOnce(&Triggers, &Moment) -> Result<(T, Vec<Event>), Refusal>,
    ) -> Result<T, Refusal> {
        let moment = moment();
        let mut core = self.core();
        let (answer, events) = decide(&core, &moment)?;
        core.commit(events)
            .map_err(|error| Refusal::Internal(format!("cannot write the journal: {error}")))?;
        Ok(answer)
    }

    pub(crate) fn core(&self) -> MutexGuard<'_, Durable<Triggers>> {
        self.core.lock()
    }
}

pub(crate) fn moment() -> Moment {
    Moment { now: SystemTime::now().into(), random: Uuid::new_v4().as_u128() }
}
