//! Multipart uploads of the XML API, with the parts that have arrived.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{Core, Digest, WriteRequest};
use crate::{ObjectRecord, StorageError};

/// An upload that is not completed is forgotten after this time, as a resumable one is.
pub(crate) const PARTS_LIFETIME: Duration = Duration::days(7);

/// A part that was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub number: u32,
    pub digest: Digest,
    #[serde(with = "time::serde::rfc3339")]
    pub uploaded_at: OffsetDateTime,
    /// The generation under which its content is stored: a negative one, which no object has.
    pub(crate) place: i64,
}

impl Part {
    /// The MD5 of its content in hexadecimal digits.
    #[must_use]
    pub fn tag(&self) -> String {
        self.digest.md5.unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An upload in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartsUpload {
    pub id: String,
    pub request: WriteRequest,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    pub parts: BTreeMap<u32, Part>,
}

impl PartsUpload {
    /// Where the contents of its parts are.
    pub(crate) fn places(&self) -> impl Iterator<Item = i64> {
        self.parts.values().map(|part| part.place)
    }
}

impl Core {
    /// An upload of this object.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`].
    pub(crate) fn parts_upload(
        &self,
        id: &str,
        bucket: &str,
        object: &str,
    ) -> Result<&PartsUpload, StorageError> {
        let upload = self
            .parts
            .get(id)
            .filter(|upload| upload.request.bucket == bucket && upload.request.object == object);
        upload.ok_or_else(|| StorageError::NoUpload(id.to_owned()))
    }

    /// All uploads, by id.
    pub(crate) fn parts_uploads(&self) -> impl Iterator<Item = &PartsUpload> {
        self.parts.values()
    }

    /// The uploads that were not completed in time.
    pub(crate) fn expired_parts(&self, now: OffsetDateTime) -> Vec<PartsUpload> {
        let all = self.parts.values();
        all.filter(|upload| now - upload.started_at > PARTS_LIFETIME).cloned().collect()
    }

    /// The last place that a part got. Later ones get lower numbers.
    pub(crate) fn last_place(&self) -> i64 {
        self.parts.values().flat_map(PartsUpload::places).min().unwrap_or_default()
    }

    /// The object of an upload of either kind, if it is complete.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`].
    pub(crate) fn finished(
        &self,
        upload: &str,
        now: OffsetDateTime,
    ) -> Result<Option<&ObjectRecord>, StorageError> {
        if self.parts.contains_key(upload) {
            return Ok(None);
        }
        Ok(self.upload(upload, now)?.finished.as_ref())
    }

    pub(super) fn put_part(&mut self, upload: &str, part: Part) {
        if let Some(upload) = self.parts.get_mut(upload) {
            upload.parts.insert(part.number, part);
        }
    }
}
