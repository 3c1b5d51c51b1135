//! Schemas.

use super::{refuse, timestamp};
use crate::core::{Definition, Encoding, Language, Refusal, Revision, SchemaSettings};
use crate::wire::proto;
use crate::wire::proto::schema::Type;

pub(super) fn schema_settings_from_wire(
    wire: proto::SchemaSettings,
) -> Result<SchemaSettings, Refusal> {
    let encoding = encoding_from_wire(wire.encoding)?;
    Ok(SchemaSettings {
        schema: wire.schema,
        encoding,
        first_revision: wire.first_revision_id,
        last_revision: wire.last_revision_id,
    })
}

pub(super) fn schema_settings_to_wire(settings: &SchemaSettings) -> proto::SchemaSettings {
    let encoding = match settings.encoding {
        Encoding::Json => proto::Encoding::Json,
        Encoding::Binary => proto::Encoding::Binary,
    };
    proto::SchemaSettings {
        schema: settings.schema.clone(),
        encoding: encoding.into(),
        first_revision_id: settings.first_revision.clone(),
        last_revision_id: settings.last_revision.clone(),
    }
}

pub(crate) fn encoding_from_wire(encoding: i32) -> Result<Encoding, Refusal> {
    match proto::Encoding::try_from(encoding) {
        Ok(proto::Encoding::Json) => Ok(Encoding::Json),
        Ok(proto::Encoding::Binary) => Ok(Encoding::Binary),
        Ok(proto::Encoding::Unspecified) | Err(_) => {
            Err(Refusal::invalid("encoding must be JSON or BINARY"))
        }
    }
}

/// The definition of a given schema. Its own name and revision are ignored.
pub(crate) fn definition_of(schema: Option<proto::Schema>) -> Result<Definition, Refusal> {
    let schema = schema.ok_or_else(|| Refusal::invalid("schema is missing"))?;
    refuse(&[("compiled_proto_schema", schema.compiled_proto_schema.is_some())])?;
    let language = match schema.r#type() {
        Type::ProtocolBuffer => Language::ProtocolBuffer,
        Type::Avro => Language::Avro,
        Type::Unspecified => {
            return Err(Refusal::invalid("type of the schema must be PROTOCOL_BUFFER or AVRO"));
        }
    };
    Ok(Definition { language, text: schema.definition })
}

pub(crate) fn revision_to_wire(revision: &Revision, view: proto::SchemaView) -> proto::Schema {
    let definition = match view {
        proto::SchemaView::Full => revision.definition.clone(),
        proto::SchemaView::Basic | proto::SchemaView::Unspecified => String::new(),
    };
    let of = match revision.language {
        Language::ProtocolBuffer => Type::ProtocolBuffer,
        Language::Avro => Type::Avro,
    };
    proto::Schema {
        name: revision.schema.clone(),
        r#type: of.into(),
        definition,
        revision_id: revision.id.clone(),
        revision_create_time: Some(timestamp(revision.created_at)),
        compiled_proto_schema: None,
    }
}
