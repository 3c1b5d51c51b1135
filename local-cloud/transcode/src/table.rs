//! The gRPC methods of one listener, from the lists of its services.

use std::collections::HashMap;
use std::sync::OnceLock;

use axum::http::Method as Verb;
use longshore_local_kit::coverage::{Method, Support};
use longshore_local_kit::rest::RestError;
use prost_reflect::{MessageDescriptor, MethodDescriptor};

use crate::descriptors::{self, Body, Described, Rule};
use crate::template::Template;

/// Services that many APIs have, each at paths of its own.
const MIXINS: [&str; 2] = ["google.longrunning.Operations", "google.cloud.location.Locations"];

/// What the lists of a listener say about gRPC.
pub(crate) struct Table {
    lists: Vec<&'static [Method]>,
    /// By path. Filled by the first call.
    rpcs: OnceLock<HashMap<String, Rpc>>,
}

/// A gRPC method that at least one listed REST method stands for.
#[derive(Debug)]
pub(crate) struct Rpc {
    /// Such as `/google.cloud.run.v2.Services/GetService`.
    pub(crate) path: String,
    pub(crate) input: MessageDescriptor,
    pub(crate) output: MessageDescriptor,
    /// Whether there may be any number of responses.
    pub(crate) streams: bool,
    pub(crate) bindings: Vec<Binding>,
}

/// One HTTP rule of a method.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) rule: Rule,
    /// `None` if no list has this path.
    pub(crate) support: Option<Support>,
}

/// What becomes of a gRPC call.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// The service speaks gRPC itself.
    Native,
    Rpc(&'a Rpc),
}

impl Table {
    pub(crate) fn new(lists: &[&'static [Method]]) -> Self {
        Self { lists: lists.to_vec(), rpcs: OnceLock::new() }
    }

    /// # Errors
    /// `UNIMPLEMENTED`, with the name of the method, and the reason if a list gives one.
    pub(crate) fn find(&self, path: &str) -> Result<Found<'_>, RestError> {
        if self.methods().any(|method| method.is_grpc(path)) {
            return Ok(Found::Native);
        }
        if let Some(rpc) = self.rpcs.get_or_init(|| self.rpcs()).get(path) {
            return Ok(Found::Rpc(rpc));
        }
        let name = path.trim_start_matches('/').replace('/', ".");
        let listed = self.methods().filter(|method| method.name == name);
        let mut reasons = listed.filter_map(|method| match method.support {
            Support::Unimplemented(why) => Some(why),
            Support::Served(_) => None,
        });
        Err(unimplemented(path, reasons.next().unwrap_or_default()))
    }

    fn rpcs(&self) -> HashMap<String, Rpc> {
        let methods: Vec<&Method> = self.methods().collect();
        let rpcs = descriptors::methods().iter().filter_map(|described| {
            let method = &described.method;
            let bindings: Vec<Binding> = rules_in(described, &methods)
                .into_iter()
                .map(|rule| {
                    let listed = methods.iter().find(|listed| is_listed(method, &rule, listed));
                    Binding { support: listed.map(|listed| listed.support), rule }
                })
                .collect();
            let is_listed = bindings.iter().any(|binding| binding.support.is_some());
            is_listed.then(|| Rpc {
                path: path_of(method),
                input: method.input(),
                output: method.output(),
                streams: method.is_server_streaming(),
                bindings,
            })
        });
        rpcs.map(|rpc| (rpc.path.clone(), rpc)).collect()
    }

    fn methods(&self) -> impl Iterator<Item = &'static Method> {
        self.lists.iter().copied().flatten()
    }
}

/// The refusal of a method. `why` may be empty.
pub(crate) fn unimplemented(path: &str, why: &str) -> RestError {
    let reason = if why.is_empty() { String::new() } else { format!(": {why}") };
    RestError::unimplemented(format!("{path}{reason}"))
}

/// The gRPC path of a listed method, over which it is served exactly if it is served over REST.
/// `None` if it exists over REST only.
#[must_use]
pub fn grpc_path(method: &Method) -> Option<String> {
    if !method.grpc.is_empty() {
        return Some(method.grpc.to_owned());
    }
    binding_of(method).map(|(rpc, _)| path_of(rpc))
}

/// The gRPC method that a listed method stands for, and the rule by which it does.
pub(crate) fn binding_of(method: &Method) -> Option<(&'static MethodDescriptor, Rule)> {
    method.grpc.is_empty().then(|| rest_binding_of(method)).flatten()
}

/// The same, whether or not the service speaks gRPC itself.
pub(crate) fn rest_binding_of(method: &Method) -> Option<(&'static MethodDescriptor, Rule)> {
    let mut named = descriptors::methods().iter().filter(|rpc| is_named(&rpc.method, method));
    named.find_map(|rpc| {
        let mut rules = rules_in(rpc, &[method]).into_iter();
        rules.find(|rule| has_rest_form(rule, method)).map(|rule| (&rpc.method, rule))
    })
}

pub(crate) fn path_of(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// The rules of a method: its own, or for a mixin, the paths that these lists have.
fn rules_in(described: &Described, listed: &[&Method]) -> Vec<Rule> {
    let method = &described.method;
    if !MIXINS.contains(&method.parent_service().full_name()) {
        return described.rules.clone();
    }
    let own = listed.iter().filter(|listed| listed.name == method.full_name());
    own.filter_map(|listed| mixin_rule(listed)).collect()
}

/// The rule of a method of a mixin: `name` stands for the path between the version and a last
/// segment that is no name.
fn mixin_rule(listed: &Method) -> Option<Rule> {
    let (verb, path) = listed.rest.split_once(' ')?;
    let (version, path) = path.strip_prefix('/')?.split_once('/')?;
    let (path, action) = match path.rsplit_once("}:") {
        Some((path, action)) => (format!("{path}}}"), format!(":{action}")),
        None => (path.to_owned(), String::new()),
    };
    let segments: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect();
    let (last, before) = segments.split_last()?;
    let template = match (*last, before) {
        ("*", before) => format!("/{version}/{{name={}/*}}{action}", before.join("/")),
        (last, []) => format!("/{version}/{last}{action}"),
        (last, before) => format!("/{version}/{{name={}}}/{last}{action}", before.join("/")),
    };
    let verb = Verb::from_bytes(verb.as_bytes()).ok()?;
    let body = if verb == Verb::POST { Body::Whole } else { Body::None };
    Some(Rule { verb, template: Template::parse(&template)?, body })
}

/// Whether a listed method is the REST form of this rule, and has no other gRPC form.
fn is_listed(method: &MethodDescriptor, rule: &Rule, listed: &Method) -> bool {
    listed.grpc.is_empty() && is_named(method, listed) && has_rest_form(rule, listed)
}

/// A list names a method as its proto does, or as the discovery document of the API.
fn is_named(method: &MethodDescriptor, listed: &Method) -> bool {
    !listed.name.starts_with("google.") || listed.name == method.full_name()
}

fn has_rest_form(rule: &Rule, listed: &Method) -> bool {
    let rest = listed.rest.split_once(' ');
    rest.is_some_and(|(verb, path)| rule.verb == verb && rule.template.covers(path))
}
