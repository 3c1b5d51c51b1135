//! Snapshots of subscriptions: <https://cloud.google.com/pubsub/docs/replay-overview#snapshots>.
//!
//! A snapshot has the messages that were unacknowledged in its subscription when it was created,
//! and every message that is published to the topic later. A seek to it restores that state in any
//! subscription of the topic.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::model::{DELETED_TOPIC, Message, Snapshot, check_labels};
use super::refusal::Refusal;
use super::{Event, PubSub, names};

// The limits below are those of google.pubsub.v1.Snapshot and CreateSnapshot.
/// Maximum age of the oldest message of a snapshot. A message that was 3 days old when the snapshot
/// was created leaves the snapshot 4 days.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// A snapshot that would expire sooner is not created.
const SHORTEST_LIFE: Duration = Duration::from_secs(3600);
/// Maximum number of snapshots of a project:
/// <https://cloud.google.com/pubsub/quotas#resource_limits>.
const PER_PROJECT: usize = 5000;

/// A snapshot with its messages.
#[derive(Debug)]
pub(super) struct SnapshotLog {
    pub(super) config: Snapshot,
    /// By id.
    pub(super) messages: BTreeMap<u64, Arc<Message>>,
}

impl PubSub {
    /// Creates a snapshot of a subscription's state. Without a name it gets one.
    ///
    /// # Errors
    /// When the name is invalid or taken, the subscription does not exist or is detached, its oldest
    /// unacknowledged message is so old that the snapshot would expire within an hour, or the
    /// project has too many snapshots.
    pub fn create_snapshot(
        &mut self,
        name: &str,
        subscription: &str,
        labels: BTreeMap<String, String>,
        now: OffsetDateTime,
    ) -> Result<(Snapshot, Vec<Event>), Refusal> {
        if !name.is_empty() {
            names::check_snapshot(name)?;
        }
        check_labels(&labels)?;
        let topic = self.attached(subscription)?.topic.clone();
        if self.snapshots.contains_key(name) {
            return Err(Refusal::already_exists(name));
        }
        let (project, _) = names::project_and_id(subscription);
        if self.snapshots_of(project).count() >= PER_PROJECT {
            return Err(Refusal::failed(format!(
                "A project can have at most {PER_PROJECT} snapshots (resource=projects/{project})."
            )));
        }
        let unsettled = self.backlog(subscription)?.unsettled();
        let oldest = unsettled.first().map_or(now, |message| message.published_at);
        let expires_at = oldest + LONGEST_LIFE;
        if expires_at < now + SHORTEST_LIFE {
            return Err(Refusal::failed(format!(
                "The backlog in the subscription is too old: the snapshot would expire in less \
                 than an hour (resource={subscription})."
            )));
        }
        let ids: Vec<u64> = unsettled.iter().map(|message| message.id).collect();
        let first = self.serials.next(now);
        let name = match name {
            "" => format!("projects/{project}/snapshots/snapshot-{first:x}"),
            given => given.to_owned(),
        };
        let snapshot =
            Snapshot { name, topic, labels, expires_at, latest_expiry: expires_at, first };
        let mut events = vec![Event::SnapshotSaved(Box::new(snapshot.clone()))];
        if !ids.is_empty() {
            events.push(Event::SnapshotFilled {
                snapshot: snapshot.name.clone(),
                subscription: subscription.to_owned(),
                ids,
            });
        }
        Ok((snapshot, events))
    }

