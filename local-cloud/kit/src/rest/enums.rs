//! How enums are written: as names, or as numbers for a caller that asks for
//! `$alt=json;enum-encoding=int`.
//!
//! Google's generated clients ask for numbers and read both. Clients of the discovery documents,
//! such as Google's older ones for Go, read names only.

use serde_json::Value;

use super::Call;

impl Call {
    /// Whether the caller asks for numbers.
    #[must_use]
    pub fn wants_enum_numbers(&self) -> bool {
        [self.query("$alt"), self.query("alt")].iter().any(|alt| alt.contains("enum-encoding=int"))
    }

    /// A response whose enums are numbers, as this caller wants it. `name` gives the name of a
    /// value by its field, and `None` for a field that is a number.
    #[must_use]
    pub fn with_enums(
        &self,
        mut response: Value,
        name: fn(field: &str, number: i32) -> Option<String>,
    ) -> Value {
        if !self.wants_enum_numbers() {
            write_names(&mut response, name);
        }
        response
    }
}

fn write_names(value: &mut Value, name: fn(&str, i32) -> Option<String>) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| write_names(value, name)),
        Value::Object(fields) => {
            for (field, value) in fields {
                match value.as_i64().and_then(|number| name(field, i32::try_from(number).ok()?)) {
                    Some(name) => *value = name.into(),
                    None => write_names(value, name),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
