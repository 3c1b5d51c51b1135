//! The body of a request that a proxy passes on.
//!
//! Forwarding starts only when something of the body has arrived, so that a caller who sends none
//! holds nothing of the server behind the proxy. And it remembers what went wrong with the body:
//! the client of the other server reports a failure, but not whose it is.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use super::body::BodyStalled;

/// What is wrong with the body of a request. The caller is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// Nothing of it arrived for too long.
    #[error("the body of the request stalled")]
    Stalled,
    /// Its framing is invalid, or it ended early.
    #[error("the body of the request is malformed or incomplete")]
    Malformed,
}

/// Learns what went wrong with a body while it was forwarded.
#[derive(Clone, Debug, Default)]
pub struct FaultWatch(Arc<OnceLock<BodyFault>>);

impl FaultWatch {
    #[must_use]
    pub fn fault(&self) -> Option<BodyFault> {
        self.0.get().copied()
    }
}

/// Waits for the first bytes of a request's body, or its end. Returns the same body.
///
/// # Errors
/// When the body fails before anything of it arrives.
pub async fn started(mut body: Body) -> Result<(Body, FaultWatch), BodyFault> {
    let watch = FaultWatch::default();
    if body.is_end_stream() {
        return Ok((body, watch));
    }
    let size = body.size_hint();
    let first = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
    match first {
        None => Ok((Body::empty(), watch)),
        Some(Err(error)) => Err(fault_of(&error)),
        Some(Ok(first)) => {
            let body = Started { first: Some(first), rest: body, size, watch: watch.clone() };
            Ok((Body::new(body), watch))
        }
    }
}

struct Started {
    first: Option<Frame<Bytes>>,
    rest: Body,
    /// Of the whole body.
    size: SizeHint,
    watch: FaultWatch,
}

impl HttpBody for Started {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let frame = ready!(Pin::new(&mut self.rest).poll_frame(context));
        if let Some(Err(error)) = &frame {
            // Only the first fault counts.
            let _ = self.watch.0.set(fault_of(error));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.first.is_some() { self.size } else { self.rest.size_hint() }
    }
}

fn fault_of(error: &axum::Error) -> BodyFault {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<BodyStalled>() {
            return BodyFault::Stalled;
        }
        cause = error.source();
    }
    BodyFault::Malformed
}
