//! Who has one socket, from the kernel's `sock_diag` (see `sock_diag(7)`).
//!
//! The tables in `/proc/net` say it, too, but the kernel goes through the sockets of the whole
//! machine for each read of them, which takes milliseconds.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

/// From `linux/netlink.h`, `linux/sock_diag.h`, `linux/inet_diag.h` and `linux/socket.h`.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
const NO_COOKIE: u32 = u32::MAX;

/// Length of `struct nlmsghdr`, and with `struct inet_diag_req_v2` behind it.
const HEADER_BYTES: usize = 16;
const REQUEST_BYTES: u32 = 72;
/// Offsets in a response: `struct inet_diag_msg` is behind the header.
const ID_AT: usize = HEADER_BYTES + 4;
const UID_AT: usize = HEADER_BYTES + 64;
const INODE_AT: usize = HEADER_BYTES + 68;

/// The user of the socket at `client` that is connected to `server`. `None` if no process has it.
///
/// # Errors
/// If the kernel does not answer, as in some sandboxes.
pub(super) fn owner(client: SocketAddr, server: SocketAddr) -> io::Result<Option<u32>> {
    let socket: OwnedFd = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    let kernel = netlink::SocketAddrNetlink::new(0, 0);
    rustix::net::sendto(&socket, &request(client, server), SendFlags::empty(), &kernel)?;
    let mut response = [0; 512];
    // The kernel answers before `sendto` returns.
    let (length, _) = rustix::net::recv(&socket, &mut response[..], RecvFlags::DONTWAIT)?;
    read(response.get(..length).unwrap_or(&response), client, server)
}

fn request(client: SocketAddr, server: SocketAddr) -> Vec<u8> {
    let family = if client.is_ipv4() { AF_INET } else { AF_INET6 };
    let mut message = Vec::new();
    message.extend(REQUEST_BYTES.to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    message.extend([0; 8]);
    message.extend([family, IPPROTO_TCP, 0, 0]);
    // All states.
    message.extend(u32::MAX.to_ne_bytes());
    message.extend(id(client, server, padded));
    message.extend([0; 4]);
    message.extend([NO_COOKIE.to_ne_bytes(), NO_COOKIE.to_ne_bytes()].concat());
    message
}

fn read(response: &[u8], client: SocketAddr, server: SocketAddr) -> io::Result<Option<u32>> {
    let truncated = || io::Error::new(io::ErrorKind::InvalidData, "truncated netlink message");
    let word = |at: usize| {
        let bytes = response.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_ne_bytes).ok_or_else(truncated)
    };
    let kind = response.get(4..6).and_then(|bytes| bytes.try_into().ok());
    if kind.map(u16::from_ne_bytes) != Some(SOCK_DIAG_BY_FAMILY) {
        // `struct nlmsgerr` begins with a negative errno.
        let error = io::Error::from_raw_os_error(-word(HEADER_BYTES)?.cast_signed());
        return if error.kind() == io::ErrorKind::NotFound { Ok(None) } else { Err(error) };
    }
    let (uid, inode) = (word(UID_AT)?, word(INODE_AT)?);
    // If the client's socket is gone, the kernel reports the one that listens on its port instead,
    // which may be anyone's. A socket without an inode belongs to no process any more.
    let found = response.get(ID_AT..).unwrap_or_default();
    let forms = [id(client, server, padded), id(client, server, mapped)];
    let is_the_client = forms.iter().any(|id| found.starts_with(id)) && inode != 0;
    Ok(is_the_client.then_some(uid))
}

/// The beginning of `struct inet_diag_sockid`: two ports and two addresses, in network order.
fn id(client: SocketAddr, server: SocketAddr, octets: fn(IpAddr) -> [u8; 16]) -> Vec<u8> {
    let ports = [client.port().to_be_bytes(), server.port().to_be_bytes()].concat();
    [&ports[..], &octets(client.ip()), &octets(server.ip())].concat()
}

fn padded(address: IpAddr) -> [u8; 16] {
    let mut octets = [0; 16];
    match address {
        IpAddr::V4(address) => octets[..4].copy_from_slice(&address.octets()),
        IpAddr::V6(address) => octets = address.octets(),
    }
    octets
}

/// A client may use a socket of IPv6 for an address of IPv4.
fn mapped(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_owner_of_a_connection_is_known_until_it_is_closed() {
        let own = rustix::process::getuid().as_raw();
        for address in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
            let Ok(listener) = TcpListener::bind((address, 0)) else { continue };
            let to = listener.local_addr().unwrap();
            let client = TcpStream::connect(to).unwrap();
            let from = client.local_addr().unwrap();
            let found = owner(from, to);
            if found.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::InvalidData) {
                eprintln!("skipped: sock_diag is not available: {found:?}");
                return;
            }
            assert_eq!(found.unwrap(), Some(own), "{address}");
            drop(client);
            assert_eq!(owner(from, to).unwrap(), None, "{address}");
        }
    }

    #[test]
    fn a_client_of_ipv4_may_have_a_socket_of_ipv6() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = listener.local_addr().unwrap();
        let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
        let Ok(_client) = TcpStream::connect((mapped, to.port())) else { return };
        let (_server, from) = listener.accept().unwrap();
        if let Ok(found) = owner(from, to) {
            assert_eq!(found, Some(rustix::process::getuid().as_raw()));
        }
    }
}
