//! The messages of an event, and their form in proto3's JSON.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost::{Message, Oneof};
use prost_types::Timestamp;
use serde_json::{Map, Value as Json};

#[derive(Clone, PartialEq, Message)]
pub(super) struct DocumentEventData {
    #[prost(message, optional, tag = "1")]
    pub(super) value: Option<Document>,
    #[prost(message, optional, tag = "2")]
    pub(super) old_value: Option<Document>,
    #[prost(message, optional, tag = "3")]
    pub(super) update_mask: Option<DocumentMask>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct DocumentMask {
    #[prost(string, repeated, tag = "1")]
    pub(super) field_paths: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Document {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(map = "string, message", tag = "2")]
    pub(super) fields: HashMap<String, Value>,
    #[prost(message, optional, tag = "5")]
    pub(super) create_time: Option<Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub(super) update_time: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 5, 6, 8, 9, 10, 11, 17, 18")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Kind {
    #[prost(bool, tag = "1")]
    Boolean(bool),
    #[prost(int64, tag = "2")]
    Integer(i64),
    #[prost(double, tag = "3")]
    Double(f64),
    #[prost(string, tag = "5")]
    Reference(String),
    #[prost(message, tag = "6")]
    Map(MapValue),
    #[prost(message, tag = "8")]
    GeoPoint(LatLng),
    #[prost(message, tag = "9")]
    Array(ArrayValue),
    #[prost(message, tag = "10")]
    Timestamp(Timestamp),
    /// `google.protobuf.NullValue`, whose only number is 0.
    #[prost(int32, tag = "11")]
    Null(i32),
    #[prost(string, tag = "17")]
    String(String),
    #[prost(bytes, tag = "18")]
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, Message)]
struct ArrayValue {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct MapValue {
    #[prost(map = "string, message", tag = "1")]
    fields: HashMap<String, Value>,
}

#[derive(Clone, PartialEq, Message)]
struct LatLng {
    #[prost(double, tag = "1")]
    latitude: f64,
    #[prost(double, tag = "2")]
    longitude: f64,
}

/// What is wrong with a part of the JSON, as a sentence that begins with its path.
type Wrong = String;

fn at(path: &str) -> impl Fn(Wrong) -> Wrong + '_ {
    move |wrong| match wrong.as_bytes().first() {
        Some(b'.' | b' ') => format!("{path}{wrong}"),
        _ => format!("{path}.{wrong}"),
    }
}

fn of_type(expected: &str) -> Wrong {
    format!(" must be {expected}")
}

fn object(json: &Json) -> Result<&Map<String, Json>, Wrong> {
    json.as_object().ok_or_else(|| of_type("an object"))
}

fn text(json: &Json) -> Result<String, Wrong> {
    json.as_str().map(str::to_owned).ok_or_else(|| of_type("a string"))
}

fn double(json: &Json) -> Result<f64, Wrong> {
    json.as_f64().ok_or_else(|| of_type("a number"))
}

/// A time in RFC 3339.
pub(super) fn timestamp(json: &Json) -> Result<Timestamp, Wrong> {
    text(json)?.parse().map_err(|_| of_type("a time such as 2026-01-02T03:04:05Z"))
}

impl DocumentEventData {
    pub(super) fn from_json(json: &Json) -> Result<Self, Wrong> {
        let mut data = Self::default();
        for (name, json) in object(json).map_err(at("the data"))? {
            let at = at(name);
            match name.as_str() {
                "value" => data.value = Some(Document::from_json(json).map_err(at)?),
                "oldValue" => data.old_value = Some(Document::from_json(json).map_err(at)?),
                "updateMask" => data.update_mask = Some(mask(json).map_err(at)?),
                _ => {
                    return Err(
                        at(" is not a field; known are value, oldValue, updateMask".into()),
                    );
                }
            }
        }
        Ok(data)
    }
}

fn mask(json: &Json) -> Result<DocumentMask, Wrong> {
    let paths = json.get("fieldPaths").and_then(Json::as_array);
    let paths = paths.ok_or_else(|| of_type("an object with a list `fieldPaths`"))?;
    let field_paths = paths.iter().map(text).collect::<Result<_, _>>().map_err(at("fieldPaths"))?;
    Ok(DocumentMask { field_paths })
}

impl Document {
    fn from_json(json: &Json) -> Result<Self, Wrong> {
        let mut document = Self::default();
        for (name, json) in object(json)? {
            let at = at(name);
            match name.as_str() {
                "name" => document.name = text(json).map_err(at)?,
                "fields" => document.fields = fields(json).map_err(at)?,
                "createTime" => document.create_time = Some(timestamp(json).map_err(at)?),
                "updateTime" => document.update_time = Some(timestamp(json).map_err(at)?),
                _ => {
                    let known = "name, fields, createTime, updateTime";
                    return Err(at(format!(" is not a field; known are {known}")));
                }
            }
        }
        Ok(document)
    }
}

