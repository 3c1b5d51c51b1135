//! The shell of the core: journal, values, clock.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use google_cloud_wkt::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use uuid::Uuid;

use super::api::SecretsApi;
use super::core::{Event, Moment, Payload, SecretName, Secrets, Version, VersionName};
use super::payloads::Payloads;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::rest::{RestApi, RestError};

/// Secret Manager of one data directory.
pub struct Service {
    core: Mutex<Durable<Secrets>>,
    payloads: Payloads,
    /// Id and number of the project: either names it.
    project: (String, String),
}

impl Service {
    /// Opens the state under `dir`. A project is named by its id, and `project` by `project_number`
    /// as well.
    ///
    /// # Errors
    /// When the directory or its journal cannot be read or written. Starting again does not help.
    pub fn open(dir: &Path, project: &str, project_number: u64) -> io::Result<Arc<Self>> {
        std::fs::create_dir_all(dir)?;
        let core = Durable::open(&dir.join("journal"), Secrets::default())?;
        let payloads = Payloads::open(&dir.join("payloads"))?;
        let project = (project.to_owned(), project_number.to_string());
        let service = Self { core: Mutex::new(core), payloads, project };
        service.remove_unnamed(&service.core());
        Ok(Arc::new(service))
    }

    /// The REST form: `/v1/projects/*/secrets…`.
    #[must_use]
    pub fn api(self: &Arc<Self>) -> Arc<dyn RestApi> {
        Arc::new(SecretsApi { service: Arc::clone(self) })
    }

    /// The value of a secret that a service of `project` names, by its id or in full, at this
    /// version.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FAILED_PRECONDITION` when the version is not enabled; `INTERNAL` when the file
    /// cannot be read.
    pub fn value(&self, project: &str, secret: &str, version: &str) -> Result<Vec<u8>, RestError> {
        let name = SecretName::of_service(project, secret)
            .ok_or_else(|| RestError::invalid(format!("'{secret}' is not the name of a secret")))?;
        let name = SecretName::new(self.project_id(&name.project), &name.id);
        self.access(&name.version(version)).map(|(_, _, data)| data)
    }

    /// The id of a project that is named by id or number.
    pub(super) fn project_id<'a>(&'a self, named: &'a str) -> &'a str {
        let (id, number) = &self.project;
        if named == number { id } else { named }
    }

    pub(super) fn access(
        &self,
        name: &VersionName,
    ) -> Result<(Version, Payload, Vec<u8>), RestError> {
        let core = self.core();
        let (version, payload) = core.access(name)?;
        let data = self.payloads.read(&payload.file).map_err(|error| unreadable(&error))?;
        Ok((version.clone(), payload.clone(), data))
    }

    pub(super) fn add_version(
        &self,
        name: &SecretName,
        data: &[u8],
        checksum: Option<i64>,
    ) -> Result<Version, RestError> {
        let mut core = self.core();
        let (version, events) = core.add_version(name, data, checksum, &now())?;
        if let Some(payload) = &version.payload {
            self.payloads.write(&payload.file, data).map_err(|error| unreadable(&error))?;
        }
        core.commit(events).map_err(|error| unreadable(&error))?;
        Ok(version)
    }

    /// Decides, writes the events down, and removes the values that nobody names any more.
    pub(super) fn commit<T>(
        &self,
        decide: impl FnOnce(&Secrets, &Moment) -> Result<(T, Vec<Event>), RestError>,
    ) -> Result<T, RestError> {
        let mut core = self.core();
        let before = core.payloads().count();
        let (answer, events) = decide(&core, &now())?;
        core.commit(events).map_err(|error| unreadable(&error))?;
        if core.payloads().count() < before {
            self.remove_unnamed(&core);
        }
        Ok(answer)
    }

    pub(super) fn core(&self) -> MutexGuard<'_, Durable<Secrets>> {
        self.core.lock()
    }

    /// Under the core's lock: a value that is just being added is named by a version before the
    /// lock is free.
    fn remove_unnamed(&self, core: &Durable<Secrets>) {
        let named: HashSet<String> = core.payloads().map(|payload| payload.file.clone()).collect();
        self.payloads.retain(&named);
    }
}

/// Names no value: the error is the file system's.
fn unreadable(error: &io::Error) -> RestError {
    RestError::internal(format!("the state of Secret Manager cannot be kept: {error}"))
}

fn now() -> Moment {
    Moment {
        now: Timestamp::try_from(SystemTime::now()).unwrap_or_default(),
        random: Uuid::new_v4().as_u128(),
    }
}
