//! The APIs that instances of functions reach, as their service account.
//!
//! On Google Cloud, IAM decides what a service account may do. The local cloud's APIs check no
//! caller, so this layer stands in front of them: an instance may use what belongs to its own
//! project, except what the fleet works with ([`Reserved`]), and only the methods
//! that [`decision`] understands. Everything else is refused with an error that says so.
//!
//! Offered: Pub/Sub (gRPC and REST) and Cloud Storage (JSON and XML). No other API can be reached
//! from inside; secrets come through the service's own settings.

mod decision;
pub(crate) mod protobuf;
mod refusal;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use longshore_local_cloud_run::{Caller, InsideApi};
use longshore_local_kit::lineage::{self, Deliveries};
use longshore_local_kit::rest::Front;
use longshore_local_pubsub as pubsub;
use longshore_local_storage as storage;
use serde_json::json;

use self::decision::{Document, Scope, pubsub_grpc, pubsub_rest, storage_request};
use self::refusal::Refusal;
use crate::{Endpoints, Reserved};

/// Maximum size of a message or document that has to be read before the decision: above Pub/Sub's
/// limit for a publish request, 10 MB.
const DECIDED_ON_MAX_BYTES: usize = 16 << 20;

/// `PERMISSION_DENIED`.
const GRPC_PERMISSION_DENIED: HeaderValue = HeaderValue::from_static("7");

pub(crate) fn apis(
    endpoints: Endpoints,
    reserved: &Reserved,
    pubsub: &Arc<pubsub::Service>,
    storage: &Arc<storage::Service>,
    deliveries: &Arc<Deliveries>,
) -> Vec<InsideApi> {
    let of_pubsub = {
        let (reserved, service) = (reserved.clone(), Arc::clone(pubsub));
        let deliveries = Arc::clone(deliveries);
        move |caller: &Caller| {
            let scope = Scope::new(&caller.project, &reserved);
            let router = pubsub::router(Arc::clone(&service));
            let router = router.layer(from_fn_with_state(Arc::new(scope), pubsub_layer));
            // First, so that the decision is about the request that the service gets.
            let router = Front::default().before(router);
            counted(router, caller, &deliveries)
        }
    };
    let of_storage = {
        let (reserved, service) = (reserved.clone(), Arc::clone(storage));
        let deliveries = Arc::clone(deliveries);
        move |caller: &Caller| {
            let scope = Scope::new(&caller.project, &reserved);
            let router = storage::router(Arc::clone(&service), endpoints.storage);
            let state = Arc::new(StorageState { scope, service: Arc::clone(&service) });
            let router = router.layer(from_fn_with_state(state, storage_layer));
            let router = storage::front().before(router);
            counted(router, caller, &deliveries)
        }
    };
    let port = |address: SocketAddr| address.port();
    vec![
        InsideApi {
            variable: ("PUBSUB_EMULATOR_HOST", endpoints.pubsub.to_string()),
            port: port(endpoints.pubsub),
            router: Arc::new(of_pubsub),
        },
        InsideApi {
            variable: ("STORAGE_EMULATOR_HOST", format!("http://{}", endpoints.storage)),
            port: port(endpoints.storage),
            router: Arc::new(of_storage),
        },
    ]
}

/// Marks what an instance does as the consequence of the events that its service gets.
fn counted(router: Router, caller: &Caller, deliveries: &Arc<Deliveries>) -> Router {
    let (service, deliveries) = (caller.service.clone(), Arc::clone(deliveries));
    router.layer(from_fn(move |request: Request, next: Next| {
        let generation = deliveries.caused_by(&service);
        lineage::caused_by(generation, next.run(request))
    }))
}

struct StorageState {
    scope: Scope,
    service: Arc<storage::Service>,
}

async fn pubsub_layer(State(scope): State<Arc<Scope>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if is_grpc(&parts.headers) {
        let decided = match protobuf::first_message(body).await {
            Ok((message, body)) => pubsub_grpc(&scope, path, &message).map(|()| body),
            Err(refusal) => Err(refusal),
        };
        return match decided {
            Ok(body) => next.run(Request::from_parts(parts, body)).await,
            Err(refusal) => grpc_refusal(&refusal),
        };
    }
    let Ok(bytes) = to_bytes(body, DECIDED_ON_MAX_BYTES).await else {
        return json_refusal(&Refusal::Unreadable);
    };
    match pubsub_rest(&scope, parts.method.as_str(), path, &bytes) {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(refusal) => json_refusal(&refusal),
    }
}

async fn storage_layer(
    State(state): State<Arc<StorageState>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    if is_grpc(&parts.headers) {
        return grpc_refusal(&Refusal::Method(parts.uri.path().to_owned()));
    }
    let owns = |bucket: &str| state.service.is_of_project(bucket, &state.scope.project);
    let (method, query) = (parts.method.as_str(), parts.uri.query().unwrap_or_default());
    let (body, decided) =
        match storage_request(&state.scope, method, parts.uri.path(), query, &owns) {
            Ok(Document::Unread) => (body, Ok(())),
            Ok(Document::NewBucket) => match to_bytes(body, DECIDED_ON_MAX_BYTES).await {
                Ok(bytes) => {
                    let decided = decision::new_bucket(&state.scope, &bytes);
                    (Body::from(bytes), decided)
                }
                Err(_) => (Body::empty(), Err(Refusal::Unreadable)),
            },
            Err(refusal) => (Body::empty(), Err(refusal)),
        };
    match decided {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => json_refusal(&refusal),
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// A response of gRPC that consists of its status.
fn grpc_refusal(refusal: &Refusal) -> Response {
    let message = percent_encoded(&refusal.to_string());
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-status", GRPC_PERMISSION_DENIED);
    if let Ok(message) = HeaderValue::from_str(&message) {
        headers.insert("grpc-message", message);
    }
    response
}

fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn json_refusal(refusal: &Refusal) -> Response {
    let status = StatusCode::FORBIDDEN;
    let message = refusal.to_string();
    let error = json!({"error": {
        "code": status.as_u16(),
        "status": "PERMISSION_DENIED",
        "message": message,
        "errors": [{"domain": "global", "reason": "forbidden", "message": message}],
    }});
    let content_type = (header::CONTENT_TYPE, "application/json; charset=UTF-8");
    (status, [content_type], error.to_string()).into_response()
}
