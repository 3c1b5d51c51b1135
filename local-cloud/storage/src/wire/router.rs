//! Maps paths to handlers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};

use super::shell::Shell;
use super::{
    acl, batch, buckets, copies, grpc, iam, keys, media, notifications, objects, resumable, upload,
    xml,
};
use crate::{Service, StorageError};
use longshore_local_kit::rest::{Front, WANTS_JSON, body_error, is_json};

/// The first segments of the paths of the JSON API. All others are buckets of the XML API, where
/// `Content-Encoding` is an attribute of the object.
const JSON_SEGMENTS: &[&str] =
    &["storage", "upload", "download", "resumable", "batch", "b", "projects"];

/// Prefixes of paths that are not `/BUCKET/OBJECT` of the XML API.
const OTHER_APIS: [&str; 6] =
    ["/storage/", "/upload/", "/download/", "/resumable/", "/batch/", "/google."];

/// Maximum size of a document: above that of the largest that Google accepts, an access policy.
const DOCUMENT_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// The JSON and XML APIs and gRPC, for one port. `address` is where clients reach it: resumable
/// uploads answer with an absolute address, and Google's clients send no port in `Host`.
pub fn router(service: Arc<Service>, address: SocketAddr) -> Router {
    let base = format!("http://{address}").into();
    let shell = Shell { service, sessions: Arc::default(), base };
    let serve = |api: Router<Shell>| {
        api.fallback(others).method_not_allowed_fallback(others).with_state(shell.clone())
    };
    // Each call of a batch has system parameters of its own.
    let batched = front().before(serve(json()));
    let batch = post(move |headers: HeaderMap, body: Body| batch::answer(batched, headers, body));
    let all =
        serve(json().layer(from_fn(only_json)).merge(contents()).route("/batch/storage/v1", batch));
    front().before(all.layer(DefaultBodyLimit::disable())).merge(grpc::router(shell))
}

/// What stands before the JSON API. It is exported for layers that stand before this router.
#[must_use]
pub const fn front() -> Front {
    Front::of_media(JSON_SEGMENTS)
}

/// The methods on documents. Google's Node.js library omits `/storage/v1` when
/// `STORAGE_EMULATOR_HOST` names its emulator; no bucket can be called `b`.
fn json() -> Router<Shell> {
    documents("/storage/v1").merge(documents(""))
}

fn documents(root: &str) -> Router<Shell> {
    let buckets = format!("{root}/b");
    let bucket_path = format!("{buckets}/{{bucket}}");
    let object_path = format!("{bucket_path}/o/{{object}}");
    let project = format!("{root}/projects/{{project}}");
    let bucket =
        get(buckets::get).patch(buckets::patch).put(buckets::update).delete(buckets::delete);
    let object =
        get(objects::get).patch(objects::patch).put(objects::update).delete(objects::delete);
    let key = get(keys::get).put(keys::update).delete(keys::delete);
    Router::new()
        .route(&buckets, post(buckets::insert).get(buckets::list))
        .route(&bucket_path, bucket)
        .route(&format!("{bucket_path}/storageLayout"), get(buckets::storage_layout))
        .route(&format!("{bucket_path}/managedFolders"), get(buckets::managed_folders))
        .route(&format!("{bucket_path}/anywhereCaches"), get(buckets::anywhere_caches))
        .route(&format!("{bucket_path}/iam"), get(iam::get).put(iam::set))
        .route(&format!("{bucket_path}/iam/testPermissions"), get(iam::test))
        .route(
            &format!("{bucket_path}/notificationConfigs"),
            post(notifications::insert).get(notifications::list),
        )
        .route(
            &format!("{bucket_path}/notificationConfigs/{{id}}"),
            get(notifications::get).delete(notifications::delete),
        )
        .route(&format!("{bucket_path}/o"), get(objects::list))
        .route(&object_path, object)
        .route(&format!("{object_path}/compose"), post(copies::compose))
        .route(&format!("{object_path}/copyTo/b/{{to_bucket}}/o/{{to_object}}"), post(copies::copy))
        .route(
            &format!("{object_path}/rewriteTo/b/{{to_bucket}}/o/{{to_object}}"),
            post(copies::rewrite),
        )
        .route(&format!("{object_path}/moveTo/o/{{to_object}}"), post(copies::rename))
        .route(&format!("{bucket_path}/acl"), any(acl::refuse))
        .route(&format!("{bucket_path}/acl/{{entity}}"), any(acl::refuse))
        .route(&format!("{bucket_path}/defaultObjectAcl"), any(acl::refuse))
        .route(&format!("{bucket_path}/defaultObjectAcl/{{entity}}"), any(acl::refuse))
        .route(&format!("{object_path}/acl"), any(acl::refuse))
        .route(&format!("{object_path}/acl/{{entity}}"), any(acl::refuse))
        .route(&format!("{project}/hmacKeys"), post(keys::create).get(keys::list))
        .route(&format!("{project}/hmacKeys/{{key}}"), key)
        .route(&format!("{project}/serviceAccount"), get(keys::service_account))
}

/// Limits a document, also one that was compressed, and rejects one that is not declared as JSON:
/// web pages can send such a request.
async fn only_json(request: Request, next: Next) -> Result<Response, StorageError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, DOCUMENT_LIMIT_BYTES).await.map_err(|error| {
        StorageError::Invalid(body_error(&error, DOCUMENT_LIMIT_BYTES).message().to_owned())
    })?;
    if !body.is_empty() && !is_json(&parts.headers) {
        return Err(StorageError::Invalid(WANTS_JSON.to_owned()));
    }
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}

/// Uploads and downloads.
fn contents() -> Router<Shell> {
    Router::new()
        .route("/download/storage/v1/b/{bucket}/o/{object}", get(media::download))
        .route("/upload/storage/v1/b/{bucket}/o", uploads())
        // Where gcloud starts resumable uploads.
        .route("/resumable/upload/storage/v1/b/{bucket}/o", uploads())
}

fn uploads() -> MethodRouter<Shell> {
    post(upload::start).put(resumable::put).delete(resumable::cancel)
}

/// The XML API; or an unsupported method, which gets an error in the protocol of the request.
async fn others(State(shell): State<Shell>, request: Request) -> Response {
    let path = request.uri().path();
    if grpc::is_grpc(request.headers()) {
        return grpc::unimplemented(&format!("{} {path}", request.method()));
    }
    if OTHER_APIS.iter().any(|prefix| path.starts_with(prefix)) {
        return StorageError::Unimplemented(format!("{} {path}", request.method())).into_response();
    }
    xml::answer(&shell, request).await
}
