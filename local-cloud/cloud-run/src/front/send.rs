//! Sending a request to an instance.

use std::io;

use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::protocol::Protocol;
use crate::pool::Lease;

/// Why an instance gave no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Connect(#[from] io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

/// Sends the request over a connection of its own: Python's servers close idle connections, so one
/// that was used before may be dead.
pub(super) async fn send(
    lease: &Lease,
    protocol: Protocol,
    request: Request,
) -> Result<Response<Incoming>, SendError> {
    let stream = lease.connect().await?;
    stream.set_nodelay(true)?;
    let stream = TokioIo::new(stream);
    match protocol {
        Protocol::Http1 => {
            let (mut sender, connection) = http1::handshake(stream).await?;
            tokio::spawn(async move { note(connection.with_upgrades().await) });
            Ok(sender.send_request(request).await?)
        }
        Protocol::Http2 => {
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
            tokio::spawn(async move { note(connection.await) });
            Ok(sender.send_request(request).await?)
        }
    }
}

fn note(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to an instance ended with an error");
    }
}
