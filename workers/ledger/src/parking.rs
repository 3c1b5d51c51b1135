//! Parked messages, and the limits on them.
//!
//! Everyone who may publish to a topic can send messages that are parked. Therefore each stage keeps
//! only so many in an hour, for each cause and sender, and counts the others. Concurrent calls may
//! exceed a limit by their number, because a limit is read before the message is written.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::{Created, ObjectMeta, Replaced};
use longshore_messages::{DeploymentId, Event};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::store::READS_AT_ONCE;
use crate::{Cause, Ledger, LedgerError, MoreParked, Parked, names};

/// Maximum number of messages of one stage and cause that are kept in an hour, if anyone who may
/// publish can cause them. They show an operator what arrives; no deployment depends on them.
const UNTRUSTED_PER_HOUR_MAX: usize = 20;

/// Maximum number of these of one claimed sender, so that one sender leaves room for others. The
/// sender is not authenticated.
const UNTRUSTED_PER_SENDER_MAX: usize = 5;

/// Maximum number of messages of one stage and cause that are kept in an hour, if only genuine
/// messages come that far. An operator replays each of them, so the limit exceeds what an outage
/// parks in an hour. A deployment beyond it still ends: at its deadline.
const GENUINE_PER_HOUR_MAX: usize = 500;

/// Maximum number of deployments in a count, so that its object stays small (20 KB): it is written
/// again and again. A deployment beyond it still ends, at its deadline.
const COUNTED_DEPLOYMENTS_MAX: usize = 500;

impl Cause {
    /// The cause in the name of a parked message's object; `None` for one of an older version.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let cause = name.strip_prefix(names::PARKED)?.split('/').nth(2)?;
        Self::ALL.into_iter().find(|known| known.as_str() == cause)
    }

    /// The cause in the name of a count's object.
    fn of_count(name: &str) -> Option<Self> {
        let cause = name.strip_prefix(names::PARKED_MORE)?.split('/').nth(2)?;
        Self::ALL.into_iter().find(|known| known.as_str() == cause)
    }

    /// Maximum number of messages that are kept in an hour, and of these for each sender.
    fn limits(self) -> (usize, usize) {
        if self.is_genuine() {
            (GENUINE_PER_HOUR_MAX, GENUINE_PER_HOUR_MAX)
        } else {
            (UNTRUSTED_PER_HOUR_MAX, UNTRUSTED_PER_SENDER_MAX)
        }
    }
}

/// Whether a parked message is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Yes,
    /// No message of this stage and cause is kept until the hour ends. Count it.
    CauseIsFull,
    /// No message of this stage, cause and sender is kept until the hour ends. Count it.
    SenderIsFull,
}

/// The content of the mark of a parked message.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mark {
    /// Name of the object of the message, or `None` if it was only counted.
    kept_as: Option<String>,
}

impl Ledger {
    /// Parks a message for an operator, unless there are enough of its kind in this hour. On `Err`
    /// the message must not be acknowledged. Idempotent within the hour.
    pub async fn park(
        &self,
        at: OffsetDateTime,
        message_id: &str,
        cause: Cause,
        parked: &Parked,
    ) -> Result<Kept, LedgerError> {
        let alike = names::parked_alike(at, &parked.stage, cause);
        let sender = names::parked_by(&alike, parked.sender());
        let name = names::parked(at, &parked.stage, cause, parked.sender(), message_id);
        let listed = self.list(&alike).await?;
        if listed.iter().any(|meta| meta.name == name) {
            return Ok(Kept::Yes);
        }
        let (per_hour, per_sender) = cause.limits();
        if listed.len() >= per_hour {
            return Ok(Kept::CauseIsFull);
        }
        if listed.iter().filter(|meta| meta.name.starts_with(&sender)).count() >= per_sender {
            return Ok(Kept::SenderIsFull);
        }
        self.create(&name, parked).await.map(|_| Kept::Yes)
    }

