//! The logs of all sources, and the entries that clients write.

mod state;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use google_cloud_wkt::Timestamp;
use serde_json::Value;

use crate::core::{Accepted, Filter, LogName, Page, Receipt};
use crate::source::LogSource;
use crate::store::{Store, is_deleted};
use crate::tail::{Tail, Tails, TooMany};
use longshore_local_kit::projects::LocalProject;

/// What Cloud Logging needs from other services.
pub struct Deps {
    pub projects: LocalProject,
    pub sources: Vec<Arc<dyn LogSource>>,
}

/// Cloud Logging, ready to be served.
pub struct Service {
    projects: LocalProject,
    sources: Vec<Arc<dyn LogSource>>,
    store: Store,
    tails: Arc<Tails>,
    received: AtomicU64,
}

impl Service {
    /// Opens the entries in `dir`, which is created if it is missing.
    ///
    /// # Errors
    /// When the folder cannot be read or created. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        let tails = Arc::<Tails>::default();
        for source in &deps.sources {
            let tails = Arc::clone(&tails);
            source.follow(Box::new(move |project, entry| tails.offer(project, entry)));
        }
        Ok(Arc::new(Self {
            projects: deps.projects,
            sources: deps.sources,
            store: Store::open(dir)?,
            tails,
            received: AtomicU64::new(0),
        }))
    }

    /// Ends all tails, so that their requests do.
    pub fn stop(&self) {
        self.tails.stop();
    }

    /// Follows the entries of projects that match and arrive from now on.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn tail(
        &self,
        projects: BTreeSet<String>,
        filter: Filter,
        window: Duration,
    ) -> Result<Tail, TooMany> {
        self.tails.open(projects, filter, window)
    }

    /// The id of a project that is named by its id or its number.
    pub(crate) fn project_id(&self, project: &str) -> String {
        if *project == self.projects.number.to_string() {
            self.projects.id.clone()
        } else {
            project.to_owned()
        }
    }

    /// The receipt of an entry that arrives now.
    pub(crate) fn receipt(&self, at: Timestamp) -> Receipt {
        Receipt { at, number: self.received.fetch_add(1, Ordering::Relaxed) }
    }

    /// Offers every matching entry of a project to the page. It blocks.
    ///
    /// # Errors
    /// When the logs cannot be read.
    pub(crate) fn read(&self, project: &str, filter: &Filter, page: &mut Page) -> io::Result<()> {
        self.each(project, filter, &mut |entry| page.offer(project, entry))
    }

    /// The names of the logs of a project that have entries. It blocks.
    ///
    /// # Errors
    /// When the logs cannot be read.
    pub(crate) fn log_names(&self, project: &str) -> io::Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        self.each(project, &Filter::default(), &mut |entry| {
            names.extend(entry["logName"].as_str().map(str::to_owned));
        })?;
        Ok(names)
    }

    /// Stores entries. It blocks.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn write(&self, entries: &[Accepted]) -> io::Result<()> {
        self.store.write(entries)?;
        for Accepted { project, entry } in entries {
            self.tails.offer(project, &|| entry.clone());
        }
        Ok(())
    }

    /// Deletes the entries that a log has. `false` if it has none. It blocks.
    ///
    /// # Errors
    /// When the logs cannot be read, or the deletion cannot be recorded.
    pub(crate) fn delete(&self, log: &LogName) -> io::Result<bool> {
        let has_entries = self.log_names(&log.project)?.contains(&log.text());
        if has_entries {
            self.store.delete(log, now())?;
        }
        Ok(has_entries)
    }

    fn each(&self, project: &str, filter: &Filter, each: &mut dyn FnMut(Value)) -> io::Result<()> {
        let deletions = self.store.deletions();
        let mut offer = |entry: Value| {
            if filter.matches(&entry) && !is_deleted(&deletions, &entry) {
                each(entry);
            }
        };
        self.store.read(project, &mut offer)?;
        for source in &self.sources {
            source.read(project, &|label, value| filter.admits(label, value), &mut offer)?;
        }
        Ok(())
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or_default()
}
