//! The schema stays compatible: older versions wrote messages on the bus and in the ledger, and
//! other systems were built against them.
//!
//! `messages/proto/promised.txt` has one line for each field and enum value. Lines may be added
//! (`LONGSHORE_REGENERATE=1 cargo test --test house schema`), but not changed or removed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

/// Our own files. The files that they import are not checked here.
const FILES: [&str; 3] =
    ["longshore/v1/batch.proto", "longshore/v1/function.proto", "longshore/v1/stages.proto"];

#[test]
fn no_field_or_enum_value_of_the_schema_is_changed_or_removed() {
    let protos = Path::new(env!("CARGO_MANIFEST_DIR")).join("messages/proto");
    let compiled = protox::compile(FILES, [&protos]).unwrap();
    let own = compiled.file.iter().filter(|file| FILES.contains(&file.name()));
    let current: BTreeSet<String> = own.flat_map(lines_of_file).collect();

    let file = protos.join("promised.txt");
    if std::env::var_os("LONGSHORE_REGENERATE").is_some() {
        let before = fs::read_to_string(&file).unwrap_or_default();
        let all: BTreeSet<&str> =
            before.lines().chain(current.iter().map(String::as_str)).collect();
        fs::write(&file, all.into_iter().map(|line| format!("{line}\n")).collect::<String>())
            .unwrap();
    }
    let promised: BTreeSet<String> =
        fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
    let broken: Vec<&String> = promised.difference(&current).collect();
    assert!(
        broken.is_empty(),
        "the schema breaks compatibility (see docs/publishing.md): {broken:#?}"
    );
    let new: Vec<&String> = current.difference(&promised).collect();
    assert!(
        new.is_empty(),
        "new in the schema. Run LONGSHORE_REGENERATE=1 cargo test --test house schema: {new:#?}"
    );
}

fn lines_of_file(file: &FileDescriptorProto) -> Vec<String> {
    let messages =
        file.message_type.iter().flat_map(|message| lines_of_message(file.package(), message));
    messages.chain(file.enum_type.iter().flat_map(|it| lines_of_enum(file.package(), it))).collect()
}

fn lines_of_message(package: &str, message: &DescriptorProto) -> Vec<String> {
    let name = format!("{package}.{}", message.name());
    let fields = message.field.iter().map(|field| line_of_field(&name, message, field));
    let nested = message.nested_type.iter().flat_map(|nested| lines_of_message(&name, nested));
    fields
        .chain(nested)
        .chain(message.enum_type.iter().flat_map(|it| lines_of_enum(&name, it)))
        .collect()
}

/// `longshore.v1.Source.storage = 1: optional .longshore.v1.StorageObject storage in place`
fn line_of_field(message: &str, owner: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let label = format!("{:?}", field.label()).to_lowercase();
    let kind = if field.type_name().is_empty() {
        format!("{:?}", field.r#type()).to_lowercase()
    } else {
        field.type_name().to_owned()
    };
    let oneof =
        field.oneof_index.and_then(|index| owner.oneof_decl.get(usize::try_from(index).ok()?));
    let place = oneof.map(|oneof| format!(" in {}", oneof.name())).unwrap_or_default();
    format!(
        "{message}.{} = {}: {label} {kind} {}{place}",
        field.name(),
        field.number(),
        field.json_name()
    )
}

fn lines_of_enum(package: &str, it: &EnumDescriptorProto) -> Vec<String> {
    it.value
        .iter()
        .map(|value| format!("{package}.{}.{} = {}", it.name(), value.name(), value.number()))
        .collect()
}
