//! Which path goes where.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::shell::Shell;
use super::{buckets, grpc, media, objects, resumable, upload};
use crate::storage::{Service, StorageError};

/// The JSON API and gRPC. `address` is where both can be reached.
pub(in crate::storage) fn router(service: Arc<Service>, address: SocketAddr) -> Router {
    let shell = Shell { service, base: format!("http://{address}").into() };
    let json = Router::new()
        .route("/storage/v1/b", post(buckets::insert).get(buckets::list))
        .route("/storage/v1/b/{bucket}", get(buckets::get).delete(buckets::delete))
        .route("/storage/v1/b/{bucket}/o", get(objects::list))
        .route("/storage/v1/b/{bucket}/o/{object}", get(objects::get).delete(objects::delete))
        .route("/download/storage/v1/b/{bucket}/o/{object}", get(media::download))
        .route("/upload/storage/v1/b/{bucket}/o", uploads())
        // Where gcloud starts resumable uploads.
        .route("/resumable/upload/storage/v1/b/{bucket}/o", uploads())
        .fallback(unimplemented)
        .method_not_allowed_fallback(unimplemented)
        .with_state(shell.clone())
        .layer(DefaultBodyLimit::disable());
    json.merge(grpc::router(shell))
}

fn uploads() -> MethodRouter<Shell> {
    post(upload::start).put(resumable::put).delete(resumable::cancel)
}

/// Answers a method that is not served, in the protocol in which it was asked.
async fn unimplemented(request: Request) -> Response {
    let name = format!("{} {}", request.method(), request.uri().path());
    if grpc::is_grpc(request.headers()) { grpc::unimplemented(&name) } else { StorageError::Unimplemented(name).into_response() }
}
