//! Listening on loopback.
//!
//! Every port of the local cloud is served by [`serve`]. It answers the user who runs the local
//! cloud, and no web page.
//!
//! # What a web page can do
//! It can make the user's browser send requests. [`Access`] refuses them by host (DNS rebinding),
//! origin and `Sec-Fetch-Site`, before a service sees them. The port of a function checks the host
//! only: whether other origins may use a function is the function's decision, as on Google Cloud.
//!
//! # What another local user can do
//! Loopback is open to every user of the machine, so each connection is checked: the kernel knows
//! which user owns the other end. Another user can
//! - connect, and read that the connection is refused: nothing that it sent has been read. At most
//!   16 at once get this answer, each within two seconds; further ones are closed without it. None
//!   of them takes one of the connections (512 for each port) of this user.
//! - learn that way which ports are open, and from `/proc/net/tcp` which of them have connections.
//! - cost this process some time for each connection, and fill the queue of connections that the
//!   kernel has not handed over (1024 for each port), while it connects faster than it is refused.
//! - listen on a recorded port of the local cloud while that is stopped. The next start then takes
//!   other ports and warns, but a program that remembers the old port talks to that user.
//! - use any program of this user, or of root, that forwards connections, such as a proxy or an SSH
//!   tunnel: its connections are its own user's.
//!
//! Root may connect. It can read this process's memory and files anyway, and its programs connect
//! on the user's behalf: Docker's proxy for published ports, WSL's relay for `localhost`.
//!
//! A client that has closed its socket before the check, or that is not on this kernel (a port
//! that the firewall redirects), has no owner, and is refused.
//!
//! # What one program of this user can do
//! A port serves 512 connections at once. If all are open, one without a request in progress is
//! closed for a new one: the one that has been idle longest. If all have requests in progress, and
//! one program has more than half of them, the oldest of those above half are closed. So a program
//! that opens connections, or begins requests, and leaves them, keeps no other program out. It can
//! still slow others down by connecting all the time.
//!
//! Where the kernel does not say who owns a connection (it supports neither `sock_diag` nor
//! `/proc/net/tcp`), every local user is accepted, and the log says so once.

mod access;
mod bind;
mod body;
mod connections;
mod cors;
mod drain;
mod forward;
mod observed;
mod owners;
mod peer;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::access::Access;
pub use self::bind::{bind, bind_preferring, bind_whole_loopback};
pub use self::body::BodyStalled;
use self::connections::Connections;
pub use self::connections::{Connection, Switched};
pub use self::forward::{BodyFault, BodyWatch, started, unawaited};
pub use self::observed::{Observer, Polled, observed};
use self::peer::{Peer, peer};
use crate::Seldom;

/// Maximum time for the head of a request: generous for a client on the same machine, and it ends
/// connections that are opened and left alone.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(15);

/// A connection of HTTP/2 that does not answer a ping within the timeout is closed, so that a
/// frozen client holds nothing.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Maximum connections of other users that wait for their refusal.
const STRANGERS_MAX: usize = 16;

/// What another user may send, and how long its connection is kept, before the answer is given up.
const STRANGER_MAX_BYTES: u64 = 64 * 1024;
const STRANGER_TIMEOUT: Duration = Duration::from_secs(2);

/// Pause after a failed accept, which usually means that the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One for all ports: they run out of descriptors together.
static CANNOT_ACCEPT: Seldom = Seldom::new();

/// What every connection of HTTP/2 begins with (RFC 9113, 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const PREFACE_POLL: Duration = Duration::from_millis(5);

/// The address of this machine that a client has connected to: an extension of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalAddress(pub SocketAddr);

/// Serves HTTP/1.1 and HTTP/2 without TLS until `shutdown` resolves, then waits for requests in
/// progress. A request may switch the protocol of its connection, and keeps [`Switched`] then;
/// `shutdown` does not end such a connection.
///
/// # Errors
/// When the listener has no address. A failed accept is retried after a pause.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    access: Access,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_within(HEADERS_TIMEOUT, listener, router, access, shutdown).await
}

