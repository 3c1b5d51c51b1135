//! The events of the journal.

use longshore_local_kit::state::Scope;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Policy;
use super::model::{Message, Snapshot, Topic};
use super::schema_model::Revision;
use super::subscription::Subscription;

/// A change that must survive a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A topic was created or changed.
    TopicSaved(Topic),
    /// A topic was deleted. Its subscriptions stay, with their messages.
    TopicDeleted { name: String },
    /// A subscription was created or changed.
    SubscriptionSaved(Box<Subscription>),
    /// A subscription was deleted, with its messages.
    SubscriptionDeleted { name: String },
    /// A message was published. A message that no subscription gets and that neither its topic nor
    /// a snapshot retains is not stored.
    Stored {
        message: Message,
        /// The subscriptions whose filters it passed.
        subscriptions: Vec<String>,
        /// The topic, if it retains its messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
        /// The snapshots of the topic.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        snapshots: Vec<String>,
    },
    /// Messages need no further delivery: they were acknowledged, forwarded as dead letters, or are
    /// too old.
    Settled { subscription: String, ids: Vec<u64> },
    /// A seek brought back messages that were acknowledged, or that the subscription never had.
    Restored {
        subscription: String,
        ids: Vec<u64>,
        /// The snapshot that has them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snapshot: Option<String>,
    },
    /// Messages were leased. Recorded only for exactly-once delivery.
    Leased { subscription: String, leases: Vec<Lease> },
    /// A delivery failed. Recorded only where a dead-letter policy counts failures, or leases are
    /// recorded.
    Failed {
        subscription: String,
        id: u64,
        /// The number of the message's failed deliveries so far.
        failures: u32,
    },
    /// A schema got a revision. The first one creates the schema.
    SchemaRevised(Revision),
    /// A revision of a schema was deleted.
    RevisionDeleted { schema: String, id: String },
    /// A schema was deleted, with all its revisions.
    SchemaDeleted { name: String },
    /// A snapshot was created or changed. It retains what is published to its topic from now on.
    SnapshotSaved(Box<Snapshot>),
    /// A snapshot retains these messages of a subscription.
    SnapshotFilled { snapshot: String, subscription: String, ids: Vec<u64> },
    /// A snapshot was deleted or has expired.
    SnapshotDeleted { name: String },
    /// The IAM policy of a topic, subscription, snapshot or schema was set.
    PolicySet { resource: String, policy: Policy },
    /// Everything in a scope was removed.
    Reset(Scope),
}

/// A message's lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Id of the message.
    pub id: u64,
    /// Serial number of the lease.
    pub lease: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}
