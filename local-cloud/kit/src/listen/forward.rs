//! The body of a request that a proxy passes on.
//!
//! Forwarding starts only when something of the body has arrived, so that a caller who sends none
//! holds nothing of the server behind the proxy. And it is known whether the rest of the body
//! stalls, and what went wrong with it: the client of the other server reports a failure, but not
//! whose it is.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::body::BodyStalled;
use super::observed::{Observer, Polled, observed, observed_after};

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

/// Watches a body while it is forwarded.
#[derive(Clone, Debug)]
pub struct BodyWatch {
    fault: Arc<OnceLock<BodyFault>>,
    /// Since when the next part of the body has been waited for.
    waiting: watch::Receiver<Option<Instant>>,
}

impl BodyWatch {
    fn new() -> (Self, watch::Sender<Option<Instant>>) {
        let (sender, waiting) = watch::channel(None);
        (Self { fault: Arc::default(), waiting }, sender)
    }

    /// What went wrong with the body.
    #[must_use]
    pub fn fault(&self) -> Option<BodyFault> {
        self.fault.get().copied()
    }

    /// Whether the next part of the body was waited for this long. A few bytes are no part.
    #[must_use]
    pub fn has_stalled(&self, patience: Duration) -> bool {
        let has_ended = self.waiting.has_changed().is_err();
        !has_ended && self.waiting.borrow().is_some_and(|since| since.elapsed() >= patience)
    }

    /// Resolves once the body has ended.
    pub async fn ends(&self) {
        let mut waiting = self.waiting.clone();
        while waiting.changed().await.is_ok() {}
    }

    /// Resolves while the next part of the body was waited for this long. A few bytes are no part.
    /// Never resolves once the body has ended.
    pub async fn stalls(&self, patience: Duration) {
        let mut waiting = self.waiting.clone();
        loop {
            let since = *waiting.borrow_and_update();
            let stalled = async {
                match since {
                    Some(since) => sleep_until(since + patience).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                changed = waiting.changed() => if changed.is_err() {
                    std::future::pending::<()>().await;
                },
                () = stalled => return,
            }
        }
    }
}

/// Waits for the first bytes of a request's body, or its end. Returns the same body.
///
/// # Errors
/// When the body fails before anything of it arrives.
pub async fn started(mut body: Body) -> Result<(Body, BodyWatch), BodyFault> {
    let (watch, waiting) = BodyWatch::new();
    if body.is_end_stream() {
        return Ok((body, watch));
    }
    let first = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
    match first {
        None => Ok((Body::empty(), watch)),
        Some(Err(error)) => Err(fault_of(&error)),
        Some(Ok(first)) => {
            let watched = Watched::new(&watch, Some(waiting));
            Ok((observed_after(first, body, watched), watch))
        }
    }
}

/// A body that is passed on at once and never stalls: that of a stream of messages, whose sender
/// may wait for messages of the other side first.
pub fn unawaited(body: Body) -> (Body, BodyWatch) {
    let (watch, _) = BodyWatch::new();
    let watched = Watched::new(&watch, None);
    (observed(body, watched), watch)
}

/// Notes what a [`BodyWatch`] tells.
struct Watched {
    fault: Arc<OnceLock<BodyFault>>,
    /// `None`: the body may stall.
    waiting: Option<watch::Sender<Option<Instant>>>,
    /// How long the part was waited for that is not complete yet, before the last bytes arrived.
    waited: Duration,
    arrived_bytes: usize,
}

/// Fewer bytes are no part of a body, but go on with one: otherwise a client could send a byte every
/// second, and keep the others from an instance for as long as it likes.
const PART_BYTES: usize = 1024;

impl Watched {
    fn new(watch: &BodyWatch, waiting: Option<watch::Sender<Option<Instant>>>) -> Self {
        let fault = Arc::clone(&watch.fault);
        Self { fault, waiting, waited: Duration::ZERO, arrived_bytes: 0 }
    }

