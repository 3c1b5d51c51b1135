//! The states of all services, as one.

use std::io;
use std::sync::Arc;

use longshore_local_kit::state::{Scope, Stateful};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Mutex;

use super::snapshots::{Snapshot, SnapshotError, Snapshots};

/// Why a state was not changed or saved.
#[derive(Debug, thiserror::Error)]
pub(super) enum StatesError {
    #[error("no service with a state is named {named:?}; there are {known}")]
    UnknownService { named: String, known: String },
    #[error("the snapshot has no state of {0}")]
    NotInSnapshot(String),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("{service}: {source}")]
    Service { service: &'static str, source: io::Error },
}

pub(super) struct States {
    /// In the order in which they are opened: each after those that it uses.
    services: Vec<Arc<dyn Stateful>>,
    snapshots: Snapshots,
    /// Held during changes of all states, so that two of them do not mix.
    changing: Mutex<()>,
}

impl States {
    pub(super) fn new(services: Vec<Arc<dyn Stateful>>, snapshots: Snapshots) -> Self {
        Self { services, snapshots, changing: Mutex::new(()) }
    }

    pub(super) fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    /// Resets the named services, or all if none is named. Returns their names.
    pub(super) async fn reset(
        &self,
        named: &[String],
        scope: &Scope,
    ) -> Result<Vec<&'static str>, StatesError> {
        let services = self.named(named)?;
        let _changing = self.changing.lock().await;
        reset(&services, scope).await?;
        Ok(names(&services))
    }

    /// Saves the named services, or all.
    pub(super) async fn save(&self, name: &str, named: &[String]) -> Result<Snapshot, StatesError> {
        let services = self.named(named)?;
        let _changing = self.changing.lock().await;
        let staging = self.snapshots.begin(name)?;
        for service in &services {
            let folder = staging.join(service.name());
            std::fs::create_dir(&folder).map_err(SnapshotError::from)?;
            Arc::clone(service).save(&folder).await.map_err(of(service))?;
        }
        let snapshot = Snapshot {
            name: name.to_owned(),
            create_time: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
            services: names(&services).into_iter().map(str::to_owned).collect(),
        };
        self.snapshots.keep(&staging, &snapshot)?;
        Ok(snapshot)
    }

    /// Restores the named services, or all that the snapshot has. The others stay as they are.
    pub(super) async fn restore(
        &self,
        name: &str,
        named: &[String],
    ) -> Result<Vec<&'static str>, StatesError> {
        let (snapshot, folder) = self.snapshots.get(name)?;
        let named = if named.is_empty() { &snapshot.services } else { named };
        let services = self.named(named)?;
        if let Some(missing) = named.iter().find(|name| !snapshot.services.contains(name)) {
            return Err(StatesError::NotInSnapshot(missing.clone()));
        }
        let _changing = self.changing.lock().await;
        reset(&services, &Scope::Everything).await?;
        for service in &services {
            let folder = folder.join(service.name());
            Arc::clone(service).restore(&folder).await.map_err(of(service))?;
        }
        Ok(names(&services))
    }

    fn named(&self, named: &[String]) -> Result<Vec<Arc<dyn Stateful>>, StatesError> {
        let is_known = |name: &&String| self.services.iter().any(|known| known.name() == **name);
        if let Some(unknown) = named.iter().find(|name| !is_known(name)) {
            return Err(StatesError::UnknownService {
                named: unknown.clone(),
                known: names(&self.services).join(", "),
            });
        }
        let is_named = |service: &&Arc<dyn Stateful>| {
            named.is_empty() || named.iter().any(|name| name == service.name())
        };
        Ok(self.services.iter().filter(is_named).cloned().collect())
    }
}

/// Users before what they use: what a function's deployment still does must not appear again in
/// services that are reset already.
async fn reset(services: &[Arc<dyn Stateful>], scope: &Scope) -> Result<(), StatesError> {
    for service in services.iter().rev() {
        Arc::clone(service).reset(scope).await.map_err(of(service))?;
    }
    Ok(())
}

fn names(services: &[Arc<dyn Stateful>]) -> Vec<&'static str> {
    services.iter().map(|service| service.name()).collect()
}

fn of(service: &Arc<dyn Stateful>) -> impl FnOnce(io::Error) -> StatesError {
    let service = service.name();
    move |source| StatesError::Service { service, source }
}
