//! The network of a command that has one of its own, seen from outside.
//!
//! The guard lives in the command's network namespace and does nothing there but make sockets. It
//! passes them to this process over the socket that is its standard input (`SCM_RIGHTS`). A socket
//! stays in the namespace in which it was made, so this process connects to the command's ports,
//! and listens on addresses that only the command can reach, without a relay between them. No other
//! process has such a socket: for them, the command's ports do not exist.
//!
//! A request is one byte. The guard's first message, before the command runs, carries the listening
//! sockets of the [`Sandbox`](crate::Sandbox); each later one answers [`SOCKET`].

use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{
    SocketAddrV4, TcpListener as StdListener, TcpStream as StdStream, UdpSocket as StdUdpSocket,
};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, Shutdown, recvmsg,
};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket, UnixStream};
use tokio::sync::Mutex;

/// Asks for a socket that is not connected.
pub(crate) const SOCKET: u8 = b's';

/// Asks to end the command gracefully. A signal would not reach a guard that was started in its
/// namespace by bubblewrap.
pub(crate) const TERMINATE: u8 = b't';

/// Maximum sockets of a [`Listen`]; the kernel passes at most 253 in a message.
pub(crate) const SOCKETS_MAX: usize = 64;

/// Connections that wait to be accepted, as the standard library has it.
const BACKLOG: u32 = 128;

/// Where this process listens in a command's own network from the beginning, on at most 64
/// addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    pub tcp: Vec<SocketAddrV4>,
    pub udp: Vec<SocketAddrV4>,
}

/// What listens, in the order of the [`Listen`]. Empty when the command could not be started.
#[derive(Debug, Default)]
pub struct Listening {
    pub tcp: Vec<TcpListener>,
    pub udp: Vec<UdpSocket>,
}

/// A network that only one command and this process use.
#[derive(Clone, Debug)]
pub struct OwnNetwork(Arc<Channel>);

#[derive(Debug)]
struct Channel {
    stream: UnixStream,
    /// How many sockets the guard still owes, because a caller did not wait for its own.
    owed: Mutex<u32>,
}

impl OwnNetwork {
    pub(crate) fn new(stream: UnixStream) -> Self {
        Self(Arc::new(Channel { stream, owed: Mutex::new(0) }))
    }

    /// Connects to an address inside. Cancel-safe.
    ///
    /// # Errors
    /// When nothing listens there, or the command has ended.
    pub async fn connect(&self, address: SocketAddrV4) -> io::Result<TcpStream> {
        let stream = StdStream::from(self.socket().await?);
        stream.set_nonblocking(true)?;
        TcpSocket::from_std_stream(stream).connect(address.into()).await
    }

    /// Listens inside, on a port above 1023. Cancel-safe.
    ///
    /// # Errors
    /// When the command listens there, or has ended.
    pub async fn listen(&self, address: SocketAddrV4) -> io::Result<TcpListener> {
        let stream = StdStream::from(self.socket().await?);
        stream.set_nonblocking(true)?;
        let socket = TcpSocket::from_std_stream(stream);
        socket.set_reuseaddr(true)?;
        socket.bind(address.into())?;
        socket.listen(BACKLOG)
    }

    async fn socket(&self) -> io::Result<OwnedFd> {
        let mut owed = self.0.owed.lock().await;
        if *owed == 0 {
            self.send(SOCKET).await?;
            *owed += 1;
        }
        let received = self.receive().await;
        *owed -= 1;
        received?.pop().ok_or_else(|| io::Error::other("the guard cannot make a socket"))
    }

    /// The sockets that listen inside, the first answer of the guard.
    ///
    /// # Errors
    /// When the guard has ended, or could not listen. Its standard error says why.
    pub(crate) async fn listening(&self, listen: &Listen) -> io::Result<Listening> {
        let mut sockets = self.receive().await?.into_iter();
        let tcp = sockets.by_ref().take(listen.tcp.len()).map(|socket| {
            let listener = StdListener::from(socket);
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        });
        let tcp = tcp.collect::<io::Result<_>>()?;
        let udp = sockets.map(|socket| {
            let socket = StdUdpSocket::from(socket);
            socket.set_nonblocking(true)?;
            UdpSocket::from_std(socket)
        });
        Ok(Listening { tcp, udp: udp.collect::<io::Result<_>>()? })
    }

    /// Ends the command gracefully. That it has ended already is what this is for.
    pub(crate) fn terminate(&self) {
        let _ = self.0.stream.try_write(&[TERMINATE]);
    }

    /// The guard sees the end of its standard input, and kills the command.
    pub(crate) fn close(&self) {
        let _ = rustix::net::shutdown(self.0.stream.as_fd(), Shutdown::Both);
    }

    pub(crate) async fn send_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let socket = self.0.stream.as_fd();
            let send = || Ok(rustix::net::send(socket, bytes, SendFlags::NOSIGNAL)?);
            let sent = self.0.stream.async_io(Interest::WRITABLE, send).await?;
            bytes = bytes.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    async fn send(&self, request: u8) -> io::Result<()> {
        self.send_all(&[request]).await
    }

    async fn receive(&self) -> io::Result<Vec<OwnedFd>> {
        let stream = &self.0.stream;
        stream.async_io(Interest::READABLE, || receive(stream)).await
    }
}

pub(crate) fn receive(stream: &UnixStream) -> io::Result<Vec<OwnedFd>> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_MAX))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(&mut byte)];
    let received = recvmsg(stream.as_fd(), &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    if received.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut sockets = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(passed) = message {
            sockets.extend(passed);
        }
    }
    Ok(sockets)
}