    /// Marks that a genuine message of a deployment to a stage is parked: kept as the object of this
    /// name, or only counted. Call this after [`Ledger::park`], and before the message is
    /// acknowledged.
    pub async fn mark_parked(
        &self,
        id: DeploymentId,
        stage: &str,
        message_id: &str,
        kept_as: Option<&str>,
    ) -> Result<(), LedgerError> {
        let mark = Mark { kept_as: kept_as.map(str::to_owned) };
        self.create(&names::parked_mark(id, stage, message_id), &mark).await.map(drop)
    }

    /// Whether a message of a deployment to a stage is parked, and not published again. Takes one
    /// list call, and two reads for each message that was parked.
    pub async fn is_parked(&self, id: DeploymentId, stage: &str) -> Result<bool, LedgerError> {
        Ok(self.parked_message(id, stage).await?.is_some())
    }

    /// The parked message of a deployment to a stage, by its id for `longshore parked`, which a
    /// message that was only counted does not have. Takes as many requests as [`Ledger::is_parked`].
    pub async fn parked_message(
        &self,
        id: DeploymentId,
        stage: &str,
    ) -> Result<Option<Option<String>>, LedgerError> {
        for meta in self.list(&names::parked_marks(id, stage)).await? {
            match self.read::<Mark>(&meta.name).await? {
                Some((Mark { kept_as: Some(name) }, _)) if self.exists(&name).await? => {
                    let message = name.strip_prefix(names::PARKED).unwrap_or(&name);
                    return Ok(Some(Some(message.to_owned())));
                }
                // It cannot be published again.
                Some((Mark { kept_as: None }, _)) => return Ok(Some(None)),
                Some((Mark { kept_as: Some(_) }, _)) | None => {}
            }
        }
        Ok(None)
    }

    /// Adds messages that were parked but not kept to the count of their stage, cause and hour. Begins
    /// again if the count cannot be read.
    pub async fn count_parked(&self, more: &MoreParked, cause: Cause) -> Result<(), LedgerError> {
        let name = names::parked_more(more.last_at, &more.stage, cause);
        loop {
            let before = match self.read::<MoreParked>(&name).await {
                Err(LedgerError::Unreadable { .. }) => {
                    self.delete(&name).await?;
                    None
                }
                read => read?,
            };
            let counted = match before {
                None => matches!(self.create(&name, more).await?, Created::New(_)),
                Some((before, generation)) => {
                    let sum = before.and(more.clone());
                    matches!(
                        self.replace(&name, generation, &sum, BTreeMap::new()).await?,
                        Replaced::New(_)
                    )
                }
            };
            if counted {
                return Ok(());
            }
        }
    }

    /// All parked messages, oldest first.
    pub async fn list_parked(&self) -> Result<Vec<ObjectMeta>, LedgerError> {
        let mut listed = self.list(names::PARKED).await?;
        listed.sort_by_key(|meta| meta.created_at);
        Ok(listed)
    }

    /// How many messages were parked but not kept, by hour, stage and cause, oldest first. A count that
    /// cannot be read is zero, and its reason says so.
    pub async fn list_more_parked(&self) -> Result<Vec<MoreParked>, LedgerError> {
        let listed = self.list(names::PARKED_MORE).await?;
        let read = stream::iter(listed).map(async |meta| match self.read(&meta.name).await {
            Ok(found) => Ok(found.map(|(more, _)| more)),
            Err(LedgerError::Unreadable { .. }) => Ok(Some(MoreParked::unreadable(&meta))),
            Err(error) => Err(error),
        });
        let read = read.buffered(READS_AT_ONCE).try_collect::<Vec<_>>().await?;
        Ok(read.into_iter().flatten().collect())
    }

