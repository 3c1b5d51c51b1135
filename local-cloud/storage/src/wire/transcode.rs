//! Decompressive transcoding: <https://cloud.google.com/storage/docs/transcoding>.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::object_headers::describe;
use crate::{ObjectAttributes, ObjectRecord};

/// Decompressed content is sent in chunks of this size.
const CHUNK_BYTES: usize = 256 * 1024;

/// Chunks that are decompressed ahead of a slow reader.
const CHUNKS_AHEAD: usize = 2;

/// Whether readers that do not accept gzip get this content decompressed.
pub(super) fn is_decompressed(attributes: &ObjectAttributes) -> bool {
    let no_transform = attributes
        .cache_control
        .split(',')
        .any(|directive| directive.trim().eq_ignore_ascii_case("no-transform"));
    attributes.content_encoding == "gzip" && !no_transform
}

/// Content that was stored with the encoding gzip, for a reader that does not accept it.
pub(super) enum Transcoded {
    Answer(Response),
    /// The content is no gzip, whatever its encoding says. The reader gets it as it is.
    NotGzip(File),
}

/// The whole content, decompressed. Its length is not known in advance. Content that begins as gzip
/// and is damaged later aborts the response.
///
/// # Errors
/// When the content cannot be read.
pub(super) fn answer(record: &ObjectRecord, tag: &str, mut file: File) -> io::Result<Transcoded> {
    if !is_gzip(&mut file)? {
        return Ok(Transcoded::NotGzip(file));
    }
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    tokio::task::spawn_blocking(move || decompress(file, &sender));
    let mut response = Body::from_stream(ReceiverStream::new(receiver)).into_response();
    let headers = response.headers_mut();
    describe(record, tag, headers);
    headers.remove(header::CONTENT_ENCODING);
    headers.remove(header::ACCEPT_RANGES);
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert("warning", HeaderValue::from_static("214 UploadServer gunzipped"));
    Ok(Transcoded::Answer(response))
}

/// Whether the first piece can be decompressed. Empty content is no gzip.
fn is_gzip(file: &mut File) -> io::Result<bool> {
    let mut decoder = MultiGzDecoder::new(io::BufReader::new(&mut *file));
    let mut piece = vec![0; CHUNK_BYTES];
    let is_gzip = decoder.read(&mut piece).is_ok() && decoder.header().is_some();
    drop(decoder);
    file.rewind()?;
    Ok(is_gzip)
}

/// Returns at the end of the content, or when the reader is gone.
fn decompress(file: File, sender: &mpsc::Sender<io::Result<Bytes>>) {
    let mut decoder = MultiGzDecoder::new(io::BufReader::new(file));
    loop {
        let mut piece = vec![0; CHUNK_BYTES];
        let read = decoder.read(&mut piece).map(|length| {
            piece.truncate(length);
            Bytes::from(piece)
        });
        let ended = read.as_ref().is_ok_and(Bytes::is_empty);
        let broken = read.is_err();
        if ended || sender.blocking_send(read).is_err() || broken {
            return;
        }
    }
}
