//! Notifications of a service of the local cloud, over Pub/Sub.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Publishes notifications as Google's service agents do.
pub trait Announce: Send + Sync {
    /// Publishes to `projects/P/topics/T`. If that topic does not exist, the notification is
    /// dropped, as Google does.
    fn announce(&self, topic: &str, attributes: BTreeMap<String, String>, data: Bytes);
}
