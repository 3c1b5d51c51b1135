//! Which user owns the other end of a loopback connection.
//!
//! The kernel knows it, and no client has to carry anything: `sock_diag` (see `sock_diag(7)`)
//! finds the client's socket by the connection's two addresses. Where that is not available, for
//! example in some container sandboxes, the tables in `/proc/net` have the same answer.
//!
//! A client may use a socket of IPv6 for an address of IPv4 (`::ffff:127.0.0.1`), as Java does.

use std::fs;
use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

/// `sock_diag` needs these from `linux/netlink.h`, `linux/sock_diag.h` and `linux/inet_diag.h`.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLMSG_HEADER_BYTES: usize = 16;
const REQUEST_BYTES: usize = NLMSG_HEADER_BYTES + 56;
const AF_INET: u8 = 2;
const IPPROTO_TCP: u8 = 6;
const ALL_STATES: u32 = u32::MAX;
const NO_COOKIE: u32 = u32::MAX;
/// Offsets in `struct inet_diag_msg`, behind the netlink header.
const ID_AT: usize = NLMSG_HEADER_BYTES + 4;
const UID_AT: usize = NLMSG_HEADER_BYTES + 64;
const INODE_AT: usize = NLMSG_HEADER_BYTES + 68;
const RESPONSE_BYTES: usize = NLMSG_HEADER_BYTES + 72;
/// Two ports and two addresses: the start of `struct inet_diag_sockid`.
const ID_BYTES: usize = 36;
/// What precedes an address of IPv4 in the address of a socket of IPv6.
const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/// A socket without an inode belongs to no process any more: its program closed it while data was
/// under way. The kernel reports such a socket as root's, so it must not count.
const NO_INODE: u32 = 0;

/// The owner of a connection's other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// This user's process. The kernel names the socket by its inode.
    User { uid: u32, inode: u32 },
    /// The client closed its socket already, so the kernel cannot say.
    Gone,
}

/// Finds the user that owns the socket at `client`, connected to `server`.
///
/// # Errors
/// When neither `sock_diag` nor the tables are available. Retrying does not help.
pub(super) fn peer(client: SocketAddr, server: SocketAddr) -> io::Result<Peer> {
    let (SocketAddr::V4(client), SocketAddr::V4(server)) = (client, server) else {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "only IPv4 is served"));
    };
    by_sock_diag(client, server).or_else(|_unavailable| by_tables(client, server))
}

fn by_sock_diag(client: SocketAddrV4, server: SocketAddrV4) -> io::Result<Peer> {
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
    read_response(response.get(..length).unwrap_or(&response), client, server)
}

