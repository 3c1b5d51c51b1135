//! The manifest of a migration: a batch that people read and edit. Pure.

use longshore_messages::proto;
use serde_json::{Map, Value};

use super::plan::{Copied, LeftOut, Migration};
use crate::yaml::block;

/// Order of the fields of a function: what it is, before how it is served.
const FIELDS: [&str; 13] = [
    "name",
    "project",
    "region",
    "flavour",
    "runtime",
    "entryPoint",
    "signature",
    "source",
    "build",
    "service",
    "encryption",
    "triggers",
    "callers",
];

/// Fields whose value is what a new function has anyway.
const DEFAULTS: [(&str, &str); 2] = [("flavour", "FLAVOUR_RUN"), ("signature", "SIGNATURE_HTTP")];

/// The text of the manifest. What is lost stands above the function, and what was left out at the end.
pub(crate) fn manifest(migration: &Migration, name: &str) -> String {
    let mut text = String::new();
    text.push_str("# A batch made by `longshore migrate plan`. Edit it, then:\n");
    text.push_str(
        "#   longshore batch plan MANIFEST\n#   longshore batch start MANIFEST --watch\n",
    );
    text.push_str(
        "# The functions that it was made from are not changed unless an entry has their name.\n",
    );
    text.push_str(&format!("name: {}\n", inline(name)));
    if migration.copied.is_empty() {
        text.push_str("entries: []\n");
    } else {
        text.push_str("entries:\n");
    }
    for one in &migration.copied {
        entry(one, &mut text);
    }
    if !migration.left_out.is_empty() {
        text.push_str("# Left out:\n");
    }
    for LeftOut { function, reason } in &migration.left_out {
        text.push_str(&format!("# - {function}: {}\n", comment(reason)));
    }
    text
}

fn entry(one: &Copied, text: &mut String) {
    if one.from != one.to {
        text.push_str(&format!("  # From {}\n", one.from));
    }
    for lost in &one.lost {
        let (reason, advice) = (comment(&lost.reason), comment(&lost.advice));
        text.push_str(&format!("  # Not carried over, {}: {reason}; {advice}\n", lost.field));
    }
    text.push_str("  - function:\n");
    for (field, value) in fields(&one.spec) {
        let field = Value::Object(Map::from_iter([(field, value)]));
        text.push_str(&format!("{}\n", block(&field, 6)));
    }
}

/// The fields of a specification in the JSON mapping, in reading order and without what goes without
/// saying.
fn fields(spec: &proto::FunctionSpec) -> Vec<(String, Value)> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(spec) else { return Vec::new() };
    for (field, default) in DEFAULTS {
        if fields.get(field).is_some_and(|value| value == default) {
            fields.remove(field);
        }
    }
    let ordered =
        FIELDS.iter().filter_map(|field| Some(((*field).to_owned(), fields.remove(*field)?)));
    let ordered: Vec<_> = ordered.collect();
    // Fields that this list does not know yet come last.
    let all = ordered.into_iter().chain(fields);
    all.filter(|(_, value)| !is_empty(value)).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn inline(text: &str) -> String {
    block(&Value::from(text), 0)
}

/// A text in one line, so that it cannot end a comment.
fn comment(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
