//! Reset, save and restore. What functions wrote belongs to Cloud Run.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::state::{Scope, Stateful};

use super::Service;

#[async_trait]
impl Stateful for Service {
    fn name(&self) -> &'static str {
        "logging"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        self.store.reset(scope)
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.store.save(folder)
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.store.restore(folder)
    }
}
