//! The APIs whose calls are transcoded or checked: their descriptors, and their HTTP rules.

use std::sync::LazyLock;

use axum::http::Method;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};

use crate::template::Template;

/// The compiled `proto/`: `LONGSHORE_REGENERATE=1 cargo test --test generated_code`.
const COMPILED: &[u8] = include_bytes!("generated/google.binpb");

/// The extension that has the HTTP rule of a method.
const HTTP: &str = "google.api.http";

const VERBS: [(&str, Method); 5] = [
    ("get", Method::GET),
    ("put", Method::PUT),
    ("post", Method::POST),
    ("delete", Method::DELETE),
    ("patch", Method::PATCH),
];

/// The descriptors of all APIs, and of what their messages contain inside of
/// `google.protobuf.Any`. The first call takes some milliseconds.
pub(crate) fn pool() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        DescriptorPool::decode(COMPILED).unwrap_or_else(|error| {
            // A test decodes them.
            tracing::error!(%error, "the descriptors of Google's APIs are damaged");
            DescriptorPool::default()
        })
    });
    &POOL
}

/// How one gRPC method is called over REST.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) verb: Method,
    pub(crate) template: Template,
    pub(crate) body: Body,
}

/// Which part of a request is the body. Fields that are neither in the path nor in the body are
/// parameters of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    None,
    Whole,
    /// The field with this name.
    Field(String),
}

impl Body {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "" => Self::None,
            "*" => Self::Whole,
            field => Self::Field(field.to_owned()),
        }
    }
}

/// A gRPC method, and its HTTP rules. A method without rules exists over gRPC only.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) method: MethodDescriptor,
    pub(crate) rules: Vec<Rule>,
}

/// All methods.
pub(crate) fn methods() -> &'static [Described] {
    static METHODS: LazyLock<Vec<Described>> = LazyLock::new(|| {
        let services = pool().services();
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        methods.map(|method| Described { rules: rules(&method), method }).collect()
    });
    &METHODS
}

fn rules(method: &MethodDescriptor) -> Vec<Rule> {
    let Some(http) = method.parent_pool().get_extension_by_name(HTTP) else { return Vec::new() };
    let options = method.options();
    if !options.has_extension(&http) {
        return Vec::new();
    }
    let first = options.get_extension(&http);
    let Some(first) = first.as_message() else { return Vec::new() };
    let more = first.get_field_by_name("additional_bindings");
    let more = more.as_deref().and_then(|more| more.as_list()).unwrap_or_default();
    let more = more.iter().filter_map(|rule| rule.as_message());
    std::iter::once(first).chain(more).filter_map(rule).collect()
}

fn rule(message: &DynamicMessage) -> Option<Rule> {
    let text = |field: &str| {
        message
            .get_field_by_name(field)?
            .as_str()
            .map(str::to_owned)
            .filter(|text| !text.is_empty())
    };
    if text("response_body").is_some() {
        return None;
    }
    let (path, verb) =
        VERBS.into_iter().find_map(|(field, verb)| text(field).map(|path| (path, verb)))?;
    let body = Body::named(&text("body").unwrap_or_default());
    Some(Rule { verb, template: Template::parse(&path)?, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_rules_that_can_be_read() {
        assert!(methods().len() > 100, "{}", methods().len());
        let without = methods().iter().filter(|described| described.rules.is_empty());
        let mut without: Vec<_> = without.map(|described| described.method.full_name()).collect();
        without.sort_unstable();
        let mixin = "google.longrunning.Operations.WaitOperation";
        assert_eq!(without, [mixin, "google.pubsub.v1.Subscriber.StreamingPull"]);
    }
}
