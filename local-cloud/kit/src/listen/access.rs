//! Which requests a listener accepts at all, before any API sees them.
//!
//! Loopback keeps other machines out, and nothing else: a web page can make the user's browser
//! send requests to any local port, under a host name that the page's owner points at 127.0.0.1
//! (DNS rebinding). So the host of a request must be a name that only this machine, or Google,
//! can answer for, and what a browser sends on behalf of a page is refused.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::body::TimedBody;
use super::cors;
use crate::coverage::is_grpc;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Maximum time without a byte of a body that a service waits for: generous for a client on the
/// same machine.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Services of Google whose names clients send when they are pointed at another endpoint. A page
/// cannot point a name of Google's at this machine.
const GOOGLE_SERVICES: [&str; 14] = [
    "artifactregistry",
    "cloudbuild",
    "cloudkms",
    "cloudresourcemanager",
    "cloudscheduler",
    "cloudtasks",
    "eventarc",
    "iamcredentials",
    "logging",
    "pubsub",
    "run",
    "secretmanager",
    "serviceusage",
    "storage",
];

/// How the paths of gRPC begin, and no others. Servers of gRPC look at nothing but the path, and
/// what stands before them tells requests apart by their type.
const GRPC_PREFIXES: [&str; 2] = ["/google.", "/grpc."];

/// What a listener accepts.
#[derive(Clone, Debug)]
pub struct Access {
    /// Whether a function answers here. It decides on its own about pages of other origins (CORS).
    is_function: bool,
    /// Whether the name of the host does not matter, because no browser can connect.
    has_any_host: bool,
    allowed_origins: Arc<[String]>,
    body_timeout: Duration,
}

impl Access {
    /// For the APIs of the local cloud. Pages of `allowed_origins` (such as
    /// `http://localhost:3000`) may use them, and no others.
    #[must_use]
    pub fn to_apis(allowed_origins: &[String]) -> Self {
        let named = allowed_origins.iter().map(|origin| normal(origin));
        let allowed_origins = named.filter(|origin| !origin.is_empty()).collect();
        let body_timeout = BODY_TIMEOUT;
        Self { is_function: false, has_any_host: false, allowed_origins, body_timeout }
    }

    /// For the URL of a function.
    #[must_use]
    pub fn to_a_function() -> Self {
        Self { is_function: true, ..Self::to_apis(&[]) }
    }

    /// For what only one instance of a function can reach.
    #[must_use]
    pub fn of_an_instance() -> Self {
        Self { has_any_host: true, ..Self::to_apis(&[]) }
    }

    pub(super) fn is_function(&self) -> bool {
        self.is_function
    }

    #[cfg(test)]
    pub(super) fn with_body_timeout(self, body_timeout: Duration) -> Self {
        Self { body_timeout, ..self }
    }

    /// Checks the head of a request, and returns the allowed origin that it comes from.
    ///
    /// # Errors
    /// Why the request is refused. Nothing of it has been acted on.
    fn check(&self, request: &Request) -> Result<Option<HeaderValue>, Refused> {
        // `OPTIONS *` and `CONNECT host:port` name no resource.
        if request.method() == Method::CONNECT || !request.uri().path().starts_with('/') {
            return Err(Refused::Target);
        }
        let host = host_of(request)?;
        if !self.has_any_host && !is_loopback(host) && (self.is_function || !is_googles(host)) {
            return Err(Refused::Host(host.to_owned()));
        }
        if self.is_function {
            return Ok(None);
        }
        let headers = request.headers();
        let is_method_of_grpc =
            GRPC_PREFIXES.iter().any(|prefix| request.uri().path().starts_with(prefix));
        if is_method_of_grpc && !is_grpc(headers) {
            return Err(Refused::NotGrpc);
        }
        for origin in headers.get_all(header::ORIGIN) {
            if !self.allowed_origins.iter().any(|allowed| origin == allowed.as_str()) {
                return Err(Refused::Origin(printable(origin)));
            }
        }
        if let Some(origin) = headers.get(header::ORIGIN) {
            return Ok(Some(origin.clone()));
        }
        match headers.get(SEC_FETCH_SITE) {
            Some(site) if site == "cross-site" || site == "same-site" => {
                Err(Refused::Origin("another site".to_owned()))
            }
            _ => Ok(None),
        }
    }
}

