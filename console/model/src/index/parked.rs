//! The parked messages.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use longshore_ledger::{Cause, LedgerError, Parked, names};
use longshore_messages::{DEFAULT_REQUESTER, DeploymentId, Event, Topic, WireMessage};
use time::OffsetDateTime;

use super::snapshot::ParkedEntry;
use super::{AT_ONCE, Index};

impl Index {
    /// The parked messages, of which only new ones are read.
    pub(super) async fn parked(
        &self,
        known: &BTreeMap<(String, i64), ParkedEntry>,
    ) -> Result<BTreeMap<(String, i64), ParkedEntry>, LedgerError> {
        let listed = self.ledger.list_parked().await?;
        let read = stream::iter(listed).map(async |meta| {
            let key = (meta.name.clone(), meta.generation);
            if let Some(before) = known.get(&key) {
                return Ok(Some((key, before.clone())));
            }
            let parked = match self.ledger.parked(&meta.name).await {
                Ok(Some(parked)) => parked,
                Ok(None) => return Ok(None),
                Err(LedgerError::Unreadable { .. }) => unreadable(),
                Err(error) => return Err(error),
            };
            Ok(Some((key, parked_entry(&meta.name, meta.created_at, parked))))
        });
        let read: Vec<Result<_, LedgerError>> = read.buffered(AT_ONCE).collect().await;
        let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(read.into_iter().flatten().collect())
    }
}

fn unreadable() -> Parked {
    Parked {
        stage: String::new(),
        subscription: String::new(),
        message: WireMessage::default(),
        reason: "the ledger's entry of this message cannot be read".to_owned(),
    }
}

fn parked_entry(name: &str, at: OffsetDateTime, parked: Parked) -> ParkedEntry {
    let deployment = deployment_of(&parked);
    ParkedEntry {
        id: name.strip_prefix(names::PARKED).unwrap_or(name).to_owned(),
        at,
        cause: Cause::of(name),
        sender: parked.sender().to_owned(),
        deployment,
        stage: parked.stage,
        subscription: parked.subscription,
        reason: parked.reason,
    }
}

/// The deployment of a parked message: the one that it states, or that of the request, whose topic
/// says who the requester is.
fn deployment_of(parked: &Parked) -> Option<DeploymentId> {
    let attributes = &parked.message.attributes;
    if let Some(stated) = attributes.get("deployment") {
        return stated.parse().ok();
    }
    let event = Event::of(attributes).ok()?;
    let topic = parked.subscription.split_once(&format!(".{}.", parked.stage));
    let requester = topic.and_then(|(_, topic)| Topic::from_requester(topic));
    let requester = requester.map_or(DEFAULT_REQUESTER, |(_, requester)| requester);
    Some(DeploymentId::requested_by(requester, &event.source, &event.id))
}
