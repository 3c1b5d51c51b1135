//! The request as an instance gets it: without what belongs to the connection, with what Google's
//! front end adds. Pure, except for the random numbers that the caller passes.

use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::uri::{PathAndQuery, Scheme};
use axum::http::{Uri, Version};

use super::protocol::Protocol;

/// Headers that belong to one connection (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers with this prefix are Google's own: those of clients are dropped.
const OF_GOOGLE: &str = "x-google-";

const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACE_STATE: HeaderName = HeaderName::from_static("tracestate");
/// `TRACE_ID/SPAN_ID;o=OPTIONS`. <https://cloud.google.com/trace/docs/trace-context>
const CLOUD_TRACE: HeaderName = HeaderName::from_static("x-cloud-trace-context");

/// The forwarded request: with the caller's host, and the headers that proxies add. `random` makes
/// the ids of the trace.
pub(super) fn outgoing(
    request: Request,
    protocol: Protocol,
    random: u128,
) -> Result<Request, axum::http::Error> {
    let (mut parts, body) = request.into_parts();
    let takes_trailers = parts.version == Version::HTTP_2 && takes_trailers(&parts.headers);
    remove_hop_by_hop(&mut parts.headers);
    remove_googles(&mut parts.headers);
    join_cookies(&mut parts.headers)?;
    Trace::of(&parts.headers, random).write(&mut parts.headers)?;
    parts.headers.insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
    parts.headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    let forwarded = HeaderValue::from_static("for=\"127.0.0.1\";proto=http");
    parts.headers.insert(header::FORWARDED, forwarded);
    let path = parts.uri.path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    let host = match parts.headers.get(header::HOST) {
        Some(host) => Some(host.clone()),
        // HTTP/2 requests have the host in the URI.
        None => parts.uri.authority().map(|it| HeaderValue::from_str(it.as_str())).transpose()?,
    };
    match protocol {
        Protocol::Http1 => {
            if let Some(host) = host {
                parts.headers.insert(header::HOST, host);
            }
            parts.uri = Uri::from(path);
            parts.version = Version::HTTP_11;
        }
        Protocol::Http2 => {
            parts.headers.remove(header::HOST);
            let host = host.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
            let uri = Uri::builder().scheme(Scheme::HTTP).authority(host).path_and_query(path);
            parts.uri = uri.build()?;
            parts.version = Version::HTTP_2;
            if takes_trailers {
                // Servers of gRPC require it.
                parts.headers.insert(header::TE, HeaderValue::from_static("trailers"));
            }
        }
    }
    Ok(Request::from_parts(parts, body))
}

/// Whether a caller of HTTP/2 takes trailers (RFC 9113, 8.2.2).
fn takes_trailers(headers: &HeaderMap) -> bool {
    headers.get(header::TE).is_some_and(|value| value == "trailers")
}

pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn remove_googles(headers: &mut HeaderMap) {
    let googles = headers.keys().filter(|name| name.as_str().starts_with(OF_GOOGLE));
    for name in googles.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// Clients of HTTP/2 may send each cookie on a line of its own; HTTP/1 has one line (RFC 9113,
/// 8.2.3).
fn join_cookies(headers: &mut HeaderMap) -> Result<(), axum::http::Error> {
    let lines: Vec<&[u8]> =
        headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if lines.len() > 1 {
        let joined = HeaderValue::from_bytes(&lines.join(&b"; "[..]))?;
        headers.insert(header::COOKIE, joined);
    }
    Ok(())
}

/// The trace of a request, with a span of the front end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trace {
    trace: u128,
    span: u64,
    is_sampled: bool,
    /// Whether the caller has a state of its own in `tracestate` that fits this trace.
    keeps_state: bool,
}

impl Trace {
    /// Continues the caller's trace: that of `traceparent`, then that of `X-Cloud-Trace-Context`.
    fn of(headers: &HeaderMap, random: u128) -> Self {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let span = u64::try_from(random >> 64).unwrap_or(1).max(1);
        let continued =
            |(trace, is_sampled), keeps_state| Self { trace, span, is_sampled, keeps_state };
        text(&TRACE_PARENT)
            .and_then(parent)
            .map(|found| continued(found, true))
            .or_else(|| text(&CLOUD_TRACE).and_then(cloud).map(|found| continued(found, false)))
            // Google samples only some of the requests without a trace.
            .unwrap_or_else(|| continued((random.rotate_left(32).max(1), false), false))
    }

    fn write(self, headers: &mut HeaderMap) -> Result<(), axum::http::Error> {
        let Self { trace, span, is_sampled, keeps_state } = self;
        let flag = u8::from(is_sampled);
        if !keeps_state {
            headers.remove(TRACE_STATE);
        }
        let parent = format!("00-{trace:032x}-{span:016x}-{flag:02x}");
        headers.insert(TRACE_PARENT, HeaderValue::try_from(parent)?);
        let cloud = format!("{trace:032x}/{span};o={flag}");
        headers.insert(CLOUD_TRACE, HeaderValue::try_from(cloud)?);
        Ok(())
    }
}

/// Trace id and sampling of a `traceparent` (W3C Trace Context, level 1).
fn parent(text: &str) -> Option<(u128, bool)> {
    let parts: Vec<&str> = text.trim().split('-').collect();
    let [version, trace, span, flags, rest @ ..] = parts.as_slice() else { return None };
    let is_known = version.len() == 2 && *version != "ff" && (*version != "00" || rest.is_empty());
    let flags = hexadecimal(flags, 2)?;
    hexadecimal(version, 2)?;
    hexadecimal(span, 16).filter(|span| *span != 0)?;
    let trace = hexadecimal(trace, 32).filter(|trace| *trace != 0)?;
    is_known.then_some((trace, flags & 1 == 1))
}

