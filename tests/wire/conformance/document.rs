//! A discovery document: its methods, and the fields of their requests
//! (<https://developers.google.com/discovery/v1/reference/apis>).

use std::path::Path;

use serde_json::{Map, Value};

/// How deep fields are followed into messages. Some messages contain themselves.
pub(super) const DEPTH_MAX: usize = 5;

/// The key of the one entry of a map that cases set.
pub(super) const MAP_KEY: &str = "key";

pub(super) struct Document {
    schemas: Map<String, Value>,
    methods: Vec<Method>,
    /// Fields that only the service sets, which the document does not say: `SCHEMA.field`.
    output_only: &'static [&'static str],
}

/// A method of a document.
#[derive(Clone)]
pub(super) struct Method {
    id: String,
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
    pub(super) fn read(path: &Path, output_only: &'static [&'static str]) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let prefix = document["servicePath"].as_str().unwrap_or_default();
        let mut methods = Vec::new();
        collect(&document, prefix, &mut methods);
        Self { schemas: document["schemas"].as_object().unwrap().clone(), methods, output_only }
    }

    /// The method of `VERB /path/{with}/parameters`.
    pub(super) fn method(&self, rest: &str) -> Option<&Method> {
        let (verb, path) = rest.split_once(" /")?;
        let shape = shape(path);
        let of_verb = || self.methods.iter().filter(|method| method.verb == verb);
        let exact = of_verb().find(|method| method.shape == shape);
        exact.or_else(|| of_verb().find(|method| is_alike(&method.shape, &shape)))
    }

    /// The fields of the request of a method.
    pub(super) fn fields(&self, method: &Method) -> Vec<Field> {
        let mut fields = Vec::new();
        if let Some(request) = &method.request {
            let at = At { path: Vec::new(), schema: (request.as_str(), 0), is_output: false };
            self.follow(&self.schemas[request], method, at, &mut fields);
        }
        fields
    }

    fn follow(&self, message: &Value, method: &Method, at: At<'_>, fields: &mut Vec<Field>) {
        let keys = at.path.iter().filter(|step| matches!(step, Step::Key(_))).count();
        if keys >= DEPTH_MAX {
            return;
        }
        for (name, property) in message["properties"].as_object().into_iter().flatten() {
            let mut at = at.clone();
            at.path.push(Step::Key(name.clone()));
            let (schema, from) = at.schema;
            let own = format!("{schema}.{}", path_text(&at.path[from..]));
            let said = property["description"].as_str().unwrap_or_default();
            at.is_output |= property["readOnly"] == true
                || said.starts_with("Output only.")
                || said.starts_with("[Output Only]")
                || self.output_only.contains(&&*own);
            let required = property["annotations"]["required"].as_array();
            fields.push(Field {
                path: at.path.clone(),
                kind: kind(property),
                is_output_only: at.is_output,
                is_required: said.starts_with("Required.")
                    || required.is_some_and(|of| of.contains(&method.id.as_str().into())),
            });
            let mut inner = property;
            if property["items"].is_object() {
                at.path.push(Step::Item);
                inner = &property["items"];
            } else if property["additionalProperties"]["$ref"].is_string() {
                at.path.push(Step::Key(MAP_KEY.to_owned()));
                inner = &property["additionalProperties"];
            }
            if let Some(of) = inner["$ref"].as_str() {
                at.schema = (of, at.path.len());
                inner = &self.schemas[of];
            }
            self.follow(inner, method, at, fields);
        }
    }
}

/// A place in a request.
#[derive(Clone)]
struct At<'a> {
    path: Vec<Step>,
    /// The schema of the message, and where in the path it begins.
    schema: (&'a str, usize),
    is_output: bool,
}

fn collect(resource: &Value, prefix: &str, methods: &mut Vec<Method>) {
    for method in resource["methods"].as_object().into_iter().flat_map(Map::values) {
        let parameters = method["parameters"].as_object().into_iter().flatten();
        let of_query = parameters.filter(|(_, parameter)| parameter["location"] == "query");
        let parameters = of_query
            .map(|(name, parameter)| Parameter { name: name.clone(), kind: kind(parameter) })
            .collect::<Vec<_>>();
        let paths = ["flatPath", "path"].iter().filter_map(|field| method[field].as_str());
        let paths = paths.map(|path| format!("{prefix}{path}"));
        // Where the content is sent with the document.
        let upload = method["mediaUpload"]["protocols"]["simple"]["path"].as_str();
        let upload = upload.map(|path| path.trim_start_matches('/').to_owned());
        for path in paths.chain(upload) {
            methods.push(Method {
                id: method["id"].as_str().unwrap().to_owned(),
                verb: method["httpMethod"].as_str().unwrap().to_owned(),
                shape: shape(&path),
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

/// Whether the shapes are the same where neither has a parameter: a list may have a parameter for
/// what is a literal in the document, and the reverse.
fn is_alike(one: &str, other: &str) -> bool {
    let (ones, others): (Vec<&str>, Vec<&str>) =
        (one.split('/').collect(), other.split('/').collect());
    let covers = |pattern: &str, text: &str| {
        let suffix = pattern.strip_prefix("{}");
        suffix.is_some_and(|suffix| {
            text.ends_with(suffix) && text.contains(':') == suffix.contains(':')
        })
    };
    let is_same =
        |(one, other): (&&str, &&str)| one == other || covers(one, other) || covers(other, one);
    ones.len() == others.len() && ones.iter().zip(&others).all(is_same)
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
        for (one, other, expected) in [
            ("v1/{}/{}/services/{}", "v1/projects/{}/services/{}", true),
            ("v1/projects/{}/a/{}:get", "v1/projects/-/a/{}:get", true),
            ("v1/projects/{}/topics/{}:get", "v1/projects/{}/{}/{}:get", true),
            ("v1/projects/{}/topics/{}:get", "v1/projects/{}/{}/{}:set", false),
            ("v1/projects/{}", "v1/projects/{}:get", false),
            ("v1/{}", "v1/projects/{}", false),
        ] {
            assert_eq!(is_alike(one, other), expected, "{one} {other}");
        }
    }
}
