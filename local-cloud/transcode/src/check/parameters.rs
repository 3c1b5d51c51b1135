//! From a query to the parameters of a method.

use longshore_local_kit::rest::{RestError, percent_decode};
use prost_reflect::Kind;
use serde_json::{Value, json};

use super::known::{Known, Times, Unbound};
use super::{invalid_value, refused, value};

/// The parameters that handlers read themselves. All other parameters of the system never come here.
const SYSTEM: [&str; 3] = ["alt", "$alt", "uploadType"];

/// Whether a query has a parameter that not all methods have.
pub(super) fn has_own(query: &str) -> bool {
    pairs(query).any(|(name, _)| !SYSTEM.contains(&&*name))
}

/// The query as the API gets it. `None`: as it is.
///
/// # Errors
/// `INVALID_ARGUMENT` with all parameters that cannot be bound, as Google reports them.
pub(super) fn bind(known: &Known, query: &str) -> Result<Option<String>, RestError> {
    let mut bound: Vec<(String, String)> = Vec::new();
    let mut violations = Vec::new();
    for (name, text) in pairs(query) {
        if SYSTEM.contains(&&*name) {
            bound.push((name, text));
            continue;
        }
        let parameter = match known.parameter(&name) {
            Ok(parameter) => parameter,
            Err(unbound) => {
                violations.push(json!({"description": unknown(&name, unbound)}));
                continue;
            }
        };
        let Some(value) = value::of(&parameter.kind, &text) else {
            violations.push(invalid_value(&parameter.proto, &parameter.kind, &text));
            continue;
        };
        let given = bound.iter_mut().find(|(name, _)| *name == parameter.json);
        match (given, parameter.times) {
            (None, _) | (_, Times::Many) => bound.push((parameter.json, value)),
            (Some((_, mask)), Times::Mask) => {
                mask.push(',');
                mask.push_str(&value);
            }
            // It says the same twice.
            (Some((_, given)), Times::Once) if *given == value => {}
            (Some(_), Times::Once) => violations.push(twice(&parameter.proto, &parameter.kind)),
        }
    }
    if !violations.is_empty() {
        return Err(refused(violations));
    }
    let is_same = pairs(query).eq(bound.iter().cloned());
    Ok((!is_same).then(|| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&bound).finish()
    }))
}

/// The field violation of a parameter with two values, of which one would be ignored.
fn twice(path: &str, kind: &Kind) -> Value {
    let kind = value::kind_name(kind);
    let text =
        format!("Invalid value at '{path}' ({kind}), the parameter has more than one value.");
    json!({"field": path, "description": text})
}

/// Names and values of a query.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode(&text).unwrap_or(text)
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

fn unknown(name: &str, unbound: Unbound) -> String {
    let why = match unbound {
        Unbound::NotFound => format!("Field '{name}' could not be found in request message."),
        Unbound::Message => {
            format!("'{name}' is a message type. Parameters can only be bound to primitive types.")
        }
    };
    format!(
        "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. {why}"
    )
}
