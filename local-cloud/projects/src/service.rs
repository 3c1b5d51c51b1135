//! The core with its journal, and the names of projects.

mod state;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use longshore_local_kit::durable::Durable;
use longshore_local_kit::quotas::Quotas;
use parking_lot::Mutex;
use uuid::Uuid;

use super::core::{Policies, Policy, StaleEtag};

/// The numbers of projects.
pub trait ProjectNumbers: Send + Sync {
    /// The number of a project that is named by id or number; `None` if the text cannot name one.
    fn number_of(&self, project: &str) -> Option<u64>;
}

/// What the projects need besides their directory.
pub struct Deps {
    /// Id of the project that its number names as well. Other projects are named by their ids only.
    pub project: String,
    /// The numbers of all projects, this one included.
    pub numbers: Arc<dyn ProjectNumbers>,
    /// The quotas that Service Usage reports.
    pub quotas: Quotas,
}

/// Why a policy was not set. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetError {
    /// Permanent until the caller has read the policy again.
    #[error(transparent)]
    Stale(#[from] StaleEtag),
    /// Transient: the disk failed.
    #[error("cannot write the journal")]
    Journal(#[from] io::Error),
}

/// The projects of one data directory.
pub struct Service {
    policies: Mutex<Durable<Policies>>,
    deps: Deps,
}

/// A project, with both of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) number: u64,
}

impl Service {
    /// Opens the state under `dir`, and creates it if it is missing.
    ///
    /// # Errors
    /// When the directory or its journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        std::fs::create_dir_all(dir)?;
        let policies = Durable::open(&dir.join("journal"), Policies::default())?;
        Ok(Arc::new(Self { policies: Mutex::new(policies), deps }))
    }

    /// The project that a path names by id or number; `None` if the text cannot name one.
    pub(crate) fn project(&self, named: &str) -> Option<Project> {
        let number = self.deps.numbers.number_of(named)?;
        let is_local = self.deps.numbers.number_of(&self.deps.project) == Some(number);
        let id = if is_local { self.deps.project.clone() } else { named.to_owned() };
        Some(Project { id, number })
    }

    pub(crate) fn quotas(&self) -> &Quotas {
        &self.deps.quotas
    }

    /// The one project that a list shows.
    pub(crate) fn local(&self) -> Option<Project> {
        self.project(&self.deps.project)
    }

    /// The members that have one of the roles on a project, which is named by its id or number. A
    /// binding with a condition grants nothing, because conditions are not evaluated.
    #[must_use]
    pub fn members_with(&self, project: &str, roles: &[&str]) -> BTreeSet<String> {
        let project = self.project(project);
        project.map(|project| self.policy(&project).members_with(roles)).unwrap_or_default()
    }

    pub(crate) fn policy(&self, project: &Project) -> Policy {
        self.policies.lock().policy(&project.id)
    }

    pub(crate) fn set_policy(&self, project: &Project, given: Policy) -> Result<Policy, SetError> {
        let mut policies = self.policies.lock();
        // Hexadecimal digits in a multiple of four are valid base64, too.
        let new_etag = Uuid::new_v4().simple().to_string().chars().take(16).collect();
        let (policy, events) = policies.set(&project.id, given, new_etag)?;
        policies.commit(events)?;
        Ok(policy)
    }
}
