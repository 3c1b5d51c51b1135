//! The HTTP server of a service's URL: checks who may call, leases an instance, and forwards the
//! request.
//!
//! Unlike Google: no TLS, no HTTP/2 to the container, no protocol upgrades (WebSockets).

mod limits;
mod outgoing;
mod request_log;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, Stream};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::gate::{Gate, OnProject, Rejection};
use super::pool::{Lease, Pool, Unavailable};
use super::traffic_table::{Target, TrafficTable};
use longshore_local_identity::Signer;
use longshore_local_kit::listen::{self, BodyFault, BodyWatch};
use outgoing::{outgoing, remove_hop_by_hop};
use request_log::RequestLog;

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

async fn pass_on(pool: &Arc<Pool>, limit: Duration, request: Request) -> Response {
    let is_limited = limits::applies(request.version());
    if is_limited && limits::is_exceeded(request.headers()) {
        return request_too_large();
    }
    // First the body, then the instance: callers who send nothing must not keep others waiting.
    let (parts, body) = request.into_parts();
    let (body, watch) = match listen::started(body).await {
        Ok(started) => started,
        Err(fault) => return bad_request(fault),
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
    let request = match outgoing(request, Uuid::new_v4().as_u128()) {
        Ok(request) => request,
        Err(error) => return text(StatusCode::BAD_REQUEST, &format!("Bad Request: {error}")),
    };
    let answer = tokio::select! {
        answer = timeout_at(deadline, send(&lease, request)) => answer,
        () = holds_up_others(pool, &watch) => return bad_request(BodyFault::Stalled),
    };
    match answer {
        Ok(Ok(response)) => {
            let (mut parts, body) = response.into_parts();
            if is_limited && limits::is_exceeded(&parts.headers) {
                return response_too_large();
            }
            remove_hop_by_hop(&mut parts.headers);
            let slot = Slot { _lease: lease, pool: Arc::clone(pool), watch, deadline };
            Response::from_parts(
                parts,
                Body::from_stream(until(slot, Body::new(body).into_data_stream())),
            )
        }
        Ok(Err(_)) if exceeded.is_set() => request_too_large(),
        Ok(Err(error)) => {
            if let Some(fault) = watch.fault() {
                return bad_request(fault);
            }
            tracing::debug!(%error, "an instance did not answer");
            let message = "The request failed because either the HTTP response was malformed or connection to the instance had an error.";
            text(StatusCode::SERVICE_UNAVAILABLE, message)
        }
        Err(_) => timed_out(),
    }
}

/// Why an instance gave no response.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Connect(#[from] io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

/// Sends the request over a connection of its own: Python's servers close idle connections, so one
/// that was used before may be dead.
async fn send(lease: &Lease, request: Request) -> Result<Response<Incoming>, SendError> {
    let stream = lease.connect().await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to an instance ended with an error");
        }
    });
    Ok(sender.send_request(request).await?)
}

/// Resolves when the rest of the request's body does not arrive while other requests wait for the
/// slot. On Google, such a request holds its slot until the request timeout, but other clients get
/// other instances; here one client could keep all others from a function.
async fn holds_up_others(pool: &Pool, watch: &BodyWatch) {
    let patience = pool.body_patience();
    loop {
        watch.stalls(patience).await;
        pool.is_awaited().await;
        // The body may have gone on in the meantime.
        if watch.has_stalled(patience) {
            return;
        }
    }
}

/// A request slot that a response holds.
struct Slot {
    _lease: Lease,
    pool: Arc<Pool>,
    /// Of the request's body, which may be unfinished when the response begins.
    watch: BodyWatch,
    deadline: Instant,
}

/// The body. It holds the slot until its end. It fails at the deadline, and when the request's body
/// stalls while others wait.
fn until(slot: Slot, body: BodyDataStream) -> impl Stream<Item = Result<Bytes, axum::Error>> {
    stream::unfold(Some((slot, body)), move |state| async move {
        let (slot, mut body) = state?;
        let next = tokio::select! {
            next = timeout_at(slot.deadline, body.next()) => next,
            () = holds_up_others(&slot.pool, &slot.watch) => {
                return Some((Err(axum::Error::new(BodyFault::Stalled)), None));
            }
        };
        match next {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some((slot, body)))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(elapsed) => Some((Err(axum::Error::new(elapsed)), None)),
        }
    })
}

fn refused(unavailable: &Unavailable) -> Response {
    match unavailable {
        Unavailable::Busy => text(
            StatusCode::TOO_MANY_REQUESTS,
            "Rate exceeded. The request was aborted because there was no available instance.",
        ),
        Unavailable::CannotStart(why) => {
            text(StatusCode::SERVICE_UNAVAILABLE, &format!("Service Unavailable: {why}"))
        }
        Unavailable::Stopped => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Unavailable: the service is being stopped.",
        ),
    }
}

fn bad_request(fault: BodyFault) -> Response {
    match fault {
        BodyFault::Stalled => {
            text(StatusCode::REQUEST_TIMEOUT, &format!("Request Timeout: {fault}"))
        }
        BodyFault::Malformed => text(StatusCode::BAD_REQUEST, &format!("Bad Request: {fault}")),
    }
}

fn request_too_large() -> Response {
    text(
        StatusCode::PAYLOAD_TOO_LARGE,
        "Request Entity Too Large: your client issued a request that was too large.",
    )
}

fn response_too_large() -> Response {
    tracing::debug!("a response was too large");
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Response size was too large. Please consider reducing response size.",
    )
}

fn timed_out() -> Response {
    let message = "upstream request timeout: the request has been terminated because it has reached the maximum request timeout.";
    text(StatusCode::GATEWAY_TIMEOUT, message)
}

pub(super) fn text(status: StatusCode, message: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{message}\n"))
        .into_response()
}
