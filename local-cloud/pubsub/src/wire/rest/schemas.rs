//! Schemas.

use axum::http::Method;
use serde_json::{Value, json};

use super::{empty, enums, json_list, json_of, page};
use crate::Service;
use crate::core::Refusal;
use crate::wire::error::rest_error;
use crate::wire::json::{
    CommitJson, RollbackJson, SchemaJson, ValidateMessageJson, ValidateSchemaJson,
};
use crate::wire::{operations, proto};
use longshore_local_kit::rest::{Call, RestError};

/// `projects/P/schemas`, with or without a verb.
pub(super) fn collection(
    service: &Service,
    call: &Call,
    parent: String,
    verb: Option<&str>,
) -> Option<Result<Value, RestError>> {
    Some(match (&call.method, verb) {
        (&Method::GET, None) => list(service, call, parent),
        (&Method::POST, None) => call.json::<SchemaJson>().and_then(|body| {
            let schema_id = call.query("schemaId").to_owned();
            let request =
                proto::CreateSchemaRequest { parent, schema: Some(body.into_wire()?), schema_id };
            answer(call, operations::create_schema(service, request))
        }),
        (&Method::POST, Some("validate")) => call.json::<ValidateSchemaJson>().and_then(|body| {
            let request =
                proto::ValidateSchemaRequest { parent, schema: Some(body.schema.into_wire()?) };
            operations::validate_schema(service, request).map(|_| json!({})).map_err(rest_error)
        }),
        (&Method::POST, Some("validateMessage")) => {
            call.json::<ValidateMessageJson>().and_then(|body| {
                operations::validate_message(service, body.into_wire(parent)?)
                    .map(|_| json!({}))
                    .map_err(rest_error)
            })
        }
        _ => return None,
    })
}

/// `projects/P/schemas/S`, with or without a verb.
pub(super) fn schema(
    service: &Service,
    call: &Call,
    name: String,
    verb: Option<&str>,
) -> Option<Result<Value, RestError>> {
    Some(match (&call.method, verb) {
        (&Method::GET, None) => view(call).and_then(|view| {
            answer(call, operations::get_schema(service, &proto::GetSchemaRequest { name, view }))
        }),
        (&Method::DELETE, None) => empty(operations::delete_schema(service, &name)),
        (&Method::GET, Some("listRevisions")) => list_revisions(service, call, name),
        (&Method::POST, Some("commit")) => call.json::<CommitJson>().and_then(|body| {
            let request =
                proto::CommitSchemaRequest { name, schema: Some(body.schema.into_wire()?) };
            answer(call, operations::commit_schema(service, request))
        }),
        (&Method::POST, Some("rollback")) => call.json::<RollbackJson>().and_then(|body| {
            let request = proto::RollbackSchemaRequest { name, revision_id: body.revision_id };
            answer(call, operations::rollback_schema(service, &request))
        }),
        (&Method::DELETE, Some("deleteRevision")) => {
            let revision_id = call.query("revisionId").to_owned();
            answer(
                call,
                operations::delete_revision(
                    service,
                    &proto::DeleteSchemaRevisionRequest { name, revision_id },
                ),
            )
        }
        _ => return None,
    })
}

fn list(service: &Service, call: &Call, parent: String) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let request = proto::ListSchemasRequest { parent, view: view(call)?, page_size, page_token };
    let list = operations::list_schemas(service, &request).map_err(rest_error)?;
    json_list("schemas", &schemas(call, list.schemas), list.next_page_token)
}

fn list_revisions(service: &Service, call: &Call, name: String) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let request =
        proto::ListSchemaRevisionsRequest { name, view: view(call)?, page_size, page_token };
    let list = operations::list_revisions(service, &request).map_err(rest_error)?;
    json_list("schemas", &schemas(call, list.schemas), list.next_page_token)
}

fn schemas(call: &Call, wire: Vec<proto::Schema>) -> Vec<SchemaJson> {
    wire.into_iter().map(|schema| SchemaJson::from_wire(schema, enums(call))).collect()
}

fn answer(call: &Call, schema: Result<proto::Schema, Refusal>) -> Result<Value, RestError> {
    json_of(&SchemaJson::from_wire(schema.map_err(rest_error)?, enums(call)))
}

fn view(call: &Call) -> Result<i32, RestError> {
    let text = call.query("view");
    let named = proto::SchemaView::from_str_name(text).map(i32::from);
    let view = if text.is_empty() { Some(0) } else { named.or_else(|| text.parse().ok()) };
    view.ok_or_else(|| RestError::invalid(format!("view {text:?} is not one of its values")))
}
