//! The core with its journal, its values and the clock.

mod state;

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use google_cloud_wkt::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use uuid::Uuid;

use super::core::{Event, Moment, Payload, Refusal, SecretName, Secrets, Version, VersionName};
use super::payloads::Payloads;
use longshore_local_kit::durable::Durable;

/// What Secret Manager needs besides its directory.
pub struct Deps {
    /// Id of the project that its number names as well. Other projects are named by their ids only.
    pub project: String,
    /// Number of `project`.
    pub project_number: u64,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The state forbids the call. Retrying does not help.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Transient: the disk failed, and nothing was changed. Contains no value, only the error of
    /// the file system.
    #[error("cannot read or write the state of Secret Manager")]
    Disk(#[from] io::Error),
}

/// Secret Manager of one data directory.
pub struct Service {
    core: Mutex<Durable<Secrets>>,
    payloads: Payloads,
    /// Id and number of the project. Either names it.
    project: (String, String),
    observers: Mutex<Vec<Observer>>,
}

/// Called after each change, without a lock.
type Observer = Box<dyn Fn() + Send>;

impl Service {
    /// Opens the state under `dir`, and creates it if it is missing.
    ///
    /// # Errors
    /// When the directory or its journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        std::fs::create_dir_all(dir)?;
        let core = Durable::open(&dir.join("journal"), Secrets::default())?;
        let payloads = Payloads::open(&dir.join("payloads"))?;
        let project = (deps.project, deps.project_number.to_string());
        let service =
            Self { core: Mutex::new(core), payloads, project, observers: Mutex::default() };
        let named = named(&service.core());
        if service.core().is_complete() {
            service.payloads.retain(&named);
        }
        Ok(Arc::new(service))
    }

    /// The value of a version of a secret that a Cloud Run service of `project` names by its id or
    /// in full.
    ///
    /// # Errors
    /// [`ServiceError::Refused`] when the secret or the version does not exist or the version is
    /// not enabled; [`ServiceError::Disk`] when its file cannot be read.
    pub fn value(
        &self,
        project: &str,
        secret: &str,
        version: &str,
    ) -> Result<Vec<u8>, ServiceError> {
        let name = SecretName::of_service(project, secret)
            .ok_or_else(|| Refusal::Invalid(format!("'{secret}' is not the name of a secret")))?;
        let name = SecretName::new(self.project_id(&name.project), &name.id);
        self.access(&name.version(version)).map(|(_, _, data)| data)
    }

    /// Calls a function after each change, before the caller of the change gets its answer. It must
    /// neither block for long nor change secrets itself.
    pub fn observe(&self, observer: impl Fn() + Send + 'static) {
        self.observers.lock().push(Box::new(observer));
    }

    fn changed(&self) {
        self.observers.lock().iter().for_each(|observer| observer());
    }

    /// The id of a project that is named by id or number.
    pub(super) fn project_id<'a>(&'a self, named: &'a str) -> &'a str {
        let (id, number) = &self.project;
        if named == number { id } else { named }
    }

    pub(super) fn access(
        &self,
        name: &VersionName,
    ) -> Result<(Version, Payload, Vec<u8>), ServiceError> {
        let core = self.core();
        let (version, payload) = core.access(name)?;
        let data = self.payloads.read(&payload.file)?;
        Ok((version.clone(), payload.clone(), data))
    }

    pub(super) fn add_version(
        &self,
        name: &SecretName,
        data: &[u8],
        checksum: Option<i64>,
    ) -> Result<Version, ServiceError> {
        let mut core = self.core();
        let (version, events) = core.add_version(name, data, checksum, &now())?;
        if let Some(payload) = &version.payload {
            self.payloads.write(&payload.file, data)?;
        }
        core.commit(events)?;
        drop(core);
        self.changed();
        Ok(version)
    }

    /// Decides, writes the events to the journal, and removes the values that no version names any
    /// more.
    pub(super) fn commit<T>(
        &self,
        decide: impl FnOnce(&Secrets, &Moment) -> Result<(T, Vec<Event>), Refusal>,
    ) -> Result<T, ServiceError> {
        let mut core = self.core();
        let before = named(&core);
        let (answer, events) = decide(&core, &now())?;
        core.commit(events)?;
        // Under the lock: a value that is being added has no version until the lock is free.
        before.difference(&named(&core)).for_each(|file| self.payloads.remove(file));
        drop(core);
        self.changed();
        Ok(answer)
    }

    /// The state, without secrets that have expired.
    pub(super) fn core(&self) -> MutexGuard<'_, Durable<Secrets>> {
        if self.expire() {
            self.changed();
        }
        self.core.lock()
    }

    /// Deletes the secrets that have expired, and returns whether there were any. If the disk
    /// fails, the next call tries again.
    fn expire(&self) -> bool {
        let mut core = self.core.lock();
        let events = core.expire(now().now);
        if events.is_empty() {
            return false;
        }
        let before = named(&core);
        if let Err(error) = core.commit(events) {
            tracing::warn!(%error, "cannot delete secrets that have expired");
            return false;
        }
        before.difference(&named(&core)).for_each(|file| self.payloads.remove(file));
        true
    }
}

/// The files of the values that versions name.
fn named(core: &Secrets) -> HashSet<String> {
    core.payloads().map(|payload| payload.file.clone()).collect()
}

fn now() -> Moment {
    Moment {
        now: Timestamp::try_from(SystemTime::now()).unwrap_or_default(),
        random: Uuid::new_v4().as_u128(),
    }
}
