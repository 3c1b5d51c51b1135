//! Deletes one function of the Functions flavour behind its fence: the Cloud Functions API deletes its
//! service with it.

use std::time::Duration;

use longshore_cloud::{Functions, Kind, LiveFunction};
use longshore_messages::FunctionRef;

use super::fence::{Fence, Kept, Removed};
use crate::error::CliError;

/// Timeout for another operation on the function, and for the function to disappear: gcloud's own for
/// operations on functions.
const WAIT_MAX: Duration = Duration::from_secs(1_820);

/// What a deletion depends on.
pub(super) struct FunctionFence<'a> {
    pub(super) fence: Fence<'a>,
    pub(super) functions: &'a dyn Functions,
}

impl FunctionFence<'_> {
    /// Deletes a function, as [`Fence::remove`] does.
    pub(super) async fn remove(
        &self,
        at: &FunctionRef,
        live: &LiveFunction,
        force: bool,
    ) -> Result<Removed, CliError> {
        if !force {
            self.check_ours(at, live).await?;
        }
        let (deletion, generation) = self.fence.admit(at, live.generation().unwrap_or(0)).await?;
        let superseded = self.fence.older(deletion).await?;
        for &id in &superseded {
            self.fence.wait_for_writer(id).await?;
        }
        self.fence.delete_triggers(at, deletion).await?;
        let deleted = tokio::time::timeout(WAIT_MAX, self.delete(at, generation, force)).await;
        deleted.unwrap_or_else(|_| Err(CliError::NotGone(at.to_string())))?;
        let source = live.shape.source.to_string();
        let source = (!live.shape.source.object.is_empty()).then_some(source);
        Ok(Removed { deletion, generation, superseded, kept: Kept { image: None, source } })
    }

    async fn check_ours(&self, at: &FunctionRef, live: &LiveFunction) -> Result<(), CliError> {
        let known = match live.written_by() {
            Some(writer) => {
                self.fence.ledger.request(writer).await.map_err(CliError::ledger)?.is_some()
            }
            None => false,
        };
        if known { Ok(()) } else { Err(CliError::NotOurs(at.to_string())) }
    }

    /// Deletes the function, unless a later generation wrote it, and waits until it no longer exists.
    async fn delete(
        &self,
        at: &FunctionRef,
        generation_of_deletion: u64,
        force: bool,
    ) -> Result<(), CliError> {
        let name = at.function();
        let mut is_accepted = false;
        loop {
            let live = self.functions.get(&name).await.map_err(CliError::ReadService)?;
            let Some(live) = live else { return Ok(()) };
            if live.generation().unwrap_or(0) > generation_of_deletion && !force {
                // A new function, if the old one is gone.
                let superseded = || CliError::DeletionSuperseded(at.to_string());
                return if is_accepted { Ok(()) } else { Err(superseded()) };
            }
            if !is_accepted {
                match self.functions.delete(&name).await {
                    Ok(_) => is_accepted = true,
                    // Another operation runs on it.
                    Err(error) if error.kind == Kind::PreconditionFailed => {}
                    Err(error) => return Err(CliError::Delete(error)),
                }
            }
            tokio::time::sleep(self.fence.poll).await;
        }
    }
}
