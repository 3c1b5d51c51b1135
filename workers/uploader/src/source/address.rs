//! Classifies IP addresses. Pure.
//!
//! Registries: <https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a worker may connect to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// An address on the internet.
    Public,
    /// This machine or its network: only for a host that the settings list as private. Holds what
    /// it is.
    Private(&'static str),
    /// Not a source, whatever the settings say. Holds what it is.
    Never(&'static str),
}

/// Classifies an address. In IPv6 only the allocated range is public, so that future ranges are not
/// public by default.
pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        // Azure answers instance metadata here, at an address that is otherwise public.
        [168, 63, 129, 16] => Reach::Never("a metadata server"),
        [169, 254, ..] => Reach::Never("a link-local address, where metadata servers are"),
        [0, ..] => Reach::Never("an unspecified address"),
        [224..=239, ..] => Reach::Never("a multicast address"),
        [240..=255, ..] => Reach::Never("a reserved or broadcast address"),
        [192, 0, 0, _]
        | [192, 0, 2, _]
        | [192, 88, 99, _]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Never("a special-purpose address"),
        [127, ..] => Reach::Private("a loopback address"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reach::Private("a private address"),
        [100, 64..=127, ..] => Reach::Private("an address behind a carrier's NAT"),
        [198, 18..=19, ..] => Reach::Private("a benchmarking address"),
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Reach::Never("an unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private("a loopback address"),
        [0xfc00..=0xfdff, ..] => reach_unique_local(address),
        [0xfe80..=0xfebf, ..] => Reach::Never("a link-local address, where metadata servers are"),
        [0xff00..=0xffff, ..] => Reach::Never("a multicast address"),
        [0, 0, 0, 0, 0, 0xffff, ..] => Reach::Never("an IPv4 address written as IPv6"),
        // Networks without IPv4 use this prefix to reach it (RFC 6052): the embedded address
        // counts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => reach_v4(embedded(high, low)),
        [0x2002, ..] => Reach::Never("a 6to4 address, which embeds an IPv4 address"),
        // Teredo, benchmarks, ORCHID and other protocols: RFC 2928.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => {
            Reach::Never("a special-purpose address")
        }
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never("an unallocated address"),
    }
}

/// Google (`fd20:ce::254`) and AWS (`fd00:ec2::254`) have metadata servers in the private range.
fn reach_unique_local(address: Ipv6Addr) -> Reach {
    match address.segments() {
        [0xfd20, 0xce, ..] | [0xfd00, 0xec2, ..] => Reach::Never("a metadata server"),
        _ => Reach::Private("a private address"),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_on_the_internet_are_public() {
        for public in [
            "140.82.121.3",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "2606:50c0:8000::153",
        ] {
            assert_eq!(reach(public.parse().unwrap()), Reach::Public, "{public}");
        }
        assert_eq!(
            reach("64:ff9b::8c52:7903".parse().unwrap()),
            Reach::Public,
            "NAT64 of a public address"
        );
    }

    #[test]
    fn addresses_of_the_machine_and_its_network_are_private() {
        for private in [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "198.18.0.1",
            "::1",
            "fc00::1",
            "fdff::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b::c0a8:101",
        ] {
            assert!(matches!(reach(private.parse().unwrap()), Reach::Private(_)), "{private}");
        }
    }

    #[test]
    fn metadata_servers_and_unallocated_addresses_are_never_allowed() {
        for never in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "168.63.129.16",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:10.0.0.1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd20:ce::254",
            "fd00:ec2::254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
        ] {
            assert!(matches!(reach(never.parse().unwrap()), Reach::Never(_)), "{never}");
        }
    }
}
