//! Reads messages from a tree. The type of a field decides what a scalar is: `1` is text where text
//! is expected, as for the parser of longshore.yaml.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::flaw::{Flaw, Step};
use super::tree::{Field, Node, Value};

/// Maximum number of flaws of one part of a document: a part with more is something else.
const FLAWS_MAX: usize = 100;

/// Reads a part of a document. What cannot be read is taken out of it and returned beside the rest.
pub(crate) fn read_all<T: DeserializeOwned + Default>(node: &mut Node) -> (T, Vec<Flaw>) {
    let mut flaws: Vec<Flaw> = Vec::new();
    loop {
        let mut flaw = match T::deserialize(&*node) {
            Ok(read) => return (read, flaws),
            Err(flaw) => flaw,
        };
        flaw.at.get_or_insert(node.at);
        // The parser quotes the value, which may be a misplaced secret.
        if flaw.path.iter().any(|step| matches!(step, Step::Key(key) if key == "environment")) {
            flaw.text = "must be text, or a map of texts".to_owned();
        }
        let is_removed = remove(node, &flaw.path);
        flaws.push(flaw);
        if !is_removed || flaws.len() >= FLAWS_MAX {
            return (T::default(), flaws);
        }
    }
}

/// Removes what a path names, given from the inside to the outside.
fn remove(node: &mut Node, path: &[Step]) -> bool {
    let [inner @ .., first] = path else { return false };
    match (&mut node.value, first) {
        (Value::Map(fields), Step::Key(key)) => {
            let Some(index) = fields.iter().position(|field| field.key == *key) else {
                return false;
            };
            if inner.is_empty() {
                fields.remove(index);
                return true;
            }
            remove(&mut fields[index].node, inner)
        }
        (Value::List(items), Step::Item(index)) if *index < items.len() => {
            if inner.is_empty() {
                items.remove(*index);
                return true;
            }
            remove(&mut items[*index], inner)
        }
        (_, _) => false,
    }
}

/// Null in YAML's core schema.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// A boolean in YAML's core schema.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Flaw;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match &self.value {
            Value::Scalar { text, is_plain: true } => {
                if is_null(text) {
                    visitor.visit_unit()
                } else if let Some(value) = boolean(text) {
                    visitor.visit_bool(value)
                } else if let Ok(value) = text.parse() {
                    visitor.visit_u64(value)
                } else if let Ok(value) = text.parse() {
                    visitor.visit_i64(value)
                } else if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                    && let Ok(value) = text.parse()
                {
                    visitor.visit_f64(value)
                } else {
                    visitor.visit_borrowed_str(text)
                }
            }
            Value::Scalar { text, is_plain: false } => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Map(fields) => visitor.visit_map(Fields { fields, next: 0 }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match &self.value {
            Value::Scalar { text, is_plain: true } if is_null(text) => visitor.visit_none(),
            Value::Scalar { .. } | Value::List(_) | Value::Map(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match &self.value {
            Value::Scalar { text, is_plain } if !(*is_plain && is_null(text)) => {
                visitor.visit_borrowed_str(text)
            }
            Value::Scalar { .. } | Value::List(_) | Value::Map(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        self.deserialize_str(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum ignored_any
    }
}

struct Items<'de> {
    items: &'de [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Flaw;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Flaw> {
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        let step = Step::Item(self.next);
        self.next += 1;
        seed.deserialize(item).map(Some).map_err(|flaw| flaw.inside(step, item.at))
    }
}

struct Fields<'de> {
    fields: &'de [Field],
    next: usize,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Flaw;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Flaw> {
        let Some(field) = self.fields.get(self.next) else { return Ok(None) };
        let key = IntoDeserializer::<Flaw>::into_deserializer(field.key.as_str());
        let read = seed.deserialize(key);
        read.map(Some).map_err(|flaw| flaw.inside(Step::Key(field.key.clone()), field.at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Flaw> {
        let Some(field) = self.fields.get(self.next) else {
            return Err(Flaw::custom("a value without a key"));
        };
        self.next += 1;
        let read = seed.deserialize(&field.node);
        read.map_err(|flaw| flaw.inside(Step::Key(field.key.clone()), field.node.at))
    }
}
