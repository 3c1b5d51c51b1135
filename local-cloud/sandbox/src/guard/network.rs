//! The guard's side of a network of the command's own: the namespace, and the sockets in it.

use std::fs;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::SocketAddrV4;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;

use nix::sched::{CloneFlags, unshare};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags,
    SocketType, bind, listen, netlink, sendmsg, socket_with, sockopt,
};
use tokio::net::UnixStream;

use super::specification::OwnNetwork;
use crate::network::{SOCKET, SOCKETS_MAX, TERMINATE};

/// From `linux/netlink.h` and `linux/rtnetlink.h`.
const RTM_NEWLINK: u16 = 16;
const RTM_NEWROUTE: u16 = 24;
const REQUEST_WITH_ACKNOWLEDGEMENT: u16 = 1 | 4;
const CREATE: u16 = 0x400;
const HEADER_BYTES: u32 = 16;
const IFF_UP: u32 = 1;
const RTA_OIF: u16 = 4;
const RT_TABLE_LOCAL: u8 = 255;
const RTPROT_BOOT: u8 = 3;
const RT_SCOPE_HOST: u8 = 254;
const RTN_LOCAL: u8 = 2;
const AF_INET: u8 = 2;

/// Connections that wait to be accepted, as the standard library has it.
const BACKLOG: i32 = 128;

/// The loopback interface is the first one of every namespace.
const LOOPBACK: u32 = 1;

/// As on Cloud Run, a command may listen on any port of its network.
const FIRST_UNPRIVILEGED_PORT: &str = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

/// Makes the namespace where bubblewrap has not made it, and listens there. This thread stays in it.
///
/// # Errors
/// When the namespace cannot be made, or an address cannot be listened on.
pub(super) fn enter(network: &OwnNetwork) -> io::Result<Vec<OwnedFd>> {
    if network.is_to_be_made {
        unshare(CloneFlags::CLONE_NEWNET)?;
    }
    bring_up_loopback()?;
    lead_all_addresses_here()?;
    // Without it, only ports above 1023 can be listened on.
    let _ = fs::write(FIRST_UNPRIVILEGED_PORT, "0");
    let tcp = network.listen.tcp.iter().map(|address| (SocketType::STREAM, address));
    let udp = network.listen.udp.iter().map(|address| (SocketType::DGRAM, address));
    let sockets = tcp.chain(udp).map(|(kind, address)| {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
        bound(kind, *address).map_err(named)
    });
    let sockets = sockets.collect();
    // Bubblewrap refuses to start with a capability that it does not expect.
    let _ = rustix::thread::clear_ambient_capability_set();
    sockets
}

/// One address may be listened on beside all addresses, and then has precedence.
fn bound(kind: SocketType, address: SocketAddrV4) -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::INET, kind, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(&socket, &address)?;
    if kind == SocketType::STREAM {
        listen(&socket, BACKLOG)?;
    }
    Ok(socket)
}

fn bring_up_loopback() -> io::Result<()> {
    let mut body = vec![0; 4];
    body.extend(LOOPBACK.to_ne_bytes());
    body.extend(IFF_UP.to_ne_bytes());
    body.extend(IFF_UP.to_ne_bytes());
    configure(RTM_NEWLINK, 0, &body)
}

/// Makes every address of IPv4 one of this namespace: a connection to any of them comes to a
/// listener here, and the listener's end has the address that the command has connected to.
fn lead_all_addresses_here() -> io::Result<()> {
    // `struct rtmsg`: all addresses, because the destination has no bits.
    let mut body = vec![AF_INET, 0, 0, 0, RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL];
    body.extend([0; 4]);
    body.extend(8_u16.to_ne_bytes());
    body.extend(RTA_OIF.to_ne_bytes());
    body.extend(LOOPBACK.to_ne_bytes());
    configure(RTM_NEWROUTE, CREATE, &body)
}

/// One request of `rtnetlink(7)`.
fn configure(kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    // The protocol number of `rtnetlink` is zero.
    let socket =
        socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    let length = HEADER_BYTES + u32::try_from(body.len()).unwrap_or(u32::MAX - HEADER_BYTES);
    let mut message = Vec::new();
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((REQUEST_WITH_ACKNOWLEDGEMENT | flags).to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    let kernel = netlink::SocketAddrNetlink::new(0, 0);
    rustix::net::sendto(&socket, &message, SendFlags::empty(), &kernel)?;
    let mut answer = [0; 256];
    // The kernel answers before `sendto` returns.
    let (length, _) = rustix::net::recv(&socket, &mut answer[..], RecvFlags::DONTWAIT)?;
    // `struct nlmsgerr` begins with a negative errno, or zero.
    let code = answer.get(..length).and_then(|answer| answer.get(16..20)?.try_into().ok());
    match code.map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(error) => Err(io::Error::from_raw_os_error(-error)),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "truncated netlink message")),
    }
}

/// The socket to the local cloud: this process's standard input.
pub(super) struct Control(UnixStream);

impl Control {
    /// Passes the sockets on. Call it before the command starts.
    ///
    /// # Errors
    /// When standard input is no socket, or the local cloud is gone.
    pub(super) fn new(sockets: &[OwnedFd]) -> io::Result<Self> {
        let stream = StdStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        let sockets: Vec<BorrowedFd<'_>> = sockets.iter().map(AsFd::as_fd).collect();
        pass(stream.as_fd(), &sockets)?;
        stream.set_nonblocking(true)?;
        Ok(Self(UnixStream::from_std(stream)?))
    }

    /// Answers requests for sockets. Returns `true` to end the command gracefully, and `false` when
    /// the local cloud is gone. Cancel-safe.
    pub(super) async fn terminates(&self) -> bool {
        loop {
            let mut request = [0];
            if self.0.readable().await.is_err() {
                return false;
            }
            match self.0.try_read(&mut request) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return false,
            }
            match request[0] {
                TERMINATE => return true,
                SOCKET => self.pass_socket(),
                _ => {}
            }
        }
    }

    fn pass_socket(&self) {
        let made: io::Result<OwnedFd> =
            socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .map_err(Into::into);
        let sockets: Vec<BorrowedFd<'_>> = made.iter().map(AsFd::as_fd).collect();
        // The local cloud waits for each answer, so there is room for it, unless it is gone.
        let _ = pass(self.0.as_fd(), &sockets);
    }
}

pub(super) fn pass(to: BorrowedFd<'_>, sockets: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_MAX))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !sockets.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(sockets)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many sockets"));
    }
    sendmsg(to, &[IoSlice::new(b"r")], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}
