//! The limits of Cloud Run on the size of requests and responses over HTTP/1.
//! <https://cloud.google.com/run/quotas#request_limits>

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{HeaderMap, Version, header};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Maximum size of a request, and of a response that is not streamed.
pub(super) const LIMIT_BYTES: u64 = 32 << 20;

/// Whether requests and responses of this version are limited.
pub(super) fn applies(version: Version) -> bool {
    version < Version::HTTP_2
}

/// Whether the sender declares more than the limit. A response without a length is streamed.
pub(super) fn is_exceeded(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|bytes| bytes > LIMIT_BYTES)
}

/// Whether a body had more than the limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceeded(Arc<AtomicBool>);

impl Exceeded {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the request has more than {LIMIT_BYTES} bytes")]
struct TooLarge;

/// A body that fails when it has more than the limit.
pub(super) struct Limited {
    body: Body,
    left: u64,
    exceeded: Exceeded,
}

impl Limited {
    pub(super) fn new(body: Body) -> (Self, Exceeded) {
        let exceeded = Exceeded::default();
        (Self { body, left: LIMIT_BYTES, exceeded: exceeded.clone() }, exceeded)
    }
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let length = data.len() as u64;
            match self.left.checked_sub(length) {
                Some(rest) => self.left = rest,
                None => {
                    self.exceeded.0.store(true, Ordering::Relaxed);
                    return Poll::Ready(Some(Err(axum::Error::new(TooLarge))));
                }
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
