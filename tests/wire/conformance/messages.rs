//! The cases that only gRPC has: names that a path always has, fields of the proto that the discovery
//! document lacks, and numbers that no enum has.

use std::collections::BTreeMap;

use longshore_local_cloud::GrpcForm;
use prost_reflect::{Cardinality, FieldDescriptor, Kind as ProtoKind, MessageDescriptor};
use serde_json::{Value, json};

use super::cases::{Expected, remove, set, value};
use super::document::{DEPTH_MAX, Document, Field, Kind, Method, Step, path_text};
use super::services::Service;

/// A number that no enum has.
const UNKNOWN_NUMBER: i32 = 999;

/// A message that differs from that of the valid call in one place.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) change: Change,
    pub(super) expected: Expected,
}

#[derive(Clone)]
pub(super) enum Change {
    Set(Vec<Step>, Value),
    Remove(Vec<Step>),
}

impl Change {
    /// The change with names in place of what is in braces.
    pub(super) fn with_names(&self, filled: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Set(path, value) => {
                let value = serde_json::from_str(&filled(&value.to_string())).unwrap();
                Self::Set(path.clone(), value)
            }
            Self::Remove(_) => self.clone(),
        }
    }

    /// The bytes of the changed request. `None` if messages cannot say it.
    pub(super) fn applied(self, request: &mut Value, form: &GrpcForm) -> Option<Vec<u8>> {
        match self {
            Self::Set(path, value) => {
                // What is not in the mask is ignored on purpose.
                let key = |at: usize| {
                    path.get(at).and_then(|step| match step {
                        Step::Key(name) => Some(name),
                        Step::Item => None,
                    })
                };
                if let (Some(mask), Some(field)) = (request.get_mut("updateMask"), key(1)) {
                    *mask = json!(field);
                }
                set(request, &path, value);
                form.encoded(request).ok()
            }
            Self::Remove(path) => {
                remove(request, &path);
                form.encoded(request).ok()
            }
        }
    }
}

pub(super) fn cases(
    form: &GrpcForm,
    document: &Document,
    method: &Method,
    service: &Service,
) -> Vec<Case> {
    let case = |name: String, change, expected| Case { name, change, expected };
    let mut cases = Vec::new();
    for name in form.fields_in_path() {
        let is_id = name.ends_with("Id");
        let path: Vec<Step> = name.split('.').map(|part| Step::Key(part.to_owned())).collect();
        cases.push(case(
            format!("{name}: missing"),
            Change::Remove(path.clone()),
            Expected::Refused,
        ));
        // An id may be any word.
        if !is_id {
            let garbage = Change::Set(path, json!("value-1"));
            cases.push(case(format!("{name}: garbage"), garbage, Expected::Refused));
        }
    }
    let described = described(form, document, method);
    let mut fields = Vec::new();
    follow(form.request_type(), &[], &mut fields);
    for field in fields {
        let path = path_text(&field.path);
        let parents = (1..field.path.len()).map(|end| path_text(&field.path[..end]));
        let mut own_and_parents = parents.chain([path.clone()]);
        if own_and_parents.any(|part| described.get(&part) == Some(&true)) {
            continue;
        }
        if let Kind::Enum(_) = field.kind {
            let unknown = Change::Set(field.path.clone(), json!(UNKNOWN_NUMBER));
            let name = format!("{path}: unknown number of the enum");
            cases.push(case(name, unknown, Expected::Refused));
        }
        if described.contains_key(&path) {
            continue;
        }
        let Some(value) = value(&field, service) else { continue };
        let change = Change::Set(field.path.clone(), value.clone());
        let expected = Expected::KeptOrRefused { path: field.path, value };
        cases.push(case(format!("{path}: value"), change, expected));
    }
    cases
}

/// The fields of the request that REST calls have, and whether only the service sets them.
fn described(form: &GrpcForm, document: &Document, method: &Method) -> BTreeMap<String, bool> {
    let parameters = method.parameters.iter().map(|parameter| parameter.name.clone());
    let prefix = form.field_in_body().filter(|field| !field.is_empty());
    let prefix = prefix.map_or_else(String::new, |field| format!("{field}."));
    let fields = document.fields(method).into_iter();
    let fields =
        fields.map(|field| (format!("{prefix}{}", path_text(&field.path)), field.is_output_only));
    let others = parameters.chain(form.fields_in_path()).map(|name| (name, false));
    fields.chain(others).collect()
}

