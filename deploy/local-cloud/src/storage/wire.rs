//! The wire shell: the JSON API v1, uploads, downloads and gRPC.
//!
//! The store is only touched on blocking threads: its lock is held while the journal is written.

mod buckets;
mod content_range;
mod grpc;
mod grpc_messages;
mod media;
mod metadata;
mod multipart;
mod objects;
mod parameters;
mod receive;
mod resource;
mod response;
mod resumable;
mod upload;

pub(super) use resumable::Sessions;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{Files, Service, StorageError, Store};

/// What every handler needs.
#[derive(Clone)]
struct Shell {
    service: Arc<Service>,
    /// `http://ADDRESS`, for links in answers.
    base: Arc<str>,
}

impl Shell {
    /// Does something with the store on a blocking thread.
    async fn with_store<T: Send + 'static>(
        &self,
        action: impl FnOnce(&Store<Files>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let service = Arc::clone(&self.service);
        blocking(move || action(service.store())).await
    }
}

async fn blocking<T: Send + 'static>(action: impl FnOnce() -> Result<T, StorageError> + Send + 'static) -> Result<T, StorageError> {
    let joined = tokio::task::spawn_blocking(action).await;
    joined.unwrap_or_else(|error| Err(StorageError::Content(std::io::Error::other(error))))
}

pub(super) fn router(service: Arc<Service>, address: SocketAddr) -> Router {
    let shell = Shell { service, base: format!("http://{address}").into() };
    let json = Router::new()
        .route("/storage/v1/b", post(buckets::insert).get(buckets::list))
        .route("/storage/v1/b/{bucket}", get(buckets::get).delete(buckets::delete))
        .route("/storage/v1/b/{bucket}/o", get(objects::list))
        .route("/storage/v1/b/{bucket}/o/{object}", get(objects::get).delete(objects::delete))
        .route("/download/storage/v1/b/{bucket}/o/{object}", get(media::download))
        .route("/upload/storage/v1/b/{bucket}/o", post(upload::start).put(resumable::put).delete(resumable::cancel))
        .fallback(unimplemented)
        .method_not_allowed_fallback(unimplemented)
        .with_state(shell.clone())
        .layer(DefaultBodyLimit::disable());
    json.merge(grpc::router(shell))
}

/// Answers a method that is not served, in the protocol in which it was asked.
async fn unimplemented(request: Request) -> Response {
    let name = format!("{} {}", request.method(), request.uri().path());
    if grpc::is_grpc(request.headers()) { grpc::unimplemented(&name) } else { StorageError::Unimplemented(name).into_response() }
}
