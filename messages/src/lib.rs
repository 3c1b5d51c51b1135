//! The vocabulary: stage messages, validated types, ids, topic names, wire encoding.

use std::collections::BTreeMap;

use bytes::Bytes;

/// A Pub/Sub message as it travels: attributes and data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireMessage {
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
    /// Data.
    pub data: Bytes,
}

/// One object in Cloud Storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageObject {
    /// Bucket name, without `gs://`.
    pub bucket: String,
    /// Object name.
    pub object: String,
    /// Generation; 0 is the newest.
    pub generation: i64,
}
