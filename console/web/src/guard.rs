//! Who may use the console, and what a page of another site can make a browser do with it.
//!
//! **On loopback** the kernel says which user connects (`longshore-local-kit`'s `listen`), so
//! reading takes no token. **Elsewhere** every request takes the token, in a cookie that only this
//! site gets and that no script can read.
//!
//! What changes something is a `POST`, and takes three things that another site cannot provide: its
//! `Origin`, `Sec-Fetch-Site`, and a value from a page of this console. A name that leads here
//! without being ours (DNS rebinding) is refused by its host. No page may frame the console.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue,
    ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// Name of the cookie with the token.
const COOKIE_NAME: &str = "longshore-console";

/// Where a browser exchanges the token of the printed URL for the cookie.
pub(crate) const SIGN_IN: &str = "/sign-in";

/// Nothing but this console's own files, no inline script or style, and no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a request needs.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    /// `None` on loopback.
    token: Option<String>,
    /// Names by which the console is reached, besides addresses and `localhost`.
    hosts: Arc<[String]>,
    /// A value in the forms of this process's pages.
    csrf: String,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("a request must name exactly one host")]
    NoHost,
    #[error("the console does not accept this host name; start it with --host NAME to allow one")]
    Host,
    #[error("pages of other sites may not use the console")]
    OtherSite,
    #[error("open the URL with the token that `longshore console` printed")]
    Token,
}

impl Refused {
    fn status(self) -> StatusCode {
        match self {
            Self::NoHost => StatusCode::BAD_REQUEST,
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::OtherSite => StatusCode::FORBIDDEN,
            Self::Token => StatusCode::UNAUTHORIZED,
        }
    }
}

impl Guard {
    pub(crate) fn new(token: Option<String>, hosts: Vec<String>, csrf: String) -> Self {
        let hosts = hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { token, hosts, csrf }
    }

    /// The value that a form of a page has to return.
    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    pub(crate) fn is_own_form(&self, value: &str) -> bool {
        is_same(value, &self.csrf)
    }

    /// The cookie for a token in a URL, or `None` if it is wrong or none is needed.
    pub(crate) fn cookie(&self, given: &str) -> Option<String> {
        let token = self.token.as_ref().filter(|token| is_same(token, given))?;
        Some(format!("{COOKIE_NAME}={token}; HttpOnly; SameSite=Strict; Path=/"))
    }

    /// Checks the head of a request.
    fn check(&self, request: &Request) -> Result<(), Refused> {
        let headers = request.headers();
        let host = self.host(headers)?;
        let is_read = [Method::GET, Method::HEAD].contains(request.method());
        let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        let is_foreign = site.is_some_and(|site| site != b"same-origin" && site != b"none");
        // A link on another page leads here as it would lead anywhere: the page sees nothing of it.
        let is_link = headers.get(SEC_FETCH_MODE).is_some_and(|mode| mode == "navigate");
        if is_foreign && !(is_read && is_link) {
            return Err(Refused::OtherSite);
        }
        if !is_read && !is_own_origin(headers, host) {
            return Err(Refused::OtherSite);
        }
        let is_public = request.uri().path() == SIGN_IN;
        match &self.token {
            Some(token) if !is_public && !has_cookie(headers, token) => Err(Refused::Token),
            Some(_) | None => Ok(()),
        }
    }

    /// The host of a request, if it is one of ours.
    fn host<'a>(&self, headers: &'a HeaderMap) -> Result<&'a str, Refused> {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Refused::NoHost) };
        let host = host.to_str().map_err(|_| Refused::NoHost)?;
        let name = without_port(host).to_ascii_lowercase();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let is_ours = match bare.parse::<IpAddr>() {
            // An address is not a name, so DNS cannot point it elsewhere.
            Ok(address) => self.token.is_some() || address.is_loopback(),
            Err(_) => name == "localhost" || self.hosts.contains(&name),
        };
        if is_ours { Ok(host) } else { Err(Refused::Host) }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

