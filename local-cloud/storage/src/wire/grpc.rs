//! `google.storage.v2.Storage`, which Google's clients use over gRPC.

mod policies;
mod reads;
mod writes;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request as HttpRequest;
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::Response as HttpResponse;
use futures::stream::BoxStream;
use time::OffsetDateTime;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming, async_trait};

use super::grpc_messages::{self as messages, proto};
use super::iam::v1 as iam;
use super::shell::Shell;
use super::{acl, copies, resumable};
use proto::storage_server::{Storage, StorageServer};

/// Maximum size of a message. The default of 4 MiB would reject some metadata that Google accepts.
const REQUEST_LIMIT_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn router(shell: Shell) -> Router {
    let server = StorageServer::from_arc(Arc::new(StorageApi { shell }))
        .max_decoding_message_size(REQUEST_LIMIT_BYTES);
    Routes::new(server)
        .into_axum_router()
        .reset_fallback()
        .layer(middleware::from_fn(name_the_unimplemented))
}

pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|content_type| content_type.starts_with("application/grpc"))
}

/// `UNIMPLEMENTED`, with the method's name.
pub(super) fn unimplemented(name: &str) -> HttpResponse {
    Status::unimplemented(format!("the local cloud does not serve {name}")).into_http()
}

/// The generated server answers an unknown method with `UNIMPLEMENTED` and no message; this adds
/// one.
async fn name_the_unimplemented(request: HttpRequest, next: Next) -> HttpResponse {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let silent = Status::from_header_map(response.headers()).is_some_and(|status| {
        status.code() == tonic::Code::Unimplemented && status.message().is_empty()
    });
    if silent { unimplemented(&path) } else { response }
}

struct StorageApi {
    shell: Shell,
}

#[async_trait]
impl Storage for StorageApi {
    async fn create_bucket(
        &self,
        request: Request<proto::CreateBucketRequest>,
    ) -> Result<Response<proto::Bucket>, Status> {
        let request = request.into_inner();
        let id = request.bucket_id.clone();
        let (project, attributes) = messages::new_bucket(request)?;
        let created = self.shell.with_service(move |service| {
            service.create_bucket(&id, &project, attributes, OffsetDateTime::now_utc())
        });
        Ok(Response::new(messages::bucket(created.await?)))
    }

    async fn get_bucket(
        &self,
        request: Request<proto::GetBucketRequest>,
    ) -> Result<Response<proto::Bucket>, Status> {
        let request = request.into_inner();
        let name = messages::bucket_id(&request.name)?;
        messages::check_read_mask(request.read_mask.as_ref())?;
        let preconditions = messages::bucket_preconditions(
            request.if_metageneration_match,
            request.if_metageneration_not_match,
        );
        let record =
            self.shell.with_service(move |service| service.bucket(&name, &preconditions)).await?;
        Ok(Response::new(messages::bucket(record)))
    }

    async fn list_buckets(
        &self,
        request: Request<proto::ListBucketsRequest>,
    ) -> Result<Response<proto::ListBucketsResponse>, Status> {
        let request = request.into_inner();
        let project = request.parent.clone();
        let query = messages::bucket_query(request)?;
        let page =
            self.shell.with_service(move |service| service.list_buckets(&project, &query)).await?;
        let buckets = page.items.into_iter().map(messages::bucket).collect();
        Ok(Response::new(proto::ListBucketsResponse {
            buckets,
            next_page_token: page.next_page_token,
        }))
    }

