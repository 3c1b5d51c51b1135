//! What operators did: each change that a person made with a command, and why.
//!
//! A record is for people. Nothing decides by it, and a command does not fail if it cannot write
//! one after it has acted.

use std::collections::{BTreeMap, BTreeSet};

use longshore_cloud::ObjectMeta;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Ledger, LedgerError, names};

/// Key of an action in the metadata of its object, as JSON. A list call returns it.
const ACTION: &str = "action";

/// A record in metadata: longer ones are read. Cloud Storage accepts 8 KiB of it.
const DESCRIBED_MAX_BYTES: usize = 6 * 1024;

/// What an operator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who did it: a user of a machine, or how the console knows them. Not authenticated.
    pub by: String,
    /// What was done, such as `cancel`.
    pub action: String,
    /// What it was done to: the id of a deployment, a batch or a parked message, or a function.
    pub target: String,
    /// Why, in the operator's words. May be empty.
    pub reason: String,
    /// The result in a few words, such as `cancellation requested`.
    pub result: String,
}

impl Ledger {
    /// Records what an operator did.
    pub async fn record_action(&self, action: &Action) -> Result<(), LedgerError> {
        let described = serde_json::to_string(action).ok();
        // Metadata travels in headers, so only plain text is repeated there.
        let described = described
            .filter(|json| json.len() <= DESCRIBED_MAX_BYTES && json.is_ascii())
            .map(|json| (ACTION.to_owned(), json));
        let metadata: BTreeMap<String, String> = described.into_iter().collect();
        let name = names::action(action.at, &action.target, &action.action);
        self.create_described(&name, action, metadata).await.map(drop)
    }

    /// What operators did, newest first, at most `limit` of them. Takes one list call per thousand.
    /// An unreadable record is left out.
    pub async fn list_actions(&self, limit: usize) -> Result<Vec<Action>, LedgerError> {
        let mut actions = Vec::new();
        for meta in self.actions_newest_first().await?.into_iter().take(limit) {
            actions.extend(self.action(&meta).await?);
        }
        Ok(actions)
    }

    /// What operators did to any of these, newest first, at most `limit` of them. Takes one list call
    /// per thousand of all records, and reads those that a list call does not return as a whole.
    pub async fn list_actions_on(
        &self,
        targets: &BTreeSet<String>,
        limit: usize,
    ) -> Result<Vec<Action>, LedgerError> {
        let mut actions = Vec::new();
        for meta in self.actions_newest_first().await? {
            if actions.len() == limit {
                break;
            }
            let action = self.action(&meta).await?;
            actions.extend(action.filter(|action| targets.contains(&action.target)));
        }
        Ok(actions)
    }

    async fn actions_newest_first(&self) -> Result<Vec<ObjectMeta>, LedgerError> {
        let mut listed = self.list(names::ACTIONS).await?;
        // Names have the time, in a fixed number of digits.
        listed.sort_by(|one, other| other.name.cmp(&one.name));
        Ok(listed)
    }

    /// `None` if the record is unreadable.
    async fn action(&self, meta: &ObjectMeta) -> Result<Option<Action>, LedgerError> {
        if let Some(action) = described(meta) {
            return Ok(Some(action));
        }
        match self.read::<Action>(&meta.name).await {
            Ok(action) => Ok(action.map(|(action, _)| action)),
            Err(LedgerError::Unreadable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn described(meta: &ObjectMeta) -> Option<Action> {
    serde_json::from_str(meta.metadata.get(ACTION)?).ok()
}
