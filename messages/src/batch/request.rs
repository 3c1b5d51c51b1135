//! The request that starts a batch.

use crate::function::StorageObject;
use crate::ids::BatchId;
use crate::invalid::{Findings, Invalid};
use crate::wire::{DecodeError, Event, WireMessage, decode_batch};
use crate::{proto, rules};

/// A readable request for a batch. Its entries are not expanded yet.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRequest {
    pub batch: proto::Batch,
    /// The entries, if they are not in `batch`.
    pub stored: Option<StoredEntries>,
    /// The batch that this one retries.
    pub retry_of: Option<BatchId>,
}

/// Entries in Cloud Storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntries {
    pub object: StorageObject,
    /// Lower-case hexadecimal SHA-256 of the object.
    pub sha256: String,
}

impl BatchRequest {
    /// Reads a request from the bus, as protobuf or JSON according to its content type.
    ///
    /// # Errors
    /// If it cannot be read, or has what only a manifest can have. Permanent: reject it.
    pub fn read(wire: &WireMessage) -> Result<Self, DecodeError> {
        Ok(Self::from_proto(decode_batch(wire)?)?)
    }

    fn from_proto(proto: proto::BatchRequested) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let batch = proto.batch.unwrap_or_default();
        if !batch.includes.is_empty() {
            findings.add("batch.includes", "", "must be empty: only a manifest has includes");
        }
        for (index, entry) in batch.entries.iter().enumerate() {
            if !entry.directory.is_empty() {
                let field = format!("batch.entries[{index}].directory");
                let rule = "must be empty: only a manifest has directories";
                findings.add(field, &entry.directory, rule);
            }
        }
        let stored = proto.entries.map(|object| {
            if !batch.entries.is_empty() {
                findings.add("entries", "", "must be unset if batch.entries is set");
            }
            if !rules::is_lower_hex(&proto.entries_sha256, 64) {
                findings.add("entriesSha256", &proto.entries_sha256, rules::SHA256);
            }
            let object = StorageObject::from_proto(object, "entries", &mut findings);
            StoredEntries { object, sha256: proto.entries_sha256.clone() }
        });
        let retry_of = rules::optional(proto.retry_of);
        let retry_of = retry_of.and_then(|id| rules::parsed(&id, "retryOf", &mut findings));
        findings.finish(Some(Self { batch, stored, retry_of }))
    }

    /// Whether two messages request the same: their data is equal, or says the same in another
    /// encoding.
    #[must_use]
    pub fn is_same(one: &WireMessage, other: &WireMessage) -> bool {
        let format = |wire: &WireMessage| {
            Event::of(&wire.attributes).ok().map(|event| (event.ty, event.content_type))
        };
        if one.data == other.data && format(one) == format(other) {
            return true;
        }
        matches!((decode_batch(one), decode_batch(other)), (Ok(one), Ok(other)) if one == other)
    }
}