/// Why a listener refuses a request.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("the target of a request must be a path")]
    Target,
    #[error("a request must name exactly one host")]
    NoHost,
    #[error("the host `{0}` is not this machine; use localhost or 127.0.0.1")]
    Host(String),
    #[error("a method of gRPC wants a body of the type application/grpc")]
    NotGrpc,
    #[error(
        "requests from web pages are refused, and this one is from {0}; LONGSHORE_ALLOWED_ORIGINS \
         lists the origins that may use the local cloud"
    )]
    Origin(String),
}

impl Refused {
    fn status(&self) -> StatusCode {
        match self {
            Self::Target | Self::NoHost => StatusCode::BAD_REQUEST,
            Self::Host(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::NotGrpc => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Origin(_) => StatusCode::FORBIDDEN,
        }
    }

    fn response(&self) -> Response {
        let mut response = (self.status(), format!("{self}\n")).into_response();
        forbid_guessing(response.headers_mut());
        response
    }
}

/// The layer: refuses, or passes the request on with a timeout for its body, and forbids browsers
/// to guess a content type.
pub(super) async fn layer(State(access): State<Access>, request: Request, next: Next) -> Response {
    let origin = match access.check(&request) {
        Ok(origin) => origin,
        Err(refused) => {
            tracing::debug!(%refused, "refused a request");
            return refused.response();
        }
    };
    let preflight = origin.as_ref().and_then(|_| cors::preflight(&request));
    let mut response = match preflight {
        Some(answer) => answer,
        None => next.run(timed(request, access.body_timeout)).await,
    };
    if let Some(origin) = origin {
        cors::permit(origin, response.headers_mut());
    }
    if !access.is_function {
        forbid_guessing(response.headers_mut());
    }
    response
}

/// Limits the pauses of a body. The messages of a gRPC stream may be any time apart.
fn timed(request: Request, timeout: Duration) -> Request {
    if is_grpc(request.headers()) || request.body().is_end_stream() {
        return request;
    }
    request.map(|body| Body::new(TimedBody::new(body, timeout)))
}

fn forbid_guessing(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The host of a request without its port: the authority of its target, which HTTP/2 always has,
/// or the one `Host` header. A request that has both must mean the same.
fn host_of(request: &Request) -> Result<&str, Refused> {
    match (request.uri().host(), only_host(request.headers())?) {
        (Some(target), Some(host)) if !target.eq_ignore_ascii_case(host) => Err(Refused::NoHost),
        (Some(host), _) | (None, Some(host)) => Ok(host),
        (None, None) => Err(Refused::NoHost),
    }
}

fn only_host(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => Ok(None),
        (Some(host), None) => {
            host.to_str().map(|host| Some(without_port(host))).map_err(|_not_ascii| Refused::NoHost)
        }
        (Some(_), Some(_)) => Err(Refused::NoHost),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Without the dot that ends an absolute name, and in lower case.
fn normal(host: &str) -> String {
    host.strip_suffix(['.', '/']).unwrap_or(host).to_ascii_lowercase()
}

/// Whether only this machine can answer for the name. RFC 6761 reserves `localhost` and everything
/// below it for loopback.
fn is_loopback(host: &str) -> bool {
    let host = normal(host);
    host == "[::1]"
        || host == "localhost"
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

/// Whether the name is one of Google's that clients of the local cloud send: a service, a service
/// of a region (`europe-west1-run.googleapis.com`), or a registry (`europe-docker.pkg.dev`).
fn is_googles(host: &str) -> bool {
    let host = normal(host);
    if let Some(registry) = host.strip_suffix("-docker.pkg.dev") {
        return is_label(registry);
    }
    host.strip_suffix(".googleapis.com").is_some_and(|name| {
        let service = name.rsplit('-').next().unwrap_or(name);
        is_label(name) && GOOGLE_SERVICES.contains(&service)
    })
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn printable(value: &HeaderValue) -> String {
    value.to_str().unwrap_or("an unreadable origin").to_owned()
}

#[cfg(test)]
mod tests;
