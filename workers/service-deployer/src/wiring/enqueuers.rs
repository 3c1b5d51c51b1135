//! Makes who may add tasks to the queues of a function what its deployment requests.

use std::collections::{BTreeMap, BTreeSet};

use longshore_cloud::CloudError;
use longshore_messages::{DeploymentId, Function, TriggerKind};

use super::{Synced, superseded};
use crate::DeployError;
use crate::stage::ServiceDeployer;
use crate::triggers::{Grants, Wanted, grants};

impl ServiceDeployer {
    /// `marked` are the principals that the fleet gave the role, by the ids of the queues. The queues
    /// that are wanted exist, and no others.
    pub(super) async fn sync_enqueuers(
        &self,
        id: DeploymentId,
        function: &Function,
        revision: &str,
        wanted: &Wanted,
        marked: &BTreeMap<String, BTreeSet<String>>,
    ) -> Result<Synced, DeployError> {
        let (at, none) = (&function.at, BTreeSet::new());
        let mut is_changed = false;
        for (queue, wanted) in &wanted.enqueuers {
            let marked = marked.get(id_of(queue)).unwrap_or(&none);
            if wanted.is_empty() && marked.is_empty() {
                continue;
            }
            let failed = |source: CloudError| DeployError::Trigger {
                revision: revision.to_owned(),
                kind: Some(TriggerKind::Queue),
                trigger: format!("the enqueuer role on queue {queue}"),
                source,
            };
            let present = self.triggers.enqueuers.enqueuers(queue).await.map_err(failed)?;
            let Grants { add, remove, forget } = grants(wanted, &present, marked);
            if !add.is_empty() || !remove.is_empty() {
                self.mark_enqueuers(function, queue, &add).await?;
                if let Some(by) = self.newer_than(id, at).await? {
                    return Ok(superseded(by));
                }
                let client = &self.triggers.enqueuers;
                client.change_enqueuers(queue, &add, &remove).await.map_err(failed)?;
                // A newer deployment may have removed the marks in between.
                self.mark_enqueuers(function, queue, &add).await?;
                is_changed = true;
            }
            self.unmark_enqueuers(function, id_of(queue), &forget).await?;
        }
        // A policy is deleted with its queue.
        let is_wanted = |id: &str| wanted.enqueuers.keys().any(|queue| id_of(queue) == id);
        for (queue, members) in marked.iter().filter(|(queue, _)| !is_wanted(queue)) {
            self.unmark_enqueuers(function, queue, members).await?;
        }
        Ok(Synced::Done { is_changed })
    }

    async fn mark_enqueuers(
        &self,
        function: &Function,
        queue: &str,
        members: &BTreeSet<String>,
    ) -> Result<(), DeployError> {
        for member in members {
            let marked = self.ledger.mark_enqueuer(&function.at, id_of(queue), member).await;
            marked.map_err(DeployError::Ledger)?;
        }
        Ok(())
    }

    async fn unmark_enqueuers(
        &self,
        function: &Function,
        queue: &str,
        members: &BTreeSet<String>,
    ) -> Result<(), DeployError> {
        for member in members {
            let unmarked = self.ledger.unmark_enqueuer(&function.at, queue, member).await;
            unmarked.map_err(DeployError::Ledger)?;
        }
        Ok(())
    }
}

/// The last part of a resource name.
fn id_of(queue: &str) -> &str {
    queue.rsplit('/').next().unwrap_or(queue)
}
