//! Multipart uploads of the XML API: <https://cloud.google.com/storage/docs/multipart-uploads>.
//!
//! Parts arrive in any order, also at the same time, and are concatenated when the client completes
//! the upload. An upload does not survive the process: a client whose upload is unknown starts
//! another one, and what was received is removed at the next start.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;
use time::{Duration, OffsetDateTime};

use super::Service;
use crate::{Contents, Digest, ObjectRecord, Staged as _, StorageError, WriteRequest};

/// Google's limits.
const PARTS_MAX: u32 = 10_000;
const PART_MIN_BYTES: u64 = 5 << 20;

/// An upload that is not completed is forgotten after this time, as a resumable one is.
const LIFETIME: Duration = Duration::days(7);

/// Why a call about a multipart upload failed. Retrying helps only with [`StorageError`]s that are
/// transient.
#[derive(Debug, thiserror::Error)]
pub enum PartsError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("part {0} was not uploaded, or has another etag")]
    Invalid(u32),
    #[error("the parts are not in ascending order")]
    Order,
    #[error(
        "part {number} has {size_bytes} bytes, and only the last part may have less than {PART_MIN_BYTES}"
    )]
    Small { number: u32, size_bytes: u64 },
}

/// A part that was received.
#[derive(Clone, Debug)]
pub struct Part {
    pub number: u32,
    pub digest: Digest,
    pub uploaded_at: OffsetDateTime,
    /// The generation under which its content is stored: a negative one, which no object has.
    place: i64,
}

