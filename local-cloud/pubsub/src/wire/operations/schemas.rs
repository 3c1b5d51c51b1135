//! Schemas.

use super::{first_page, page, refused};
use crate::Service;
use crate::core::{PubSub, Refusal};
use crate::wire::convert::{definition_of, encoding_from_wire, revision_to_wire};
use crate::wire::proto;
use crate::wire::proto::SchemaView;
use longshore_local_kit::pages;

pub(crate) fn create_schema(
    service: &Service,
    request: proto::CreateSchemaRequest,
) -> Result<proto::Schema, Refusal> {
    let definition = definition_of(request.schema)?;
    let name = format!("{}/schemas/{}", request.parent, request.schema_id);
    let created = service.change(|core, now| core.create_schema(&name, definition, now));
    created.map(|revision| revision_to_wire(&revision, SchemaView::Full))
}

/// Returns the full view by default.
pub(crate) fn get_schema(
    service: &Service,
    request: &proto::GetSchemaRequest,
) -> Result<proto::Schema, Refusal> {
    let view = match request.view() {
        SchemaView::Basic => SchemaView::Basic,
        SchemaView::Full | SchemaView::Unspecified => SchemaView::Full,
    };
    service.read(|core| core.schema(&request.name).map(|revision| revision_to_wire(revision, view)))
}

pub(crate) fn list_schemas(
    service: &Service,
    request: &proto::ListSchemasRequest,
) -> Result<proto::ListSchemasResponse, Refusal> {
    service.read(|core| {
        let schemas = core
            .schemas(&request.parent)?
            .map(|revision| revision_to_wire(revision, request.view()));
        let (schemas, next_page_token) =
            page(schemas, |schema| &schema.name, request.page_size, &request.page_token)?;
        Ok(proto::ListSchemasResponse { schemas, next_page_token })
    })
}

pub(crate) fn list_revisions(
    service: &Service,
    request: &proto::ListSchemaRevisionsRequest,
) -> Result<proto::ListSchemaRevisionsResponse, Refusal> {
    service.read(|core| {
        let mut revisions = core
            .schema_revisions(&request.name)?
            .map(|revision| revision_to_wire(revision, request.view()));
        if let Some(last) = pages::key_before(&request.page_token).map_err(refused)? {
            // Revisions are sorted by age and not by id: the page begins after the one that the
            // token names.
            revisions.by_ref().find(|schema| schema.revision_id == last);
        }
        let (schemas, next_page_token) =
            first_page(revisions, |schema| &schema.revision_id, request.page_size)?;
        Ok(proto::ListSchemaRevisionsResponse { schemas, next_page_token })
    })
}

pub(crate) fn commit_schema(
    service: &Service,
    request: proto::CommitSchemaRequest,
) -> Result<proto::Schema, Refusal> {
    let definition = definition_of(request.schema)?;
    let committed = service.change(|core, now| core.commit_schema(&request.name, definition, now));
    committed.map(|revision| revision_to_wire(&revision, SchemaView::Full))
}

pub(crate) fn rollback_schema(
    service: &Service,
    request: &proto::RollbackSchemaRequest,
) -> Result<proto::Schema, Refusal> {
    let rolled_back =
        service.change(|core, now| core.rollback_schema(&request.name, &request.revision_id, now));
    rolled_back.map(|revision| revision_to_wire(&revision, SchemaView::Full))
}

pub(crate) fn delete_revision(
    service: &Service,
    request: &proto::DeleteSchemaRevisionRequest,
) -> Result<proto::Schema, Refusal> {
    let name = match request.name.contains('@') {
        true => request.name.clone(),
        false => format!("{}@{}", request.name, request.revision_id),
    };
    let left = service.change(|core, _| core.delete_revision(&name));
    left.map(|revision| revision_to_wire(&revision, SchemaView::Full))
}

pub(crate) fn delete_schema(service: &Service, name: &str) -> Result<(), Refusal> {
    service.change(|core, _| Ok(((), core.delete_schema(name)?)))
}

fn check_parent(service: &Service, parent: &str) -> Result<(), Refusal> {
    service.read(|core| core.schemas(parent).map(drop))
}

pub(crate) fn validate_schema(
    service: &Service,
    request: proto::ValidateSchemaRequest,
) -> Result<proto::ValidateSchemaResponse, Refusal> {
    check_parent(service, &request.parent)?;
    PubSub::validate_definition(&definition_of(request.schema)?)
        .map(|()| proto::ValidateSchemaResponse {})
}

pub(crate) fn validate_message(
    service: &Service,
    request: proto::ValidateMessageRequest,
) -> Result<proto::ValidateMessageResponse, Refusal> {
    use proto::validate_message_request::SchemaSpec;
    check_parent(service, &request.parent)?;
    let encoding = encoding_from_wire(request.encoding)?;
    match request.schema_spec {
        Some(SchemaSpec::Name(name)) => {
            service.change(|core, _| {
                Ok((core.validate_message(&name, encoding, &request.message)?, Vec::new()))
            })?;
        }
        Some(SchemaSpec::Schema(schema)) => {
            PubSub::validate_message_ad_hoc(
                &definition_of(Some(schema))?,
                encoding,
                &request.message,
            )?;
        }
        None => return Err(Refusal::invalid("the schema to validate against is missing")),
    }
    Ok(proto::ValidateMessageResponse {})
}
