//! Who is answered on loopback: this machine's own user, and no web page.
//!
//! A web page can make a browser of this machine send requests to any port, and read the answers if
//! the page's own name leads to 127.0.0.1 (DNS rebinding), so the host of a request must be
//! loopback. Another user of this machine could use up the connections of the worker, so its
//! connections are closed when they arrive: the kernel knows whose the other end is.

mod sockets;

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};

const ROOT: u32 = 0;

/// Refuses requests for names of other machines. A probe of HTTP/1.0 names none; a browser always
/// does.
pub(super) async fn loopback_names_only(request: Request, next: Next) -> Response {
    let authority = request.uri().host().is_some_and(|host| !is_loopback(host));
    if authority || names_another_machine(request.headers()) {
        return (StatusCode::MISDIRECTED_REQUEST, "not a name of this machine\n").into_response();
    }
    next.run(request).await
}

fn names_another_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => false,
        (Some(host), None) => !host.to_str().is_ok_and(is_loopback),
        (Some(_), Some(_)) => true,
    }
}

/// Whether only this machine can answer for the host, with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// A listener on loopback that closes the connections of other users. Where the kernel does not say
/// whose a connection is, it accepts all of them.
pub(super) struct OwnUserOnly(pub(super) TcpListener);

impl Listener for OwnUserOnly {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            // Retries after errors.
            let (stream, client) = Listener::accept(&mut self.0).await;
            let is_own = stream.local_addr().and_then(|server| is_own_user(client, server));
            match is_own {
                Ok(true) => return (stream, client),
                Ok(false) => {
                    tracing::debug!("closed a connection of another user to the health endpoint");
                }
                Err(error) => {
                    tracing::debug!(%error, "cannot find the user of a connection");
                    return (stream, client);
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Whether the client's end of a connection belongs to the user of this process, or to root. A
/// client that has closed it is not here any more.
fn is_own_user(client: SocketAddr, server: SocketAddr) -> io::Result<bool> {
    let own = fs::metadata("/proc/self")?.uid();
    let is_own = |uid: u32| uid == ROOT || uid == own;
    if let Ok(owner) = sockets::owner(client, server) {
        return Ok(owner.is_some_and(is_own));
    }
    Ok(in_tables(client, server)?.is_some_and(is_own))
}

/// The user of the client's socket, from the tables of the kernel.
fn in_tables(client: SocketAddr, server: SocketAddr) -> io::Result<Option<u32>> {
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let table = match fs::read_to_string(table) {
            Ok(table) => table,
            // A kernel without IPv6.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if let Some(uid) = uid_in(&table, client, server) {
            return Ok(Some(uid));
        }
    }
    Ok(None)
}

/// The user in the line of the client's socket: `sl local_address rem_address st tx:rx tr:when
/// retrnsmt uid timeout inode …` (see `proc(5)`). Without an inode, no process has the socket.
fn uid_in(table: &str, client: SocketAddr, server: SocketAddr) -> Option<u32> {
    let ends = [forms(client), forms(server)];
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let is_connection = ends
            .iter()
            .all(|end| fields.next().is_some_and(|field| end.contains(&field.to_owned())));
        let uid = fields.nth(4)?.parse().ok()?;
        let has_process = fields.nth(1)? != "0";
        (is_connection && has_process).then_some(uid)
    })
}

/// How the tables write an address: in words of the machine's order, then the port. A client may
/// use a socket of IPv6 for an address of IPv4.
fn forms(address: SocketAddr) -> Vec<String> {
    let ip = match address.ip() {
        IpAddr::V4(ip) => vec![ip.octets().to_vec(), ip.to_ipv6_mapped().octets().to_vec()],
        IpAddr::V6(ip) => vec![ip.octets().to_vec()],
    };
    let words = |octets: &[u8]| {
        octets.chunks_exact(4).fold(String::new(), |text, word| {
            let word = word.try_into().map_or(0, u32::from_ne_bytes);
            format!("{text}{word:08X}")
        })
    };
    ip.iter().map(|octets| format!("{}:{:04X}", words(octets), address.port())).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn the_owner_of_a_connection_is_in_the_tables() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let to = listener.local_addr().unwrap();
        let client = std::net::TcpStream::connect(to).unwrap();
        let from = client.local_addr().unwrap();
        assert!(is_own_user(from, to).unwrap());
        assert_eq!(in_tables(from, to).unwrap(), Some(rustix::process::getuid().as_raw()));
        drop(client);
        let SocketAddr::V4(v4) = to else { panic!("not IPv4") };
        let mapped: Ipv6Addr = v4.ip().to_ipv6_mapped();
        let Ok(_client) = std::net::TcpStream::connect((mapped, to.port())) else { return };
        let (_first, _) = listener.accept().unwrap();
        let (_server, from) = listener.accept().unwrap();
        assert!(is_own_user(from, to).unwrap());
        assert_eq!(in_tables(from, to).unwrap(), Some(rustix::process::getuid().as_raw()));
        assert!(!is_own_user(SocketAddr::from(([127, 0, 0, 1], 1)), to).unwrap());
    }

    #[test]
    fn a_line_counts_only_for_its_connection_and_with_an_inode() {
        let client = SocketAddr::from(([127, 0, 0, 1], 0x1F90));
        let server = SocketAddr::from(([127, 0, 0, 1], 0x0050));
        let [from, to] = [forms(client).remove(0), forms(server).remove(0)];
        let table = |inode: &str| {
            format!(
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n   \
                 0: {from} {to} 01 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1\n"
            )
        };
        assert_eq!(uid_in(&table("4711"), client, server), Some(1000));
        assert_eq!(uid_in(&table("0"), client, server), None);
        assert_eq!(uid_in(&table("4711"), server, client), None);
    }

    #[test]
    fn names_of_loopback_are_known() {
        for name in ["localhost", "LocalHost:80", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:80"] {
            assert!(is_loopback(name), "{name}");
        }
        for name in ["", "localhost.example", "128.0.0.1", "::2", "0.0.0.0", "evil:80"] {
            assert!(!is_loopback(name), "{name}");
        }
    }
}