    /// Notes that this many bytes have arrived after this long.
    fn arrived(&mut self, bytes: usize, after: Duration) {
        self.waited += after;
        self.arrived_bytes += bytes;
        if self.arrived_bytes >= PART_BYTES {
            (self.waited, self.arrived_bytes) = (Duration::ZERO, 0);
        }
    }
}

impl Observer for Watched {
    fn polled(&mut self, polled: &Polled) {
        if let Some(waiting) = self.waiting.take() {
            waiting.send_if_modified(|since| {
                if let Poll::Ready(part) = polled {
                    let began = since.take();
                    let frame = part.as_ref().and_then(|part| part.as_ref().ok());
                    let bytes = frame.and_then(|frame| frame.data_ref()).map_or(0, Bytes::len);
                    self.arrived(bytes, began.map_or(Duration::ZERO, |began| began.elapsed()));
                    return began.is_some();
                }
                let (begins, now) = (since.is_none(), Instant::now());
                since.get_or_insert_with(|| now.checked_sub(self.waited).unwrap_or(now));
                begins
            });
            self.waiting = Some(waiting);
        }
        if let Poll::Ready(Some(Err(error))) = polled {
            // Only the first fault counts.
            let _ = self.fault.set(fault_of(error));
        }
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

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use hyper::body::{Body as HttpBody, Frame};
    use tokio::sync::mpsc;
    use tokio_util::task::AbortOnDropHandle;

    use super::*;

    /// A body whose parts are sent by the test.
    struct Parts(mpsc::Receiver<&'static str>);

    impl HttpBody for Parts {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            let part = std::task::ready!(self.0.poll_recv(context));
            Poll::Ready(part.map(|part| Ok(Frame::data(Bytes::from_static(part.as_bytes())))))
        }
    }

    #[tokio::test]
    async fn an_unawaited_body_is_passed_on_and_never_stalls() {
        let (parts, received) = mpsc::channel(1);
        let (mut body, watch) = unawaited(Body::new(Parts(received)));
        let mut poll = || Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(poll().is_pending(), "nothing has been sent");
        assert!(!watch.has_stalled(Duration::ZERO));
        parts.try_send("first").unwrap();
        let Poll::Ready(Some(Ok(frame))) = poll() else { panic!("nothing has arrived") };
        assert_eq!(frame.into_data().unwrap(), "first");
    }

    #[test]
    fn a_body_that_trickles_stalls() {
        let patience = Duration::from_secs(60);
        let (watch, waiting) = BodyWatch::new();
        let mut watched = Watched::new(&watch, Some(waiting));
        let part =
            |text: &'static [u8]| Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text)))));
        for _ in 0..3 {
            watched.polled(&Poll::Pending);
            watched.polled(&part(b"1"));
            watched.waited += patience / 2;
        }
        watched.polled(&Poll::Pending);
        assert!(watch.has_stalled(patience), "three bytes in more than the patience");
        watched.polled(&part(&[0; PART_BYTES]));
        watched.polled(&Poll::Pending);
        assert!(!watch.has_stalled(patience), "a whole part has arrived");
    }

    #[tokio::test]
    async fn a_body_stalls_while_it_is_waited_for_and_nothing_arrives() {
        let (parts, received) = mpsc::channel(1);
        parts.send("first").await.unwrap();
        let (mut body, watch) = started(Body::new(Parts(received))).await.unwrap();
        assert!(!watch.has_stalled(Duration::ZERO), "no one reads what has arrived");
        let (read, mut frames) = mpsc::channel(10);
        let _reading = AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                let next = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context));
                let Some(frame) = next.await else { return };
                read.send(frame.unwrap()).await.unwrap();
            }
        }));
        frames.recv().await.unwrap();
        watch.stalls(Duration::from_millis(1)).await;
        assert!(watch.has_stalled(Duration::from_millis(1)), "the second part does not arrive");
        assert!(!watch.has_stalled(Duration::from_secs(3600)));
        assert!(tokio::time::timeout(Duration::ZERO, watch.ends()).await.is_err());
        parts.send("second").await.unwrap();
        frames.recv().await.unwrap();
        watch.stalls(Duration::from_millis(1)).await;
        drop(parts);
        assert!(frames.recv().await.is_none());
        watch.ends().await;
        assert!(!watch.has_stalled(Duration::ZERO), "the body has ended");
    }
}
