//! Reads what a refusal has left of a request's body.
//!
//! A server that answers and closes while the client still sends makes the client fail to write:
//! Node.js reports EPIPE, and never shows the answer. So the rest of the body is read, within
//! limits, before the answer is sent. Only HTTP/1 needs this: a stream of HTTP/2 ends by itself.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Version, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::time::timeout;

/// What is read of a body that is discarded: above the chunk that Google's Python library uploads
/// at once, 100 MiB.
const DRAIN_MAX_BYTES: usize = 128 << 20;

/// Generous for a client on the same machine: the whole time, and a pause. After either, the
/// connection is closed.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
const PAUSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The layer.
pub(super) async fn layer(request: Request, next: Next) -> Response {
    let is_http1 = request.version() < Version::HTTP_2;
    if !is_http1 || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let left = Arc::new(Mutex::new(None));
    let request = request.map(|body| {
        Body::new(Returned { body: Some(body), is_asked_for: !waits, left: Arc::clone(&left) })
    });
    let response = next.run(request).await;
    let rest = left.lock().take();
    if let Some(rest) = rest
        && timeout(DRAIN_TIMEOUT, drain(rest)).await.is_err()
    {
        tracing::debug!("a client did not send the rest of a refused request");
    }
    response
}

async fn drain(mut body: Body) {
    let mut left = DRAIN_MAX_BYTES;
    while let Ok(Some(Ok(frame))) = timeout(PAUSE_TIMEOUT, body.frame()).await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(remaining) = left.checked_sub(length) else { return };
        left = remaining;
    }
}

/// A body that comes back when it is dropped before its end.
struct Returned {
    body: Option<Body>,
    /// Whether the client sends, or has been told to (`Expect: 100-continue`).
    is_asked_for: bool,
    left: Arc<Mutex<Option<Body>>>,
}

impl HttpBody for Returned {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        this.is_asked_for = true;
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            this.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        if let Some(body) = self.body.take()
            && self.is_asked_for
            && !body.is_end_stream()
        {
            *self.left.lock() = Some(body);
        }
    }
}
