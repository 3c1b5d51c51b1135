//! The resolver of an instance: answers questions for addresses of IPv4, with what this machine
//! knows, over UDP (RFC 1035). The addresses are not checked here, but when the instance connects:
//! a name that changes in between changes nothing.
//!
//! Unlike Google: no other types of records, and no DNS over TCP.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::METADATA_HOSTS;

/// Maximum questions that are looked up at once. Further ones wait.
const LOOKUPS_MAX: usize = 16;

/// What clients without extensions send and receive (RFC 1035, 4.2.1).
const PACKET_MAX_BYTES: usize = 512;

/// So many addresses fit into every answer.
const ADDRESSES_MAX: usize = 8;

/// How long clients may keep an answer. Short, because this machine changes networks.
const TTL_S: u32 = 30;

const HEADER_BYTES: usize = 12;
const TYPE_A: u16 = 1;
const TYPE_AAAA: u16 = 28;
const CLASS_IN: u16 = 1;

/// A response, with recursion.
const FLAGS: u16 = 0x8080;
const RECURSION_DESIRED: u16 = 0x0100;
const NO_SUCH_NAME: u16 = 3;
const NOT_IMPLEMENTED: u16 = 4;

#[derive(Debug, PartialEq, Eq)]
struct Question {
    id: u16,
    recursion_desired: u16,
    name: String,
    kind: u16,
    /// As it was sent: name, type and class.
    bytes: Vec<u8>,
}

/// Answers forever.
pub(super) async fn serve(socket: UdpSocket) {
    let socket = Arc::new(socket);
    let slots = Arc::new(Semaphore::new(LOOKUPS_MAX));
    let mut lookups = JoinSet::new();
    // Never closed.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        while lookups.try_join_next().is_some() {}
        let mut packet = [0; PACKET_MAX_BYTES];
        let received = socket.recv_from(&mut packet).await;
        let Ok((length, client)) = received else {
            tracing::debug!(?received, "cannot receive a DNS query of an instance");
            tokio::task::yield_now().await;
            continue;
        };
        let Some(question) = packet.get(..length).and_then(parse) else { continue };
        let socket = Arc::clone(&socket);
        lookups.spawn(async move {
            let answer = match question.kind {
                TYPE_A => match addresses(&question.name).await {
                    found if found.is_empty() => answer(&question, NO_SUCH_NAME, &[]),
                    found => answer(&question, 0, &found),
                },
                TYPE_AAAA => answer(&question, 0, &[]),
                _ => answer(&question, NOT_IMPLEMENTED, &[]),
            };
            // A client that does not wait any more asks again.
            let _ = socket.send_to(&answer, client).await;
            drop(slot);
        });
    }
}

async fn addresses(name: &str) -> Vec<Ipv4Addr> {
    let own = METADATA_HOSTS.iter().find(|(_, host)| name.eq_ignore_ascii_case(host));
    if let Some((address, _)) = own {
        return vec![*address];
    }
    let found = tokio::net::lookup_host((name, 0)).await.into_iter().flatten();
    let found = found.filter_map(|address| match address {
        SocketAddr::V4(address) => Some(*address.ip()),
        SocketAddr::V6(_) => None,
    });
    let mut found: Vec<Ipv4Addr> = found.take(ADDRESSES_MAX).collect();
    found.dedup();
    found
}

/// `None` for what is no question for one name of a host. It gets no answer.
fn parse(packet: &[u8]) -> Option<Question> {
    let word = |at: usize| {
        packet.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map(u16::from_be_bytes)
    };
    let (id, flags, questions) = (word(0)?, word(2)?, word(4)?);
    // A query, of the standard kind.
    if flags & 0xf800 != 0 || questions != 1 {
        return None;
    }
    let (mut at, mut labels) = (HEADER_BYTES, Vec::new());
    loop {
        let length = usize::from(*packet.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = std::str::from_utf8(packet.get(at..at + length)?).ok()?;
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        // Longer ones are references to other names.
        if length > 63 || !label.bytes().all(is_host) {
            return None;
        }
        labels.push(label);
        at += length;
    }
    let (kind, class) = (word(at)?, word(at + 2)?);
    let name = labels.join(".");
    (class == CLASS_IN && !name.is_empty()).then(|| Question {
        id,
        recursion_desired: flags & RECURSION_DESIRED,
        name,
        kind,
        bytes: packet[HEADER_BYTES..at + 4].to_vec(),
    })
}

fn answer(question: &Question, code: u16, addresses: &[Ipv4Addr]) -> Vec<u8> {
    let count = u16::try_from(addresses.len()).unwrap_or_default();
    let flags = FLAGS | question.recursion_desired | code;
    let mut answer = Vec::new();
    for word in [question.id, flags, 1, count, 0, 0] {
        answer.extend(word.to_be_bytes());
    }
    answer.extend(&question.bytes);
    for address in addresses {
        // A reference to the name of the question.
        answer.extend([0xc0, 12]);
        answer.extend(TYPE_A.to_be_bytes());
        answer.extend(CLASS_IN.to_be_bytes());
        answer.extend(TTL_S.to_be_bytes());
        answer.extend(4_u16.to_be_bytes());
        answer.extend(address.octets());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(name: &str, kind: u16) -> Vec<u8> {
        let mut packet = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            packet.push(u8::try_from(label.len()).unwrap());
            packet.extend(label.bytes());
        }
        packet.push(0);
        packet.extend(kind.to_be_bytes());
        packet.extend(CLASS_IN.to_be_bytes());
        packet
    }

    #[tokio::test]
    async fn names_have_the_addresses_that_this_machine_knows() {
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        client.connect(server.local_addr().unwrap()).await.unwrap();
        let serving = tokio::spawn(serve(server));
        for (name, kind, code, address) in [
            ("localhost", TYPE_A, 0, Some([127, 0, 0, 1])),
            ("Metadata.Google.internal", TYPE_A, 0, Some([169, 254, 169, 254])),
            ("localhost", TYPE_AAAA, 0, None),
            ("localhost", 16, 4, None),
            ("no-such-name.invalid", TYPE_A, 3, None),
        ] {
            let packet = question(name, kind);
            client.send(&packet).await.unwrap();
            let mut received = [0; 512];
            let length = client.recv(&mut received).await.unwrap();
            let (head, rest) = received[..length].split_at(packet.len());
            assert_eq!(head[..4], [0xab, 0xcd, 0x81, 0x80 | code], "{name}");
            assert_eq!(head[12..], packet[12..], "{name}");
            assert_eq!(rest.is_empty(), address.is_none(), "{name}");
            if let Some(address) = address {
                assert_eq!(rest[12..16], address, "{name}");
            }
        }
        serving.abort();
    }

    #[test]
    fn what_is_no_question_for_a_host_gets_no_answer() {
        let good = question("a.example", TYPE_A);
        assert_eq!(parse(&good).unwrap().name, "a.example");
        for length in 0..good.len() {
            assert_eq!(parse(&good[..length]), None, "{length}");
        }
        let mut response = good.clone();
        response[2] |= 0x80;
        assert_eq!(parse(&response), None);
        assert_eq!(parse(&question("a b.example", TYPE_A)), None);
        let mut reference = good;
        reference[12] = 0xc0;
        assert_eq!(parse(&reference), None);
    }
}
