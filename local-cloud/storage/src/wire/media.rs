//! Downloads: the content of an object or a range of it, with the headers that describe the object.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use super::conditional::{Conditional, Outcome, Validators, not_modified};
use super::object_headers::{describe, set};
use super::parameters::Parameters;
use super::shell::Shell;
use super::transcode::{self, Transcoded};
use crate::{ObjectRecord, ObjectReference, Service, StorageError};

/// Up to this size, content is read at once, on the thread that opened it: most objects are small
/// documents.
const READ_AT_ONCE_BYTES: u64 = 256 * 1024;

/// Larger content is read in chunks of this size. Each costs a hop to a blocking thread.
const CHUNK_BYTES: usize = 256 * 1024;

pub(super) async fn download(
    State(shell): State<Shell>,
    Path((bucket, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    content(&shell, Api::Json, Parameters::of(&uri)?.target(bucket, object), &headers).await
}

/// The API of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    Json,
    Xml,
}

impl Api {
    /// The etag as the API writes it.
    pub(super) fn tag(self, record: &ObjectRecord) -> String {
        match self {
            Self::Json => record.etag(),
            Self::Xml => format!("\"{}\"", record.content_tag()),
        }
    }
}

/// Returns the content, or the one requested range of it. A reader that does not accept gzip gets
/// gzip content decompressed, and whole: <https://cloud.google.com/storage/docs/transcoding>.
pub(super) async fn content(
    shell: &Shell,
    api: Api,
    target: ObjectReference,
    headers: &HeaderMap,
) -> Result<Response, StorageError> {
    refuse_customer_keys(headers)?;
    let conditional = Conditional::of(headers);
    let requested =
        headers.get(header::RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
    let accepts_gzip = accepts_gzip(headers);
    let read = move |service: &Service| {
        let (record, file) = service.read(
            &target.bucket,
            &target.object,
            target.generation,
            &target.preconditions,
        )?;
        let tag = api.tag(&record);
        let (etag, content_tag) = (record.etag(), record.content_tag());
        let version = Validators { tags: &[&etag, &content_tag], modified: record.updated_at() };
        if conditional.of_read(&version)? == Outcome::NotModified {
            return Ok(not_modified(&tag, version.modified));
        }
        let (mut file, mut is_encoded) = (file, true);
        if !accepts_gzip && transcode::is_decompressed(&record.attributes) {
            match transcode::answer(&record, &tag, file).map_err(StorageError::content)? {
                Transcoded::Answer(response) => return Ok(response),
                Transcoded::NotGzip(content) => (file, is_encoded) = (content, false),
            }
        }
        let range = requested
            .filter(|_| conditional.has_range(&version))
            .and_then(|range| parse_range(&range, record.digest.size_bytes))
            .transpose()?;
        let body = read_range(file, range.clone().unwrap_or(0..record.digest.size_bytes))?;
        let mut response = answer(&record, &tag, range, body);
        if !is_encoded {
            response.headers_mut().remove(header::CONTENT_ENCODING);
        }
        Ok(response)
    };
    shell.with_service(read).await
}

fn read_range(mut file: File, range: Range<u64>) -> Result<Body, StorageError> {
    file.seek(SeekFrom::Start(range.start)).map_err(StorageError::content)?;
    let length = range.end - range.start;
    if length > READ_AT_ONCE_BYTES {
        let file = tokio::fs::File::from_std(file);
        return Ok(Body::from_stream(ReaderStream::with_capacity(file.take(length), CHUNK_BYTES)));
    }
    let mut content = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(length).read_to_end(&mut content).map_err(StorageError::content)?;
    Ok(Body::from(content))
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers
        .get_all(header::ACCEPT_ENCODING)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut codings = values.flat_map(|value| value.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        matches!(name.trim(), "gzip" | "*") && !matches!(weight.trim(), "q=0" | "q=0.0")
    })
}

fn answer(record: &ObjectRecord, tag: &str, range: Option<Range<u64>>, body: Body) -> Response {
    let size = record.digest.size_bytes;
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    let mut response = body.into_response();
    let headers = response.headers_mut();
    describe(record, tag, headers);
    headers.insert(header::CONTENT_LENGTH, length.into());
    if let Some(range) = range {
        set(
            headers,
            header::CONTENT_RANGE,
            &format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1)),
        );
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

/// The bytes that a `Range` header requests. `None`: the whole content, as for every header that is
/// not understood (RFC 9110, section 14.2).
fn parse_range(header: &str, size_bytes: u64) -> Option<Result<Range<u64>, StorageError>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let range = if first.is_empty() {
        size_bytes.saturating_sub(last.parse().ok()?)..size_bytes
    } else {
        let end = if last.is_empty() {
            size_bytes
        } else {
            last.parse::<u64>().ok()?.saturating_add(1).min(size_bytes)
        };
        first.parse().ok()?..end
    };
    Some(if range.start < range.end { Ok(range) } else { Err(StorageError::Range { size_bytes }) })
}

/// Rejects customer-supplied encryption keys, because content is stored unencrypted.
///
/// # Errors
/// [`StorageError::Unimplemented`].
pub(super) fn refuse_customer_keys(headers: &HeaderMap) -> Result<(), StorageError> {
    if headers.contains_key("x-goog-encryption-algorithm") {
        return Err(StorageError::Unimplemented("customer-supplied encryption keys".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_accepted_unless_its_weight_is_zero() {
        let accepts = |value: &str| {
            accepts_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())]))
        };
        assert!(accepts("gzip") && accepts("deflate, gzip;q=0.5") && accepts("*"));
        assert!(!accepts("identity") && !accepts("gzip;q=0") && !accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn a_range_is_clamped_to_the_content_and_an_unknown_form_means_everything() {
        let parse = |header| parse_range(header, 10).map(Result::ok);
        assert_eq!(parse("bytes=0-0"), Some(Some(0..1)));
        assert_eq!(parse("bytes=2-4"), Some(Some(2..5)));
        assert_eq!(parse("bytes=8-99"), Some(Some(8..10)));
        assert_eq!(parse("bytes=3-"), Some(Some(3..10)));
        assert_eq!(parse("bytes=-4"), Some(Some(6..10)));
        assert_eq!(parse("bytes=-99"), Some(Some(0..10)));
        assert_eq!(parse("bytes=10-"), Some(None));
        assert_eq!(parse("bytes=-0"), Some(None));
        assert_eq!(parse("bytes=0-1,3-4"), None);
        assert_eq!(parse("lines=1-2"), None);
        assert!(parse_range("bytes=0-", 0).unwrap().is_err());
    }
}
