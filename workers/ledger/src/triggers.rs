//! What calls a function: which deployments compare it with the cloud, and what this fleet has granted.
//!
//! Pub/Sub and IAM have no precondition that refers to a deployment, so a worker that is stopped
//! between its last look at the fence and its write may undo what a newer deployment did. Marks find
//! that out. A deployment that has, or had, anything to do with triggers creates
//! `deployments/<id>/triggers` *before* it lists them. A worker that finds itself superseded *after* a
//! write reads whether the newest deployment has that mark: if not, the newest one lists later and
//! sees the write; if it has, the worker itself restores what the newest one requested.
//!
//! A function without marks under `triggers/` has nothing to compare. The first mark is created before
//! the last look at the fence, so a newer deployment that did not see it supersedes that write.

use std::collections::{BTreeMap, BTreeSet};

use longshore_messages::{DeploymentId, FunctionRef, TriggerKind};

use crate::{Ledger, LedgerError, names};

/// What deployments of a function may have made beside its service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wired {
    /// The kinds of triggers that may be there. Other kinds cost no request.
    pub kinds: BTreeSet<TriggerKind>,
    /// Principals that the fleet gave the invoker role, as IAM names them.
    pub callers: BTreeSet<String>,
    /// Principals that the fleet gave the enqueuer role, by the ids of the queues.
    pub enqueuers: BTreeMap<String, BTreeSet<String>>,
}

impl Wired {
    /// Whether there is nothing to compare.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.callers.is_empty() && self.enqueuers.is_empty()
    }
}

impl Ledger {
    /// What deployments of a function may have made. Takes one list call.
    pub async fn wired(&self, function: &FunctionRef) -> Result<Wired, LedgerError> {
        let prefix = names::wired(function);
        let mut wired = Wired::default();
        for meta in self.list(&prefix).await? {
            match meta.name.strip_prefix(&prefix).and_then(Mark::parse) {
                Some(Mark::Kind(kind)) => drop(wired.kinds.insert(kind)),
                Some(Mark::Caller(member)) => drop(wired.callers.insert(member.to_owned())),
                Some(Mark::Enqueuer { queue, member }) => {
                    wired.enqueuers.entry(queue.to_owned()).or_default().insert(member.to_owned());
                }
                None => {}
            }
        }
        Ok(wired)
    }

    /// The functions that may have triggers, and of which kinds. Takes one list call per thousand
    /// marks.
    pub async fn triggered_functions(
        &self,
    ) -> Result<BTreeMap<FunctionRef, BTreeSet<TriggerKind>>, LedgerError> {
        let listed = self.list(names::TRIGGERS).await?;
        let marks = listed.iter().filter_map(|meta| {
            // A principal may contain slashes. A function does not.
            let name = meta.name.strip_prefix(names::TRIGGERS)?;
            let (end, _) = name.match_indices('/').nth(2)?;
            match Mark::parse(&name[end + 1..])? {
                Mark::Kind(kind) => Some((name[..end].parse().ok()?, kind)),
                Mark::Caller(_) | Mark::Enqueuer { .. } => None,
            }
        });
        let mut functions = BTreeMap::<FunctionRef, BTreeSet<TriggerKind>>::new();
        for (function, kind) in marks {
            functions.entry(function).or_default().insert(kind);
        }
        Ok(functions)
    }

    /// Marks that a function may have triggers of a kind. The mark stays. Call this before the last
    /// look at the fence.
    pub async fn mark_triggers(
        &self,
        function: &FunctionRef,
        kind: TriggerKind,
    ) -> Result<(), LedgerError> {
        self.create(&names::triggers(function, kind), &()).await.map(drop)
    }

    /// Marks that the fleet gives a principal the invoker role. Call this before the last look at the
    /// fence.
    pub async fn mark_caller(
        &self,
        function: &FunctionRef,
        member: &str,
    ) -> Result<(), LedgerError> {
        self.create(&names::caller(function, member), &()).await.map(drop)
    }

    /// Removes the mark of a principal that has lost the role.
    pub async fn unmark_caller(
        &self,
        function: &FunctionRef,
        member: &str,
    ) -> Result<(), LedgerError> {
        self.delete(&names::caller(function, member)).await
    }

    /// Marks that the fleet gives a principal the enqueuer role on a queue, which is given by its id.
    /// Call this before the last look at the fence.
    pub async fn mark_enqueuer(
        &self,
        function: &FunctionRef,
        queue: &str,
        member: &str,
    ) -> Result<(), LedgerError> {
        self.create(&names::enqueuer(function, queue, member), &()).await.map(drop)
    }

    /// Removes the mark of a principal that has lost the role, or whose queue was deleted.
    pub async fn unmark_enqueuer(
        &self,
        function: &FunctionRef,
        queue: &str,
        member: &str,
    ) -> Result<(), LedgerError> {
        self.delete(&names::enqueuer(function, queue, member)).await
    }

    /// Marks that a deployment compares triggers. Call this before they are listed.
    pub async fn begin_wiring(&self, id: DeploymentId) -> Result<(), LedgerError> {
        self.create(&names::wiring(id), &()).await.map(drop)
    }

    /// Whether a deployment has begun to compare triggers.
    pub async fn has_begun_wiring(&self, id: DeploymentId) -> Result<bool, LedgerError> {
        self.exists(&names::wiring(id)).await
    }
}

/// What a mark of a function says.
enum Mark<'a> {
    Kind(TriggerKind),
    Caller(&'a str),
    Enqueuer { queue: &'a str, member: &'a str },
}

impl<'a> Mark<'a> {
    /// Reads the name of a mark without what names the function. `None` if it is no mark.
    fn parse(name: &'a str) -> Option<Self> {
        if let Some(kind) = name.strip_prefix(names::KIND) {
            let mut kinds = TriggerKind::ALL.into_iter();
            return kinds.find(|known| known.as_str() == kind).map(Self::Kind);
        }
        if let Some(member) = name.strip_prefix(names::CALLER) {
            return Some(Self::Caller(member));
        }
        let (queue, member) = name.strip_prefix(names::ENQUEUER)?.split_once('/')?;
        Some(Self::Enqueuer { queue, member })
    }
}
