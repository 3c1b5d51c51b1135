//! The limits of Cloud Run on the size of requests and responses of containers that speak HTTP/1.
//! <https://cloud.google.com/run/quotas#request_limits>

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::protocol::Protocol;

/// Maximum size of a request, and of a response that is not streamed.
pub(super) const LIMIT_BYTES: u64 = 32 << 20;

/// Whether requests to a container that speaks this, and its responses, are limited.
pub(super) fn applies(protocol: Protocol) -> bool {
    protocol == Protocol::Http1
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
pub(super) fn limited(body: Body) -> (Body, Exceeded) {
    let exceeded = Exceeded::default();
    let noted = exceeded.clone();
    let bytes = usize::try_from(LIMIT_BYTES).unwrap_or(usize::MAX);
    let body = Limited::new(body, bytes).map_err(move |error| {
        if error.is::<LengthLimitError>() {
            noted.0.store(true, Ordering::Relaxed);
            return axum::Error::new(TooLarge);
        }
        axum::Error::new(error)
    });
    (Body::new(body), exceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_may_have_the_limit_and_not_one_byte_more() {
        let limit = usize::try_from(LIMIT_BYTES).unwrap();
        for (bytes, is_exceeded) in [(limit, false), (limit + 1, true)] {
            let (body, exceeded) = limited(Body::from(vec![0; bytes]));
            assert_eq!(body.collect().await.is_err(), is_exceeded, "{bytes}");
            assert_eq!(exceeded.is_set(), is_exceeded, "{bytes}");
        }
    }
}
