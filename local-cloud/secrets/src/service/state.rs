//! Reset, save and restore.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::durable::saved;
use longshore_local_kit::state::{SAVED_JOURNAL, Scope, Stateful, link_all, link_files};

use super::{Service, ServiceError, named};
use crate::core::Event;

const PAYLOADS: &str = "payloads";

#[async_trait]
impl Stateful for Service {
    fn name(&self) -> &'static str {
        "secrets"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        self.commit(|_, _| Ok(((), vec![Event::Reset(scope.clone())]))).map_err(io_error)
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let core = self.core();
        link_files(self.payloads.dir(), &folder.join(PAYLOADS), named(&core))?;
        core.save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let events: Vec<Event> = saved(&folder.join(SAVED_JOURNAL))?;
        link_all(&folder.join(PAYLOADS), self.payloads.dir())?;
        self.commit(|_, _| Ok(((), events))).map_err(io_error)
    }
}

fn io_error(error: ServiceError) -> io::Error {
    match error {
        ServiceError::Disk(error) => error,
        ServiceError::Refused(refusal) => io::Error::other(refusal),
    }
}
