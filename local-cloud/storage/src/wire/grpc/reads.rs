//! Content over gRPC: a range in one stream, or ranges in any number as a caller asks for them.
//!
//! Unlike over HTTP, content that was stored with the encoding gzip is returned as it is.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use tonic::{Status, Streaming};

use super::messages::{self, proto, signed};
use crate::wire::shell::{Shell, blocking};
use crate::{ObjectRecord, ObjectReference, StorageError};

/// Maximum content of one message: `MAX_READ_CHUNK_BYTES` of Google's `ServiceConstants`.
const CHUNK_BYTES: u64 = 2 * 1024 * 1024;

/// An object whose content is read.
struct Opened {
    record: ObjectRecord,
    file: Arc<File>,
}

impl Opened {
    async fn open(shell: &Shell, target: ObjectReference) -> Result<Self, StorageError> {
        let read = shell.with_service(move |service| {
            let ObjectReference { bucket, object, generation, preconditions } = &target;
            service.read(bucket, object, *generation, preconditions)
        });
        let (record, file) = read.await?;
        Ok(Self { record, file: Arc::new(file) })
    }

    /// The bytes from an offset on, which counts from the end if it is negative; a length of 0 has no
    /// limit.
    fn range(&self, offset: i64, length: i64) -> Result<Range<u64>, StorageError> {
        let size_bytes = self.record.digest.size_bytes;
        let start = match u64::try_from(offset) {
            Ok(offset) => offset,
            Err(_) => size_bytes.saturating_sub(offset.unsigned_abs()),
        };
        let length = u64::try_from(length)
            .map_err(|_| StorageError::Invalid(format!("the length {length} is negative")))?;
        if start > size_bytes || (start == size_bytes && size_bytes > 0 && offset >= 0) {
            return Err(StorageError::Range { size_bytes });
        }
        let end =
            if length == 0 { size_bytes } else { start.saturating_add(length).min(size_bytes) };
        Ok(start..end)
    }

    /// The first part of a range, at most as long as a message may be.
    async fn piece(&self, range: &Range<u64>) -> Result<proto::ChecksummedData, StorageError> {
        let (file, start) = (Arc::clone(&self.file), range.start);
        let length = (range.end - range.start).min(CHUNK_BYTES);
        blocking(move || {
            let mut content = vec![0; usize::try_from(length).unwrap_or_default()];
            file.read_exact_at(&mut content, start).map_err(StorageError::content)?;
            let crc32c = Some(crc32c::crc32c(&content));
            Ok(proto::ChecksummedData { content: Bytes::from(content), crc32c })
        })
        .await
    }
}

pub(super) async fn read(
    shell: &Shell,
    request: proto::ReadObjectRequest,
) -> Result<BoxStream<'static, Result<proto::ReadObjectResponse, Status>>, StorageError> {
    let opened = Opened::open(shell, messages::read_target(&request)?).await?;
    let range = opened.range(request.read_offset, request.read_limit)?;
    let whole = proto::ContentRange {
        start: signed(range.start),
        end: signed(range.end),
        complete_length: signed(opened.record.digest.size_bytes),
    };
    let metadata = messages::object(opened.record.clone());
    let first = proto::ReadObjectResponse {
        checksummed_data: None,
        object_checksums: metadata.checksums.clone(),
        content_range: Some(whole),
        metadata: Some(metadata),
    };
    let parts = stream::try_unfold(Some((opened, range, first)), |state| async move {
        let Some((opened, mut range, response)) = state else { return Ok(None) };
        let data = opened.piece(&range).await?;
        range.start += data.content.len() as u64;
        let response = proto::ReadObjectResponse { checksummed_data: Some(data), ..response };
        let rest =
            (!range.is_empty()).then(|| (opened, range, proto::ReadObjectResponse::default()));
        Ok(Some((response, rest)))
    });
    Ok(parts.boxed())
}

/// A caller that reads ranges.
struct Ranges {
    shell: Shell,
    requests: Streaming<proto::BidiReadObjectRequest>,
    opened: Option<Opened>,
    /// Ids of the ranges that were asked for, with what is left of each.
    open: VecDeque<(i64, Range<u64>)>,
}

pub(super) fn read_ranges(
    shell: Shell,
    requests: Streaming<proto::BidiReadObjectRequest>,
) -> BoxStream<'static, Result<proto::BidiReadObjectResponse, Status>> {
    let ranges = Ranges { shell, requests, opened: None, open: VecDeque::new() };
    stream::try_unfold(ranges, |mut ranges| async move {
        let response = ranges.next().await?;
        Ok(response.map(|response| (response, ranges)))
    })
    .boxed()
}

impl Ranges {
    async fn next(&mut self) -> Result<Option<proto::BidiReadObjectResponse>, Status> {
        loop {
            if let (Some(opened), Some((read_id, mut range))) =
                (&self.opened, self.open.pop_front())
            {
                let data = opened.piece(&range).await?;
                let (read_offset, length) = (range.start, data.content.len() as u64);
                range.start += length;
                let range_end = range.is_empty();
                if !range_end {
                    self.open.push_front((read_id, range));
                }
                let read_range = proto::ReadRange {
                    read_offset: signed(read_offset),
                    read_length: signed(length),
                    read_id,
                };
                let part = proto::ObjectRangeData {
                    checksummed_data: Some(data),
                    read_range: Some(read_range),
                    range_end,
                };
                let object_data_ranges = vec![part];
                return Ok(Some(proto::BidiReadObjectResponse {
                    metadata: None,
                    object_data_ranges,
                }));
            }
            let Some(request) = self.requests.message().await? else { return Ok(None) };
            let is_first = self.opened.is_none();
            let opened = match (self.opened.take(), request.read_object_spec) {
                (None, Some(spec)) => {
                    Opened::open(&self.shell, messages::spec_target(spec)?).await?
                }
                (Some(opened), None) => opened,
                (None, None) => return Err(misplaced("the first message must have")),
                (Some(_), Some(_)) => return Err(misplaced("only the first message may have")),
            };
            for wanted in request.read_ranges {
                let range = opened.range(wanted.read_offset, wanted.read_length)?;
                self.open.push_back((wanted.read_id, range));
            }
            let metadata = is_first.then(|| messages::object(opened.record.clone()));
            self.opened = Some(opened);
            if metadata.is_some() {
                let object_data_ranges = Vec::new();
                return Ok(Some(proto::BidiReadObjectResponse { metadata, object_data_ranges }));
            }
        }
    }
}

fn misplaced(which: &str) -> Status {
    Status::invalid_argument(format!("{which} a read_object_spec"))
}