/// Trace id and sampling of an `X-Cloud-Trace-Context`.
fn cloud(text: &str) -> Option<(u128, bool)> {
    let (context, options) = text.trim().split_once(';').unwrap_or((text.trim(), ""));
    let trace = context.split('/').next().unwrap_or_default();
    let trace = hexadecimal(&trace.to_ascii_lowercase(), 32).filter(|trace| *trace != 0)?;
    Some((trace, options.trim() == "o=1"))
}

/// A number of exactly this many lower-case hexadecimal digits.
fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == digits && is_plain).then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    const RANDOM: u128 = 0x0000_0000_0000_0007_0000_0000_0000_0009;

    fn sent(headers: &[(&str, &str)]) -> HeaderMap {
        let mut request = Request::builder().uri("http://a/path?q");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let sent = outgoing(request, Protocol::Http1, RANDOM).unwrap();
        assert_eq!(sent.uri(), "/path?q");
        sent.headers().clone()
    }

    #[test]
    fn a_request_over_http2_has_its_host_in_the_uri_and_says_that_it_takes_trailers() {
        for (version, uri, te) in
            [(Version::HTTP_2, "http://a:1/p?q", true), (Version::HTTP_11, "/p?q", false)]
        {
            let request = Request::builder().version(version).uri(uri).header("te", "trailers");
            let request = request.header("trailer", "x-sum").header("forwarded", "for=evil");
            let host = (version == Version::HTTP_11).then_some(("host", "a:1"));
            let request =
                host.into_iter().fold(request, |it, (name, value)| it.header(name, value));
            let request = request.body(Body::empty()).unwrap();
            let sent = outgoing(request, Protocol::Http2, RANDOM).unwrap();
            assert_eq!(
                (sent.version(), sent.uri()),
                (Version::HTTP_2, &"http://a:1/p?q".parse().unwrap())
            );
            let headers = sent.headers();
            assert!(!headers.contains_key("host") && !headers.contains_key("trailer"));
            assert_eq!(headers.contains_key("te"), te, "{version:?}");
            assert_eq!(headers["forwarded"], "for=\"127.0.0.1\";proto=http");
        }
    }

    #[test]
    fn what_is_the_connections_or_googles_is_not_forwarded() {
        let headers = sent(&[
            ("connection", "x-named, close"),
            ("x-named", "1"),
            ("te", "trailers"),
            ("trailer", "x-checksum"),
            ("x-google-anything", "1"),
            ("X-Goog-Fine", "1"),
            ("forwarded", "for=evil"),
        ]);
        for name in ["connection", "x-named", "te", "trailer", "x-google-anything"] {
            assert!(!headers.contains_key(name), "{name}");
        }
        assert_eq!(headers["x-goog-fine"], "1");
        assert_eq!(headers["forwarded"], "for=\"127.0.0.1\";proto=http");
        assert_eq!(
            (&headers["host"], &headers["x-forwarded-proto"]),
            (&"a".parse().unwrap(), &"http".parse().unwrap())
        );
    }

    #[test]
    fn lines_of_cookies_are_joined() {
        assert_eq!(sent(&[("cookie", "a=1"), ("cookie", "b=2; c=3")])["cookie"], "a=1; b=2; c=3");
        assert_eq!(sent(&[("cookie", "a=1")])["cookie"], "a=1");
    }

    #[test]
    fn the_callers_trace_is_continued_in_both_headers() {
        const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
        let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
        let unsampled = format!("00-{TRACE}-b7ad6b7169203331-00");
        let later = format!("01-{TRACE}-b7ad6b7169203331-01-more");
        let cloud = format!("{TRACE}/123;o=1");
        let new = "00000000000000000000000000000000";
        for (headers, trace, flag, state) in [
            (vec![("traceparent", parent.as_str()), ("tracestate", "a=1")], TRACE, 1, true),
            (vec![("traceparent", &unsampled)], TRACE, 0, false),
            (vec![("traceparent", &later)], TRACE, 1, false),
            (vec![("x-cloud-trace-context", &cloud), ("tracestate", "a=1")], TRACE, 1, false),
            (vec![("x-cloud-trace-context", TRACE)], TRACE, 0, false),
            (vec![("traceparent", "00-0-0-0"), ("x-cloud-trace-context", &cloud)], TRACE, 1, false),
            (vec![("traceparent", "nonsense"), ("tracestate", "a=1")], new, 0, false),
            (vec![], new, 0, false),
        ] {
            let sent = sent(&headers);
            let got = sent["traceparent"].to_str().unwrap();
            let parts: Vec<&str> = got.split('-').collect();
            assert_eq!(
                (parts[0], parts[2], parts[3]),
                ("00", "0000000000000007", format!("{flag:02}").as_str())
            );
            assert_eq!(parts[1] == trace, trace == TRACE, "{headers:?}: {got}");
            assert_ne!(parts[1], new, "an id is never zero");
            let expected = format!("{}/7;o={flag}", parts[1]);
            assert_eq!(sent["x-cloud-trace-context"], expected.as_str());
            assert_eq!(sent.contains_key("tracestate"), state, "{headers:?}");
        }
    }
}
