//! The slot of an instance that a request holds until the end of its response.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Version;
use bytes::Bytes;
use futures::stream::{self, Stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use tokio::time::{Instant, timeout_at};

use crate::pool::{Lease, Pool};
use longshore_local_kit::listen::{BodyFault, BodyWatch};

/// Resolves when the rest of the request's body does not arrive while other requests wait for the
/// slot. On Google, such a request holds its slot until the request timeout, but other clients get
/// other instances; here one client could keep all others from a function.
pub(super) async fn holds_up_others(pool: &Pool, watch: &BodyWatch) {
    let patience = pool.body_patience();
    loop {
        watch.stalls(patience).await;
        pool.is_awaited().await;
        // The body may have gone on in the meantime.
        if watch.has_stalled(patience) {
            return;
        }
    }
}

/// Counts a request as waiting if the instance does not respond to it, although it has the whole
/// body: servers have fewer places than an instance has slots, and stalled requests may have taken
/// them. Never resolves.
pub(super) async fn waits_for_a_place(pool: &Pool, watch: &BodyWatch) {
    watch.ends().await;
    tokio::time::sleep(pool.body_patience()).await;
    let _counted = pool.count_as_waiting();
    std::future::pending().await
}

/// A request slot that a response holds.
pub(super) struct Slot {
    pub(super) lease: Lease,
    pub(super) pool: Arc<Pool>,
    /// Of the request's body, which may be unfinished when the response begins.
    pub(super) watch: BodyWatch,
    pub(super) deadline: Instant,
}

impl Slot {
    /// The body of a response. It holds the slot until its end. It fails at the deadline, and when
    /// the request's body stalls while others wait.
    ///
    /// The end of an HTTP/2 response may be in its head, which is how gRPC tells a failure from a
    /// response that was cut off.
    pub(super) fn until_end(self, caller: Version, body: Incoming) -> Body {
        if caller == Version::HTTP_2 && body.is_end_stream() {
            return Body::empty();
        }
        Body::new(StreamBody::new(frames(self, body)))
    }
}

/// Data, and the trailers at the end.
fn frames(slot: Slot, body: Incoming) -> impl Stream<Item = Result<Frame<Bytes>, axum::Error>> {
    stream::unfold(Some((slot, body)), move |state| async move {
        let (slot, mut body) = state?;
        let next = tokio::select! {
            next = timeout_at(slot.deadline, body.frame()) => next,
            () = holds_up_others(&slot.pool, &slot.watch) => {
                return Some((Err(axum::Error::new(BodyFault::Stalled)), None));
            }
        };
        match next {
            Ok(Some(Ok(frame))) => Some((Ok(frame), Some((slot, body)))),
            Ok(Some(Err(error))) => Some((Err(axum::Error::new(error)), None)),
            Ok(None) => None,
            Err(elapsed) => Some((Err(axum::Error::new(elapsed)), None)),
        }
    })
}
