//! Calls of HTTP targets: URLs that users of an API have named, such as those of scheduled jobs.
//!
//! **What a target can reach** is what the user of this machine reaches, because only that user
//! names targets. Redirects are not followed, unlike at Google: the server behind a target could
//! otherwise make the local cloud call its own APIs, past the checks of who calls them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, Uri};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::http;

/// Maximum length of a URL (`HttpTarget.uri` of Cloud Scheduler, `HttpRequest.url` of Cloud Tasks).
pub const URL_MAX_BYTES: usize = 2083;
/// Maximum size of all headers (`HttpTarget.headers`, `HttpRequest.headers`).
pub const HEADERS_MAX_BYTES: usize = 80 * 1024;

/// Headers that the caller computes, or that belong to one connection. Those that a user names are
/// ignored, as Google does.
const COMPUTED: [HeaderName; 9] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::USER_AGENT,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::PROXY_AUTHORIZATION,
];
/// Beginnings of the names of headers that only Google sets.
const GOOGLES: [&str; 2] = ["x-google-", "x-appengine-"];

/// The HTTP methods of targets, with the numbers of Google's `HttpMethod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    Post = 1,
    Get = 2,
    Head = 3,
    Put = 4,
    Delete = 5,
    Patch = 6,
    Options = 7,
}

impl Verb {
    /// The method of a number; 0, the unspecified one, is `POST`. `None` for an unknown number.
    #[must_use]
    pub const fn of_number(number: i32) -> Option<Self> {
        Some(match number {
            0 | 1 => Self::Post,
            2 => Self::Get,
            3 => Self::Head,
            4 => Self::Put,
            5 => Self::Delete,
            6 => Self::Patch,
            7 => Self::Options,
            _ => return None,
        })
    }

    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Whether a request may have a body.
    #[must_use]
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }

    const fn method(self) -> Method {
        match self {
            Self::Post => Method::POST,
            Self::Get => Method::GET,
            Self::Head => Method::HEAD,
            Self::Put => Method::PUT,
            Self::Delete => Method::DELETE,
            Self::Patch => Method::PATCH,
            Self::Options => Method::OPTIONS,
        }
    }
}

/// Whose identity token a request carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oidc {
    /// Email of the service account.
    pub email: String,
    /// Empty for the URL of the target.
    pub audience: String,
}

/// A request to a target.
#[derive(Clone, Debug)]
pub struct TargetRequest {
    pub verb: Verb,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub oidc: Option<Oidc>,
    /// Limit from the connection to the head of the response.
    pub deadline: Duration,
}

/// Signs the identity tokens of requests.
pub trait IdTokens: Send + Sync {
    /// # Errors
    /// A text that says why the token cannot be signed.
    fn id_token(&self, email: &str, audience: &str, now: SystemTime) -> Result<String, String>;
}

/// The end of an attempt to call a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The target answered with this HTTP status.
    Answered(u16),
    /// The deadline passed first.
    TimedOut,
    /// There was no answer: the reason.
    Unreachable(String),
}

impl Outcome {
    /// Whether the target acknowledged the request: a status from 200 to 299.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }

    /// The number of the canonical code that stands for the outcome, by the HTTP mapping of
    /// <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>.
    #[must_use]
    pub const fn code(&self) -> i32 {
        match self {
            Self::Answered(200..=299) => 0,
            Self::Answered(400) => 3,
            Self::Answered(401) => 16,
            Self::Answered(403) => 7,
            Self::Answered(404) => 5,
            Self::Answered(409) => 10,
            Self::Answered(429) => 8,
            Self::Answered(499) => 1,
            Self::Answered(500) => 13,
            Self::Answered(501) => 12,
            Self::Answered(503) | Self::Unreachable(_) => 14,
            Self::Answered(504) | Self::TimedOut => 4,
            Self::Answered(402..=498) => 9,
            Self::Answered(502 | 505..=599) => 13,
            Self::Answered(_) => 2,
        }
    }

    /// What happened, as a text for the status of an attempt. Empty for a success.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Answered(200..=299) => String::new(),
            Self::Answered(status) => format!("HTTP status code {status}"),
            Self::TimedOut => "the target did not answer before the deadline".to_owned(),
            Self::Unreachable(reason) => reason.clone(),
        }
    }
}

/// Calls targets.
#[derive(Clone)]
pub struct Targets {
    client: http::LateClient,
    tokens: Arc<dyn IdTokens>,
}

