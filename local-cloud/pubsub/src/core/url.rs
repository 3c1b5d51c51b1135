//! The check of push endpoints: absolute URLs of RFC 3986, and in path and query also the bytes
//! that clients often fail to escape.

/// Maximum length of a URL, in bytes.
const URL_BYTES: usize = 65_534;

/// Maximum number of colons in an IPv6 address.
const ADDRESS_COLONS: usize = 8;

/// Whether the text is an absolute `http` or `https` URL with an authority.
pub(super) fn is_http_url(text: &str) -> bool {
    let Some(rest) = without_scheme(text).filter(|_| text.len() <= URL_BYTES) else {
        return false;
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let tail = tail.split_once('#').map_or(tail, |(before, _fragment)| before);
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    is_authority(authority) && path.bytes().all(is_path_byte) && query.bytes().all(is_query_byte)
}

fn without_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let is_http = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    is_http.then_some(rest)
}

/// `user:password@host:port`. Only the user, the password and the zone of an IPv6 address may have
/// escapes.
fn is_authority(text: &str) -> bool {
    let (user, host) = text.rsplit_once('@').unwrap_or(("", text));
    let (address, name) = match host.strip_prefix('[').map(|inner| inner.split_once(']')) {
        Some(None) => return false,
        Some(Some(parts)) => parts,
        None => ("", host),
    };
    let is_escapable = |byte| byte == b'%' || is_authority_byte(byte);
    !host.is_empty()
        && user.bytes().all(is_escapable)
        && address.bytes().all(is_escapable)
        && address.matches(':').count() <= ADDRESS_COLONS
        && name.bytes().all(is_authority_byte)
        && name.matches(':').count() <= 1
}

fn is_authority_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$&'()*+,-.:;=@_~".contains(&byte)
}

fn is_path_byte(byte: u8) -> bool {
    match byte {
        b'<' | b'>' | b'`' => false,
        _ => byte.is_ascii_graphic() || !byte.is_ascii(),
    }
}

fn is_query_byte(byte: u8) -> bool {
    match byte {
        b'"' | b'<' | b'>' => false,
        _ => byte.is_ascii_graphic() || !byte.is_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_absolute_http_url() {
        for good in [
            "http://127.0.0.1:1/",
            "HTTPS://example.com",
            "https://user:p%40ss@example.com:8443/push/{id}?a=b#part",
            "http://[::1]:8080?token=x",
            "http://example.com/ünïcode",
        ] {
            assert!(is_http_url(good), "{good}");
        }
        for bad in [
            "",
            "/push",
            "example.com/push",
            "ftp://example.com",
            "http:/example.com",
            "http://",
            "http:///push",
            "http://user@",
            "http://exa mple.com",
            "http://ex%61mple.com",
            "http://example.com:80:80",
            "http://[::1/",
            "http://example.com/a b",
            "http://example.com/?a=<b>",
            &format!("http://example.com/{}", "x".repeat(URL_BYTES)),
        ] {
            assert!(!is_http_url(bad), "{bad}");
        }
    }
}
