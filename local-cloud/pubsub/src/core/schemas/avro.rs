//! Apache Avro: the type of a definition, and the check of messages against it
//! (<https://avro.apache.org/docs/1.11.1/specification/>).
//!
//! Names, defaults and unions are checked as the specification says. Logical types, sort orders and
//! documentation do not change what a message may be, so they are not read.
//!
//! Types may be recursive, so a message decides how deeply its check recurses: the depth is
//! bounded, and so is the number of values, of which some need no byte.

mod binary;
mod json;
mod parse;
mod resolve;

#[cfg(test)]
mod tests;

use crate::core::schema_model::Encoding;

/// Maximum depth of values in values. It needs a stack of some 100 KiB.
const DEPTH_MAX: usize = 200;

/// The type of a definition.
#[derive(Clone, Debug)]
pub(super) struct AvroType {
    root: Type,
    /// The records, enums and fixed types, which types refer to.
    named: Vec<Named>,
}

#[derive(Clone, Debug, PartialEq)]
enum Type {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Array(Box<Self>),
    Map(Box<Self>),
    Union(Vec<Self>),
    /// The index of a named type.
    Named(usize),
}

#[derive(Clone, Debug)]
struct Named {
    /// With its namespace.
    name: String,
    aliases: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Record(Vec<Field>),
    Enum { symbols: Vec<String>, has_default: bool },
    Fixed(usize),
}

#[derive(Clone, Debug)]
struct Field {
    name: String,
    aliases: Vec<String>,
    of: Type,
    has_default: bool,
}

/// Why a definition is invalid, or a message does not match it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct AvroError(String);

impl AvroType {
    /// Checks that the data is one value of this type.
    pub(super) fn validate(&self, encoding: Encoding, data: &[u8]) -> Result<(), AvroError> {
        match encoding {
            Encoding::Binary => binary::check(self, data),
            Encoding::Json => {
                let value =
                    serde_json::from_slice(data).map_err(|error| AvroError(error.to_string()))?;
                json::check(self, &self.root, &value)
            }
        }
    }

    /// Why a next revision cannot have the type `next`, if it cannot: each must be able to read
    /// what the other one writes (<https://cloud.google.com/pubsub/docs/commit-schema-revision>).
    pub(super) fn incompatibility(&self, next: &Self) -> Option<String> {
        resolve::mismatch(self, next).or_else(|| resolve::mismatch(next, self))
    }

    /// The name of a type in a union.
    fn name_of<'a>(&'a self, of: &'a Type) -> &'a str {
        match of {
            Type::Null => "null",
            Type::Boolean => "boolean",
            Type::Int => "int",
            Type::Long => "long",
            Type::Float => "float",
            Type::Double => "double",
            Type::Bytes => "bytes",
            Type::String => "string",
            Type::Array(_) => "array",
            Type::Map(_) => "map",
            Type::Union(_) => "union",
            Type::Named(index) => self.named.get(*index).map_or("", |named| &named.name),
        }
    }

    fn kind(&self, index: usize) -> Result<&Kind, AvroError> {
        let named = self.named.get(index);
        named.map(|named| &named.kind).ok_or_else(|| AvroError("a type is missing".to_owned()))
    }
}

fn deeper(depth: usize) -> Result<usize, AvroError> {
    if depth >= DEPTH_MAX {
        return Err(AvroError(format!("its values are nested more than {DEPTH_MAX} times")));
    }
    Ok(depth + 1)
}
