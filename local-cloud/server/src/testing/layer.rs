//! The layer before an API: notes each call, and makes it fail or delays it where a test wants that.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use longshore_local_kit::coverage::{Method, is_grpc};
use longshore_local_kit::quotas::{place_of, routing};
use longshore_local_kit::rest::percent_decode;
use parking_lot::Mutex;
use time::OffsetDateTime;

use super::faults::{Failure, Fault, Faults, When};
use super::requests::{Received, Requests};

/// The most of a body that is read and dropped. A client that still sends when it is refused may
/// not see the refusal.
const DROPPED_MAX_BYTES: usize = 32 << 20;

/// What the layers of all APIs share.
#[derive(Clone, Default)]
pub(crate) struct Layers {
    pub(super) faults: Arc<Faults>,
    pub(super) requests: Arc<Requests>,
    /// The names of all methods that have a layer.
    methods: Arc<Mutex<Vec<&'static str>>>,
}

struct Layer {
    layers: Layers,
    /// Host name of the API at Google.
    service: &'static str,
    methods: Vec<&'static Method>,
}

impl Layers {
    /// Puts the layer before an API. `service` is its host name at Google, and the lists are those
    /// of its methods.
    pub(crate) fn over(
        &self,
        router: Router,
        service: &'static str,
        lists: &[&'static [Method]],
    ) -> Router {
        let methods: Vec<_> = lists.iter().copied().flatten().collect();
        self.methods.lock().extend(methods.iter().map(|method| method.name));
        let layer = Layer { layers: self.clone(), service, methods };
        router.layer(from_fn_with_state(Arc::new(layer), watch))
    }

    /// Whether a method that matches has a layer.
    pub(super) fn has_method(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.methods.lock().iter().any(|method| matches(method))
    }
}

async fn watch(State(layer): State<Arc<Layer>>, request: Request, next: Next) -> Response {
    let at = OffsetDateTime::now_utc();
    let is_grpc = is_grpc(request.headers());
    let path = request.uri().path();
    let found = layer.methods.iter().find(|method| {
        if is_grpc { method.is_grpc(path) } else { method.is_rest(request.method(), path) }
    });
    let method = found.map_or("", |method| method.name);
    let (project, _) = place_of(request.uri(), request.headers());
    let target = match is_grpc {
        true => path.to_owned(),
        false => format!("{} {}", request.method(), path_and_query(request.uri())),
    };
    let places = [percent_decode(path).unwrap_or_default(), routing(request.headers())];
    let fault = layer.layers.faults.take(method, &places);
    let has_fault = fault.is_some();
    let response = match fault {
        None => next.run(request).await,
        Some(fault) => with(fault, request, next, is_grpc).await,
    };
    let grpc_status = response.headers().get("grpc-status");
    layer.layers.requests.add(Received {
        at,
        service: layer.service,
        method,
        target,
        project,
        http_status: response.status().as_u16(),
        grpc_status: grpc_status.and_then(|status| Some(status.to_str().ok()?.to_owned())),
        has_fault,
    });
    response
}

async fn with(fault: Fault, request: Request, next: Next, is_grpc: bool) -> Response {
    tokio::time::sleep(fault.delay).await;
    let Some(Failure { status, message, when }) = fault.failure else {
        return next.run(request).await;
    };
    match when {
        When::Before if is_grpc => {}
        When::Before => drop(to_bytes(request.into_body(), DROPPED_MAX_BYTES).await),
        When::After => drop(complete(next.run(request).await, is_grpc).await),
    }
    status.response(&message, is_grpc)
}

/// A call is carried out once its response is there, except for the stream of a gRPC call, which
/// may have no end.
async fn complete(response: Response, is_grpc: bool) -> Response {
    if is_grpc {
        return response;
    }
    let (parts, body) = response.into_parts();
    drop(to_bytes(body, DROPPED_MAX_BYTES).await);
    Response::from_parts(parts, Body::empty())
}

fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |path| path.as_str())
}