fn follow(message: &MessageDescriptor, path: &[Step], fields: &mut Vec<Field>) {
    let keys = path.iter().filter(|step| matches!(step, Step::Key(_))).count();
    if keys >= DEPTH_MAX {
        return;
    }
    for field in message.fields() {
        let mut path = path.to_vec();
        path.push(Step::Key(field.json_name().to_owned()));
        let kind = kind(&field);
        let is_repeated = matches!(kind, Kind::Array(_));
        let is_message = match &kind {
            Kind::Array(of) => **of == Kind::Message,
            kind => *kind == Kind::Message,
        };
        fields.push(Field { path: path.clone(), kind, is_output_only: false, is_required: false });
        if let (true, ProtoKind::Message(inner)) = (is_message, field.kind()) {
            if is_repeated {
                path.push(Step::Item);
            }
            follow(&inner, &path, fields);
        }
    }
}

fn kind(field: &FieldDescriptor) -> Kind {
    if field.is_map() {
        let entry = field.kind();
        let of_values = entry.as_message().map(|entry| entry.map_entry_value_field().kind());
        return if of_values == Some(ProtoKind::String) { Kind::Map } else { Kind::Any };
    }
    let one = match field.kind() {
        ProtoKind::String => Kind::Text { format: String::new() },
        ProtoKind::Bytes => Kind::Text { format: "byte".to_owned() },
        ProtoKind::Bool => Kind::Boolean,
        ProtoKind::Float | ProtoKind::Double => Kind::Number,
        ProtoKind::Enum(of) => {
            Kind::Enum(of.values().map(|value| value.name().to_owned()).collect())
        }
        ProtoKind::Message(of) => of_message(of.full_name()),
        ProtoKind::Int32
        | ProtoKind::Int64
        | ProtoKind::Uint32
        | ProtoKind::Uint64
        | ProtoKind::Sint32
        | ProtoKind::Sint64
        | ProtoKind::Fixed32
        | ProtoKind::Fixed64
        | ProtoKind::Sfixed32
        | ProtoKind::Sfixed64 => Kind::Integer,
    };
    if field.cardinality() == Cardinality::Repeated { Kind::Array(Box::new(one)) } else { one }
}

fn of_message(name: &str) -> Kind {
    let text = |format: &str| Kind::Text { format: format.to_owned() };
    match name.strip_prefix("google.protobuf.") {
        None | Some("Empty") => Kind::Message,
        Some("Timestamp") => text("google-datetime"),
        Some("Duration") => text("google-duration"),
        Some("FieldMask") => text("google-fieldmask"),
        Some("StringValue") => text(""),
        Some("BytesValue") => text("byte"),
        Some("BoolValue") => Kind::Boolean,
        Some("FloatValue" | "DoubleValue") => Kind::Number,
        Some("Int32Value" | "Int64Value" | "UInt32Value" | "UInt64Value") => Kind::Integer,
        Some("Struct") => Kind::Map,
        Some(_) => Kind::Any,
    }
}

#[cfg(test)]
mod tests {
    use longshore_local_cloud::methods;

    use super::*;

    #[test]
    fn the_fields_of_a_message_have_their_kinds() {
        let method = methods().into_iter().find(|method| method.name.ends_with(".UpdateSecret"));
        let form = GrpcForm::of(method.unwrap()).unwrap();
        let mut fields = Vec::new();
        follow(form.request_type(), &[], &mut fields);
        let kind_of = |path: &str| {
            let field = fields.iter().find(|field| path_text(&field.path) == path);
            field.unwrap_or_else(|| panic!("{path}")).kind.clone()
        };
        assert_eq!(kind_of("secret"), Kind::Message);
        assert_eq!(kind_of("secret.labels"), Kind::Map);
        assert_eq!(kind_of("secret.topics"), Kind::Array(Box::new(Kind::Message)));
        assert_eq!(kind_of("secret.topics[].name"), Kind::Text { format: String::new() });
        assert_eq!(kind_of("secret.ttl"), Kind::Text { format: "google-duration".to_owned() });
        assert_eq!(kind_of("updateMask"), Kind::Text { format: "google-fieldmask".to_owned() });
    }
}
