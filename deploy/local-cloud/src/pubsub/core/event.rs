//! What is written down.

use serde::{Deserialize, Serialize};

use super::model::{Message, Subscription, Topic};

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
    SubscriptionSaved(Subscription),
    /// A subscription was deleted, with what it held.
    SubscriptionDeleted {
        /// Full name.
        name: String,
    },
    /// A message was published. A message that no subscription gets is not stored.
    Stored {
        /// The message.
        message: Message,
        /// Full names of the subscriptions whose filters it passed.
        subscriptions: Vec<String>,
    },
    /// A subscription will not deliver these messages again: acknowledged, forwarded as dead letters, or too old.
    Settled {
        /// Full name.
        subscription: String,
        /// Ids of the messages.
        ids: Vec<u64>,
    },
    /// A delivery failed. Recorded only where a dead-letter policy counts failures.
    Failed {
        /// Full name.
        subscription: String,
        /// Id of the message.
        id: u64,
        /// How many deliveries of it have failed so far.
        failures: u32,
    },
}