/// The same for a listener in the network namespace of an instance, where nothing but the instance
/// can connect, and which user it has does not matter.
///
/// # Errors
/// When the listener has no address.
pub async fn serve_instance(
    listener: TcpListener,
    router: Router,
    access: Access,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_all(false, HEADERS_TIMEOUT, listener, router, access, shutdown).await
}

async fn serve_within(
    headers_timeout: Duration,
    listener: TcpListener,
    router: Router,
    access: Access,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_all(true, headers_timeout, listener, router, access, shutdown).await
}

async fn serve_all(
    checks_user: bool,
    headers_timeout: Duration,
    listener: TcpListener,
    router: Router,
    access: Access,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let server = Arc::new(Server {
        address: listener.local_addr()?,
        checks_user,
        router: guarded(router, access),
        headers_timeout,
        http: http(headers_timeout),
        stopping: CancellationToken::new(),
    });
    let connections = TaskTracker::new();
    let mut doors = Doors {
        listener,
        connections: Connections::new(),
        strangers: Arc::new(Semaphore::new(STRANGERS_MAX)),
    };
    tokio::pin!(shutdown);
    loop {
        let admitted = tokio::select! {
            () = &mut shutdown => break,
            admitted = doors.next(&server) => admitted,
        };
        match admitted {
            Ok(Admitted::User(stream, connection)) => {
                let server = Arc::clone(&server);
                connections.spawn(async move { server.connection(stream, connection).await });
            }
            Ok(Admitted::Stranger(stream, slot)) => {
                connections.spawn(async move {
                    refuse(stream).await;
                    drop(slot);
                });
            }
            Err(error) => {
                if let Some(omitted) = CANNOT_ACCEPT.due() {
                    let address = server.address;
                    tracing::warn!(%error, %address, omitted, "cannot accept a connection");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(doors);
    server.stopping.cancel();
    connections.close();
    connections.wait().await;
    Ok(())
}

/// A function answers before it has read a body if it likes to.
fn guarded(router: Router, access: Access) -> Router {
    let is_function = access.is_function();
    let router = router.layer(from_fn_with_state(access, access::layer));
    if is_function { router } else { router.layer(from_fn(drain::layer)) }
}

/// Where connections come in.
struct Doors {
    listener: TcpListener,
    connections: Connections,
    strangers: Arc<Semaphore>,
}

enum Admitted {
    User(TcpStream, Connection),
    Stranger(TcpStream, OwnedSemaphorePermit),
}

impl Doors {
    /// The next connection that gets an answer. Its user is checked before it waits for a slot, so
    /// that other users take no slots, and the port of a client is not used again in the meantime.
    async fn next(&mut self, server: &Server) -> io::Result<Admitted> {
        loop {
            let (stream, client) = self.listener.accept().await?;
            let address = match server.address.ip().is_unspecified() {
                true => stream.local_addr()?,
                false => server.address,
            };
            if let Client::Own(inode) = server.client(client, address) {
                return Ok(Admitted::User(stream, self.connections.open(inode).await));
            }
            if let Ok(slot) = Arc::clone(&self.strangers).try_acquire_owned() {
                return Ok(Admitted::Stranger(stream, slot));
            }
        }
    }
}

fn http(headers_timeout: Duration) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(headers_timeout);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    http
}

struct Server {
    address: SocketAddr,
    checks_user: bool,
    router: Router,
    headers_timeout: Duration,
    http: Builder<TokioExecutor>,
    stopping: CancellationToken,
}

impl Server {
    async fn connection(&self, stream: TcpStream, connection: Connection) {
        // Without this, Nagle's algorithm and delayed acknowledgements add 40 ms to small
        // responses.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let spoken = timeout(self.headers_timeout, has_spoken(&stream));
        let has_spoken = tokio::select! {
            spoken = spoken => matches!(spoken, Ok(Ok(()))),
            () = self.stopping.cancelled() => false,
            () = connection.gives_way() => false,
        };
        if !has_spoken {
            return;
        }
        let router = TowerToHyperService::new(self.router.clone());
        let address = stream.local_addr().map(LocalAddress).ok();
        let extension = connection.clone();
        let service = connection.counted(service_fn(move |mut request: Request<Incoming>| {
            if let Some(address) = address {
                request.extensions_mut().insert(address);
            }
            request.extensions_mut().insert(extension.clone());
            router.call(request)
        }));
        let spoken = self.http.serve_connection_with_upgrades(TokioIo::new(stream), service);
        tokio::pin!(spoken);
        let ended = tokio::select! {
            ended = spoken.as_mut() => ended,
            () = self.stopping.cancelled() => {
                spoken.as_mut().graceful_shutdown();
                spoken.await
            }
            () = connection.gives_way() => {
                spoken.as_mut().graceful_shutdown();
                // One poll tells a client of HTTP/2 what happens. Waiting would hold up the
                // connection that this one gives way to.
                match timeout(Duration::ZERO, spoken).await {
                    Ok(ended) => ended,
                    Err(_unfinished) => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended with an error");
        }
    }

    /// Whose connection it is, between these two addresses.
    fn client(&self, client: SocketAddr, address: SocketAddr) -> Client {
        if !self.checks_user {
            return Client::Own(None);
        }
        if !address.ip().is_loopback() {
            return Client::Stranger;
        }
        let own = [0, rustix::process::geteuid().as_raw()];
        match peer(client, address) {
            Ok(Peer::User { uid, inode }) if own.contains(&uid) => Client::Own(Some(inode)),
            Ok(Peer::User { .. } | Peer::Gone) => Client::Stranger,
            Err(error) => {
                static WARN_ONCE: Once = Once::new();
                WARN_ONCE.call_once(|| {
                    tracing::warn!(
                        %error,
                        "the kernel does not say who connects: other users of this machine can use \
                         the local cloud"
                    );
                });
                Client::Own(None)
            }
        }
    }
}

/// Whose connection it is.
enum Client {
    /// This user's, or root's, with the inode of its socket if the kernel knows it.
    Own(Option<u32>),
    /// Another user's, or closed already.
    Stranger,
}

/// Resolves once the client has sent enough to tell HTTP/1.1 from HTTP/2: the server's own
/// timeouts begin only then.
async fn has_spoken(stream: &TcpStream) -> io::Result<()> {
    let mut start = [0; HTTP2_PREFACE.len()];
    loop {
        let length = stream.peek(&mut start).await?;
        let is_undecided =
            length < HTTP2_PREFACE.len() && HTTP2_PREFACE.starts_with(&start[..length]);
        if length == 0 || !is_undecided {
            return Ok(());
        }
        // A peek returns at once while the rest of the preface is on its way.
        tokio::time::sleep(PREFACE_POLL).await;
    }
}

/// Another user is answered before anything that it sent is looked at. What it sent is thrown away:
/// unread data would reset the connection, and the answer with it.
async fn refuse(mut stream: TcpStream) {
    let body = "only the user who runs the local cloud can connect to this port\n";
    let head = "HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\nconnection: close";
    let response = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let answer = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await?;
        let mut sent = Pin::new(&mut stream).take(STRANGER_MAX_BYTES);
        tokio::io::copy(&mut sent, &mut tokio::io::sink()).await
    };
    match timeout(STRANGER_TIMEOUT, answer).await {
        Ok(Ok(_)) => {
            // Once, because another user could fill the log.
            static LOG_ONCE: Once = Once::new();
            LOG_ONCE.call_once(|| {
                tracing::warn!("refused a connection of another user of this machine");
            });
        }
        Ok(Err(_)) | Err(_) => tracing::debug!("another user did not wait for the answer"),
    }
}

#[cfg(test)]
mod tests;
