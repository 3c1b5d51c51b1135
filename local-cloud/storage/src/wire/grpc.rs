//! `google.storage.v2.Storage`, which Google's control clients use.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request as HttpRequest;
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::Response as HttpResponse;
use time::OffsetDateTime;
use tonic::service::Routes;
use tonic::{Request, Response, Status, async_trait};

use super::grpc_messages::{self as messages, proto};
use super::shell::Shell;
use proto::storage_server::{Storage, StorageServer};

/// Maximum request size. Requests carry metadata only, but the default of 4 MiB would reject some
/// that Google accepts.
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
}