/// Whether the one `Origin` of a request is the host that it is sent to.
fn is_own_origin(headers: &HeaderMap, host: &str) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
}

fn has_cookie(headers: &HeaderMap, token: &str) -> bool {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut cookies = cookies.flat_map(|cookies| cookies.split(';')).map(str::trim);
    cookies.any(|cookie| {
        let value = cookie.strip_prefix(COOKIE_NAME).and_then(|rest| rest.strip_prefix('='));
        value.is_some_and(|value| is_same(value, token))
    })
}

/// Compares secrets in a time that does not depend on where they differ.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let differing = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differing == 0
}

/// The layer: refuses, or passes the request on, and adds what browsers have to know.
pub(crate) async fn layer(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.check(&request) {
        Ok(()) => next.run(request).await,
        Err(refused) => (refused.status(), format!("{refused}\n")).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // `no-referrer` would make the origin of the console's own forms `null`.
        (REFERRER_POLICY, "same-origin"),
        (OPENER_POLICY, "same-origin"),
        (RESOURCE_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(method: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = axum::http::Request::builder().method(method).uri("/act");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    fn check(token: Option<&str>, method: &str, headers: &[(&str, &str)]) -> Result<(), Refused> {
        let guard = Guard::new(
            token.map(str::to_owned),
            vec!["Console.example".to_owned()],
            "form".to_owned(),
        );
        guard.check(&request(method, headers))
    }

    #[test]
    fn only_names_of_the_console_lead_to_it() {
        for (host, is_ours) in [
            ("127.0.0.1:8080", true),
            ("localhost:8080", true),
            ("[::1]:8080", true),
            ("console.example", true),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("192.0.2.1", false),
            ("", false),
        ] {
            let checked = check(None, "GET", &[("host", host)]);
            assert_eq!(checked.is_ok(), is_ours, "{host}");
        }
        let two = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(check(None, "GET", &two), Err(Refused::NoHost));
    }

    #[test]
    fn a_change_comes_from_a_page_of_the_console() {
        let host = ("host", "127.0.0.1:8080");
        let post = |headers: &[(&str, &str)]| check(None, "POST", &[&[host], headers].concat());
        let own = ("origin", "http://127.0.0.1:8080");
        assert_eq!(post(&[own, ("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(post(&[]), Err(Refused::OtherSite));
        for origin in ["null", "http://evil.example", "http://127.0.0.1:9090", "http://127.0.0.1"] {
            assert_eq!(post(&[("origin", origin)]), Err(Refused::OtherSite), "{origin}");
        }
        assert_eq!(post(&[own, ("origin", "http://evil.example")]), Err(Refused::OtherSite));
        let cross = [own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(post(&cross), Err(Refused::OtherSite));
    }

    #[test]
    fn another_site_may_link_to_a_page_and_not_load_it() {
        let get = |mode| {
            let headers =
                [("host", "localhost"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode)];
            check(None, "GET", &headers)
        };
        assert_eq!(get("navigate"), Ok(()));
        for mode in ["no-cors", "cors", "websocket"] {
            assert_eq!(get(mode), Err(Refused::OtherSite), "{mode}");
        }
    }

    #[test]
    fn off_loopback_every_request_takes_the_token() {
        let with =
            |cookie| check(Some("secret"), "GET", &[("host", "192.0.2.1"), ("cookie", cookie)]);
        assert_eq!(with("a=b; longshore-console=secret"), Ok(()));
        for cookie in ["", "longshore-console=secre", "longshore-console=secrets", "x=secret"] {
            assert_eq!(with(cookie), Err(Refused::Token), "{cookie}");
        }
        let guard = Guard::new(Some("secret".to_owned()), Vec::new(), String::new());
        assert!(guard.cookie("secret").unwrap().contains("HttpOnly; SameSite=Strict"));
        assert_eq!(guard.cookie("other"), None);
    }
}
