//! URLs of sources: the part of the syntax that all parsers interpret alike.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use crate::rules::{is_host, is_url_path};

/// Port of https.
const DEFAULT_PORT: u16 = 443;

/// Maximum length of a URL, in bytes: proxies and servers are known to accept this.
const MAX_BYTES: usize = 2048;

/// `https://HOST[:PORT]/PATH`, with a host name in lower case and a path without `.` and `..`
/// segments.
///
/// It has no user, password, query or fragment: requests are stored and passed on, and these parts
/// often contain secrets. The host is not an IP address, because addresses have many spellings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpsUrl {
    host: String,
    port: u16,
    path: String,
}

/// A text is not a valid URL of a source. The error does not quote the text, which may contain a
/// secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be https://HOST[:PORT]/PATH with a host name, and without user, password, query, fragment or `..`"
)]
pub struct UrlError;

impl HttpsUrl {
    /// The host name, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; 443 if the URL has none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for HttpsUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        parse(text).ok_or(UrlError)
    }
}

fn parse(text: &str) -> Option<HttpsUrl> {
    let (authority, path) = text.strip_prefix("https://")?.split_once('/')?;
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, parse_port(port)?),
        None => (authority, DEFAULT_PORT),
    };
    let host = host.to_ascii_lowercase();
    let valid = text.len() <= MAX_BYTES && is_host(&host) && is_url_path(path);
    valid.then(|| HttpsUrl { host, port, path: path.to_owned() })
}

fn parse_port(text: &str) -> Option<u16> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if is_plain { text.parse().ok() } else { None }
}

impl Display for HttpsUrl {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.host)?;
        if self.port != DEFAULT_PORT {
            write!(f, ":{}", self.port)?;
        }
        write!(f, "/{}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_urls_are_accepted_and_normalized() {
        for (text, written, port) in [
            ("https://example.com/a.zip", "https://example.com/a.zip", 443),
            ("https://Example.COM:443/a/B.tar.gz", "https://example.com/a/B.tar.gz", 443),
            ("https://localhost:8443/x", "https://localhost:8443/x", 8443),
            (
                "https://a-b.c1.example/~user/@v1.0+2/a%20b;c=d,(e)'!$&*:",
                "https://a-b.c1.example/~user/@v1.0+2/a%20b;c=d,(e)'!$&*:",
                443,
            ),
            ("https://xn--bcher-kva.example/x//y", "https://xn--bcher-kva.example/x//y", 443),
        ] {
            let url: HttpsUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), url.port()), (written, port), "{text}");
            assert_eq!(written.parse(), Ok(url));
        }
    }

    #[test]
    fn a_url_that_is_ambiguous_or_may_contain_a_secret_is_rejected() {
        for text in [
            "",
            "http://example.com/a",
            "HTTPS://example.com/a",
            "ftp://example.com/a",
            "file:///etc/passwd",
            "https:example.com/a",
            "https:///a",
            "https://example.com",
            "https://example.com/",
            "https://user@example.com/a",
            "https://user:hunter2@example.com/a",
            "https://example.com@evil.example/a",
            "https://example.com:443@evil.example/a",
            "https://example.com\\@evil.example/a",
            "https://example.com/a?token=hunter2",
            "https://example.com/a#b",
            "https://example.com:0/a",
            "https://example.com:65536/a",
            "https://example.com:/a",
            "https://example.com:+80/a",
            "https://example.com:0443/a",
            "https://example.com./a",
            "https://.example.com/a",
            "https://-a.example/a",
            "https://a_b.example/a",
            "https://bücher.example/a",
            "https://127.0.0.1/a",
            "https://2130706433/a",
            "https://0x7f000001/a",
            "https://0x7f.1/a",
            "https://017700000001/a",
            "https://[::1]/a",
            "https://[::ffff:127.0.0.1]/a",
            "https://example.com/a/../b",
            "https://example.com/./a",
            "https://example.com/%2e%2E/a",
            "https://example.com/.%2e",
            "https://example.com/a\\b",
            "https://example.com/a b",
            "https://example.com/a\n",
            "https://example.com/a%",
            "https://example.com/a%0g",
            "https://example.com/\u{e9}",
            " https://example.com/a",
        ] {
            assert_eq!(text.parse::<HttpsUrl>(), Err(UrlError), "{text:?}");
        }
        let long = format!("https://example.com/{}", "a".repeat(MAX_BYTES));
        assert_eq!(long.parse::<HttpsUrl>(), Err(UrlError));
    }
}
