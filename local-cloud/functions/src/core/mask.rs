//! Update masks: the fields of a function that a patch writes.

use serde_json::{Map, Value};

use super::Refusal;
use crate::json::{self, Enums};
use crate::proto::v2::Function;

/// The fields that callers may write; all others are output.
const WRITABLE: [&str; 7] = [
    "description",
    "buildConfig",
    "serviceConfig",
    "eventTrigger",
    "labels",
    "environment",
    "kmsKeyName",
];

/// Output below the writable fields. A patch that repeats what it has read does not change it.
const OUTPUT: [&str; 6] = [
    "buildConfig.build",
    "buildConfig.sourceProvenance",
    "serviceConfig.service",
    "serviceConfig.uri",
    "serviceConfig.revision",
    "eventTrigger.trigger",
];

/// The current function with the masked fields taken from the patch.
///
/// An empty mask or `*` writes every writable field, and resets those that the patch omits. Names
/// may be in camel case or snake case; a path ends at a map. Output is ignored.
///
/// # Errors
/// [`Refusal::Invalid`] for an unknown field.
pub(crate) fn merge(
    current: &Function,
    patch: &Function,
    mask: &[String],
) -> Result<Function, Refusal> {
    let paths: Vec<String> =
        mask.iter().map(|path| path.trim().to_owned()).filter(|path| !path.is_empty()).collect();
    let all = paths.is_empty() || paths.iter().any(|path| path == "*");
    let mut fields = Vec::new();
    for path in paths.iter().filter(|path| *path != "*") {
        let field = json::json_path::<Function>(path).ok_or_else(|| {
            Refusal::invalid(format!("update_mask: '{path}' is not a field of a function"))
        })?;
        fields.push(field);
    }
    if all {
        fields = WRITABLE.iter().map(|field| vec![(*field).to_owned()]).collect();
    }
    let mut merged = object(current)?;
    let outputs = output_of(&merged);
    let patch = object(patch)?;
    for field in &fields {
        make_room(&mut merged, field);
    }
    for field in &fields {
        let top = field.first().map_or("", String::as_str);
        if WRITABLE.contains(&top) && !OUTPUT.contains(&field.join(".").as_str()) {
            set(&mut merged, &patch, field);
        }
    }
    for (path, value) in outputs {
        // A trigger can be removed, and its output with it.
        if path[0] != "eventTrigger" || merged.contains_key("eventTrigger") {
            put(&mut merged, &path, value);
        }
    }
    Ok(json::from_value(Value::Object(merged))?)
}

/// Removes what a path into a source replaces: the kinds of a source exclude each other, and a
/// generation belongs to the object that it was read with.
fn make_room(merged: &mut Map<String, Value>, field: &[String]) {
    let [build, source, kind, ..] = field else { return };
    if build != "buildConfig" || source != "source" {
        return;
    }
    let below = merged.get_mut(build).and_then(|build| build.get_mut(source)?.as_object_mut());
    let Some(below) = below else { return };
    below.retain(|present, _| present == kind);
    if let Some(Value::Object(kind)) = below.get_mut(kind) {
        kind.remove("generation");
    }
}

fn object(function: &Function) -> Result<Map<String, Value>, Refusal> {
    match json::to_value(function, Enums::Names)? {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

fn output_of(document: &Map<String, Value>) -> Vec<(Vec<String>, Option<Value>)> {
    let value = |path: &[String]| {
        let [top, below] = path else { return None };
        document.get(top)?.get(below).cloned()
    };
    let paths = OUTPUT.iter().map(|path| path.split('.').map(str::to_owned).collect::<Vec<_>>());
    paths.map(|path| (path.clone(), value(&path))).collect()
}

/// Copies the field at a path. A field that the patch omits is removed, which resets it.
fn set(target: &mut Map<String, Value>, patch: &Map<String, Value>, path: &[String]) {
    let mut value = Some(patch);
    for name in path.iter().take(path.len().saturating_sub(1)) {
        value = value.and_then(|value| value.get(name)?.as_object());
    }
    let last = path.last().and_then(|name| value?.get(name)).cloned();
    put(target, path, last);
}

fn put(target: &mut Map<String, Value>, path: &[String], value: Option<Value>) {
    let Some((name, deeper)) = path.split_first() else { return };
    if deeper.is_empty() {
        match value {
            Some(value) => target.insert(name.clone(), value),
            None => target.remove(name),
        };
        return;
    }
    if value.is_none() && !target.contains_key(name) {
        return;
    }
    let below = target.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(below) = below {
        put(below, deeper, value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with_source(source: &Value) -> Function {
        json::from_value(json!({"buildConfig": {"runtime": "nodejs22", "source": source}})).unwrap()
    }

    #[test]
    fn the_paths_of_a_source_replace_its_kind_and_its_generation_together() {
        let current = json!({"storageSource": {"bucket": "b", "object": "one", "generation": "1"}});
        let patch = json!({"storageSource": {"bucket": "uploads", "object": "two"}});
        let path = |field: &str| format!("buildConfig.source.storageSource.{field}");
        for mask in [["bucket", "object"], ["object", "bucket"]] {
            let mask = mask.map(path);
            let merged = merge(&with_source(&current), &with_source(&patch), &mask).unwrap();
            assert_eq!(merged, with_source(&patch));
        }
        let repository = json!({"repoSource": {"projectId": "p", "repoName": "r"}});
        let mask = ["bucket", "object"].map(path);
        let merged = merge(&with_source(&repository), &with_source(&patch), &mask).unwrap();
        assert_eq!(merged, with_source(&patch));
    }
}
