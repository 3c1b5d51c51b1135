//! The core with its journal, its key material and the clock.

mod state;

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use longshore_local_kit::durable::Durable;
use longshore_local_kit::keys::{CustomerKeys, KeyError, KeyUser};
use longshore_local_kit::projects::LocalProject;
use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;
use uuid::Uuid;

use super::cipher::{self, CipherError};
use super::core::{Event, KeyName, Kms, Protection, Refusal, Version, VersionName};
use super::material::Materials;

/// What Cloud KMS needs besides its directory.
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
    /// Transient: the disk or the system's randomness failed, and nothing was changed. Contains no
    /// key material, only the error of the file system.
    #[error("cannot read or write the state of Cloud KMS")]
    Disk(#[from] io::Error),
}

impl From<CipherError> for ServiceError {
    fn from(error: CipherError) -> Self {
        Self::Disk(io::Error::other(error))
    }
}

/// A text that was encrypted.
pub(super) struct Encrypted {
    pub(super) version: VersionName,
    pub(super) protection: Protection,
    pub(super) ciphertext: Vec<u8>,
}

/// A text that was decrypted.
pub(super) struct Decrypted {
    pub(super) plaintext: Vec<u8>,
    pub(super) protection: Protection,
    pub(super) used_primary: bool,
}

/// Cloud KMS of one data directory.
pub struct Service {
    core: Mutex<Durable<Kms>>,
    materials: Materials,
    /// Id and number of the project. Either names it.
    project: (String, String),
}

impl Service {
    /// Opens the state under `dir`, and creates it if it is missing.
    ///
    /// # Errors
    /// When the directory or its journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        std::fs::create_dir_all(dir)?;
        let projects = LocalProject { id: deps.project.clone(), number: deps.project_number };
        let core = Durable::open(&dir.join("journal"), Kms::of(projects))?;
        let materials = Materials::open(&dir.join("material"))?;
        let project = (deps.project, deps.project_number.to_string());
        let service = Self { core: Mutex::new(core), materials, project };
        let core = service.core()?;
        if core.is_complete() {
            service.materials.retain(&core.materials().collect());
        }
        drop(core);
        Ok(Arc::new(service))
    }

    /// The name with the project's id in place of its number.
    pub(super) fn resource_name(&self, name: &str) -> String {
        let (id, number) = &self.project;
        match name.strip_prefix("projects/").and_then(|rest| rest.split_once('/')) {
            Some((project, rest)) if project == number => format!("projects/{id}/{rest}"),
            _ => name.to_owned(),
        }
    }

    /// Encrypts with the primary version of a key, or with `version`.
    pub(super) fn encrypt(
        &self,
        key: &KeyName,
        version: Option<&VersionName>,
        plaintext: &[u8],
        additional: &[u8],
    ) -> Result<Encrypted, ServiceError> {
        let (name, version) = {
            let core = self.core()?;
            match version {
                Some(name) => (name.clone(), core.enabled(name)?.clone()),
                None => {
                    let (number, version) = core.enabled_primary(key)?;
                    (key.version(number), version.clone())
                }
            }
        };
        let material = self.materials.read(version.material)?;
        let ciphertext = cipher::seal(version.material, &material, plaintext, additional)?;
        Ok(Encrypted { version: name, protection: version.protection, ciphertext })
    }

    /// Decrypts with the version of a key that encrypted.
    pub(super) fn decrypt(
        &self,
        key: &KeyName,
        ciphertext: &[u8],
        additional: &[u8],
    ) -> Result<Decrypted, ServiceError> {
        let (version, used_primary) = {
            let core = self.core()?;
            let (entry, version) = core.version_with(key, cipher::material_of(ciphertext))?;
            (version.clone(), entry.key.primary == Some(version.number))
        };
        let material = self.materials.read(version.material)?;
        let plaintext = cipher::open(&material, ciphertext, additional)
            .map_err(|_| Refusal::invalid("Decryption failed: the ciphertext is invalid."))?;
        Ok(Decrypted { plaintext, protection: version.protection, used_primary })
    }

    /// Decides, and writes the events to the journal. `decide` gets the id that a new version's
    /// material would have.
    pub(super) fn commit<T>(
        &self,
        decide: impl FnOnce(&Kms, Uuid, OffsetDateTime) -> Result<(T, Vec<Event>), Refusal>,
    ) -> Result<T, ServiceError> {
        let mut core = self.core()?;
        let material = Uuid::new_v4();
        let (answer, events) = decide(&core, material, now())?;
        self.record(&mut core, events)?;
        Ok(answer)
    }

    /// The state, with everything done that is due.
    pub(super) fn core(&self) -> io::Result<MutexGuard<'_, Durable<Kms>>> {
        let mut core = self.core.lock();
        let due = core.due(now(), Uuid::new_v4);
        if !due.is_empty() {
            self.record(&mut core, due)?;
        }
        Ok(core)
    }

    /// Writes the material of new versions, then the events, and then removes the material of
    /// destroyed versions. The lock is held: material that is being written has no version until it
    /// is free.
    fn record(&self, core: &mut Durable<Kms>, events: Vec<Event>) -> io::Result<()> {
        let before: HashSet<Uuid> = core.materials().collect();
        for material in events.iter().filter_map(|event| new_material(event, &before)) {
            let generated = cipher::generate().map_err(io::Error::other)?;
            self.materials.write(material, &generated)?;
        }
        core.commit(events)?;
        let after: HashSet<Uuid> = core.materials().collect();
        before.difference(&after).for_each(|material| self.materials.remove(*material));
        Ok(())
    }
}

impl CustomerKeys for Service {
    fn usable_version(&self, key: &str, user: KeyUser<'_>) -> Result<String, KeyError> {
        let key = self.resource_name(key);
        let core = self.core().map_err(|error| KeyError::Unavailable(error.to_string()))?;
        let of_version = key.split_once("/cryptoKeyVersions/");
        let name = of_version.map_or(key.as_str(), |(name, _)| name);
        if core.has_resource(name) && !core.may_use(name, user) {
            return Err(KeyError::Denied(name.to_owned()));
        }
        usable(&core, &key).map_err(|refusal| key_error(refusal, key))
    }
}

fn usable(core: &Kms, key: &str) -> Result<String, Refusal> {
    if key.contains("/cryptoKeyVersions/") {
        let name = VersionName::parse(key)?;
        core.enabled(&name)?;
        return Ok(name.to_string());
    }
    let name = KeyName::parse(key)?;
    Ok(name.version(core.enabled_primary(&name)?.0).to_string())
}

fn key_error(refusal: Refusal, key: String) -> KeyError {
    match refusal {
        Refusal::NotFound { name, .. } => KeyError::NotFound(name),
        Refusal::NotEnabled { version, state } => KeyError::NotEnabled { version, state },
        Refusal::State(_) => KeyError::NoPrimary(key),
        Refusal::Invalid(_)
        | Refusal::AlreadyExists { .. }
        | Refusal::Etag
        | Refusal::Unimplemented(_) => KeyError::Malformed(key),
    }
}

fn new_material(event: &Event, known: &HashSet<Uuid>) -> Option<Uuid> {
    match event {
        Event::Version { version, .. } if is_new(version, known) => Some(version.material),
        Event::Version { .. }
        | Event::Ring(_)
        | Event::Key(_)
        | Event::Policy { .. }
        | Event::Reset(_) => None,
    }
}

/// A destroyed version has no material any more, and gets none.
fn is_new(version: &Version, known: &HashSet<Uuid>) -> bool {
    !matches!(version.state, super::core::State::Destroyed { .. })
        && !known.contains(&version.material)
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
