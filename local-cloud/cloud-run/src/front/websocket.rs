//! WebSockets: a request whose connection becomes a tunnel to the instance (RFC 6455, 4).
//!
//! As on Cloud Run, a WebSocket is a request: it needs the same identity, counts in the concurrency
//! of its instance as long as it is open, and ends at the request timeout.
//! <https://cloud.google.com/run/docs/triggering/websockets>

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue, UPGRADE};
use axum::http::{Method, Version};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::upgrade::{self, OnUpgrade};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{timeout, timeout_at};

use super::outgoing::remove_hop_by_hop;
use super::slot::Slot;
use longshore_local_kit::listen::{Connection, Switched};

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// How long one direction may go on after the other one has ended: time for the answer to a closing
/// message.
const CLOSE_GRACE: Duration = Duration::from_secs(10);

/// The caller's side of a WebSocket that it asks for.
pub(super) struct Socket {
    caller: OnUpgrade,
    /// `None` if the request did not come from a listener.
    connection: Option<Switched>,
}

impl Socket {
    /// `None` if the request asks for no WebSocket. Upgrades to other protocols are optional, and
    /// Google's front end does not offer them.
    pub(super) fn asked_for(request: &mut Request) -> Option<Self> {
        let is_asked_for = request.version() == Version::HTTP_11
            && request.method() == Method::GET
            && has_token(request.headers(), &CONNECTION, "upgrade")
            && has_token(request.headers(), &UPGRADE, "websocket");
        is_asked_for.then(|| Self {
            connection: request.extensions().get::<Connection>().map(Connection::switched),
            caller: upgrade::on(request),
        })
    }

    /// Connects the caller to the instance, which has agreed with this response.
    pub(super) fn open(self, mut response: Response<Incoming>, slot: Slot) -> Response {
        let instance = upgrade::on(&mut response);
        let (mut parts, _empty) = response.into_parts();
        remove_hop_by_hop(&mut parts.headers);
        ask(&mut parts.headers);
        tokio::spawn(self.relay(instance, slot));
        Response::from_parts(parts, Body::empty())
    }

    /// Holds the slot until either side closes, until the deadline, or until the connection has to
    /// give way to another one.
    async fn relay(self, instance: OnUpgrade, slot: Slot) {
        let Self { caller, connection } = self;
        let relayed = async {
            let (caller, instance) = tokio::try_join!(caller, instance)?;
            tunnel(TokioIo::new(caller), TokioIo::new(instance), CLOSE_GRACE).await;
            Ok::<_, hyper::Error>(())
        };
        let gives_way = async {
            match &connection {
                Some(connection) => connection.gives_way().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            relayed = timeout_at(slot.deadline, relayed) => match relayed {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a WebSocket was not opened"),
                Err(_) => tracing::debug!("a WebSocket has reached its request timeout"),
            },
            () = gives_way => {}
        }
    }
}

/// Sets what asks for a WebSocket, and what agrees to it.
pub(super) fn ask(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|each| each.trim().eq_ignore_ascii_case(token))
}

/// Copies both directions until both have ended, or one of them and the time of grace.
async fn tunnel(
    caller: impl AsyncRead + AsyncWrite + Unpin,
    instance: impl AsyncRead + AsyncWrite + Unpin,
    grace: Duration,
) {
    let (from_caller, to_caller) = tokio::io::split(caller);
    let (from_instance, to_instance) = tokio::io::split(instance);
    let mut up = std::pin::pin!(copy(from_caller, to_instance));
    let mut down = std::pin::pin!(copy(from_instance, to_caller));
    let ended = tokio::select! {
        () = &mut up => timeout(grace, down).await,
        () = &mut down => timeout(grace, up).await,
    };
    if ended.is_err() {
        tracing::debug!("one side of a WebSocket did not close");
    }
}

/// Copies until the end. A side that has gone away is an end.
async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    if let Err(error) = tokio::io::copy(&mut from, &mut to).await {
        tracing::debug!(%error, "a WebSocket ended with an error");
    }
    // Fails if the other side has gone away.
    let _ = to.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_asked_for(request: axum::http::request::Builder) -> bool {
        Socket::asked_for(&mut request.body(Body::empty()).unwrap()).is_some()
    }

    #[test]
    fn a_websocket_is_a_get_of_http1_that_upgrades_to_it() {
        let request = |connection: &str, upgrade: &str| {
            let request = Request::builder().uri("http://a/");
            request.header("connection", connection).header("upgrade", upgrade)
        };
        assert!(is_asked_for(request("Upgrade", "websocket")));
        assert!(is_asked_for(request("keep-alive, upgrade", "WebSocket")));
        assert!(!is_asked_for(request("keep-alive", "websocket")));
        assert!(!is_asked_for(request("upgrade", "h2c")));
        assert!(!is_asked_for(request("upgrade", "websocket").method(Method::POST)));
        assert!(!is_asked_for(request("upgrade", "websocket").version(Version::HTTP_2)));
        assert!(!is_asked_for(Request::builder().uri("http://a/")));
    }

    #[tokio::test]
    async fn a_side_that_does_not_close_is_waited_for_only_for_a_while() {
        let (caller, of_caller) = tokio::io::duplex(64);
        let (instance, of_instance) = tokio::io::duplex(64);
        let tunnel = tokio::spawn(tunnel(of_caller, of_instance, Duration::ZERO));
        drop(caller);
        tunnel.await.unwrap();
        drop(instance);
    }
}
