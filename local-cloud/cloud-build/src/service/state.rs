//! Reset, save and restore.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::durable::saved;
use longshore_local_kit::state::{SAVED_JOURNAL, Scope, Stateful};
use time::OffsetDateTime;

use super::Service;
use crate::core::Event;

#[async_trait]
impl Stateful for Service {
    fn name(&self) -> &'static str {
        "build"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        self.lock().commit(vec![Event::Reset { scope: scope.clone() }])?;
        self.work.end(scope).await;
        self.schedule();
        Ok(())
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.lock().save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let events: Vec<Event> = saved(&folder.join(SAVED_JOURNAL))?;
        let mut builds = self.lock();
        builds.commit(events)?;
        let interrupted = builds.interrupted(OffsetDateTime::now_utc());
        builds.commit(interrupted)?;
        drop(builds);
        self.schedule();
        Ok(())
    }
}
