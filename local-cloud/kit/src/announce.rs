//! How one service of the local cloud tells another, over Pub/Sub, that something happened.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Publishes notifications as Google's service agents do.
pub trait Announce: Send + Sync {
    /// Publishes to `projects/P/topics/T`. Where that topic does not exist the notification is
    /// lost, as it is on Google.
    fn announce(&self, topic: &str, attributes: BTreeMap<String, String>, data: Bytes);
}
