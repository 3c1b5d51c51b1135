//! Reset, save and restore.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::durable::saved;
use longshore_local_kit::state::{SAVED_JOURNAL, Scope, Stateful};

use super::{CommitError, Service, close};
use crate::core::Event;

#[async_trait]
impl Stateful for Service {
    fn name(&self) -> &'static str {
        "run"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        self.commit(|_, _| Ok(((), vec![Event::Reset(scope.clone())]))).map_err(io_error)?;
        let removed: Vec<_> =
            self.sites().extract_if(|name, _| scope.has(name)).map(|(_, site)| site).collect();
        futures::future::join_all(removed.iter().map(|site| {
            site.front.delete();
            // A service that is restored, or created again, gets its port back.
            site.listener.cancel();
            close(site)
        }))
        .await;
        self.host.logs.remove(scope)
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.core().save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let events: Vec<Event> = saved(&folder.join(SAVED_JOURNAL))?;
        self.commit(|_, _| Ok(((), events))).map_err(io_error)?;
        let names: Vec<String> = self.core().all().map(|(name, _)| name.clone()).collect();
        for name in names {
            self.serve(&name).await;
        }
        Ok(())
    }
}

fn io_error(error: CommitError) -> io::Error {
    match error {
        CommitError::Journal(error) => error,
        CommitError::Refused(refusal) => io::Error::other(refusal),
    }
}
