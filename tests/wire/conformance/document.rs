//! A discovery document: its methods, and the fields of their requests
//! (<https://developers.google.com/discovery/v1/reference/apis>).

use std::path::Path;

use serde_json::{Map, Value};

/// How deep fields are followed into messages. Some messages contain themselves.
const DEPTH_MAX: usize = 5;

/// The key of the one entry of a map that cases set.
pub(super) const MAP_KEY: &str = "key";

pub(super) struct Document {
    schemas: Map<String, Value>,
    methods: Vec<Method>,
}

/// A method of a document.
#[derive(Clone)]
pub(super) struct Method {
    verb: String,
    /// The path, without the names of its parameters.
    shape: String,
    /// Those of the query.
    pub(super) parameters: Vec<Parameter>,
    request: Option<String>,
}

impl Method {
    /// Whether its calls have a body, which may have no fields.
    pub(super) fn has_body(&self) -> bool {
        self.request.is_some()
    }
}

#[derive(Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    /// The first item of an array.
    Item,
}

/// A field of a request, at any depth.
#[derive(Clone)]
pub(super) struct Field {
    pub(super) path: Vec<Step>,
    pub(super) kind: Kind,
    pub(super) is_output_only: bool,
    pub(super) is_required: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text {
        format: String,
    },
    Integer,
    Number,
    Boolean,
    /// Names of values.
    Enum(Vec<String>),
    /// The fields of a message have entries of their own.
    Message,
    Map,
    Array(Box<Self>),
    Any,
}

impl Document {
    pub(super) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let prefix = document["servicePath"].as_str().unwrap_or_default();
        let mut methods = Vec::new();
        collect(&document, prefix, &mut methods);
        Self { schemas: document["schemas"].as_object().unwrap().clone(), methods }
    }

    /// The method of `VERB /path/{with}/parameters`.
    pub(super) fn method(&self, rest: &str) -> Option<&Method> {
        let (verb, path) = rest.split_once(" /")?;
        let shape = shape(path);
        self.methods.iter().find(|method| method.verb == verb && method.shape == shape)
    }

    /// The fields of the request of a method.
    pub(super) fn fields(&self, method: &Method) -> Vec<Field> {
        let mut fields = Vec::new();
        if let Some(request) = &method.request {
            self.follow(request, &mut Vec::new(), false, &mut fields);
        }
        fields
    }

    fn follow(&self, schema: &str, at: &mut Vec<Step>, is_output: bool, fields: &mut Vec<Field>) {
        let keys = at.iter().filter(|step| matches!(step, Step::Key(_))).count();
        if keys >= DEPTH_MAX {
            return;
        }
        for (name, property) in self.schemas[schema]["properties"].as_object().into_iter().flatten()
        {
            at.push(Step::Key(name.clone()));
            let said = property["description"].as_str().unwrap_or_default();
            let is_output_only = is_output
                || property["readOnly"] == true
                || said.starts_with("Output only.")
                || said.starts_with("[Output Only]");
            fields.push(Field {
                path: at.clone(),
                kind: kind(property),
                is_output_only,
                is_required: said.starts_with("Required."),
            });
            let item = &property["items"];
            if let Some(of) = property["$ref"].as_str() {
                self.follow(of, at, is_output_only, fields);
            } else if let Some(of) = item["$ref"].as_str() {
                at.push(Step::Item);
                self.follow(of, at, is_output_only, fields);
                at.pop();
            }
            at.pop();
        }
    }
}

fn collect(resource: &Value, prefix: &str, methods: &mut Vec<Method>) {
    for method in resource["methods"].as_object().into_iter().flat_map(Map::values) {
        let parameters = method["parameters"].as_object().into_iter().flatten();
        let of_query = parameters.filter(|(_, parameter)| parameter["location"] == "query");
        let parameters = of_query
            .map(|(name, parameter)| Parameter { name: name.clone(), kind: kind(parameter) })
            .collect::<Vec<_>>();
        for path in ["flatPath", "path"].iter().filter_map(|field| method[field].as_str()) {
            methods.push(Method {
                verb: method["httpMethod"].as_str().unwrap().to_owned(),
                shape: shape(&format!("{prefix}{path}")),
                parameters: parameters.clone(),
                request: method["request"]["$ref"].as_str().map(str::to_owned),
            });
        }
    }
    for resource in resource["resources"].as_object().into_iter().flat_map(Map::values) {
        collect(resource, prefix, methods);
    }
}

/// A path without the names of its parameters.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    for (index, part) in path.split('{').enumerate() {
        match (index, part.split_once('}')) {
            (0, _) => shape.push_str(part),
            (_, Some((_, after))) => shape.push_str(&format!("{{}}{after}")),
            (_, None) => shape.push_str(part),
        }
    }
    shape
}

fn kind(property: &Value) -> Kind {
    if property["repeated"] == true {
        let mut one = property.clone();
        one["repeated"] = Value::Bool(false);
        return Kind::Array(Box::new(kind(&one)));
    }
    if property.get("$ref").is_some() {
        return Kind::Message;
    }
    if let Some(values) = property["enum"].as_array() {
        return Kind::Enum(values.iter().map(|value| value.as_str().unwrap().to_owned()).collect());
    }
    let format = property["format"].as_str().unwrap_or_default();
    match property["type"].as_str() {
        Some("string") if matches!(format, "int64" | "uint64") => Kind::Integer,
        Some("string") => Kind::Text { format: format.to_owned() },
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        Some("array") => Kind::Array(Box::new(kind(&property["items"]))),
        Some("object") if property.get("additionalProperties").is_some() => Kind::Map,
        Some("object") => Kind::Message,
        Some(_) | None => Kind::Any,
    }
}

/// `secret.labels[].key`, as the lists of known differences have it.
pub(super) fn path_text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(name) if text.is_empty() => text.push_str(name),
            Step::Key(name) => text.push_str(&format!(".{name}")),
            Step::Item => text.push_str("[]"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_without_the_names_of_their_parameters() {
        assert_eq!(shape("v1/{+name}:get"), "v1/{}:get");
        assert_eq!(shape("v1/projects/{projectsId}/topics"), "v1/projects/{}/topics");
    }
}
