//! Reset, save and restore.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::durable::saved;
use longshore_local_kit::state::{SAVED_JOURNAL, Scope, Stateful, link_all, link_files};

use super::Service;
use crate::core::Event;

const MATERIAL: &str = "material";

#[async_trait]
impl Stateful for Service {
    fn name(&self) -> &'static str {
        "kms"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        let mut core = self.core()?;
        self.record(&mut core, vec![Event::Reset(scope.clone())])
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let core = self.core()?;
        let names = core.materials().map(|material| material.to_string());
        link_files(self.materials.dir(), &folder.join(MATERIAL), names)?;
        core.save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let events: Vec<Event> = saved(&folder.join(SAVED_JOURNAL))?;
        link_all(&folder.join(MATERIAL), self.materials.dir())?;
        // Not by `record`, which would generate new material.
        self.core()?.commit(events)
    }
}
