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
        "functions"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        self.core().commit(vec![Event::Reset(scope.clone())])?;
        self.operations.end(scope).await;
        self.committed.send_replace(());
        Ok(())
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.core().save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        self.core().commit(saved::<Event>(&folder.join(SAVED_JOURNAL))?)?;
        let pending: Vec<String> = self.core().pending().map(str::to_owned).collect();
        for operation in pending {
            self.drive(operation);
        }
        self.committed.send_replace(());
        Ok(())
    }
}
