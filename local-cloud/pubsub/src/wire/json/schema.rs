//! Schemas.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Enums, bytes_of, enum_of};
use crate::wire::proto;
use crate::wire::proto::validate_message_request::SchemaSpec;
use longshore_local_kit::rest::RestError;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct SchemaSettingsJson {
    schema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<Value>,
    #[serde(skip_serializing_if = "String::is_empty", alias = "first_revision_id")]
    first_revision_id: String,
    #[serde(skip_serializing_if = "String::is_empty", alias = "last_revision_id")]
    last_revision_id: String,
}

impl SchemaSettingsJson {
    pub(super) fn into_wire(self) -> Result<proto::SchemaSettings, RestError> {
        Ok(proto::SchemaSettings {
            schema: self.schema,
            encoding: encoding(self.encoding.as_ref())?,
            first_revision_id: self.first_revision_id,
            last_revision_id: self.last_revision_id,
        })
    }

    pub(super) fn from_wire(settings: proto::SchemaSettings, enums: Enums) -> Self {
        let encoding = Some(enums.write(settings.encoding().as_str_name(), settings.encoding));
        Self {
            schema: settings.schema,
            encoding,
            first_revision_id: settings.first_revision_id,
            last_revision_id: settings.last_revision_id,
        }
    }
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct SchemaJson {
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    schema_type: Option<Value>,
    #[serde(skip_serializing_if = "String::is_empty")]
    definition: String,
    /// Output only, like `revision_create_time`: ignored in requests.
    #[serde(skip_serializing_if = "String::is_empty", alias = "revision_id")]
    revision_id: String,
    #[serde(skip_serializing_if = "Option::is_none", alias = "revision_create_time")]
    revision_create_time: Option<String>,
    #[serde(skip_serializing, alias = "compiled_proto_schema")]
    compiled_proto_schema: Option<Value>,
}

impl SchemaJson {
    pub(crate) fn into_wire(self) -> Result<proto::Schema, RestError> {
        let by_name = |name: &str| proto::schema::Type::from_str_name(name).map(i32::from);
        Ok(proto::Schema {
            name: self.name,
            r#type: enum_of("type", self.schema_type.as_ref(), by_name)?,
            definition: self.definition,
            revision_id: String::new(),
            revision_create_time: None,
            compiled_proto_schema: self
                .compiled_proto_schema
                .map(|_| proto::CompiledProtoSchema {}),
        })
    }

    pub(crate) fn from_wire(schema: proto::Schema, enums: Enums) -> Self {
        Self {
            schema_type: Some(enums.write(schema.r#type().as_str_name(), schema.r#type)),
            name: schema.name,
            definition: schema.definition,
            revision_id: schema.revision_id,
            revision_create_time: schema.revision_create_time.map(|time| time.to_string()),
            compiled_proto_schema: None,
        }
    }
}

/// The body of `:commit`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CommitJson {
    /// Ignored: the path has the name.
    #[serde(rename = "name")]
    _name: String,
    pub(crate) schema: SchemaJson,
}

/// The body of `:rollback`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct RollbackJson {
    /// Ignored: the path has the name.
    #[serde(rename = "name")]
    _name: String,
    #[serde(alias = "revision_id")]
    pub(crate) revision_id: String,
}

/// The body of `:validate`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ValidateSchemaJson {
    pub(crate) schema: SchemaJson,
}

/// The body of `:validateMessage`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ValidateMessageJson {
    name: Option<String>,
    schema: Option<SchemaJson>,
    message: String,
    encoding: Option<Value>,
}

impl ValidateMessageJson {
    pub(crate) fn into_wire(
        self,
        parent: String,
    ) -> Result<proto::ValidateMessageRequest, RestError> {
        let schema = self.schema.map(SchemaJson::into_wire).transpose()?;
        Ok(proto::ValidateMessageRequest {
            parent,
            schema_spec: self.name.map(SchemaSpec::Name).or(schema.map(SchemaSpec::Schema)),
            message: bytes_of(&self.message)?.into(),
            encoding: encoding(self.encoding.as_ref())?,
        })
    }
}

fn encoding(given: Option<&Value>) -> Result<i32, RestError> {
    enum_of("encoding", given, |name| proto::Encoding::from_str_name(name).map(i32::from))
}
