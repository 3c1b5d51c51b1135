//! Update masks: the fields of a trigger that a patch writes.

use serde_json::{Map, Value};

use super::Refusal;
use crate::json::{self, Enums};
use crate::proto::v1::Trigger;

/// The fields that callers may write. Google has no others in an update, apart from output, which is
/// ignored.
const WRITABLE: [&str; 6] = [
    "eventFilters",
    "serviceAccount",
    "destination",
    "labels",
    "eventDataContentType",
    "retryPolicy",
];

/// Set when a trigger is created, for good.
const FIXED: [&str; 2] = ["transport", "channel"];

/// The current trigger with the masked fields taken from the patch.
///
/// Without a mask, the fields that the patch has are written; `*` writes every writable field. Names
/// may be in camel case or snake case.
///
/// # Errors
/// [`Refusal::Invalid`] for an unknown field and for one that cannot be changed.
pub(crate) fn merge(
    current: &Trigger,
    patch: &Trigger,
    mask: &[String],
) -> Result<Trigger, Refusal> {
    let patch = object(patch)?;
    let paths: Vec<&str> =
        mask.iter().map(|path| path.trim()).filter(|path| !path.is_empty()).collect();
    let mut fields: Vec<Vec<String>> = Vec::new();
    for path in paths.iter().filter(|path| **path != "*") {
        let field = json::json_path::<Trigger>(path).ok_or_else(|| {
            Refusal::invalid(format!("update_mask: '{path}' is not a field of a trigger"))
        })?;
        if field.first().is_some_and(|top| FIXED.contains(&top.as_str())) {
            return Err(Refusal::invalid(format!("update_mask: '{path}' cannot be updated")));
        }
        fields.push(field);
    }
    if paths.is_empty() {
        let given = WRITABLE.iter().filter(|field| patch.contains_key(**field));
        fields = given.map(|field| vec![(*field).to_owned()]).collect();
    } else if paths.contains(&"*") {
        fields = WRITABLE.iter().map(|field| vec![(*field).to_owned()]).collect();
    }
    let mut merged = object(current)?;
    for field in fields.iter().filter(|field| WRITABLE.contains(&field[0].as_str())) {
        set(&mut merged, &patch, field);
    }
    Ok(json::from_value(Value::Object(merged))?)
}

fn object(trigger: &Trigger) -> Result<Map<String, Value>, Refusal> {
    match json::to_value(trigger, Enums::Names)? {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

/// Copies the field at a path. A field that the patch omits is removed, which resets it.
fn set(target: &mut Map<String, Value>, patch: &Map<String, Value>, path: &[String]) {
    let Some((name, deeper)) = path.split_first() else { return };
    if deeper.is_empty() {
        match patch.get(name) {
            Some(value) => target.insert(name.clone(), value.clone()),
            None => target.remove(name),
        };
        return;
    }
    let none = Map::new();
    let patch = patch.get(name).and_then(Value::as_object).unwrap_or(&none);
    let below = target.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(below) = below {
        set(below, patch, deeper);
    }
}