    async fn delete_bucket(
        &self,
        request: Request<proto::DeleteBucketRequest>,
    ) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let name = messages::bucket_id(&request.name)?;
        let preconditions = messages::bucket_preconditions(
            request.if_metageneration_match,
            request.if_metageneration_not_match,
        );
        self.shell
            .with_service(move |service| service.delete_bucket(&name, &preconditions))
            .await?;
        Ok(Response::new(()))
    }

    async fn update_bucket(
        &self,
        request: Request<proto::UpdateBucketRequest>,
    ) -> Result<Response<proto::Bucket>, Status> {
        let request = request.into_inner();
        let named = request.bucket.as_ref().map(|bucket| bucket.name.as_str()).unwrap_or_default();
        let name = messages::bucket_id(named)?;
        let lists = [
            ("predefined_acl", request.predefined_acl.as_str()),
            ("predefined_default_object_acl", request.predefined_default_object_acl.as_str()),
        ];
        acl::check(&self.shell, &name, &lists).await?;
        let preconditions = messages::bucket_preconditions(
            request.if_metageneration_match,
            request.if_metageneration_not_match,
        );
        let record = self.shell.with_service(move |service| {
            let change = |record: &_| messages::updated_bucket(record, request);
            service.change_bucket(&name, &preconditions, change, OffsetDateTime::now_utc())
        });
        Ok(Response::new(messages::bucket(record.await?)))
    }

    async fn get_iam_policy(
        &self,
        request: Request<iam::GetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        Ok(Response::new(policies::get(&self.shell, request.into_inner()).await?))
    }

    async fn set_iam_policy(
        &self,
        request: Request<iam::SetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        Ok(Response::new(policies::set(&self.shell, request.into_inner()).await?))
    }

    async fn test_iam_permissions(
        &self,
        request: Request<iam::TestIamPermissionsRequest>,
    ) -> Result<Response<iam::TestIamPermissionsResponse>, Status> {
        Ok(Response::new(policies::test(&self.shell, request.into_inner()).await?))
    }

    async fn get_object(
        &self,
        request: Request<proto::GetObjectRequest>,
    ) -> Result<Response<proto::Object>, Status> {
        let request = request.into_inner();
        let bucket = messages::bucket_id(&request.bucket)?;
        let (generation, preconditions) = messages::get_conditions(&request)?;
        let record = self
            .shell
            .with_service(move |service| {
                service.object(&bucket, &request.object, generation, &preconditions)
            })
            .await?;
        Ok(Response::new(messages::object(record)))
    }

    async fn list_objects(
        &self,
        request: Request<proto::ListObjectsRequest>,
    ) -> Result<Response<proto::ListObjectsResponse>, Status> {
        let request = request.into_inner();
        let bucket = messages::bucket_id(&request.parent)?;
        let query = messages::object_query(request)?;
        let page = self.shell.with_service(move |service| service.list(&bucket, &query)).await?;
        let objects = page.items.into_iter().map(messages::object).collect();
        Ok(Response::new(proto::ListObjectsResponse {
            objects,
            prefixes: page.prefixes,
            next_page_token: page.next_page_token,
        }))
    }

    async fn delete_object(
        &self,
        request: Request<proto::DeleteObjectRequest>,
    ) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let bucket = messages::bucket_id(&request.bucket)?;
        let target = messages::delete_target(bucket, request)?;
        self.shell
            .with_service(move |service| service.delete(&target, OffsetDateTime::now_utc()))
            .await?;
        Ok(Response::new(()))
    }

    async fn update_object(
        &self,
        request: Request<proto::UpdateObjectRequest>,
    ) -> Result<Response<proto::Object>, Status> {
        let request = request.into_inner();
        let target = messages::update_target(&request)?;
        let lists = [("predefined_acl", request.predefined_acl.as_str())];
        acl::check(&self.shell, &target.bucket, &lists).await?;
        let record = self.shell.with_service(move |service| {
            let change = |record: &_| messages::updated(record, &request);
            service.change(&target, change, OffsetDateTime::now_utc())
        });
        Ok(Response::new(messages::object(record.await?)))
    }

    async fn compose_object(
        &self,
        request: Request<proto::ComposeObjectRequest>,
    ) -> Result<Response<proto::Object>, Status> {
        let request = request.into_inner();
        let list = request.destination_predefined_acl.clone();
        let composition = messages::composition(request)?;
        let lists = [("destination_predefined_acl", list.as_str())];
        acl::check(&self.shell, &composition.destination.bucket, &lists).await?;
        let record = self
            .shell
            .with_service(move |service| service.compose(&composition, OffsetDateTime::now_utc()));
        Ok(Response::new(messages::object(record.await?)))
    }

    async fn rewrite_object(
        &self,
        request: Request<proto::RewriteObjectRequest>,
    ) -> Result<Response<proto::RewriteResponse>, Status> {
        let request = request.into_inner();
        let (copy, limit) = messages::rewrite(&request)?;
        let lists = [("destination_predefined_acl", request.destination_predefined_acl.as_str())];
        acl::check(&self.shell, &copy.destination.bucket, &lists).await?;
        let token = request.rewrite_token;
        let step = self
            .shell
            .with_service(move |service| copies::rewrite_step(service, copy, limit, &token));
        let step = step.await?;
        Ok(Response::new(proto::RewriteResponse {
            total_bytes_rewritten: messages::signed(step.rewritten_bytes),
            object_size: messages::signed(step.size_bytes),
            done: step.resource.is_some(),
            rewrite_token: step.token,
            resource: step.resource.map(|record| messages::object(*record)),
        }))
    }

    async fn move_object(
        &self,
        request: Request<proto::MoveObjectRequest>,
    ) -> Result<Response<proto::Object>, Status> {
        let request = messages::moved(request.into_inner())?;
        let moved = self
            .shell
            .with_service(move |service| service.rename(request, OffsetDateTime::now_utc()));
        Ok(Response::new(messages::object(moved.await?.object)))
    }

    type ReadObjectStream = BoxStream<'static, Result<proto::ReadObjectResponse, Status>>;

    async fn read_object(
        &self,
        request: Request<proto::ReadObjectRequest>,
    ) -> Result<Response<Self::ReadObjectStream>, Status> {
        Ok(Response::new(reads::read(&self.shell, request.into_inner()).await?))
    }

    type BidiReadObjectStream = BoxStream<'static, Result<proto::BidiReadObjectResponse, Status>>;

    async fn bidi_read_object(
        &self,
        request: Request<Streaming<proto::BidiReadObjectRequest>>,
    ) -> Result<Response<Self::BidiReadObjectStream>, Status> {
        Ok(Response::new(reads::read_ranges(self.shell.clone(), request.into_inner())))
    }

    async fn write_object(
        &self,
        request: Request<Streaming<proto::WriteObjectRequest>>,
    ) -> Result<Response<proto::WriteObjectResponse>, Status> {
        Ok(Response::new(writes::write(self.shell.clone(), request.into_inner()).await?))
    }

    type BidiWriteObjectStream = BoxStream<'static, Result<proto::BidiWriteObjectResponse, Status>>;

    async fn bidi_write_object(
        &self,
        request: Request<Streaming<proto::BidiWriteObjectRequest>>,
    ) -> Result<Response<Self::BidiWriteObjectStream>, Status> {
        Ok(Response::new(writes::write_both_ways(self.shell.clone(), request.into_inner())))
    }

    async fn start_resumable_write(
        &self,
        request: Request<proto::StartResumableWriteRequest>,
    ) -> Result<Response<proto::StartResumableWriteResponse>, Status> {
        Ok(Response::new(writes::start(&self.shell, request.into_inner()).await?))
    }

    async fn query_write_status(
        &self,
        request: Request<proto::QueryWriteStatusRequest>,
    ) -> Result<Response<proto::QueryWriteStatusResponse>, Status> {
        Ok(Response::new(writes::status(&self.shell, request.into_inner()).await?))
    }

    async fn cancel_resumable_write(
        &self,
        request: Request<proto::CancelResumableWriteRequest>,
    ) -> Result<Response<proto::CancelResumableWriteResponse>, Status> {
        resumable::end(&self.shell, request.into_inner().upload_id).await?;
        Ok(Response::new(proto::CancelResumableWriteResponse {}))
    }
}