impl Targets {
    pub fn new(tokens: Arc<dyn IdTokens>) -> Self {
        let client = http::LateClient::new(|builder| {
            builder.redirect(reqwest::redirect::Policy::none()).no_proxy()
        });
        Self { client, tokens }
    }

    /// Calls a target. `now` is the time at which its identity token is issued.
    pub async fn call(&self, request: TargetRequest, now: SystemTime) -> Outcome {
        let TargetRequest { verb, url, mut headers, body, oidc, deadline } = request;
        if let Some(oidc) = &oidc {
            let audience = if oidc.audience.is_empty() { &url } else { &oidc.audience };
            let signed = self.tokens.id_token(&oidc.email, audience, now);
            let bearer = signed.map(|token| HeaderValue::try_from(format!("Bearer {token}")));
            match bearer {
                Ok(Ok(mut bearer)) => {
                    bearer.set_sensitive(true);
                    headers.insert(header::AUTHORIZATION, bearer);
                }
                Ok(Err(error)) => return Outcome::Unreachable(error.to_string()),
                Err(error) => return Outcome::Unreachable(error),
            }
        }
        let client = match self.client.get() {
            Ok(client) => client,
            Err(error) => return Outcome::Unreachable(error.to_string()),
        };
        let request = client.request(verb.method(), &url).headers(headers).timeout(deadline);
        let request = if body.is_empty() { request } else { request.body(body) };
        match request.send().await {
            Ok(response) => Outcome::Answered(response.status().as_u16()),
            Err(error) if error.is_timeout() => Outcome::TimedOut,
            Err(error) => Outcome::Unreachable(error.without_url().to_string()),
        }
    }
}

/// Why a target cannot be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    #[error("must start with 'http://' or 'https://', and be a URL with a host")]
    Url,
    #[error("must have at most {} characters", URL_MAX_BYTES)]
    LongUrl,
    #[error("header {0:?} is not a valid HTTP header")]
    Header(String),
    #[error("the headers must have less than {} bytes", HEADERS_MAX_BYTES)]
    LargeHeaders,
}

/// Checks the URL of a target.
///
/// # Errors
/// [`InvalidTarget::Url`] and [`InvalidTarget::LongUrl`].
pub fn check_url(url: &str) -> Result<(), InvalidTarget> {
    if url.len() > URL_MAX_BYTES {
        return Err(InvalidTarget::LongUrl);
    }
    let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
    let uri: Uri = url.parse().map_err(|_| InvalidTarget::Url)?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    match uri.host() {
        Some(host) if is_http && !host.is_empty() => Ok(()),
        _ => Err(InvalidTarget::Url),
    }
}

/// The headers of a request among those that a user named. `own` is the beginning of the names that
/// the service sets itself.
///
/// # Errors
/// [`InvalidTarget::Header`] and [`InvalidTarget::LargeHeaders`].
pub fn headers(named: &BTreeMap<String, String>, own: &str) -> Result<HeaderMap, InvalidTarget> {
    let bytes: usize = named.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes >= HEADERS_MAX_BYTES {
        return Err(InvalidTarget::LargeHeaders);
    }
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        let parsed =
            HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::try_from(value).ok());
        let (header, value) = parsed.ok_or_else(|| InvalidTarget::Header(name.clone()))?;
        let is_reserved = COMPUTED.contains(&header)
            || header.as_str().starts_with(own)
            || GOOGLES.iter().any(|prefix| header.as_str().starts_with(prefix));
        if !is_reserved {
            headers.insert(header, value);
        }
    }
    Ok(headers)
}

/// The pause after a failed attempt: it starts at `min`, doubles `doublings` times, then grows
/// linearly, and is at most `max`. `failures` counts the failed attempts, from 1.
///
/// Google's example for 10 s, 300 s and 3 doublings: 10, 20, 40, 80, 160, 240, 300, 300 s.
#[must_use]
pub fn backoff(min: Duration, max: Duration, doublings: u32, failures: u32) -> Duration {
    let retry = failures.saturating_sub(1);
    let doubled = 2_u32.checked_pow(retry.min(doublings)).unwrap_or(u32::MAX);
    let linear = retry.saturating_sub(doublings).saturating_add(1);
    min.saturating_mul(doubled).saturating_mul(linear).min(max)
}

#[cfg(test)]
mod tests;
