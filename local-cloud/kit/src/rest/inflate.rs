//! Request bodies that are compressed with gzip.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::{Buf as _, Bytes};
use flate2::write::MultiGzDecoder;
use hyper::body::{Body as HttpBody, Frame};

/// Input is decompressed in pieces of this size. Deflate makes at most 1032 times as many bytes of
/// them, so a piece of output is at most 4 MiB.
const PIECE_BYTES: usize = 4 * 1024;

/// The content of a body in gzip, decompressed as it is read. It ends with an error if the body is
/// not gzip, or is truncated. The code that collects it limits the size of the result.
pub(super) struct Inflated {
    body: Body,
    /// What was received and not decompressed yet.
    received: Bytes,
    /// `None` at the end.
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
    has_input: bool,
}

impl Inflated {
    pub(super) fn new(body: Body) -> Self {
        let decoder = Some(MultiGzDecoder::new(Vec::new()));
        Self { body, received: Bytes::new(), decoder, has_input: false }
    }

    /// Decompresses the next piece, and returns its output, which may be empty.
    fn step(&mut self) -> io::Result<Bytes> {
        let Some(decoder) = &mut self.decoder else { return Ok(Bytes::new()) };
        let piece = self.received.split_to(self.received.len().min(PIECE_BYTES));
        decoder.write_all(&piece)?;
        Ok(Bytes::from(std::mem::take(decoder.get_mut())))
    }

    /// The output behind the last input. An empty body is empty content.
    fn finish(&mut self) -> io::Result<Bytes> {
        match self.decoder.take() {
            Some(decoder) if self.has_input => decoder.finish().map(Bytes::from),
            Some(_) | None => Ok(Bytes::new()),
        }
    }
}

impl HttpBody for Inflated {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        loop {
            let output = if this.received.has_remaining() {
                this.step()
            } else if this.decoder.is_none() {
                return Poll::Ready(None);
            } else {
                match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                    Some(Ok(frame)) => {
                        this.received = frame.into_data().unwrap_or_default();
                        this.has_input |= this.received.has_remaining();
                        continue;
                    }
                    Some(Err(error)) => {
                        this.decoder = None;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => this.finish(),
                }
            };
            match output {
                Ok(output) if output.is_empty() => {}
                Ok(output) => return Poll::Ready(Some(Ok(Frame::data(output)))),
                Err(error) => {
                    this.received = Bytes::new();
                    this.decoder = None;
                    let error = io::Error::new(error.kind(), format!("not gzip: {error}"));
                    return Poll::Ready(Some(Err(axum::Error::new(error))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    async fn inflated(body: Vec<u8>, limit: usize) -> Result<Bytes, axum::Error> {
        to_bytes(Body::new(Inflated::new(Body::from(body))), limit).await
    }

    #[tokio::test]
    async fn a_body_is_what_was_compressed() {
        let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(inflated(gzip(&content), usize::MAX).await.unwrap(), content);
        assert_eq!(inflated(gzip(b""), usize::MAX).await.unwrap(), "");
        assert_eq!(inflated(Vec::new(), usize::MAX).await.unwrap(), "");
        // As several members, which RFC 1952 allows.
        let members = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(inflated(members, usize::MAX).await.unwrap(), "one two");
    }

    #[tokio::test]
    async fn a_body_that_is_not_gzip_or_truncated_is_an_error() {
        let mut truncated = gzip(&[7; 1000]);
        truncated.truncate(truncated.len() - 4);
        for body in [b"{\"a\": 1}".to_vec(), truncated] {
            assert!(inflated(body, usize::MAX).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_bomb_is_stopped_at_the_limit_of_the_reader() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(inflated(bomb, 1 << 20).await.is_err());
    }
}
