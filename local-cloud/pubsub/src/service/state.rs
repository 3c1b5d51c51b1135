//! Reset, save and restore.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::durable::saved;
use longshore_local_kit::state::{SAVED_JOURNAL, Scope, Stateful};

use super::Service;
use crate::core::{Event, Refusal};

#[async_trait]
impl Stateful for Service {
    fn name(&self) -> &'static str {
        "pubsub"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        self.change(|_, _| Ok(((), vec![Event::Reset(scope.clone())]))).map_err(io_error)?;
        self.published.forget(scope);
        Ok(())
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.lock().core.save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let events: Vec<Event> = saved(&folder.join(SAVED_JOURNAL))?;
        self.change(|_, _| Ok(((), events))).map_err(io_error)
    }
}

fn io_error(refusal: Refusal) -> io::Error {
    io::Error::other(refusal)
}
