//! The parameters that a method has.

use prost_reflect::{Kind, MessageDescriptor};

use longshore_local_kit::coverage::Method;

use crate::descriptors::{Body, pool};
use crate::table::rest_binding_of;

/// A mixin that the lists name, at paths that each API chooses.
const POLICIES: &str = "google.iam.v1.IAMPolicy.";

/// The parameters of a method.
#[derive(Debug)]
pub(super) enum Known {
    /// The fields of its request that are neither in the path nor in the body.
    Of { request: MessageDescriptor, in_path: Vec<String>, body: Body },
    /// Those of a method that exists over REST only.
    Listed(&'static [Listed]),
}

/// Name and kind of a parameter of a method that exists over REST only.
pub(super) type Listed = (&'static str, Kind);

/// A parameter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    /// The path of the field in JSON, and in the proto.
    pub(super) json: String,
    pub(super) proto: String,
    pub(super) kind: Kind,
    pub(super) times: Times,
}

/// How often a parameter may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    /// Each is an element of a list.
    Many,
    /// Each adds to a mask: `updateMask=a,b`, or `updateMask.paths=a` with the names of the mask.
    Mask,
}

/// Why no field has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unbound {
    NotFound,
    /// It is the name of a message, or of many.
    Message,
}

impl Known {
    /// `None` for a method that neither the protos nor the list of this file know.
    pub(super) fn of(method: &Method) -> Option<Self> {
        if let Some((rpc, rule)) = rest_binding_of(method) {
            let in_path = rule.template.fields().map(str::to_owned).collect();
            return Some(Self::Of { request: rpc.input(), in_path, body: rule.body });
        }
        if let Some(name) = method.name.strip_prefix(POLICIES) {
            let request = pool().get_message_by_name(&format!("google.iam.v1.{name}Request"))?;
            let body = if method.rest.starts_with("GET ") { Body::None } else { Body::Whole };
            return Some(Self::Of { request, in_path: vec!["resource".to_owned()], body });
        }
        listed(method.name).map(Self::Listed)
    }

    /// The request, and which part of it is the body.
    pub(super) fn body(&self) -> Option<(&MessageDescriptor, &Body)> {
        match self {
            Self::Of { request, body, .. } => Some((request, body)),
            Self::Listed(_) => None,
        }
    }

    /// The parameter with this name: that of the field in JSON or in its proto.
    ///
    /// # Errors
    /// [`Unbound`].
    pub(super) fn parameter(&self, name: &str) -> Result<Parameter, Unbound> {
        let (request, in_path, body) = match self {
            Self::Of { request, in_path, body } => (request, in_path, body),
            Self::Listed(all) => {
                let found = all.iter().find(|(known, _)| *known == name);
                let (known, kind) = found.ok_or(Unbound::NotFound)?;
                let (json, proto) = ((*known).to_owned(), (*known).to_owned());
                return Ok(Parameter { json, proto, kind: kind.clone(), times: Times::Once });
            }
        };
        let parameter = field(request, name)?;
        let first = parameter.proto.split('.').next().unwrap_or_default();
        let is_in_body = match body {
            Body::None => false,
            Body::Whole => true,
            Body::Field(field) => field == first,
        };
        if is_in_body || in_path.contains(&parameter.proto) {
            return Err(Unbound::NotFound);
        }
        Ok(parameter)
    }
}

/// A field of a message, or of the messages in it: `options.requestedPolicyVersion`.
fn field(of: &MessageDescriptor, path: &str) -> Result<Parameter, Unbound> {
    let (mut json, mut proto) = (Vec::new(), Vec::new());
    let mut message = of.clone();
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let found =
            message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name));
        let found = found.ok_or(Unbound::NotFound)?;
        let kind = found.kind();
        let is_many_messages = found.is_map() || found.is_list() && kind.as_message().is_some();
        json.push(found.json_name().to_owned());
        proto.push(found.name().to_owned());
        let inner = kind.as_message();
        let times = match inner {
            _ if found.is_list() => Times::Many,
            Some(inner) if is_mask(inner) => Times::Mask,
            _ => Times::Once,
        };
        let parameter = || Parameter {
            json: json.join("."),
            proto: proto.join("."),
            kind: kind.clone(),
            times,
        };
        match (names.peek().copied(), inner) {
            (None, Some(inner)) if is_many_messages || !is_text(inner) => {
                return Err(Unbound::Message);
            }
            (None, _) => return Ok(parameter()),
            (Some("paths"), Some(inner)) if is_mask(inner) => {
                names.next();
                return names.next().map_or(Ok(parameter()), |_| Err(Unbound::NotFound));
            }
            // The fields of a time are not those of its text.
            (Some(_), Some(inner)) if !is_many_messages && !is_text(inner) => {
                message = inner.clone();
            }
            (Some(_), _) => return Err(Unbound::NotFound),
        }
    }
    Err(Unbound::NotFound)
}

/// Whether a message is a text in JSON.
fn is_text(message: &MessageDescriptor) -> bool {
    matches!(message.full_name(), "google.protobuf.Timestamp" | "google.protobuf.Duration")
        || is_mask(message)
}

fn is_mask(message: &MessageDescriptor) -> bool {
    message.full_name() == "google.protobuf.FieldMask"
}

/// The parameters of a method that exists over REST only, as the discovery document of its API has
/// them: version 1 of Cloud Run and of Resource Manager, Firebase, and a method of Cloud Functions.
fn listed(name: &str) -> Option<&'static [Listed]> {
    const PAGES: &[Listed] = &[("pageSize", Kind::Int32), ("pageToken", Kind::String)];
    const FILTERED: &[Listed] =
        &[("pageSize", Kind::Int32), ("pageToken", Kind::String), ("filter", Kind::String)];
    const FIREBASE_PROJECTS: &[Listed] =
        &[("pageSize", Kind::Int32), ("pageToken", Kind::String), ("showDeleted", Kind::Bool)];
    const KNATIVE_LIST: &[Listed] = &[
        ("continue", Kind::String),
        ("fieldSelector", Kind::String),
        ("includeUninitialized", Kind::Bool),
        ("labelSelector", Kind::String),
        ("limit", Kind::Int32),
        ("resourceVersion", Kind::String),
        ("watch", Kind::Bool),
    ];
    const KNATIVE_WRITE: &[Listed] = &[("dryRun", Kind::String)];
    const KNATIVE_DELETE: &[Listed] = &[
        ("apiVersion", Kind::String),
        ("dryRun", Kind::String),
        ("kind", Kind::String),
        ("propagationPolicy", Kind::String),
    ];
    const POLICY: &[Listed] = &[("options.requestedPolicyVersion", Kind::Int32)];

    let (collection, verb) = name.rsplit_once('.')?;
    let api = collection.split('.').next()?;
    Some(match (api, verb) {
        ("run", "list") if collection == "run.projects.locations" => FILTERED,
        ("run", "list") => KNATIVE_LIST,
        ("run", "create" | "replaceService") => KNATIVE_WRITE,
        ("run", "delete") => KNATIVE_DELETE,
        ("run", "getIamPolicy") => POLICY,
        ("cloudresourcemanager", "list") => FILTERED,
        ("cloudfunctions", "detachFunction") => &[],
        ("firebase", "list") => FIREBASE_PROJECTS,
        ("firebaseextensions" | "runtimeconfig", "list") => PAGES,
        (
            "run" | "cloudresourcemanager" | "firebase" | "firebaseextensions" | "runtimeconfig",
            _,
        ) => &[],
        _ => return None,
    })
}
