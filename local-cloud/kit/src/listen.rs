//! Listening on loopback.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

/// Binds the given port on 127.0.0.1, or any free port if it is 0.
///
/// # Errors
/// When the port is taken; the error names the address.
pub async fn bind(port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })
}

/// Binds the given port, or any free port if none is given or another process has taken it.
///
/// # Errors
/// When no port is available.
pub async fn bind_preferring(port: Option<u16>) -> io::Result<TcpListener> {
    match bind(port.unwrap_or(0)).await {
        Err(error) if port.is_some() => {
            tracing::warn!(%error, "the previous port is taken; a URL changes");
            bind(0).await
        }
        bound => bound,
    }
}

/// Serves HTTP/1.1 and HTTP/2 without TLS until `shutdown` resolves, then waits for requests in
/// progress.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Without this, Nagle's algorithm and delayed acknowledgements add 40 ms to small responses.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}