    /// The counts of genuine messages since this time that are not in `read` yet. Adds to `read` the
    /// objects that it reads, each in its generation. An unreadable one is left out.
    pub async fn more_parked_since(
        &self,
        since: Option<OffsetDateTime>,
        read: &mut BTreeSet<(String, i64)>,
    ) -> Result<Vec<MoreParked>, LedgerError> {
        let mut counts = Vec::new();
        for meta in self.list(names::PARKED_MORE).await? {
            let counts_genuine = Cause::of_count(&meta.name).is_some_and(Cause::is_genuine);
            // A count is written again for as long as its hour lasts.
            let is_old = since.is_some_and(|since| hour_of_count(&meta.name) < names::hour(since));
            if is_old || !counts_genuine || !read.insert((meta.name.clone(), meta.generation)) {
                continue;
            }
            match self.read::<MoreParked>(&meta.name).await {
                Ok(more) => counts.extend(more.map(|(more, _)| more)),
                Err(LedgerError::Unreadable { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(counts)
    }

    /// A parked message, by the name of its object.
    pub async fn parked(&self, name: &str) -> Result<Option<Parked>, LedgerError> {
        Ok(self.read(name).await?.map(|(parked, _)| parked))
    }

    /// Removes a parked message. Call this after it is published again.
    pub async fn unpark(&self, name: &str) -> Result<(), LedgerError> {
        self.delete(name).await
    }
}

/// The hour in the name of a count's object; 0 if it has none.
fn hour_of_count(name: &str) -> i64 {
    let hour = name.strip_prefix(names::PARKED_MORE).and_then(|rest| rest.split('/').next());
    hour.and_then(|hour| hour.parse().ok()).unwrap_or_default()
}

impl MoreParked {
    /// What is shown of a count that cannot be read. The name of its object says the stage.
    fn unreadable(meta: &ObjectMeta) -> Self {
        let name = meta.name.strip_prefix(names::PARKED_MORE).unwrap_or_default();
        Self {
            stage: name.split('/').nth(1).unwrap_or_default().to_owned(),
            count: 0,
            reason: format!("cannot read ledger entry {}", meta.name),
            sender: String::new(),
            last_at: meta.created_at,
            deployments: Vec::new(),
        }
    }

    /// The sum of two counts of the same stage, cause and hour, `more` being the later one.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        let mut deployments = self.deployments;
        deployments.extend(more.deployments);
        let surplus = deployments.len().saturating_sub(COUNTED_DEPLOYMENTS_MAX);
        deployments.drain(..surplus);
        Self { count: self.count.saturating_add(more.count), deployments, ..more }
    }
}

impl Parked {
    /// The deployment that waits for the message, as far as it says so. Not authenticated.
    #[must_use]
    pub fn deployment(&self) -> Option<DeploymentId> {
        let attributes = &self.message.attributes;
        let stated = attributes.get("deployment").and_then(|id| id.parse().ok());
        stated.or_else(|| {
            let event = Event::of(attributes).ok()?;
            Some(DeploymentId::of(&event.source, &event.id))
        })
    }

    /// The sender that the message claims, or an empty text. Not authenticated.
    #[must_use]
    pub fn sender(&self) -> &str {
        self.message.attributes.get("ce-source").map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn more(count: u64, deployments: std::ops::Range<usize>) -> MoreParked {
        let deployments = deployments.map(|number| DeploymentId::of("test", &number.to_string()));
        MoreParked {
            stage: "uploader".to_owned(),
            count,
            reason: format!("{count}"),
            sender: String::new(),
            last_at: OffsetDateTime::UNIX_EPOCH,
            deployments: deployments.collect(),
        }
    }

    #[test]
    fn a_sum_of_counts_keeps_the_last_reason_and_the_last_deployments() {
        assert_eq!(more(1, 0..1).and(more(2, 1..3)), MoreParked { count: 3, ..more(2, 0..3) });
        let sum = more(400, 0..400).and(more(200, 400..600));
        assert_eq!(sum, MoreParked { count: 600, ..more(200, 100..600) });
    }

    #[test]
    fn the_name_of_a_count_says_its_hour_and_cause() {
        let at = OffsetDateTime::UNIX_EPOCH + time::Duration::hours(490_002);
        let name = names::parked_more(at, "uploader", Cause::Failed);
        assert_eq!((hour_of_count(&name), Cause::of_count(&name)), (490_002, Some(Cause::Failed)));
        assert_eq!((hour_of_count("parked-more/x"), Cause::of_count("parked-more/x")), (0, None));
    }
}
