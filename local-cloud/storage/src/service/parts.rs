//! Multipart uploads of the XML API: <https://cloud.google.com/storage/docs/multipart-uploads>.
//!
//! Parts arrive in any order, also at the same time, and are concatenated when the client completes
//! the upload. Like resumable uploads, they survive the process: the request and the list of parts
//! are in the journal, and each part is a file.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;
use time::OffsetDateTime;

use super::{Service, commit_one};
use crate::core::{Core, Event};
use crate::{Contents, ObjectRecord, Part, PartsUpload, Staged as _, StorageError, WriteRequest};

/// Google's limits.
const PARTS_MAX: u32 = 10_000;
const PART_MIN_BYTES: u64 = 5 << 20;

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

/// What is in progress in this process.
#[derive(Debug, Default)]
pub(super) struct PartsInProgress {
    /// Uploads whose parts are concatenated, so that none is removed or replaced.
    completing: Mutex<HashSet<String>>,
    last_place: AtomicI64,
}

impl PartsInProgress {
    /// With places after this one.
    pub(super) fn after(place: i64) -> Self {
        Self { last_place: AtomicI64::new(place), ..Self::default() }
    }

    /// Skips the places up to this one.
    pub(super) fn continue_after(&self, place: i64) {
        self.last_place.fetch_min(place, Ordering::Relaxed);
    }

    fn next_place(&self) -> i64 {
        self.last_place.fetch_sub(1, Ordering::Relaxed) - 1
    }
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
        let mut state = self.lock();
        state.check_write(&request)?;
        self.key_to_write(&state, &request)?;
        let expired = state.expired_parts(now);
        let mut events: Vec<Event> =
            expired.iter().map(|old| Event::PartsEnded { upload: old.id.clone() }).collect();
        let parts = BTreeMap::new();
        let upload = PartsUpload { id: id.to_owned(), request, started_at: now, parts };
        events.push(Event::PartsStarted(Box::new(upload)));
        state.commit(events).map_err(StorageError::Journal)?;
        drop(state);
        expired.iter().for_each(|upload| self.discard_parts(upload));
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
        self.lock().parts_upload(id, bucket, object).cloned()
    }

    /// The uploads to a bucket, by object and id.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub fn parts_uploads(&self, bucket: &str) -> Result<Vec<PartsUpload>, StorageError> {
        let state = self.lock();
        state.objects(bucket)?;
        let all = state.parts_uploads();
        let mut uploads: Vec<PartsUpload> =
            all.filter(|upload| upload.request.bucket == bucket).cloned().collect();
        uploads.sort_by(|a, b| (&a.request.object, &a.id).cmp(&(&b.request.object, &b.id)));
        Ok(uploads)
    }

    /// Adds a part, or replaces the one with that number.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`]; [`StorageError::Invalid`] for a number that no part can have;
    /// [`StorageError::Content`], [`StorageError::Journal`].
    pub fn put_part(
        &self,
        upload: &PartsUpload,
        number: u32,
        staged: C::Staged,
        now: OffsetDateTime,
    ) -> Result<Part, StorageError> {
        check_number(number)?;
        let place = self.parts.next_place();
        let part = Part { number, digest: staged.digest(), uploaded_at: now, place };
        self.contents.keep(staged, place).map_err(StorageError::content)?;
        match self.record_part(upload, &part) {
            Ok(replaced) => {
                replaced.into_iter().for_each(|place| self.discard(place));
                Ok(part)
            }
            Err(error) => {
                self.discard(place);
                Err(error)
            }
        }
    }

    /// Journals a part. Returns the place of the one that it replaces.
    fn record_part(&self, upload: &PartsUpload, part: &Part) -> Result<Option<i64>, StorageError> {
        let mut state = self.lock();
        let open = self.open_parts_upload(&state, upload)?;
        let replaced = open.parts.get(&part.number).map(|part| part.place);
        let event = Event::PartPut { upload: upload.id.clone(), part: part.clone() };
        commit_one(&mut state, event)?;
        Ok(replaced)
    }

    /// The present state of an upload that is not being completed.
    fn open_parts_upload<'a>(
        &self,
        state: &'a Core,
        upload: &PartsUpload,
    ) -> Result<&'a PartsUpload, StorageError> {
        let WriteRequest { bucket, object, .. } = &upload.request;
        let open = state.parts_upload(&upload.id, bucket, object)?;
        if self.parts.completing.lock().contains(&upload.id) {
            return Err(StorageError::NoUpload(upload.id.clone()));
        }
        Ok(open)
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
        let taken = {
            let state = self.lock();
            let open = self.open_parts_upload(&state, upload)?.clone();
            self.parts.completing.lock().insert(open.id.clone());
            open
        };
        let completed = self.concatenated(&taken, &parts, now);
        self.parts.completing.lock().remove(&taken.id);
        if completed.is_ok() {
            self.discard_parts(&taken);
        }
        Ok(completed?)
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
        self.complete(&upload.request, whole, Some(&upload.id), Some(components), now)
    }

    /// Ends an upload of this object, and removes its parts.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`], [`StorageError::Journal`].
    pub fn abort_parts(&self, id: &str, bucket: &str, object: &str) -> Result<(), StorageError> {
        let mut state = self.lock();
        let upload = state.parts_upload(id, bucket, object)?.clone();
        self.open_parts_upload(&state, &upload)?;
        commit_one(&mut state, Event::PartsEnded { upload: upload.id.clone() })?;
        drop(state);
        self.discard_parts(&upload);
        Ok(())
    }

    fn discard_parts(&self, upload: &PartsUpload) {
        upload.places().for_each(|place| self.discard(place));
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
    use time::Duration;

    use super::*;
    use crate::core::PARTS_LIFETIME;
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
        service.start_parts("next", request, NOW + PARTS_LIFETIME + Duration::SECOND).unwrap();
        let open = service.parts_uploads("bucket").unwrap();
        assert_eq!(open.iter().map(|upload| upload.id.as_str()).collect::<Vec<_>>(), ["next"]);
    }
}
