//! The HTTP server of a service's URL: checks who may call, leases an instance, and forwards the
//! request.
//!
//! Unlike Google: no TLS, and no WebSockets over HTTP/2.

mod answers;
mod limits;
mod outgoing;
mod protocol;
mod request_log;
mod send;
mod slot;
mod websocket;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Version};
use axum::response::Response;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::gate::{Gate, OnProject, Rejection};
use super::pool::Pool;
use super::traffic_table::{Target, TrafficTable};
pub(super) use answers::text;
use answers::{
    bad_request, no_answer, no_websocket, refused, request_too_large, response_too_large, timed_out,
};
use longshore_local_identity::Signer;
use longshore_local_kit::listen::{self, BodyFault};
use outgoing::{outgoing, remove_hop_by_hop};
use protocol::Protocol;
use request_log::RequestLog;
use slot::{Slot, holds_up_others, waits_for_a_place};
use websocket::Socket;

pub(super) struct Front {
    /// Where requests go.
    pub(super) traffic: TrafficTable,
    pub(super) gate: Gate,
    is_deleted: AtomicBool,
}

impl Front {
    pub(super) fn new(signer: Arc<Signer>, on_project: Option<OnProject>) -> Self {
        let gate = Gate::new(signer, on_project);
        Self { traffic: TrafficTable::default(), gate, is_deleted: AtomicBool::new(false) }
    }

    /// Requests get 404 from now on.
    pub(super) fn delete(&self) {
        self.is_deleted.store(true, Ordering::Relaxed);
    }
}

/// One of the service's URLs: its own, or the URL of a tag.
#[derive(Clone)]
struct Url {
    front: Arc<Front>,
    tag: Option<Arc<str>>,
}

pub(super) fn router(front: Arc<Front>, tag: Option<&str>) -> Router {
    Router::new().fallback(handle).with_state(Url { front, tag: tag.map(Arc::from) })
}

async fn handle(State(Url { front, tag }): State<Url>, request: Request) -> Response {
    answer(&front, tag.as_deref(), request).await
}

/// Answers a request to the URL of a service, or of one of its tags.
pub(super) async fn answer(front: &Front, tag: Option<&str>, mut request: Request) -> Response {
    if front.is_deleted.load(Ordering::Relaxed) {
        return Rejection::Outside.response(request.uri());
    }
    if let Err(rejection) = front.gate.admit(request.headers_mut(), SystemTime::now()) {
        return rejection.response(request.uri());
    }
    match front.traffic.target(tag, Uuid::new_v4().as_u128()).await {
        Some(Target { pool, timeout }) => {
            let log = RequestLog::begin(&pool, &request);
            log.ended(pass_on(&pool, timeout, request).await)
        }
        None => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Unavailable: no revision of this service is ready.",
        ),
    }
}

async fn pass_on(pool: &Arc<Pool>, limit: Duration, mut request: Request) -> Response {
    let protocol = Protocol::of(&request, pool.is_port_http2());
    let is_limited = limits::applies(protocol);
    if is_limited && limits::is_exceeded(request.headers()) {
        return request_too_large();
    }
    let socket = Socket::asked_for(&mut request);
    if socket.is_some() && protocol == Protocol::Http2 {
        return no_websocket();
    }
    let (caller, is_head) = (request.version(), request.method() == Method::HEAD);
    // First the body, then the instance: callers who send nothing must not keep others waiting.
    // In a stream of gRPC the other side may speak first.
    let (parts, body) = request.into_parts();
    let is_stream = protocol == Protocol::Http2 && protocol::is_grpc(&parts.headers);
    let (body, watch) = if is_stream {
        listen::unawaited(body)
    } else {
        match listen::started(body).await {
            Ok(started) => started,
            Err(fault) => return bad_request(fault),
        }
    };
    let (body, exceeded) =
        if is_limited { limits::limited(body) } else { (body, limits::Exceeded::default()) };
    let request = Request::from_parts(parts, body);
    let deadline = Instant::now() + limit;
    let lease = match timeout_at(deadline, pool.lease()).await {
        Ok(Ok(lease)) => lease,
        Ok(Err(unavailable)) => return refused(&unavailable),
        Err(_) => return timed_out(),
    };
    let mut request = match outgoing(request, protocol, Uuid::new_v4().as_u128()) {
        Ok(request) => request,
        Err(error) => return text(StatusCode::BAD_REQUEST, &format!("Bad Request: {error}")),
    };
    if socket.is_some() {
        websocket::ask(request.headers_mut());
    }
    let slot = Slot { lease, pool: Arc::clone(pool), watch, deadline };
    let answer = tokio::select! {
        answer = timeout_at(deadline, send::send(&slot.lease, protocol, request)) => answer,
        () = holds_up_others(pool, &slot.watch) => return bad_request(BodyFault::Stalled),
        // A stream may have no response until its end.
        () = waits_for_a_place(pool, &slot.watch), if !is_stream => {
            return bad_request(BodyFault::Stalled);
        }
    };
    match answer {
        Ok(Ok(response)) if response.status() == StatusCode::SWITCHING_PROTOCOLS => match socket {
            Some(socket) => socket.open(response, slot),
            None => no_answer(protocol),
        },
        // The answer to HEAD has the length of a body that it does not have.
        Ok(Ok(response)) if is_limited && !is_head && limits::is_exceeded(response.headers()) => {
            response_too_large()
        }
        Ok(Ok(response)) => passed_back(response, slot, caller),
        Ok(Err(_)) if exceeded.is_set() => request_too_large(),
        Ok(Err(error)) => {
            if let Some(fault) = slot.watch.fault() {
                return bad_request(fault);
            }
            tracing::debug!(%error, "an instance did not respond");
            no_answer(protocol)
        }
        Err(_) => timed_out(),
    }
}

fn passed_back(response: Response<Incoming>, slot: Slot, caller: Version) -> Response {
    let (mut parts, body) = response.into_parts();
    remove_hop_by_hop(&mut parts.headers);
    parts.version = caller;
    Response::from_parts(parts, slot.until_end(caller, body))
}
