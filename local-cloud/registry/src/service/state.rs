//! Reset, save and restore.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::durable::saved;
use longshore_local_kit::state::{SAVED_JOURNAL, Scope, Stateful, link_all, link_files};

use super::Service;
use crate::contents::file_name;
use crate::core::Event;

const CONTENTS: &str = "contents";

#[async_trait]
impl Stateful for Service {
    fn name(&self) -> &'static str {
        "registry"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        let mut registry = self.lock();
        let before = registry.all_contents();
        registry.commit(vec![Event::Reset(scope.clone())])?;
        let after = registry.all_contents();
        before.difference(&after).for_each(|digest| self.contents.remove(digest));
        Ok(())
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let registry = self.lock();
        let files: Vec<_> = registry.all_contents().iter().map(file_name).collect();
        link_files(self.contents.dir(), &folder.join(CONTENTS), files)?;
        registry.save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let events: Vec<Event> = saved(&folder.join(SAVED_JOURNAL))?;
        let mut registry = self.lock();
        link_all(&folder.join(CONTENTS), self.contents.dir())?;
        registry.commit(events)
    }
}