fn fields(json: &Json) -> Result<HashMap<String, Value>, Wrong> {
    let read = |(name, json): (&String, &Json)| {
        Value::from_json(json).map(|value| (name.clone(), value)).map_err(at(name))
    };
    object(json)?.iter().map(read).collect()
}

impl Value {
    fn from_json(json: &Json) -> Result<Self, Wrong> {
        let one = "an object with one value, such as {\"stringValue\": \"text\"}";
        let mut values = object(json).map_err(|_| of_type(one))?.iter();
        let (Some((name, json)), None) = (values.next(), values.next()) else {
            return Err(of_type(one));
        };
        kind(name, json).map(|kind| Self { kind: Some(kind) }).map_err(at(name))
    }
}

fn kind(name: &str, json: &Json) -> Result<Kind, Wrong> {
    Ok(match name {
        "nullValue" => Kind::Null(0),
        "booleanValue" => Kind::Boolean(json.as_bool().ok_or_else(|| of_type("true or false"))?),
        "integerValue" => {
            let given = json.as_i64().or_else(|| json.as_str()?.parse().ok());
            Kind::Integer(given.ok_or_else(|| of_type("an integer"))?)
        }
        "doubleValue" => Kind::Double(double(json)?),
        "timestampValue" => Kind::Timestamp(timestamp(json)?),
        "stringValue" => Kind::String(text(json)?),
        "bytesValue" => {
            let bytes = BASE64_STANDARD.decode(text(json)?);
            Kind::Bytes(bytes.map_err(|_| of_type("base64"))?)
        }
        "referenceValue" => Kind::Reference(text(json)?),
        "geoPointValue" => {
            let part =
                |name: &str| double(json.get(name).unwrap_or(&Json::from(0))).map_err(at(name));
            Kind::GeoPoint(LatLng { latitude: part("latitude")?, longitude: part("longitude")? })
        }
        "arrayValue" => {
            let none = Json::Array(Vec::new());
            let values = object(json)?.get("values").unwrap_or(&none);
            let values =
                values.as_array().ok_or_else(|| of_type("an object with a list `values`"))?;
            let read = values.iter().enumerate();
            let read = read.map(|(index, json)| {
                Value::from_json(json).map_err(at(&format!("values[{index}]")))
            });
            Kind::Array(ArrayValue { values: read.collect::<Result<_, _>>()? })
        }
        "mapValue" => {
            let none = Json::Object(Map::new());
            let of_map = fields(object(json)?.get("fields").unwrap_or(&none));
            Kind::Map(MapValue { fields: of_map.map_err(at("fields"))? })
        }
        _ => return Err(" is not a kind of value".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_value_is_read() {
        let values = json!({
            "n": {"nullValue": null},
            "b": {"booleanValue": true},
            "i": {"integerValue": "-7"},
            "d": {"doubleValue": 0.5},
            "t": {"timestampValue": "1970-01-01T00:00:01Z"},
            "s": {"stringValue": "x"},
            "y": {"bytesValue": "AQI="},
            "r": {"referenceValue": "projects/p/databases/d/documents/a/b"},
            "g": {"geoPointValue": {"latitude": 1.5}},
            "a": {"arrayValue": {"values": [{"integerValue": 1}]}},
            "m": {"mapValue": {"fields": {"k": {"stringValue": "v"}}}},
        });
        let read = fields(&values).unwrap();
        let kind = |name: &str| read[name].kind.clone().unwrap();
        let of = |kind: Kind| Value { kind: Some(kind) };
        for (name, expected) in [
            ("n", Kind::Null(0)),
            ("b", Kind::Boolean(true)),
            ("i", Kind::Integer(-7)),
            ("d", Kind::Double(0.5)),
            ("t", Kind::Timestamp(Timestamp { seconds: 1, nanos: 0 })),
            ("s", Kind::String("x".into())),
            ("y", Kind::Bytes(vec![1, 2])),
            ("r", Kind::Reference("projects/p/databases/d/documents/a/b".into())),
            ("g", Kind::GeoPoint(LatLng { latitude: 1.5, longitude: 0.0 })),
            ("a", Kind::Array(ArrayValue { values: vec![of(Kind::Integer(1))] })),
            (
                "m",
                Kind::Map(MapValue {
                    fields: [("k".to_owned(), of(Kind::String("v".into())))].into(),
                }),
            ),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }
}
