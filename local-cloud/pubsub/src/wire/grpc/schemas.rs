//! `google.pubsub.v1.SchemaService`.

use tonic::{Request, Response, Status};

use super::{Grpc, answer};
use crate::wire::proto::schema_service_server::SchemaService;
use crate::wire::{operations, proto};

#[tonic::async_trait]
impl SchemaService for Grpc {
    async fn create_schema(
        &self,
        request: Request<proto::CreateSchemaRequest>,
    ) -> Result<Response<proto::Schema>, Status> {
        answer(operations::create_schema(&self.0, request.into_inner()))
    }

    async fn get_schema(
        &self,
        request: Request<proto::GetSchemaRequest>,
    ) -> Result<Response<proto::Schema>, Status> {
        answer(operations::get_schema(&self.0, &request.into_inner()))
    }

    async fn list_schemas(
        &self,
        request: Request<proto::ListSchemasRequest>,
    ) -> Result<Response<proto::ListSchemasResponse>, Status> {
        answer(operations::list_schemas(&self.0, &request.into_inner()))
    }

    async fn list_schema_revisions(
        &self,
        request: Request<proto::ListSchemaRevisionsRequest>,
    ) -> Result<Response<proto::ListSchemaRevisionsResponse>, Status> {
        answer(operations::list_revisions(&self.0, &request.into_inner()))
    }

    async fn commit_schema(
        &self,
        request: Request<proto::CommitSchemaRequest>,
    ) -> Result<Response<proto::Schema>, Status> {
        answer(operations::commit_schema(&self.0, request.into_inner()))
    }

    async fn rollback_schema(
        &self,
        request: Request<proto::RollbackSchemaRequest>,
    ) -> Result<Response<proto::Schema>, Status> {
        answer(operations::rollback_schema(&self.0, &request.into_inner()))
    }

    async fn delete_schema_revision(
        &self,
        request: Request<proto::DeleteSchemaRevisionRequest>,
    ) -> Result<Response<proto::Schema>, Status> {
        answer(operations::delete_revision(&self.0, &request.into_inner()))
    }

    async fn delete_schema(
        &self,
        request: Request<proto::DeleteSchemaRequest>,
    ) -> Result<Response<()>, Status> {
        answer(operations::delete_schema(&self.0, &request.into_inner().name))
    }

    async fn validate_schema(
        &self,
        request: Request<proto::ValidateSchemaRequest>,
    ) -> Result<Response<proto::ValidateSchemaResponse>, Status> {
        answer(operations::validate_schema(&self.0, request.into_inner()))
    }

    async fn validate_message(
        &self,
        request: Request<proto::ValidateMessageRequest>,
    ) -> Result<Response<proto::ValidateMessageResponse>, Status> {
        answer(operations::validate_message(&self.0, request.into_inner()))
    }
}
