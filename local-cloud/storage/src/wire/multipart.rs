//! `multipart/related` (RFC 2387), `multipart/mixed` and `multipart/form-data` bodies, parsed as
//! they arrive.
//!
//! Lines may end in CR LF or, as Google's older Python tools send them, in LF alone; the first line
//! decides.

use bytes::{Buf as _, Bytes, BytesMut};
use futures::{Stream, StreamExt as _};

use crate::StorageError;

/// Maximum size of the header lines of a part, which are one or two short fields.
const HEADERS_LIMIT_BYTES: usize = 16 * 1024;

/// The parts of a body, one after another.
pub(super) struct Multipart<S> {
    source: S,
    buffer: BytesMut,
    boundary: String,
    /// `\r\n` or `\n` once the first line was read; empty before.
    newline: &'static str,
}

/// The headers of a part; empty where one is missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PartHeaders {
    pub(super) content_type: String,
    pub(super) content_id: String,
    pub(super) content_disposition: String,
}

impl<S, E> Multipart<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    pub(super) fn new(source: S, boundary: String) -> Self {
        Self { source, buffer: BytesMut::new(), boundary, newline: "" }
    }

    /// Advances to the next part. The current one must have been read to its end.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when the body is malformed; [`StorageError::Body`] when it ends
    /// early.
    pub(super) async fn next_part(&mut self) -> Result<Option<PartHeaders>, StorageError> {
        if self.newline.is_empty() {
            self.read_first_line().await?;
        } else {
            self.fill(2).await?;
            if self.buffer.starts_with(b"--") {
                return Ok(None);
            }
        }
        self.read_headers().await.map(Some)
    }

    /// The next piece of the current part; `None` at its end.
    ///
    /// # Errors
    /// [`StorageError::Body`] when the body ends early.
    pub(super) async fn next_piece(&mut self) -> Result<Option<Bytes>, StorageError> {
        let delimiter = format!("{}--{}", self.newline, self.boundary);
        loop {
            match memchr::memmem::find(&self.buffer, delimiter.as_bytes()) {
                Some(0) => {
                    self.buffer.advance(delimiter.len());
                    return Ok(None);
                }
                Some(position) => return Ok(Some(self.buffer.split_to(position).freeze())),
                None if self.buffer.len() > delimiter.len() => {
                    let certain = self.buffer.len() - delimiter.len();
                    return Ok(Some(self.buffer.split_to(certain).freeze()));
                }
                None => self.fill(self.buffer.len() + 1).await?,
            }
        }
    }

    /// Reads what follows the last part. Otherwise the connection would be closed instead of
    /// reused.
    pub(super) async fn drain(mut self) {
        while let Some(Ok(_)) = self.source.next().await {}
    }

    /// Reads a whole part.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when it is longer than `limit_bytes`; [`StorageError::Body`] when
    /// the body ends early.
    pub(super) async fn document(&mut self, limit_bytes: usize) -> Result<Vec<u8>, StorageError> {
        let mut document = Vec::new();
        while let Some(piece) = self.next_piece().await? {
            document.extend_from_slice(&piece);
            if document.len() > limit_bytes {
                return Err(StorageError::Invalid(format!(
                    "a metadata part can have at most {limit_bytes} bytes"
                )));
            }
        }
        Ok(document)
    }

    /// Reads the first boundary, whose line ending decides that of all lines.
    async fn read_first_line(&mut self) -> Result<(), StorageError> {
        let delimiter = format!("--{}", self.boundary);
        while self.buffer.starts_with(b"\r")
            || self.buffer.starts_with(b"\n")
            || self.buffer.is_empty()
        {
            self.fill(1).await?;
            let blank = self.buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.buffer.advance(blank);
        }
        self.fill(delimiter.len() + 2).await?;
        if !self.buffer.starts_with(delimiter.as_bytes()) {
            return Err(StorageError::Invalid(
                "the body does not start with the boundary of its Content-Type".to_owned(),
            ));
        }
        self.buffer.advance(delimiter.len());
        self.newline = if self.buffer.starts_with(b"\r\n") { "\r\n" } else { "\n" };
        Ok(())
    }

    /// Reads header lines up to the empty one. The buffer starts with the end of the boundary's
    /// line.
    async fn read_headers(&mut self) -> Result<PartHeaders, StorageError> {
        let end = self.newline.repeat(2);
        let length = loop {
            match memchr::memmem::find(&self.buffer, end.as_bytes()) {
                Some(position) => break position,
                None if self.buffer.len() > HEADERS_LIMIT_BYTES => {
                    return Err(StorageError::Invalid(
                        "the headers of a part are too long".to_owned(),
                    ));
                }
                None => self.fill(self.buffer.len() + 1).await?,
            }
        };
        let lines = self.buffer.split_to(length);
        self.buffer.advance(end.len());
        let lines = String::from_utf8_lossy(&lines);
        let field = |wanted: &str| {
            let mut fields = lines.lines().filter_map(|line| line.split_once(':'));
            let found = fields.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        Ok(PartHeaders {
            content_type: field("content-type"),
            content_id: field("content-id"),
            content_disposition: field("content-disposition"),
        })
    }

    /// Reads until the buffer has this many bytes.
    async fn fill(&mut self, bytes: usize) -> Result<(), StorageError> {
        while self.buffer.len() < bytes {
            match self.source.next().await {
                Some(Ok(piece)) => self.buffer.extend_from_slice(&piece),
                Some(Err(error)) => return Err(StorageError::Body(error.to_string())),
                None => {
                    return Err(StorageError::Body(
                        "the multipart body has no closing boundary".to_owned(),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The boundary in a `Content-Type` of this kind, such as `multipart/related`. Quotes may be double
/// (RFC 2045) or single, as Google's older Python tools write them.
pub(super) fn boundary(content_type: &str, wanted: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case(wanted) {
        return None;
    }
    let lower = parameters.to_ascii_lowercase();
    let value = parameters.get(lower.find("boundary=")? + "boundary=".len()..)?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let boundary = match quote {
        Some(quote) => value.get(1..)?.split(quote).next()?,
        None => value.split(';').next()?.trim(),
    };
    (!boundary.is_empty()).then(|| boundary.to_owned())
}

#[cfg(test)]
mod tests;
