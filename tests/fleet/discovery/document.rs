//! A discovery document, and whether a call is one of its methods
//! (<https://developers.google.com/discovery/v1/reference/apis>).

use std::path::Path;

use serde_json::{Map, Value};

use super::recorder::Call;

/// Query parameters that every API of Google has, beside those that its document lists
/// (<https://cloud.google.com/apis/docs/system-parameters>).
const SYSTEM_PARAMETERS: [&str; 1] = ["$alt"];

pub(super) struct Document {
    document: Value,
    methods: Vec<Value>,
}

impl Document {
    pub(super) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let mut methods = Vec::new();
        collect(&document, &mut methods);
        Self { document, methods }
    }

    /// The id of the method that a call is, or what is wrong with the call.
    pub(super) fn check(&self, call: &Call) -> Result<String, Vec<String>> {
        let what = format!("{} {}", call.method, call.path);
        let method = self.methods.iter().find(|method| {
            let text = |name: &str| method[name].as_str().unwrap_or_default();
            text("httpMethod") == call.method && is_path(text("flatPath"), &call.path)
        });
        let Some(method) = method else { return Err(vec![format!("{what}: no such method")]) };
        let mut errors = Vec::new();
        self.check_query(method, call, &mut errors);
        match method["request"]["$ref"].as_str() {
            Some(schema) => self.check_schema(schema, &call.body, "", &mut errors),
            None if call.body.is_null() || call.body == Value::Object(Map::new()) => {}
            None => errors.push("a body, but the method has none".to_owned()),
        }
        if errors.is_empty() {
            return Ok(method["id"].as_str().unwrap_or_default().to_owned());
        }
        Err(errors.into_iter().map(|error| format!("{what}: {error}")).collect())
    }

    fn check_query(&self, method: &Value, call: &Call, errors: &mut Vec<String>) {
        for (name, value) in &call.query {
            let known = [&method["parameters"][name], &self.document["parameters"][name]];
            let known = known.into_iter().find(|parameter| {
                parameter.is_object() && parameter["location"].as_str() == Some("query")
            });
            match known {
                Some(parameter) if parameter["format"] == "google-fieldmask" => {
                    let schema = method["request"]["$ref"].as_str().unwrap_or_default();
                    let paths = value.split(',');
                    let unknown = paths.filter(|path| !self.has_field(schema, path));
                    errors.extend(unknown.map(|path| format!("{name}: no field {path}")));
                }
                Some(_) => {}
                None if SYSTEM_PARAMETERS.contains(&name.as_str()) => {}
                None => errors.push(format!("no query parameter {name}")),
            }
        }
        let parameters = method["parameters"].as_object().into_iter().flatten();
        let required = parameters.filter(|(_, parameter)| {
            parameter["required"] == true && parameter["location"] == "query"
        });
        for (name, _) in required {
            if !call.query.iter().any(|(given, _)| given == name) {
                errors.push(format!("the query parameter {name} is missing"));
            }
        }
    }

    fn check_schema(&self, schema: &str, value: &Value, at: &str, errors: &mut Vec<String>) {
        let schema = &self.document["schemas"][schema];
        if !value.is_null() {
            self.check_value(schema, value, at, errors);
        }
    }

    fn check_value(&self, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
        if let Some(schema) = schema["$ref"].as_str() {
            return self.check_schema(schema, value, at, errors);
        }
        let is_right = match (schema["type"].as_str().unwrap_or_default(), value) {
            ("object", Value::Object(fields)) => {
                for (name, value) in fields {
                    let at = format!("{at}.{name}");
                    let known = [&schema["properties"][name], &schema["additionalProperties"]];
                    match known.into_iter().find(|known| known.is_object()) {
                        Some(known) => self.check_value(known, value, &at, errors),
                        None => errors.push(format!("no field {at}")),
                    }
                }
                true
            }
            ("array", Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    self.check_value(&schema["items"], item, &format!("{at}[{number}]"), errors);
                }
                true
            }
            ("string", Value::String(text)) => match schema["enum"].as_array() {
                Some(values) => values.iter().any(|value| value == text),
                None => true,
            },
            // Google's parsers accept the numbers of enums, and of 64-bit integers, which are
            // strings.
            ("string", Value::Number(number)) => match schema["enum"].as_array() {
                Some(values) => number.as_u64().is_some_and(|number| number < values.len() as u64),
                None => schema["format"].as_str().is_some_and(|format| format.ends_with("int64")),
            },
            ("integer" | "number", Value::Number(_))
            | ("boolean", Value::Bool(_))
            | ("any", _)
            | (_, Value::Null) => true,
            _ => false,
        };
        if !is_right {
            errors.push(format!("{at} cannot be {value}"));
        }
    }

    /// Whether a schema has this field, whose names may be in snake case.
    fn has_field(&self, schema: &str, path: &str) -> bool {
        let mut schema = &self.document["schemas"][schema];
        for name in path.split('.') {
            if let Some(of) = schema["$ref"].as_str() {
                schema = &self.document["schemas"][of];
            }
            let known = [&schema["properties"][camel_case(name)], &schema["additionalProperties"]];
            match known.into_iter().find(|known| known.is_object()) {
                Some(known) => schema = known,
                None => return false,
            }
        }
        true
    }
}

