//! A body that is passed on as it is, and observed.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// What a body returns when it is polled.
pub type Polled = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// Observes a body. It is dropped with the body, at its end or before.
pub trait Observer: Send + Unpin + 'static {
    /// Called whenever the body was polled.
    fn polled(&mut self, _polled: &Polled) {}
}

/// The same body, with its trailers and its length.
pub fn observed(body: Body, observer: impl Observer) -> Body {
    Body::new(Observed { first: None, body, observer })
}

/// The same body, whose first frame was taken. That frame is not observed.
pub(super) fn observed_after(first: Frame<Bytes>, rest: Body, observer: impl Observer) -> Body {
    Body::new(Observed { first: Some(first), body: rest, observer })
}

struct Observed<O> {
    first: Option<Frame<Bytes>>,
    body: Body,
    observer: O,
}

impl<O: Observer> HttpBody for Observed<O> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.observer.polled(&polled);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut size = self.body.size_hint();
        let first = self.first.as_ref().and_then(Frame::data_ref);
        let length = first.and_then(|data| u64::try_from(data.len()).ok()).unwrap_or(0);
        if let Some(upper) = size.upper() {
            size.set_upper(upper.saturating_add(length));
        }
        size.set_lower(size.lower().saturating_add(length));
        size
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::{HeaderMap, HeaderName, HeaderValue};
    use http_body_util::BodyExt as _;
    use parking_lot::Mutex;

    use super::*;

    /// Counts what it sees, and says when it is dropped.
    struct Counts(Arc<Mutex<(usize, bool)>>);

    impl Observer for Counts {
        fn polled(&mut self, polled: &Polled) {
            if let Poll::Ready(Some(Ok(frame))) = polled {
                self.0.lock().0 += frame.data_ref().map_or(0, Bytes::len);
            }
        }
    }

    impl Drop for Counts {
        fn drop(&mut self) {
            self.0.lock().1 = true;
        }
    }

    #[tokio::test]
    async fn a_body_is_passed_on_with_its_length_and_its_trailers() {
        let counts = Arc::new(Mutex::new((0, false)));
        let body = observed(Body::from("hello"), Counts(Arc::clone(&counts)));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
        assert_eq!(*counts.lock(), (5, true));
    }

    #[tokio::test]
    async fn the_first_frame_and_the_trailers_are_passed_on() {
        let trailers =
            HeaderMap::from_iter([(HeaderName::from_static("a"), HeaderValue::from_static("b"))]);
        let sent = trailers.clone();
        let rest = Body::from("rest").with_trailers(async move { Some(Ok(sent)) });
        let first = Frame::data(Bytes::from_static(b"first, "));
        let body = observed_after(first, Body::new(rest), Counts(Arc::default()));
        assert!(!body.is_end_stream());
        let collected = body.collect().await.unwrap();
        assert_eq!(collected.trailers(), Some(&trailers));
        assert_eq!(collected.to_bytes(), "first, rest");
    }

    #[test]
    fn the_first_frame_belongs_to_the_length() {
        let counts = Counts(Arc::default());
        let first = Frame::data(Bytes::from_static(b"first"));
        let body = observed_after(first, Body::from("rest"), counts);
        assert_eq!(body.size_hint().exact(), Some(9));
    }
}
