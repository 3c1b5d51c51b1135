//! What is written down.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::model::{Message, Topic};
use super::policy::Policy;
use super::schemas::Revision;
use super::subscription::Subscription;

/// Something that happened, and that a restart must not forget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A topic was created or changed.
    TopicSaved(Topic),
    /// A topic was deleted; its subscriptions stay, with what they hold.
    TopicDeleted {
        /// Full name.
        name: String,
    },
    /// A subscription was created or changed.
    SubscriptionSaved(Box<Subscription>),
    /// A subscription was deleted, with what it held.
    SubscriptionDeleted {
        /// Full name.
        name: String,
    },
    /// A message was published. A message that no subscription gets, and that its topic does not
    /// retain, is not stored.
    Stored {
        /// The message.
        message: Message,
        /// Full names of the subscriptions whose filters it passed.
        subscriptions: Vec<String>,
        /// The topic, when it retains its messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
    },
    /// A subscription has no need to deliver these messages again: acknowledged, forwarded as dead
    /// letters, or too old.
    Settled {
        /// Full name.
        subscription: String,
        /// Ids of the messages.
        ids: Vec<u64>,
    },
    /// A seek brought messages back that were acknowledged, or that the subscription never had.
    Restored {
        /// Full name.
        subscription: String,
        /// Ids of the messages.
        ids: Vec<u64>,
    },
    /// Messages are leased. Recorded only where delivery is exactly once.
    Leased {
        /// Full name.
        subscription: String,
        /// The leases.
        leases: Vec<Lease>,
    },
    /// A delivery failed. Recorded only where a dead-letter policy counts failures, or leases are
    /// recorded.
    Failed {
        /// Full name.
        subscription: String,
        /// Id of the message.
        id: u64,
        /// How many deliveries of it have failed so far.
        failures: u32,
    },
    /// A schema has a new revision; it is created with its first.
    SchemaRevised(Revision),
    /// A schema has lost a revision.
    RevisionDeleted {
        /// Full name of the schema.
        schema: String,
        /// Id of the revision.
        id: String,
    },
    /// A schema was deleted, with all its revisions.
    SchemaDeleted {
        /// Full name.
        name: String,
    },
    /// The IAM policy of a topic, subscription or schema was set.
    PolicySet {
        /// Full name of the resource.
        resource: String,
        /// The policy.
        policy: Policy,
    },
}

/// A lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Id of the message.
    pub id: u64,
    /// Number of the lease.
    pub lease: u64,
    /// When it ends.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}
