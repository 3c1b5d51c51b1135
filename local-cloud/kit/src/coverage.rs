//! Which methods of Google's APIs the local cloud serves: the source of `COVERAGE.md`.
//!
//! Each service lists its methods next to the code that answers them. A test calls every one: a
//! method that is listed as served must not answer `UNIMPLEMENTED`, and one that is listed as
//! unimplemented must. The layers before the services find the method of a call in these lists.

use axum::http::{HeaderMap, Method as Verb, header};

/// A method of one of Google's APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The API, such as `Pub/Sub`.
    pub service: &'static str,
    /// Google's name for the method: `google.pubsub.v1.Publisher.Publish`, or
    /// `storage.objects.compose`.
    pub name: &'static str,
    /// HTTP method and path, as in Google's reference: `POST
    /// /v1/projects/{project}/topics/{topic}:publish`. Empty for a method that exists over gRPC
    /// only.
    pub rest: &'static str,
    /// Full gRPC path, such as `/google.pubsub.v1.Publisher/Publish`, if the service speaks gRPC
    /// itself. Empty where gRPC calls become REST calls before they reach the service.
    pub grpc: &'static str,
    pub support: Support,
}

/// One of Google's APIs. Its methods are listed with these constructors:
///
/// ```
/// use longshore_local_kit::coverage::{Api, Method};
///
/// const API: Api = Api("Cloud Example");
/// const METHODS: &[Method] = &[
///     API.served("google.example.v1.Examples.Get", "GET /v1/examples/{example}", ""),
///     API.unimplemented("google.example.v1.Examples.List", "GET /v1/examples", "no lists"),
/// ];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Api(pub &'static str);

impl Api {
    /// A method that is served over REST. `limits` names what is not supported, and is empty when
    /// nothing is known to be missing.
    #[must_use]
    pub const fn served(
        self,
        name: &'static str,
        rest: &'static str,
        limits: &'static str,
    ) -> Method {
        self.method(name, rest, Support::Served(limits))
    }

    /// A method that answers `UNIMPLEMENTED` over REST. `why` gives the reason or an alternative.
    #[must_use]
    pub const fn unimplemented(
        self,
        name: &'static str,
        rest: &'static str,
        why: &'static str,
    ) -> Method {
        self.method(name, rest, Support::Unimplemented(why))
    }

    /// A method over REST. `rest` is empty for a method that exists over gRPC only.
    #[must_use]
    pub const fn method(self, name: &'static str, rest: &'static str, support: Support) -> Method {
        Method { service: self.0, name, rest, grpc: "", support }
    }
}

impl Method {
    /// The method with its full gRPC path.
    #[must_use]
    pub const fn with_grpc(self, grpc: &'static str) -> Self {
        Self { grpc, ..self }
    }

    /// Whether this is the method of a gRPC call with this path.
    #[must_use]
    pub fn is_grpc(&self, path: &str) -> bool {
        !self.grpc.is_empty() && self.grpc == path
    }

    /// Whether this is the method of a REST call.
    #[must_use]
    pub fn is_rest(&self, verb: &Verb, path: &str) -> bool {
        let Some((own, pattern)) = self.rest.split_once(' ') else { return false };
        let (mut patterns, mut segments) = (pattern.split('/'), path.split('/'));
        own == verb.as_str()
            && patterns
                .by_ref()
                .all(|pattern| segments.next().is_some_and(|segment| is_like(pattern, segment)))
            && segments.next().is_none()
    }
}

/// Whether these are the headers of a gRPC call.
#[must_use]
pub fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// `{…}` stands for any text without a verb, and a verb for itself. A digest has a colon and no verb.
fn is_like(pattern: &str, segment: &str) -> bool {
    let Some((before, after)) = pattern.split_once('{') else { return pattern == segment };
    let suffix = after.split_once('}').map_or("", |(_, suffix)| suffix);
    let name = segment.strip_prefix(before).and_then(|rest| rest.strip_suffix(suffix));
    let has_verb = |name: &str| {
        suffix.is_empty() && name.rsplit_once(':').is_some_and(|(_, verb)| is_verb(verb))
    };
    name.is_some_and(|name| !name.is_empty() && !has_verb(name))
}

/// A verb is a camel-case word. What follows the colon of `…@sha256:…` is part of a name.
pub(crate) fn is_verb(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphabetic())
}

/// Whether a method is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It is served. The text names what is not supported, and is empty when nothing is known to
    /// be missing.
    Served(&'static str),
    /// It answers `UNIMPLEMENTED`. The text gives the reason or an alternative.
    Unimplemented(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_of_its_pattern() {
        for (pattern, segment, expected) in [
            ("topics", "topics", true),
            ("topics", "subscriptions", false),
            ("{topic}", "t", true),
            ("{topic}", "t:publish", false),
            ("{version}", "sha256:0a1b", true),
            ("{topic}:setIamPolicy", "t:setIamPolicy", true),
            ("{topic}:setIamPolicy", "t:getIamPolicy", false),
            ("builds:submit", "builds:submit", true),
        ] {
            assert_eq!(is_like(pattern, segment), expected, "{pattern} {segment}");
        }
    }

    #[test]
    fn a_call_has_one_method() {
        let method = Api("Example").served("examples.get", "GET /v1/examples/{example}", "");
        for (verb, path, expected) in [
            (Verb::GET, "/v1/examples/e", true),
            (Verb::DELETE, "/v1/examples/e", false),
            (Verb::GET, "/v1/examples", false),
            (Verb::GET, "/v1/examples/e/parts", false),
        ] {
            assert_eq!(method.is_rest(&verb, path), expected, "{verb} {path}");
        }
        assert!(!method.is_grpc(""));
    }
}