/// `struct nlmsghdr`, then `struct inet_diag_req_v2`. Ports and addresses are in network order,
/// everything else in the machine's.
fn request(client: SocketAddrV4, server: SocketAddrV4) -> [u8; REQUEST_BYTES] {
    let mut message = Vec::with_capacity(REQUEST_BYTES);
    message.extend((REQUEST_BYTES as u32).to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    message.extend([0; 8]);
    message.extend([AF_INET, IPPROTO_TCP, 0, 0]);
    message.extend(ALL_STATES.to_ne_bytes());
    message.extend(ports(client, server));
    for address in [client.ip(), server.ip()] {
        message.extend(address.octets());
        message.extend([0; 12]);
    }
    message.extend([0; 4]);
    message.extend(NO_COOKIE.to_ne_bytes());
    message.extend(NO_COOKIE.to_ne_bytes());
    let mut whole = [0; REQUEST_BYTES];
    whole.copy_from_slice(&message);
    whole
}

fn ports(client: SocketAddrV4, server: SocketAddrV4) -> [u8; 4] {
    let ([a, b], [c, d]) = (client.port().to_be_bytes(), server.port().to_be_bytes());
    [a, b, c, d]
}

fn read_response(response: &[u8], client: SocketAddrV4, server: SocketAddrV4) -> io::Result<Peer> {
    let truncated = || io::Error::new(io::ErrorKind::InvalidData, "truncated netlink message");
    let bytes = |at: usize| response.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    let kind = response.get(4..6).and_then(|bytes| bytes.try_into().ok());
    if kind.map(u16::from_ne_bytes) != Some(SOCK_DIAG_BY_FAMILY) {
        // `struct nlmsgerr` begins with a negative errno.
        let error = bytes(NLMSG_HEADER_BYTES).map(i32::from_ne_bytes).ok_or_else(truncated)?;
        let error = io::Error::from_raw_os_error(-error);
        return if error.kind() == io::ErrorKind::NotFound { Ok(Peer::Gone) } else { Err(error) };
    }
    if response.len() < RESPONSE_BYTES {
        return Err(truncated());
    }
    let id = response.get(ID_AT..ID_AT + ID_BYTES).ok_or_else(truncated)?;
    let uid = bytes(UID_AT).map(u32::from_ne_bytes).ok_or_else(truncated)?;
    let inode = bytes(INODE_AT).map(u32::from_ne_bytes).ok_or_else(truncated)?;
    let is_the_client = is_connection(id, client, server) && inode != NO_INODE;
    Ok(if is_the_client { Peer::User { uid, inode } } else { Peer::Gone })
}

/// Whether a socket has both ends. When the client's socket is gone, the kernel reports the socket
/// that listens on its port instead, which may be anyone's.
fn is_connection(id: &[u8], client: SocketAddrV4, server: SocketAddrV4) -> bool {
    let (client_ip, server_ip) = (client.ip().octets(), server.ip().octets());
    let plain = [&ports(client, server)[..], &client_ip, &[0; 12], &server_ip, &[0; 12]].concat();
    let mapped = [&ports(client, server)[..], &MAPPED, &client_ip, &MAPPED, &server_ip].concat();
    id == plain || id == mapped
}

fn by_tables(client: SocketAddrV4, server: SocketAddrV4) -> io::Result<Peer> {
    let plain = fs::read_to_string("/proc/net/tcp")?;
    match in_table(&plain, &hexadecimal(client), &hexadecimal(server)) {
        Peer::Gone => {
            // Missing where the kernel has no IPv6.
            let mapped = fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
            Ok(in_table(&mapped, &hexadecimal_mapped(client), &hexadecimal_mapped(server)))
        }
        found @ Peer::User { .. } => Ok(found),
    }
}

/// A line is `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`; see
/// `proc(5)`.
fn in_table(table: &str, client: &str, server: &str) -> Peer {
    for line in table.lines().skip(1) {
        let mut fields = line.split_ascii_whitespace().skip(1);
        if fields.next() == Some(client) && fields.next() == Some(server) {
            let uid = fields.nth(4).and_then(|uid| uid.parse().ok());
            let inode = fields.nth(1).and_then(|inode| inode.parse::<u32>().ok());
            return match (uid, inode) {
                (Some(uid), Some(inode)) if inode != NO_INODE => Peer::User { uid, inode },
                _ => Peer::Gone,
            };
        }
    }
    Peer::Gone
}

/// `0100007F:1F90`: the address as a number in the machine's order, then the port.
fn hexadecimal(address: SocketAddrV4) -> String {
    format!("{}:{:04X}", word(address.ip().octets()), address.port())
}

/// `0000000000000000FFFF00000100007F:1F90`: the same for a socket of IPv6, in four numbers.
fn hexadecimal_mapped(address: SocketAddrV4) -> String {
    let zero = word([0; 4]);
    format!("{zero}{zero}{}{}", word([0, 0, 0xff, 0xff]), hexadecimal(address))
}

fn word(bytes: [u8; 4]) -> String {
    format!("{:08X}", u32::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
    use std::time::Duration;

    use super::*;

    fn v4(address: SocketAddr) -> SocketAddrV4 {
        let SocketAddr::V4(address) = address else { panic!("not IPv4") };
        address
    }

    fn assert_own(client: &TcpStream, from: SocketAddrV4, to: SocketAddrV4) {
        let inode = rustix::fs::fstat(client).unwrap().st_ino;
        let uid = rustix::process::getuid().as_raw();
        let own = Peer::User { uid, inode: u32::try_from(inode).unwrap() };
        assert_eq!(by_tables(from, to).unwrap(), own);
        assert_eq!(peer(from.into(), to.into()).unwrap(), own);
        // Some sandboxes have no sock_diag; there the tables answer.
        if let Ok(found) = by_sock_diag(from, to) {
            assert_eq!(found, own);
        }
    }

    #[test]
    fn both_sources_know_the_owner_of_a_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, from) = listener.accept().unwrap();
        assert_own(&client, v4(from), v4(server.local_addr().unwrap()));
    }

    #[test]
    fn the_owner_of_a_client_with_an_ipv6_socket_is_known() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = v4(listener.local_addr().unwrap());
        let mapped: Ipv6Addr = to.ip().to_ipv6_mapped();
        let Ok(client) = TcpStream::connect((mapped, to.port())) else {
            eprintln!("skipped: this machine has no IPv6");
            return;
        };
        let (_server, from) = listener.accept().unwrap();
        assert_own(&client, v4(from), to);
        drop(client);
    }

    #[test]
    fn a_client_that_closed_its_socket_has_no_owner() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, from) = listener.accept().unwrap();
        let to = server.local_addr().unwrap();
        drop(client);
        // An orphan at first, which some kernels report as root's; then it waits for late packets.
        assert_eq!(peer(from, to).unwrap(), Peer::Gone);
        drop(server);
        assert_eq!(peer(from, to).unwrap(), Peer::Gone);
    }

    #[test]
    fn who_listens_on_the_port_of_a_gone_client_is_not_its_owner() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = v4(listener.local_addr().unwrap());
        let client = TcpStream::connect(to).unwrap();
        // A reset leaves nothing behind, so that the port can be bound again. The server could
        // still read what the client had sent.
        rustix::net::sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
        let port = client.local_addr().unwrap().port();
        drop(client);
        let (_server, from) = listener.accept().unwrap();
        let Ok(_another) = TcpListener::bind(("0.0.0.0", port)) else {
            eprintln!("skipped: another program took port {port}");
            return;
        };
        assert_eq!(peer(from, to.into()).unwrap(), Peer::Gone);
        assert_eq!(by_tables(v4(from), to).unwrap(), Peer::Gone);
    }

    #[test]
    fn a_line_of_the_table_without_an_inode_has_no_owner() {
        let client = hexadecimal(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0x1F90));
        let server = hexadecimal(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0x0050));
        let line = |inode: &str| {
            format!(
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n   \
                 0: {client} {server} 01 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1\n"
            )
        };
        assert_eq!(
            in_table(&line("4711"), &client, &server),
            Peer::User { uid: 1000, inode: 4711 }
        );
        assert_eq!(in_table(&line("0"), &client, &server), Peer::Gone);
        assert_eq!(in_table(&line("4711"), &server, &client), Peer::Gone);
    }
}
