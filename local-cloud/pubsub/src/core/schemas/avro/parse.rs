//! From a definition, which is JSON, to its type.

use serde_json::{Map, Value};

use super::{AvroError, AvroType, Field, Kind, Named, Type, json};

/// Maximum size of a definition, in bytes:
/// <https://cloud.google.com/pubsub/quotas#resource_limits>.
const DEFINITION_BYTES: usize = 300 * 1024;

impl AvroType {
    /// # Errors
    /// When the text is not a definition, or breaks one of the specification's rules.
    pub(in crate::core::schemas) fn parse(definition: &str) -> Result<Self, AvroError> {
        if definition.len() > DEFINITION_BYTES {
            let bytes = definition.len();
            return Err(AvroError(format!(
                "it has {bytes} bytes, the maximum is {DEFINITION_BYTES}"
            )));
        }
        let value: Value =
            serde_json::from_str(definition).map_err(|error| AvroError(error.to_string()))?;
        let mut parser = Parser::default();
        let root = parser.parse(&value, "")?;
        let parsed = Self { root, named: parser.named };
        for (of, default, field) in parser.defaults {
            json::check_default(&parsed, &of, &default)
                .map_err(|error| AvroError(format!("the default of {field}: {error}")))?;
        }
        Ok(parsed)
    }
}

#[derive(Default)]
struct Parser {
    named: Vec<Named>,
    /// Checked when all types are known.
    defaults: Vec<(Type, Value, String)>,
}

impl Parser {
    fn parse(&mut self, value: &Value, namespace: &str) -> Result<Type, AvroError> {
        match value {
            Value::String(name) => self.refer(name, namespace),
            Value::Array(branches) => self.union(branches, namespace),
            Value::Object(object) => self.object(object, namespace),
            other => Err(AvroError(format!("{other} is not a type"))),
        }
    }

    fn refer(&self, name: &str, namespace: &str) -> Result<Type, AvroError> {
        if let Some(primitive) = primitive(name) {
            return Ok(primitive);
        }
        let full = full_name(name, namespace);
        let is_it = |named: &Named| named.name == full || named.name == name;
        let found = self.named.iter().position(is_it);
        found.map(Type::Named).ok_or_else(|| AvroError(format!("the type {name:?} is unknown")))
    }

    fn union(&mut self, branches: &[Value], namespace: &str) -> Result<Type, AvroError> {
        let mut types: Vec<Type> = Vec::new();
        for branch in branches {
            let branch = self.parse(branch, namespace)?;
            if matches!(branch, Type::Union(_)) {
                return Err(AvroError("a union contains a union".to_owned()));
            }
            let is_same = |other: &Type| match (other, &branch) {
                (Type::Array(_), Type::Array(_)) | (Type::Map(_), Type::Map(_)) => true,
                (one, other) => one == other,
            };
            if types.iter().any(is_same) {
                return Err(AvroError("a union has a type twice".to_owned()));
            }
            types.push(branch);
        }
        if types.is_empty() {
            return Err(AvroError("a union has no types".to_owned()));
        }
        Ok(Type::Union(types))
    }

    fn object(&mut self, object: &Map<String, Value>, namespace: &str) -> Result<Type, AvroError> {
        let of = |field: &str| {
            object.get(field).ok_or_else(|| AvroError(format!("{field:?} of a type is missing")))
        };
        match of("type")? {
            Value::String(kind) => match kind.as_str() {
                "array" => Ok(Type::Array(Box::new(self.parse(of("items")?, namespace)?))),
                "map" => Ok(Type::Map(Box::new(self.parse(of("values")?, namespace)?))),
                "record" | "error" | "enum" | "fixed" => self.named(kind, object, namespace),
                name => self.refer(name, namespace),
            },
            nested => self.parse(nested, namespace),
        }
    }

