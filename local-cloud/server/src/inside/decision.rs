//! What an instance may do with Pub/Sub and Cloud Storage: a pure decision about one request.

use longshore_local_kit::rest::percent_decode;
use serde_json::Value;

use super::protobuf::values;
use super::refusal::Refusal;
use crate::Reserved;

/// What one instance may use.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) project: String,
    reserved: Reserved,
}

/// Whether the decision needs the document of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Document {
    Unread,
    /// See [`new_bucket`].
    NewBucket,
}

/// A method of Pub/Sub: the fields that name resources, of which the first must be set, and fields
/// that must not be set.
type Method = (&'static str, &'static [&'static [u32]], &'static [&'static [u32]]);

const PUBSUB_METHODS: [Method; 17] = [
    ("Publisher/CreateTopic", &[&[1]], &[&[6]]),
    ("Publisher/Publish", &[&[1]], &[]),
    ("Publisher/GetTopic", &[&[1]], &[]),
    ("Publisher/ListTopics", &[&[1]], &[]),
    ("Publisher/ListTopicSubscriptions", &[&[1]], &[]),
    ("Publisher/DeleteTopic", &[&[1]], &[]),
    ("Publisher/DetachSubscription", &[&[1]], &[]),
    ("Subscriber/CreateSubscription", &[&[1], &[2], &[13, 1]], &[&[4], &[18], &[22], &[27]]),
    ("Subscriber/GetSubscription", &[&[1]], &[]),
    (
        "Subscriber/UpdateSubscription",
        &[&[1, 1], &[1, 2], &[1, 13, 1]],
        &[&[1, 4], &[1, 18], &[1, 22], &[1, 27]],
    ),
    ("Subscriber/ListSubscriptions", &[&[1]], &[]),
    ("Subscriber/DeleteSubscription", &[&[1]], &[]),
    ("Subscriber/ModifyAckDeadline", &[&[1]], &[]),
    ("Subscriber/Acknowledge", &[&[1]], &[]),
    ("Subscriber/Pull", &[&[1]], &[]),
    ("Subscriber/StreamingPull", &[&[1]], &[]),
    ("Subscriber/Seek", &[&[1]], &[&[3]]),
];

/// Verbs of Pub/Sub's REST API.
const PUBSUB_VERBS: [&str; 4] = ["publish", "pull", "acknowledge", "modifyAckDeadline"];

/// Settings that make the local cloud itself send requests, as JSON names them.
const PUSH_SETTINGS: [&str; 4] =
    ["pushconfig", "bigqueryconfig", "cloudstorageconfig", "bigtableconfig"];

/// Where Cloud Storage's JSON API has `b/BUCKET`. Google's Node.js library sends no prefix at all.
const STORAGE_ROOTS: [&[&str]; 4] = [
    &["storage", "v1"],
    &["upload", "storage", "v1"],
    &["download", "storage", "v1"],
    &["resumable", "upload", "storage", "v1"],
];

/// Other beginnings of paths that are not buckets of the XML API.
const STORAGE_OTHERS: [&str; 7] =
    ["storage", "upload", "download", "resumable", "batch", "projects", "b"];

/// How the path of a method of gRPC begins, whatever type its body has. No bucket can have such a
/// name.
const GRPC_PREFIX: &str = "google.";

impl Scope {
    pub(super) fn new(project: &str, reserved: &Reserved) -> Self {
        Self { project: project.to_owned(), reserved: reserved.clone() }
    }

    /// Decides about `projects/P`, or a resource of Pub/Sub in it.
    fn resource(&self, name: &str) -> Result<(), Refusal> {
        let mut parts = name.split('/');
        if (parts.next(), parts.next()) != (Some("projects"), Some(self.project.as_str())) {
            return Err(Refusal::OtherProject(name.to_owned()));
        }
        match parts.nth(1) {
            Some(id) if self.reserved.is_topic_or_subscription(id) => {
                Err(Refusal::Reserved(name.to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn bucket(&self, bucket: &str, owns: &dyn Fn(&str) -> Option<bool>) -> Result<(), Refusal> {
        let bucket = percent_decode(bucket).ok_or(Refusal::Unreadable)?;
        if self.reserved.is_bucket(&bucket) {
            return Err(Refusal::Reserved(bucket));
        }
        match owns(&bucket) {
            Some(false) => Err(Refusal::OtherProject(bucket)),
            // The service answers that there is none.
            Some(true) | None => Ok(()),
        }
    }
}

/// Decides about a request over gRPC, by its first message. The later ones of a stream name nothing.
pub(super) fn pubsub_grpc(scope: &Scope, path: &str, message: &[u8]) -> Result<(), Refusal> {
    let method = path.strip_prefix("/google.pubsub.v1.").unwrap_or_default();
    let found = PUBSUB_METHODS.iter().find(|(name, ..)| *name == method);
    let (_, names, forbidden) = found.ok_or_else(|| Refusal::Method(path.to_owned()))?;
    for (index, field) in names.iter().enumerate() {
        let found = values(message, field).ok_or(Refusal::Unreadable)?;
        if index == 0 && found.is_empty() {
            return Err(Refusal::Unreadable);
        }
        for name in found {
            let name = std::str::from_utf8(name).map_err(|_| Refusal::Unreadable)?;
            // An empty text is a field that is not set.
            if index == 0 || !name.is_empty() {
                scope.resource(name)?;
            }
        }
    }
    for field in *forbidden {
        let found = values(message, field).ok_or(Refusal::Unreadable)?;
        // An empty message is a setting that is not set.
        if found.iter().any(|value| !value.is_empty()) {
            return Err(Refusal::Push);
        }
    }
    Ok(())
}

/// Decides about a request to the REST API.
pub(super) fn pubsub_rest(
    scope: &Scope,
    method: &str,
    path: &str,
    body: &[u8],
) -> Result<(), Refusal> {
    let refused = || Refusal::Method(format!("{method} {path}"));
    let segments: Option<Vec<String>> = path.split('/').skip(1).map(percent_decode).collect();
    let segments = segments.ok_or(Refusal::Unreadable)?;
    let (last, verb) = match segments.last().and_then(|last| last.rsplit_once(':')) {
        Some((last, verb)) => (last, Some(verb)),
        None => (segments.last().map_or("", String::as_str), None),
    };
    let mut names: Vec<&str> = segments.iter().map(String::as_str).collect();
    names.pop();
    names.push(last);
    let is_allowed = match (method, names.as_slice(), verb) {
        ("GET", ["v1", "projects", _, "topics" | "subscriptions"], None) => true,
        ("GET", ["v1", "projects", _, "topics", _, "subscriptions"], None) => true,
        ("GET" | "PUT" | "DELETE", ["v1", "projects", _, "topics" | "subscriptions", _], None) => {
            true
        }
        ("POST", ["v1", "projects", _, "topics" | "subscriptions", _], Some(verb)) => {
            PUBSUB_VERBS.contains(&verb)
        }
        _ => false,
    };
    if !is_allowed || names.iter().any(|name| name.contains('/')) {
        return Err(refused());
    }
    scope.resource(&names[1..].join("/"))?;
    // Only a new topic or subscription names others.
    if method == "PUT" && !body.is_empty() {
        let document: Value = serde_json::from_slice(body).map_err(|_| Refusal::Unreadable)?;
        settings(scope, &document)?;
    }
    Ok(())
}

fn settings(scope: &Scope, document: &Value) -> Result<(), Refusal> {
    match document {
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            let plain: String = name.chars().filter(|character| *character != '_').collect();
            let is_set = !matches!(value, Value::Null)
                && value.as_object().is_none_or(|settings| !settings.is_empty());
            if is_set && PUSH_SETTINGS.contains(&plain.to_ascii_lowercase().as_str()) {
                return Err(Refusal::Push);
            }
            settings(scope, value)
        }),
        Value::Array(values) => values.iter().try_for_each(|value| settings(scope, value)),
        Value::String(text) if text.starts_with("projects/") => scope.resource(text),
        _ => Ok(()),
    }
}

/// Decides about a request to Cloud Storage. `owns`: whether a bucket is in the caller's project;
/// `None` for one that does not exist.
pub(super) fn storage_request(
    scope: &Scope,
    method: &str,
    path: &str,
    query: &str,
    owns: &dyn Fn(&str) -> Option<bool>,
) -> Result<Document, Refusal> {
    let refused = || Refusal::Method(format!("{method} {path}"));
    // As the service's router sees them: only what stands for a name is decoded.
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let root = STORAGE_ROOTS.iter().find(|root| segments.starts_with(root));
    let rest = &segments[root.map_or(0, |root| root.len())..];
    if root.is_none() && rest.first() != Some(&"b") {
        // The XML API: /BUCKET/OBJECT.
        let [bucket, object @ ..] = rest else { return Err(refused()) };
        let is_new = method == "PUT" && object.iter().all(|part| part.is_empty());
        let is_other = STORAGE_OTHERS.contains(bucket) || bucket.starts_with(GRPC_PREFIX);
        if bucket.is_empty() || is_new || is_other {
            return Err(refused());
        }
        return scope.bucket(bucket, owns).map(|()| Document::Unread);
    }
    match rest {
        ["b"] => {
            let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
            let mut projects = parameters
                .filter(|(name, _)| percent_decode(name).is_none_or(|name| name == "project"));
            projects.try_for_each(|(_, project)| {
                let project = percent_decode(project).ok_or(Refusal::Unreadable)?;
                if project == scope.project {
                    Ok(())
                } else {
                    Err(Refusal::OtherProject(format!("projects/{project}")))
                }
            })?;
            Ok(if method == "POST" { Document::NewBucket } else { Document::Unread })
        }
        // The local cloud would publish the notices itself.
        ["b", _, "notificationConfigs", ..] if method != "GET" => Err(refused()),
        ["b", bucket, "o", _, "rewriteTo" | "copyTo", "b", to, "o", _] => {
            scope.bucket(bucket, owns)?;
            scope.bucket(to, owns).map(|()| Document::Unread)
        }
        ["b", bucket, further @ ..] if !further.contains(&"b") || further.len() < 3 => {
            scope.bucket(bucket, owns).map(|()| Document::Unread)
        }
        _ => Err(refused()),
    }
}

/// Decides about a new bucket by its document.
pub(super) fn new_bucket(scope: &Scope, document: &[u8]) -> Result<(), Refusal> {
    let document: Value = serde_json::from_slice(document).map_err(|_| Refusal::Unreadable)?;
    match document["name"].as_str() {
        Some(name) if scope.reserved.is_bucket(name) => Err(Refusal::Reserved(name.to_owned())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
