//! Reset, save and restore.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::durable::saved;
use longshore_local_kit::state::{SAVED_JOURNAL, Scope, Stateful};

use super::Service;
use crate::core::Event;

#[async_trait]
impl Stateful for Service {
    fn name(&self) -> &'static str {
        "projects"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        self.policies.lock().commit(vec![Event::Reset(scope.clone())])
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.policies.lock().save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.policies.lock().commit(saved::<Event>(&folder.join(SAVED_JOURNAL))?)
    }
}