impl Part {
    /// The MD5 of its content in hexadecimal digits.
    #[must_use]
    pub fn tag(&self) -> String {
        self.digest.md5.unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An upload in progress.
#[derive(Clone, Debug)]
pub struct PartsUpload {
    pub id: String,
    pub request: WriteRequest,
    pub started_at: OffsetDateTime,
    pub parts: BTreeMap<u32, Part>,
}

/// The uploads in progress.
#[derive(Debug, Default)]
pub(super) struct PartsUploads {
    open: Mutex<HashMap<String, PartsUpload>>,
    last_place: AtomicI64,
}

impl<C: Contents> Service<C> {
    /// Starts an upload under an id that must be new and hard to guess.
    ///
    /// # Errors
    /// As for [`Service::write`], apart from content and checksums.
    pub fn start_parts(
        &self,
        id: &str,
        request: WriteRequest,
        now: OffsetDateTime,
    ) -> Result<(), StorageError> {
        let state = self.lock();
        state.check_write(&request)?;
        self.key_to_write(&state, &request)?;
        drop(state);
        let mut open = self.parts.open.lock();
        let old: Vec<PartsUpload> = open
            .extract_if(|_, upload| now - upload.started_at > LIFETIME)
            .map(|(_, old)| old)
            .collect();
        let upload =
            PartsUpload { id: id.to_owned(), request, started_at: now, parts: BTreeMap::new() };
        open.insert(id.to_owned(), upload);
        drop(open);
        old.iter().for_each(|upload| self.discard_parts(upload));
        Ok(())
    }

    /// An upload of this object.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`].
    pub fn parts_upload(
        &self,
        id: &str,
        bucket: &str,
        object: &str,
    ) -> Result<PartsUpload, StorageError> {
        let open = self.parts.open.lock();
        open.get(id)
            .filter(|upload| upload.request.bucket == bucket && upload.request.object == object)
            .cloned()
            .ok_or_else(|| StorageError::NoUpload(id.to_owned()))
    }

    /// The uploads to a bucket, by object and id.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub fn parts_uploads(&self, bucket: &str) -> Result<Vec<PartsUpload>, StorageError> {
        self.lock().objects(bucket)?;
        let open = self.parts.open.lock();
        let mut uploads: Vec<PartsUpload> =
            open.values().filter(|upload| upload.request.bucket == bucket).cloned().collect();
        uploads.sort_by(|a, b| (&a.request.object, &a.id).cmp(&(&b.request.object, &b.id)));
        Ok(uploads)
    }

    /// Adds a part, or replaces the one with that number.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`]; [`StorageError::Invalid`] for a number that no part can have;
    /// [`StorageError::Content`].
    pub fn put_part(
        &self,
        upload: &PartsUpload,
        number: u32,
        staged: C::Staged,
        now: OffsetDateTime,
    ) -> Result<Part, StorageError> {
        check_number(number)?;
        let place = self.parts.last_place.fetch_sub(1, Ordering::Relaxed) - 1;
        let part = Part { number, digest: staged.digest(), uploaded_at: now, place };
        self.contents.keep(staged, place).map_err(StorageError::content)?;
        let mut open = self.parts.open.lock();
        let Some(upload) = open.get_mut(&upload.id) else {
            drop(open);
            self.discard(place);
            return Err(StorageError::NoUpload(upload.id.clone()));
        };
        let replaced = upload.parts.insert(number, part.clone());
        drop(open);
        replaced.into_iter().for_each(|part| self.discard(part.place));
        Ok(part)
    }

    /// Creates the object from the parts that the client lists, by number and tag, and removes all
    /// others.
    ///
    /// # Errors
    /// [`PartsError`]. The upload is still there then.
    pub fn complete_parts(
        &self,
        upload: &PartsUpload,
        listed: &[(u32, String)],
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, PartsError> {
        let parts = chosen(upload, listed)?;
        // Taken out, so that no part is removed or replaced meanwhile.
        let taken = self.parts.open.lock().remove(&upload.id);
        let taken = taken.ok_or_else(|| StorageError::NoUpload(upload.id.clone()))?;
        match self.concatenated(&taken, &parts, now) {
            Ok(object) => {
                self.discard_parts(&taken);
                Ok(object)
            }
            Err(error) => {
                self.parts.open.lock().insert(taken.id.clone(), taken);
                Err(error.into())
            }
        }
    }

    fn concatenated(
        &self,
        upload: &PartsUpload,
        parts: &[Part],
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        let mut whole = self.stage()?;
        for part in parts {
            let content = self.contents.open(part.place).map_err(StorageError::content)?;
            let appended = self.contents.concatenate(&mut whole, content, &part.digest);
            appended.map_err(StorageError::content)?;
        }
        let components = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        self.complete(&upload.request, whole, None, Some(components), now)
    }

    /// Ends an upload of this object, and removes its parts.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`].
    pub fn abort_parts(&self, id: &str, bucket: &str, object: &str) -> Result<(), StorageError> {
        self.parts_upload(id, bucket, object)?;
        let ended = self.parts.open.lock().remove(id);
        ended.iter().for_each(|upload| self.discard_parts(upload));
        Ok(())
    }

    fn discard_parts(&self, upload: &PartsUpload) {
        upload.parts.values().for_each(|part| self.discard(part.place));
    }
}

fn check_number(number: u32) -> Result<(), StorageError> {
    if (1..=PARTS_MAX).contains(&number) {
        return Ok(());
    }
    let text = format!("partNumber must be between 1 and {PARTS_MAX}, not {number}");
    Err(StorageError::Invalid(text))
}

/// The parts that the client lists.
fn chosen(upload: &PartsUpload, listed: &[(u32, String)]) -> Result<Vec<Part>, PartsError> {
    if listed.is_empty() {
        let text = "an upload is completed with one part at least";
        return Err(StorageError::Invalid(text.to_owned()).into());
    }
    if !listed.is_sorted_by(|(one, _), (next, _)| one < next) {
        return Err(PartsError::Order);
    }
    let mut parts = Vec::new();
    for (number, tag) in listed {
        let part = upload.parts.get(number).filter(|part| part.tag() == *tag);
        parts.push(part.cloned().ok_or(PartsError::Invalid(*number))?);
    }
    let all_but_last = parts.iter().rev().skip(1);
    let small = all_but_last.rev().find(|part| part.digest.size_bytes < PART_MIN_BYTES);
    match small {
        Some(part) => {
            Err(PartsError::Small { number: part.number, size_bytes: part.digest.size_bytes })
        }
        None => Ok(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Core;
    use crate::{BucketAttributes, Memory};

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn service() -> Service<Memory> {
        let service = Service::in_memory(Core::new("demo", 42));
        service.create_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
        service
    }

    fn started(service: &Service<Memory>) -> PartsUpload {
        let (bucket, object) = ("bucket".to_owned(), "o".to_owned());
        let request = WriteRequest { bucket, object, ..WriteRequest::default() };
        service.start_parts("id", request, NOW).unwrap();
        service.parts_upload("id", "bucket", "o").unwrap()
    }

    fn put(service: &Service<Memory>, upload: &PartsUpload, number: u32, content: &[u8]) -> Part {
        let mut staged = service.stage().unwrap();
        staged.append(content).unwrap();
        service.put_part(upload, number, staged, NOW).unwrap()
    }

    fn again(service: &Service<Memory>) -> PartsUpload {
        service.parts_upload("id", "bucket", "o").unwrap()
    }

    #[test]
    fn parts_become_one_object_in_the_order_of_their_numbers() {
        let service = service();
        let upload = started(&service);
        let last = put(&service, &upload, 2, b"end");
        let large = vec![b'x'; usize::try_from(PART_MIN_BYTES).unwrap()];
        put(&service, &upload, 1, b"replaced");
        let first = put(&service, &upload, 1, &large);
        let listed = [(1, first.tag()), (2, last.tag())];
        let object = service.complete_parts(&again(&service), &listed, NOW).unwrap();
        assert_eq!((object.digest.size_bytes, object.components), (PART_MIN_BYTES + 3, Some(2)));
        assert_eq!(object.digest.crc32c, crc32c::crc32c(&[&large[..], b"end"].concat()));
        assert!(matches!(
            service.parts_upload("id", "bucket", "o"),
            Err(StorageError::NoUpload(_))
        ));
    }

    #[test]
    fn a_list_that_does_not_fit_the_parts_is_refused_and_the_upload_stays() {
        let service = service();
        let upload = started(&service);
        let (one, two) = (put(&service, &upload, 1, b"a"), put(&service, &upload, 2, b"b"));
        let complete = |listed: &[(u32, String)]| {
            service.complete_parts(&again(&service), listed, NOW).unwrap_err()
        };
        assert!(matches!(complete(&[]), PartsError::Storage(StorageError::Invalid(_))));
        assert!(matches!(complete(&[(3, one.tag())]), PartsError::Invalid(3)));
        assert!(matches!(complete(&[(1, two.tag())]), PartsError::Invalid(1)));
        assert!(matches!(complete(&[(2, two.tag()), (1, one.tag())]), PartsError::Order));
        let small = complete(&[(1, one.tag()), (2, two.tag())]);
        assert!(matches!(small, PartsError::Small { number: 1, size_bytes: 1 }));
        service.complete_parts(&again(&service), &[(2, two.tag())], NOW).unwrap();
    }

    #[test]
    fn an_aborted_or_old_upload_is_unknown() {
        let service = service();
        let upload = started(&service);
        put(&service, &upload, 1, b"a");
        assert!(service.abort_parts("id", "bucket", "other").is_err());
        service.abort_parts("id", "bucket", "o").unwrap();
        let staged = service.stage().unwrap();
        assert!(matches!(
            service.put_part(&upload, 1, staged, NOW),
            Err(StorageError::NoUpload(_))
        ));
        started(&service);
        let request = upload.request.clone();
        service.start_parts("next", request, NOW + LIFETIME + Duration::SECOND).unwrap();
        let open = service.parts_uploads("bucket").unwrap();
        assert_eq!(open.iter().map(|upload| upload.id.as_str()).collect::<Vec<_>>(), ["next"]);
    }
}
