//! Sockets that listen on loopback.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

const LOOPBACK_INTERFACE: &[u8] = b"lo";

/// Connections that wait to be accepted, as tokio has it.
const BACKLOG: u32 = 1024;

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

/// Binds the given port, or any free one, on all addresses of the loopback interface: 127.0.0.0/8
/// on one descriptor. Requests have a [`LocalAddress`](super::LocalAddress). A connection to another
/// address of this machine is refused by [`serve`](super::serve).
///
/// # Errors
/// When the port is taken, or the kernel does not restrict a socket to an interface (before Linux
/// 5.7, and in some container sandboxes).
pub fn bind_whole_loopback(port: Option<u16>) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind_device(Some(LOOPBACK_INTERFACE))?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port.unwrap_or(0))))?;
    socket.listen(BACKLOG)
}