/// Every method of a document or a resource.
fn collect(resource: &Value, methods: &mut Vec<Value>) {
    methods
        .extend(resource["methods"].as_object().into_iter().flatten().map(|(_, one)| one.clone()));
    for (_, inner) in resource["resources"].as_object().into_iter().flatten() {
        collect(inner, methods);
    }
}

/// Whether a path has the form `v2/projects/{projectsId}/functions/{functionsId}:verb`.
fn is_path(form: &str, path: &str) -> bool {
    let (form, path) = (form.split('/'), path.trim_start_matches('/').split('/'));
    let (form, path): (Vec<_>, Vec<_>) = (form.collect(), path.collect());
    form.len() == path.len() && form.iter().zip(&path).all(|(form, part)| is_part(form, part))
}

fn is_part(form: &str, part: &str) -> bool {
    let Some((before, rest)) = form.split_once('{') else { return form == part };
    let (_, after) = rest.split_once('}').unwrap_or_default();
    let name = part.strip_prefix(before).and_then(|part| part.strip_suffix(after));
    name.is_some_and(|name| !name.is_empty() && !name.contains(':'))
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    camel
}

#[test]
fn what_is_not_in_a_document_is_found() {
    let document = serde_json::json!({
        "parameters": { "alt": { "location": "query" } },
        "schemas": {
            "Function": { "type": "object", "properties": {
                "name": { "type": "string" },
                "state": { "type": "string", "enum": ["A", "B"] },
                "buildConfig": { "$ref": "Build" },
                "labels": { "type": "object", "additionalProperties": { "type": "string" } },
            } },
            "Build": { "type": "object", "properties": {
                "entryPoint": { "type": "string" },
                "count": { "type": "string", "format": "int64" },
            } },
        },
        "resources": { "functions": { "methods": { "patch": {
            "id": "patch",
            "httpMethod": "PATCH",
            "flatPath": "v2/functions/{functionsId}:go",
            "parameters": { "updateMask": { "location": "query", "format": "google-fieldmask" } },
            "request": { "$ref": "Function" },
        } } } },
    });
    let mut methods = Vec::new();
    collect(&document, &mut methods);
    let document = Document { document, methods };
    let check = |path: &str, query: &[(&str, &str)], body: Value| {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (method, path) = ("PATCH".to_owned(), path.to_owned());
        document.check(&Call { method, path, query: query.collect(), body })
    };
    let good = serde_json::json!({
        "name": "f", "state": 1, "labels": { "a": "b" },
        "buildConfig": { "entryPoint": "hello", "count": 7 },
    });
    let mask = [("updateMask", "build_config.entry_point,labels"), ("$alt", "json")];
    assert_eq!(check("/v2/functions/f:go", &mask, good).unwrap(), "patch");
    for (path, query, body) in [
        ("/v2/functions/f", vec![], Value::Null),
        ("/v2/functions/f:go", vec![("force", "true")], Value::Null),
        ("/v2/functions/f:go", vec![("updateMask", "build_config.entrypoint")], Value::Null),
        ("/v2/functions/f:go", vec![], serde_json::json!({ "entryPoint": "hello" })),
        ("/v2/functions/f:go", vec![], serde_json::json!({ "buildConfig": { "name": "f" } })),
        ("/v2/functions/f:go", vec![], serde_json::json!({ "state": "C" })),
        ("/v2/functions/f:go", vec![], serde_json::json!({ "labels": ["a"] })),
    ] {
        assert!(check(path, &query, body.clone()).is_err(), "{path} {query:?} {body}");
    }
}