    /// Replaces a snapshot's labels and time of expiry.
    ///
    /// # Errors
    /// When the snapshot does not exist, the labels are invalid, or the time has passed or is later
    /// than that of its creation allowed.
    pub fn update_snapshot(
        &self,
        name: &str,
        labels: BTreeMap<String, String>,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(Snapshot, Vec<Event>), Refusal> {
        let current = self.snapshot_named(name)?;
        check_labels(&labels)?;
        if expires_at != current.expires_at
            && !(now < expires_at && expires_at <= current.latest_expiry)
        {
            return Err(Refusal::invalid(format!(
                "expire_time must be in the future, and not after {}",
                current.latest_expiry
            )));
        }
        let snapshot = Snapshot { labels, expires_at, ..current.clone() };
        Ok((snapshot.clone(), vec![Event::SnapshotSaved(Box::new(snapshot))]))
    }

    /// Deletes a snapshot, with the messages that only it retains.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn delete_snapshot(&self, name: &str) -> Result<Vec<Event>, Refusal> {
        self.snapshot_named(name)?;
        Ok(vec![Event::SnapshotDeleted { name: name.to_owned() }])
    }

    /// # Errors
    /// When the snapshot does not exist.
    pub fn snapshot_named(&self, name: &str) -> Result<&Snapshot, Refusal> {
        Ok(&self.snapshot_log(name)?.config)
    }

    pub(super) fn snapshot_log(&self, name: &str) -> Result<&SnapshotLog, Refusal> {
        names::check_snapshot(name)?;
        self.snapshots.get(name).ok_or_else(|| Refusal::not_found(name))
    }

    /// The snapshots of `projects/P`, sorted by name.
    ///
    /// # Errors
    /// When `project` is not the name of a project.
    pub fn snapshots<'a>(
        &'a self,
        project: &'a str,
    ) -> Result<impl Iterator<Item = &'a Snapshot>, Refusal> {
        names::check_project(project)?;
        Ok(self.snapshots_of(project.strip_prefix("projects/").unwrap_or_default()))
    }

    fn snapshots_of<'a>(&'a self, project: &str) -> impl Iterator<Item = &'a Snapshot> {
        let prefix = format!("projects/{project}/snapshots/");
        let configs = self.snapshots.values().map(|log| &log.config);
        configs.filter(move |snapshot| snapshot.name.starts_with(&prefix))
    }

    /// The snapshots that retain messages of a topic, sorted by name.
    ///
    /// # Errors
    /// When the topic does not exist.
    pub fn topic_snapshots<'a>(
        &'a self,
        topic: &'a str,
    ) -> Result<impl Iterator<Item = &'a Snapshot>, Refusal> {
        self.topic(topic)?;
        let configs = self.snapshots.values().map(|log| &log.config);
        Ok(configs.filter(move |snapshot| snapshot.topic == topic))
    }

    /// The events that delete the snapshots whose time is over.
    pub(super) fn expired_snapshots(&self, now: OffsetDateTime) -> Vec<Event> {
        let configs = self.snapshots.values().map(|log| &log.config);
        let expired = configs.filter(|snapshot| snapshot.expires_at <= now);
        expired.map(|snapshot| Event::SnapshotDeleted { name: snapshot.name.clone() }).collect()
    }

    pub(super) fn save_snapshot(&mut self, config: Snapshot) {
        match self.snapshots.get_mut(&config.name) {
            Some(log) => log.config = config,
            None => {
                let log = SnapshotLog { config, messages: BTreeMap::new() };
                self.snapshots.insert(log.config.name.clone(), log);
            }
        }
    }

    pub(super) fn fill_snapshot(&mut self, name: &str, subscription: &str, ids: &[u64]) {
        let (Some(log), Some(backlog)) =
            (self.snapshots.get_mut(name), self.subscriptions.get(subscription))
        else {
            return;
        };
        let messages = ids.iter().filter_map(|id| backlog.shared_message(*id));
        log.messages.extend(messages.map(|message| (message.id, message)));
    }

    pub(super) fn orphan_snapshots(&mut self, topic: &str) {
        for log in self.snapshots.values_mut().filter(|log| log.config.topic == topic) {
            DELETED_TOPIC.clone_into(&mut log.config.topic);
        }
    }
}

impl SnapshotLog {
    /// Whether a message was acknowledged in the state that the snapshot has.
    pub(super) fn has_acknowledged(&self, id: u64) -> bool {
        id < self.config.first && !self.messages.contains_key(&id)
    }
}
