//! The routing of a queue: what it changes in the requests of its tasks (`Queue.http_target`).

use std::collections::BTreeMap;

use axum::http::Uri;
use longshore_local_kit::targets::{self, Oidc, Verb};
use serde::{Deserialize, Serialize};

use super::Refusal;

/// The beginning of the headers that Cloud Tasks sets.
pub(crate) const OWN_HEADERS: &str = "x-cloudtasks";

/// `None` leaves a part of a request as its task has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Routing {
    pub(crate) uri: Option<UriParts>,
    pub(crate) verb: Option<Verb>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) oidc: Option<Oidc>,
}

/// Parts of a URL that replace those of tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UriParts {
    pub(crate) scheme: Option<Scheme>,
    pub(crate) host: Option<String>,
    /// 0 for none.
    pub(crate) port: Option<u16>,
    pub(crate) path: Option<String>,
    /// Empty for none.
    pub(crate) query: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Routing {
    /// # Errors
    /// [`Refusal::Invalid`] with the name of the field.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if let Some(host) = self.uri.as_ref().and_then(|uri| uri.host.as_ref())
            && (host.contains(['/', '?', '#', '@'])
                || targets::check_url(&format!("https://{host}/")).is_err())
        {
            return Err(Refusal::invalid("UriOverride.host: must be a host"));
        }
        targets::headers(&self.headers, OWN_HEADERS)
            .map_err(|error| Refusal::Invalid(format!("HttpTarget.header_overrides: {error}")))?;
        if self.oidc.as_ref().is_some_and(|oidc| oidc.email.is_empty()) {
            return Err(Refusal::invalid("OidcToken.service_account_email: required"));
        }
        Ok(())
    }
}

impl UriParts {
    /// The URL of a task, which was checked when the task was created.
    pub(super) fn replaced_in(&self, url: &str) -> String {
        let Ok(uri) = url.parse::<Uri>() else { return url.to_owned() };
        let scheme = match self.scheme {
            Some(Scheme::Http) => "http",
            Some(Scheme::Https) => "https",
            None => uri.scheme_str().unwrap_or("https"),
        };
        let host = self.host.as_deref().or(uri.host()).unwrap_or_default();
        let port = self.port.or(uri.port_u16()).filter(|port| *port != 0);
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let path = self.path.as_deref().unwrap_or(uri.path()).trim_start_matches('/');
        let query = self.query.as_deref().or(uri.query()).filter(|query| !query.is_empty());
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{scheme}://{host}{port}/{path}{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_to(uri: UriParts, url: &str) -> String {
        uri.replaced_in(url)
    }

    #[test]
    fn each_part_of_a_url_is_replaced_alone() {
        let url = "https://example.com:8443/a/b?c=d";
        let none = UriParts::default;
        let text = |text: &str| Some(text.to_owned());
        for (parts, expected) in [
            (none(), url),
            (UriParts { scheme: Some(Scheme::Http), ..none() }, "http://example.com:8443/a/b?c=d"),
            (UriParts { host: text("127.0.0.1"), ..none() }, "https://127.0.0.1:8443/a/b?c=d"),
            (UriParts { port: Some(0), ..none() }, "https://example.com/a/b?c=d"),
            (UriParts { port: Some(1), ..none() }, "https://example.com:1/a/b?c=d"),
            (UriParts { path: text("/x"), ..none() }, "https://example.com:8443/x?c=d"),
            (UriParts { path: text(""), ..none() }, "https://example.com:8443/?c=d"),
            (UriParts { query: text("e=f"), ..none() }, "https://example.com:8443/a/b?e=f"),
            (UriParts { query: text(""), ..none() }, "https://example.com:8443/a/b"),
        ] {
            assert_eq!(sent_to(parts, url), expected);
        }
    }
}
