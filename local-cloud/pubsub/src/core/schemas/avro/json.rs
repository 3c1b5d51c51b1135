//! Avro's JSON encoding, and the defaults of fields.

use serde_json::{Map, Value};

use super::{AvroError, AvroType, Field, Kind, Type, deeper};

/// Values of floating-point numbers that JSON has no numbers for.
const NOT_FINITE: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// What differs between a message and a default.
#[derive(Clone, Copy)]
enum Form {
    /// A value of a union names its type, and a record has all fields.
    Message,
    /// A value of a union is one of its first type, and a record may lack fields with defaults.
    Default,
}

pub(super) fn check(types: &AvroType, of: &Type, value: &Value) -> Result<(), AvroError> {
    Checker { types, form: Form::Message }.check(of, value, 0)
}

pub(super) fn check_default(types: &AvroType, of: &Type, value: &Value) -> Result<(), AvroError> {
    Checker { types, form: Form::Default }.check(of, value, 0)
}

struct Checker<'a> {
    types: &'a AvroType,
    form: Form,
}

impl Checker<'_> {
    fn check(&self, of: &Type, value: &Value, depth: usize) -> Result<(), AvroError> {
        let depth = deeper(depth)?;
        let is_valid = match of {
            Type::Null => value.is_null(),
            Type::Boolean => value.is_boolean(),
            Type::Int => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            Type::Long => value.as_i64().is_some(),
            Type::Float | Type::Double => {
                value.is_number() || value.as_str().is_some_and(|text| NOT_FINITE.contains(&text))
            }
            Type::Bytes => value.as_str().is_some_and(is_bytes),
            Type::String => value.is_string(),
            Type::Array(items) => match value {
                Value::Array(values) => {
                    return values.iter().try_for_each(|value| self.check(items, value, depth));
                }
                _ => false,
            },
            Type::Map(items) => match value {
                Value::Object(values) => {
                    return values.values().try_for_each(|value| self.check(items, value, depth));
                }
                _ => false,
            },
            Type::Union(branches) => return self.check_union(branches, value, depth),
            Type::Named(index) => match (self.types.kind(*index)?, value) {
                (Kind::Record(fields), Value::Object(values)) => {
                    return self.check_record(self.types.name_of(of), fields, values, depth);
                }
                (Kind::Enum { symbols, .. }, Value::String(text)) => symbols.contains(text),
                (Kind::Fixed(size), Value::String(text)) => {
                    is_bytes(text) && text.chars().count() == *size
                }
                _ => false,
            },
        };
        if is_valid { Ok(()) } else { Err(self.mismatch(of, value)) }
    }

    fn check_union(&self, branches: &[Type], value: &Value, depth: usize) -> Result<(), AvroError> {
        let named = match (self.form, value) {
            (Form::Default, _) => branches.first().map(|branch| (branch, value)),
            (Form::Message, Value::Null) => {
                branches.iter().find(|branch| **branch == Type::Null).map(|branch| (branch, value))
            }
            (Form::Message, Value::Object(object)) if object.len() == 1 => {
                object.iter().next().and_then(|(name, value)| {
                    let branch =
                        branches.iter().find(|branch| self.types.name_of(branch) == name)?;
                    Some((branch, value))
                })
            }
            (Form::Message, _) => None,
        };
        let (branch, value) = named.ok_or_else(|| {
            let names: Vec<&str> =
                branches.iter().map(|branch| self.types.name_of(branch)).collect();
            let names = names.join(", ");
            AvroError(format!(
                "{} does not name its type in a union of {names}, as in {{\"string\": \"text\"}}",
                shortened(value)
            ))
        })?;
        self.check(branch, value, depth)
    }

    fn check_record(
        &self,
        record: &str,
        fields: &[Field],
        values: &Map<String, Value>,
        depth: usize,
    ) -> Result<(), AvroError> {
        for field in fields {
            match (self.form, values.get(&field.name)) {
                (_, Some(value)) => self.check(&field.of, value, depth)?,
                (Form::Default, None) if field.has_default => {}
                (_, None) => {
                    return Err(AvroError(format!("the field {record}.{} is missing", field.name)));
                }
            }
        }
        match values.keys().find(|name| !fields.iter().any(|field| field.name == **name)) {
            Some(unknown) => Err(AvroError(format!("{record} has no field {unknown:?}"))),
            None => Ok(()),
        }
    }

    fn mismatch(&self, of: &Type, value: &Value) -> AvroError {
        AvroError(format!("{} is not a value of {}", shortened(value), self.types.name_of(of)))
    }
}

/// Bytes are a text whose characters stand for one byte each.
fn is_bytes(text: &str) -> bool {
    text.chars().all(|c| u32::from(c) <= 0xff)
}

fn shortened(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
