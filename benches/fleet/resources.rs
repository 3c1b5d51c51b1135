//! The resources of Cloud Run as JSON.

use serde_json::{Value, json};

/// Resources on one page of a list if the caller does not say, and the most that it may ask for.
const PAGE: usize = 100;
const PAGE_MAX: usize = 1_000;

/// The target that gets all requests of a new service.
const LATEST: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";

/// A service that was requested in this generation, as Cloud Run shows it, and its new revision.
pub(super) fn service(name: &str, mut service: Value, generation: u64) -> (Value, Value) {
    let id = name.rsplit('/').next().unwrap_or_default();
    let revision = format!("{id}-{generation:05}-abc");
    let revision_name = format!("{name}/revisions/{revision}");
    let ready = json!({ "type": "Ready", "state": "CONDITION_SUCCEEDED" });
    let output = [
        ("name", json!(name)),
        ("generation", json!(generation.to_string())),
        ("observedGeneration", json!(generation.to_string())),
        ("etag", json!(format!("\"{generation}\""))),
        ("uri", json!(format!("https://{id}.example"))),
        ("latestCreatedRevision", json!(revision_name)),
        ("latestReadyRevision", json!(revision_name)),
        ("terminalCondition", ready.clone()),
        ("conditions", json!([ready])),
    ];
    for (field, value) in output {
        service[field] = value;
    }
    if service["traffic"].is_null() {
        service["traffic"] = json!([{ "type": LATEST, "percent": 100 }]);
    }
    let mut statuses = service["traffic"].clone();
    for status in statuses.as_array_mut().into_iter().flatten() {
        if status["type"] == LATEST {
            status["revision"] = json!(revision);
        }
    }
    service["trafficStatuses"] = statuses;
    let mut created = service["template"].clone();
    created["name"] = json!(revision_name);
    created["service"] = json!(name);
    created["generation"] = json!("1");
    created["conditions"] = json!([ready]);
    (service, created)
}

/// Gives a service the fields of another one that an update mask names.
pub(super) fn change(live: &mut Value, requested: &Value, mask: &str) {
    for path in mask.split(',') {
        let path: Vec<String> = path.split('.').map(camel_case).collect();
        let wanted = path.iter().fold(requested, |value, field| &value[field.as_str()]).clone();
        let field = path.iter().fold(&mut *live, |value, field| &mut value[field.as_str()]);
        *field = wanted;
    }
}

/// The name of a field in JSON.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name + &initial.to_ascii_uppercase() + rest
    })
}

/// The operation of a write, which has ended, and its name.
pub(super) fn operation(parent: &str, service: &Value) -> (String, Value) {
    let name = format!("{parent}/operations/{}", uuid::Uuid::new_v4());
    let mut typed = service.clone();
    typed["@type"] = json!("type.googleapis.com/google.cloud.run.v2.Service");
    let done = json!({ "name": name, "metadata": typed, "done": true, "response": typed });
    (name, done)
}

/// One page of a list. A page token is the name of the last resource of the page before.
pub(super) fn page<'a>(
    listed: impl Iterator<Item = (&'a String, &'a Value)>,
    collection: &str,
    size: &str,
    token: &str,
) -> Value {
    let size = size.parse().ok().filter(|size| *size > 0).unwrap_or(PAGE).min(PAGE_MAX);
    let mut rest = listed.filter(|(name, _)| name.as_str() > token).peekable();
    let mut items = Vec::new();
    let mut last = String::new();
    while let Some((name, value)) = rest.next_if(|_| items.len() < size) {
        last.clone_from(name);
        items.push(value.clone());
    }
    let next = if rest.peek().is_some() { last } else { String::new() };
    json!({ collection: items, "nextPageToken": next })
}
