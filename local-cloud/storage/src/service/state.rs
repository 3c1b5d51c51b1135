//! Reset, save and restore.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::durable::saved;
use longshore_local_kit::state::{SAVED_JOURNAL, Scope, Stateful, copy_all, link_all, link_files};

use super::{Event, Files, Service};

const CONTENTS: &str = "contents";
const UPLOADS: &str = "uploads";

#[async_trait]
impl Stateful for Service<Files> {
    fn name(&self) -> &'static str {
        "storage"
    }

    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()> {
        let mut state = self.lock();
        let (generations, uploads) = state.contents_in(scope);
        state.commit(vec![Event::Reset(scope.clone())])?;
        drop(state);
        generations.into_iter().for_each(|generation| self.discard(generation));
        uploads.iter().for_each(|upload| self.abandon(upload));
        Ok(())
    }

    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let state = self.lock();
        let files = state.kept().map(|generation| generation.to_string());
        link_files(self.contents.kept(), &folder.join(CONTENTS), files)?;
        // An upload goes on, so its file is copied.
        let (from, into) = (self.contents.uploads(), folder.join(UPLOADS));
        std::fs::create_dir_all(&into)?;
        for upload in state.open_uploads() {
            if from.join(upload).exists() {
                std::fs::copy(from.join(upload), into.join(upload))?;
            }
        }
        state.save(&folder.join(SAVED_JOURNAL))
    }

    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()> {
        let events: Vec<Event> = saved(&folder.join(SAVED_JOURNAL))?;
        let mut state = self.lock();
        link_all(&folder.join(CONTENTS), self.contents.kept())?;
        copy_all(&folder.join(UPLOADS), self.contents.uploads())?;
        state.commit(events)?;
        self.parts.continue_after(state.last_place());
        let owed = state.owed();
        drop(state);
        self.publish(owed);
        Ok(())
    }
}