    fn named(
        &mut self,
        kind: &str,
        object: &Map<String, Value>,
        namespace: &str,
    ) -> Result<Type, AvroError> {
        let name = text(object, "name")?;
        let given = object.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
        let name = full_name(name, given);
        if !name.split('.').all(is_name) || primitive(&name).is_some() {
            return Err(AvroError(format!("{name:?} is not a name")));
        }
        if self.named.iter().any(|named| named.name == name) {
            return Err(AvroError(format!("{name} is defined twice")));
        }
        let namespace = name.rsplit_once('.').map_or("", |(namespace, _)| namespace).to_owned();
        let aliases = aliases(object).map(|alias| full_name(alias, &namespace)).collect();
        let index = self.named.len();
        // Registered before its fields are read, which may refer to it.
        self.named.push(Named { name: name.clone(), aliases, kind: Kind::Fixed(0) });
        let kind = match kind {
            "enum" => self.symbols(index, object, &name)?,
            "fixed" => {
                let size = object.get("size").and_then(Value::as_u64);
                let size = size.and_then(|size| usize::try_from(size).ok());
                Kind::Fixed(
                    size.ok_or_else(|| AvroError(format!("the size of {name} is missing")))?,
                )
            }
            _ => Kind::Record(self.fields(object, &name, &namespace)?),
        };
        if let Some(named) = self.named.get_mut(index) {
            named.kind = kind;
        }
        Ok(Type::Named(index))
    }

    fn symbols(
        &mut self,
        index: usize,
        object: &Map<String, Value>,
        name: &str,
    ) -> Result<Kind, AvroError> {
        let given = object.get("symbols").and_then(Value::as_array);
        let given = given.ok_or_else(|| AvroError(format!("the symbols of {name} are missing")))?;
        let mut symbols = Vec::new();
        for symbol in given {
            match symbol.as_str().filter(|symbol| is_name(symbol)) {
                Some(symbol) if !symbols.iter().any(|other| other == symbol) => {
                    symbols.push(symbol.to_owned());
                }
                Some(symbol) => return Err(AvroError(format!("{name} has {symbol} twice"))),
                None => return Err(AvroError(format!("{symbol} of {name} is not a symbol"))),
            }
        }
        let default = object.get("default");
        if let Some(default) = default {
            self.defaults.push((Type::Named(index), default.clone(), name.to_owned()));
        }
        Ok(Kind::Enum { symbols, has_default: default.is_some() })
    }

    fn fields(
        &mut self,
        object: &Map<String, Value>,
        record: &str,
        namespace: &str,
    ) -> Result<Vec<Field>, AvroError> {
        let given = object.get("fields").and_then(Value::as_array);
        let given =
            given.ok_or_else(|| AvroError(format!("the fields of {record} are missing")))?;
        let mut fields: Vec<Field> = Vec::new();
        for field in given {
            let object = field
                .as_object()
                .ok_or_else(|| AvroError(format!("a field of {record} is not an object")))?;
            let name = text(object, "name")?;
            if !is_name(name) {
                return Err(AvroError(format!("{name:?} of {record} is not a name")));
            }
            if fields.iter().any(|other| other.name == name) {
                return Err(AvroError(format!("{record} has the field {name} twice")));
            }
            let of = object
                .get("type")
                .ok_or_else(|| AvroError(format!("the type of {record}.{name} is missing")))?;
            let of = self.parse(of, namespace)?;
            let default = object.get("default");
            if let Some(default) = default {
                let field = format!("{record}.{name}");
                self.defaults.push((of.clone(), default.clone(), field));
            }
            fields.push(Field {
                name: name.to_owned(),
                aliases: aliases(object).map(str::to_owned).collect(),
                of,
                has_default: default.is_some(),
            });
        }
        Ok(fields)
    }
}

fn primitive(name: &str) -> Option<Type> {
    Some(match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "int" => Type::Int,
        "long" => Type::Long,
        "float" => Type::Float,
        "double" => Type::Double,
        "bytes" => Type::Bytes,
        "string" => Type::String,
        _ => return None,
    })
}

/// A name with dots is a full one.
fn full_name(name: &str, namespace: &str) -> String {
    match namespace {
        "" => name.to_owned(),
        _ if name.contains('.') => name.to_owned(),
        namespace => format!("{namespace}.{name}"),
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> Result<&'a str, AvroError> {
    let value = object.get(field).and_then(Value::as_str);
    value.ok_or_else(|| AvroError(format!("{field:?} is missing or not a text")))
}

fn aliases(object: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let aliases = object.get("aliases").and_then(Value::as_array);
    aliases.into_iter().flatten().filter_map(Value::as_str)
}
