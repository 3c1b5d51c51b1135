//! The shape of the documents that a service takes: their fields, the types of these, and what
//! becomes of each.
//!
//! **Nothing is taken and silently ignored**: a field is acted on, stored and returned, or refused
//! by its name. A service lists its fields once. [`checked`] and [`checked_message`] refuse
//! everything else, and write what they accept in one form, so that handlers and stored documents
//! have one spelling of each value.
//!
//! Whether a field is required, and which texts and numbers it may have, is up to the service.

mod values;

use serde_json::{Map, Value};

use crate::rest::RestError;
use values::conformed;

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    name: &'static str,
    kind: Kind,
    role: Role,
}

/// The type of a value.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    Boolean,
    /// Written as a number.
    Int32,
    /// Of 64 bits, with or without a sign. Written as a text.
    Int64,
    /// In base64.
    Bytes,
    /// In the format of RFC 3339.
    Time,
    /// `2031-02-03`.
    Date,
    /// Seconds: `1.5s`.
    Duration,
    /// Numbers and names. Written as a name.
    Enum(&'static [(i32, &'static str)]),
    /// Texts by texts.
    TextMap,
    List(&'static Self),
    Message(&'static [Field]),
    /// Any value: another type checks it.
    Any,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Taken,
    Output,
    Unserved,
}

/// Why a document is refused. Retrying does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("Unknown name \"{name}\" at '{parent}': Cannot find field.")]
    Unknown { name: String, parent: String },
    #[error("Invalid value at '{path}' ({expected}), {found}")]
    Type { path: String, expected: &'static str, found: String },
    /// The local cloud does less than Google here.
    #[error("the field {0}")]
    Unserved(String),
}

impl Field {
    /// A field that is acted on, or stored and returned.
    #[must_use]
    pub const fn taken(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, role: Role::Taken }
    }

    /// A field that only the service sets. Clients send back what they have read, so it may be
    /// there, and is removed.
    #[must_use]
    pub const fn output(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, role: Role::Output }
    }

    /// A field that only Google serves. It may be there if it says what is so without it.
    #[must_use]
    pub const fn unserved(name: &'static str) -> Self {
        Self { name, kind: Kind::Any, role: Role::Unserved }
    }
}

impl Mismatch {
    /// The path of the field, such as `cors[0].method`.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Unknown { name, parent } => joined(parent, name),
            Self::Type { path, .. } | Self::Unserved(path) => path.clone(),
        }
    }

    /// The error of a REST API: `INVALID_ARGUMENT`, or `UNIMPLEMENTED` for what only Google serves.
    #[must_use]
    pub fn into_rest(self) -> RestError {
        match self {
            Self::Unserved(_) => RestError::unimplemented(self.to_string()),
            Self::Unknown { .. } | Self::Type { .. } => {
                RestError::invalid(format!("Invalid JSON payload received. {self}"))
            }
        }
    }
}

/// How the names of fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    AsListed,
    /// Also as in a proto: `create_time`.
    OfProtos,
}

/// The document, without the fields that only the service sets. `null` stays: in a patch, it
/// removes a field.
///
/// # Errors
/// [`Mismatch`] for the first field that is refused.
pub fn checked(document: Value, fields: &[Field]) -> Result<Value, Mismatch> {
    message(document, fields, "", Names::AsListed)
}

/// The same for the JSON of a message of protobuf, in which a field has a second name.
///
/// # Errors
/// [`Mismatch`] for the first field that is refused.
pub fn checked_message(document: Value, fields: &[Field]) -> Result<Value, Mismatch> {
    message(document, fields, "", Names::OfProtos)
}

fn message(value: Value, fields: &[Field], at: &str, names: Names) -> Result<Value, Mismatch> {
    let Value::Object(given) = value else { return Err(values::wrong(at, "TYPE_MESSAGE", &value)) };
    let mut accepted = Map::new();
    for (name, value) in given {
        let Some(field) = fields.iter().find(|field| field.is_called(&name, names)) else {
            if is_set(&value) {
                return Err(Mismatch::Unknown { name, parent: at.to_owned() });
            }
            continue;
        };
        let path = joined(at, &name);
        match field.role {
            Role::Taken => {
                let value = conformed(value, &field.kind, &path, names)?;
                accepted.insert(field.name.to_owned(), value);
            }
            Role::Output => drop(conformed(value, &field.kind, &path, names)?),
            Role::Unserved if is_set(&value) => return Err(Mismatch::Unserved(path)),
            Role::Unserved => {}
        }
    }
    Ok(Value::Object(accepted))
}

impl Field {
    fn is_called(&self, name: &str, names: Names) -> bool {
        self.name == name || names == Names::OfProtos && crate::rest::snake_case(self.name) == name
    }
}

fn joined(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

/// Whether a value says something else than no value: it is not `false`, 0, empty or `null`.
#[must_use]
pub fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0"),
        Value::Array(values) => values.iter().any(is_set),
        Value::Object(fields) => fields.values().any(is_set),
    }
}

#[cfg(test)]
mod tests;
