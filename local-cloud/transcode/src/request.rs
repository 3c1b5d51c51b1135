//! From the message of a gRPC call to a REST call.

use axum::http::Method;
use longshore_local_kit::coverage::Support;
use longshore_local_kit::rest::RestError;
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::{Map, Value};

use crate::descriptors::Body;
use crate::table::{Binding, Rpc, unimplemented};

/// What a gRPC call is over REST.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RestCall {
    pub(crate) verb: Method,
    pub(crate) path_and_query: String,
    pub(crate) body: Option<Value>,
}

impl Rpc {
    /// The REST call with the same meaning.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if the names in the request have a form that no path of the method has, or
    /// its fields have no JSON; `UNIMPLEMENTED` if the path is not served.
    pub(crate) fn rest(&self, message: &DynamicMessage) -> Result<RestCall, RestError> {
        let (binding, mut path) = self.binding(message)?;
        match binding.support {
            Some(Support::Served(_)) => {}
            Some(Support::Unimplemented(why)) => return Err(unimplemented(&self.path, why)),
            None => return Err(unimplemented(&self.path, &format!("there is no {path}"))),
        }
        let mut fields = json(message)?;
        for field in binding.rule.template.fields() {
            remove(&mut fields, &self.input, field);
        }
        let body = match &binding.rule.body {
            Body::None => None,
            Body::Whole => Some(Value::Object(std::mem::take(&mut fields))),
            Body::Field(name) => {
                let name = json_name(&self.input, name);
                Some(fields.remove(&name).unwrap_or_else(|| Value::Object(Map::new())))
            }
        };
        let mut separator = '?';
        for (name, value) in query(fields)? {
            path.push(separator);
            separator = '&';
            encode(&name, &mut path);
            path.push('=');
            encode(&value, &mut path);
        }
        Ok(RestCall { verb: binding.rule.verb.clone(), path_and_query: path, body })
    }

    /// The rule for the names in the request. If several fit, the longest one: a build has a project
    /// and an id, and a name with its location as well.
    fn binding(&self, message: &DynamicMessage) -> Result<(&Binding, String), RestError> {
        let mut found: Option<(&Binding, String)> = None;
        let mut refused = None;
        for binding in &self.bindings {
            let template = &binding.rule.template;
            match template.fill(|field| text(message, field)) {
                Ok(path) => {
                    let is_longer = found
                        .as_ref()
                        .is_none_or(|(best, _)| template.len() > best.rule.template.len());
                    if is_longer {
                        found = Some((binding, path));
                    }
                }
                // The first rule has the usual form.
                Err(mismatch) => {
                    refused.get_or_insert(mismatch);
                }
            }
        }
        found.ok_or_else(|| {
            let told = refused.map_or_else(String::new, |mismatch| mismatch.to_string());
            RestError::invalid(told)
        })
    }
}

/// The JSON of a message. Fields with their default values are absent, as Google's REST clients leave
/// them out.
fn json(message: &DynamicMessage) -> Result<Map<String, Value>, RestError> {
    let options = SerializeOptions::new();
    match message.serialize_with_options(serde_json::value::Serializer, &options) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(RestError::invalid(format!("the request has no JSON: {error}"))),
    }
}

/// The text of a field of the message, or of a message in it: `secret.name`.
fn text(message: &DynamicMessage, path: &str) -> String {
    let (first, rest) = split(path);
    let Some(value) = message.get_field_by_name(first) else { return String::new() };
    match (rest, value.as_message()) {
        (Some(rest), Some(inner)) => text(inner, rest),
        _ => value.as_str().unwrap_or_default().to_owned(),
    }
}

fn remove(fields: &mut Map<String, Value>, of: &MessageDescriptor, path: &str) {
    let (first, rest) = split(path);
    let name = json_name(of, first);
    let Some(rest) = rest else {
        fields.remove(&name);
        return;
    };
    let inner = of.get_field_by_name(first).and_then(|field| field.kind().as_message().cloned());
    if let (Some(Value::Object(fields)), Some(inner)) = (fields.get_mut(&name), inner) {
        remove(fields, &inner, rest);
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)))
}

fn json_name(of: &MessageDescriptor, field: &str) -> String {
    of.get_field_by_name(field).map_or_else(String::new, |field| field.json_name().to_owned())
}

/// The parameters that stand for these fields.
fn query(fields: Map<String, Value>) -> Result<Vec<(String, String)>, RestError> {
    let mut pairs = Vec::new();
    for (name, value) in fields {
        flatten(name, value, &mut pairs)?;
    }
    Ok(pairs)
}

fn flatten(name: String, value: Value, pairs: &mut Vec<(String, String)>) -> Result<(), RestError> {
    match value {
        Value::Null => {}
        Value::Bool(value) => pairs.push((name, value.to_string())),
        Value::Number(value) => pairs.push((name, value.to_string())),
        Value::String(value) => pairs.push((name, value)),
        Value::Array(items) => {
            for item in items {
                if item.is_object() {
                    return Err(unsupported(&name));
                }
                flatten(name.clone(), item, pairs)?;
            }
        }
        Value::Object(fields) => {
            for (inner, value) in fields {
                flatten(format!("{name}.{inner}"), value, pairs)?;
            }
        }
    }
    Ok(())
}

/// Google's REST APIs have no parameters of this kind either.
fn unsupported(name: &str) -> RestError {
    RestError::invalid(format!("{name}: a list of messages is no parameter of this method"))
}

fn encode(text: &str, into: &mut String) {
    into.extend(form_urlencoded::byte_serialize(text.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_parameters() {
        let fields = serde_json::json!({
            "pageSize": 5, "names": ["a", "b"], "options": {"requestedPolicyVersion": 3},
            "force": true, "none": null,
        });
        let Value::Object(fields) = fields else { unreachable!() };
        let pairs = query(fields).unwrap();
        let mut pairs: Vec<_> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.sort();
        let expected =
            ["force=true", "names=a", "names=b", "options.requestedPolicyVersion=3", "pageSize=5"];
        assert_eq!(pairs, expected);
        let Value::Object(messages) = serde_json::json!({"items": [{"a": 1}]}) else {
            unreachable!()
        };
        assert!(query(messages).unwrap_err().to_string().contains("items"));
    }
}
