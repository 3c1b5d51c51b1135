//! Receives OTLP: gRPC, and HTTP with protobuf or JSON, on one port.
//! <https://opentelemetry.io/docs/specs/otlp/>
//!
//! The port is on loopback and has the access rules of the local cloud's ports: it answers the user
//! who runs it, and no web page. Only traces are stored; metrics and logs are refused as unknown
//! paths. A request has at most 16 MiB, and as much again once it is decompressed.
//!
//! gRPC is spoken here and not by a server of its own: one unary call is a request of HTTP/2 whose
//! body has a prefix of five bytes, and so both protocols share their limits.

use std::future::Future;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::post;
use flate2::read::GzDecoder;
use http_body_util::{BodyExt as _, Full};
use longshore_local_kit::listen::{self, Access};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message as _;
use tokio::net::TcpListener;

use crate::otlp;
use crate::store::{IngestError, Ingested, TraceStore};

const GRPC_METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const HTTP_PATH: &str = "/v1/traces";

/// Maximum size of a request, compressed and decompressed. Senders send a few hundred spans at once.
const REQUEST_BYTES_MAX: usize = 16 << 20;

/// Without a request for this long, what was received is written to the files of the traces.
const IDLE: Duration = Duration::from_secs(2);

const GRPC_PREFIX_BYTES: usize = 5;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// Stores what is sent to `listener` until `shutdown` resolves. Other addresses than those
/// of loopback refuse every connection.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    store: Arc<TraceStore>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    listen::serve(listener, router(store), Access::to_apis(&[]), shutdown).await
}

/// The same as a router, for a port that serves other things, too.
pub fn router(store: Arc<TraceStore>) -> Router {
    Router::new()
        .route(HTTP_PATH, post(http))
        .route(GRPC_METHOD, post(grpc))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(Arc::new(Receiver { store, is_failing: AtomicBool::new(false) }))
}

struct Receiver {
    store: Arc<TraceStore>,
    /// Whether the last request could not be stored. Only the first one of several is logged as a
    /// warning.
    is_failing: AtomicBool,
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the content type is neither application/x-protobuf nor application/json")]
    ContentType,
    #[error("the compression is not gzip")]
    Encoding,
    #[error("the body is not compressed as its headers say, or has more than 16 MiB")]
    Compression,
    #[error("the body is not a single gRPC message")]
    Frame,
    #[error(transparent)]
    Otlp(#[from] otlp::OtlpError),
    /// The sender may repeat the request: nothing of it is stored.
    #[error("the spans cannot be stored now")]
    Store,
}

impl Refusal {
    fn http(&self) -> StatusCode {
        match self {
            Self::ContentType | Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Compression | Self::Frame | Self::Otlp(_) => StatusCode::BAD_REQUEST,
            Self::Store => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// `google.rpc.Code`.
    fn grpc(&self) -> i32 {
        match self {
            Self::ContentType | Self::Compression | Self::Frame | Self::Otlp(_) => 3,
            Self::Encoding => 12,
            Self::Store => 14,
        }
    }
}

async fn http(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let is_json = match media_type(&headers) {
        Some("application/x-protobuf") => false,
        Some("application/json") => true,
        _ => return refused(&Refusal::ContentType),
    };
    let received = async {
        let body = decompressed(body, headers.get(CONTENT_ENCODING))?;
        let request = if is_json { otlp::from_json(&body)?.encode_to_vec().into() } else { body };
        receiver.ingest(request).await
    };
    let answer = match received.await {
        Ok(ingested) => answer(ingested),
        Err(refusal) => return refused(&refusal),
    };
    if !is_json {
        let content_type = [(CONTENT_TYPE, "application/x-protobuf")];
        return (content_type, answer.encode_to_vec()).into_response();
    }
    axum::Json(answer).into_response()
}

async fn grpc(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let received = async {
        let request = unframed(body, headers.get(GRPC_ENCODING))?;
        receiver.ingest(request).await
    };
    let (message, code, text) = match received.await {
        Ok(ingested) => (framed(&answer(ingested).encode_to_vec()), 0, None),
        Err(refusal) => (Bytes::new(), refusal.grpc(), Some(refusal.to_string())),
    };
    let mut trailers = HeaderMap::new();
    trailers.insert(GRPC_STATUS, HeaderValue::from(code));
    if let Some(text) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
        trailers.insert(GRPC_MESSAGE, text);
    }
    let body = Full::new(message).with_trailers(std::future::ready(Some(Ok(trailers))));
    ([(CONTENT_TYPE, "application/grpc")], Body::new(body)).into_response()
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(str::trim)
}

fn refused(refusal: &Refusal) -> Response<Body> {
    (refusal.http(), format!("{refusal}\n")).into_response()
}

/// Flushes the store if nothing more is received for a while: what is received has precedence.
fn flush_when_idle(store: &Arc<TraceStore>) {
    let (seen, store) = (*store.changes().borrow(), Arc::downgrade(store));
    tokio::spawn(async move {
        tokio::time::sleep(IDLE).await;
        let Some(store) = store.upgrade() else { return };
        if *store.changes().borrow() != seen {
            return;
        }
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || store.flush()).await {
            tracing::warn!(error = %Sources(&error), "cannot write traces to their files");
        }
    });
}

impl Receiver {
    /// Stores a request in protobuf. The store's files block.
    async fn ingest(&self, request: Bytes) -> Result<Ingested, Refusal> {
        let store = Arc::clone(&self.store);
        let ingested = tokio::task::spawn_blocking(move || store.ingest(&request));
        match ingested.await {
            Ok(Ok(ingested)) => {
                self.is_failing.store(false, Ordering::Relaxed);
                flush_when_idle(&self.store);
                Ok(ingested)
            }
            Ok(Err(IngestError::Otlp(error))) => Err(Refusal::Otlp(error)),
            Ok(Err(IngestError::Store(error))) => {
                let error = Sources(&error);
                if self.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::debug!(%error, "cannot store spans");
                } else {
                    tracing::warn!(%error, "cannot store spans");
                }
                Err(Refusal::Store)
            }
            Err(_shutting_down) => Err(Refusal::Store),
        }
    }
}

fn answer(ingested: Ingested) -> ExportTraceServiceResponse {
    let rejected = i64::try_from(ingested.rejected).unwrap_or(i64::MAX);
    let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
        rejected_spans: rejected,
        error_message: "spans without valid ids, or of a trace that is too large".to_owned(),
    });
    ExportTraceServiceResponse { partial_success }
}

fn decompressed(body: Bytes, encoding: Option<&HeaderValue>) -> Result<Bytes, Refusal> {
    match encoding.map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(body),
        Some(b"gzip") => gunzip(&body),
        Some(_) => Err(Refusal::Encoding),
    }
}

fn gunzip(body: &[u8]) -> Result<Bytes, Refusal> {
    let limit = REQUEST_BYTES_MAX as u64 + 1;
    let mut plain = Vec::new();
    let read = GzDecoder::new(body).take(limit).read_to_end(&mut plain);
    match read {
        Ok(length) if length <= REQUEST_BYTES_MAX => Ok(plain.into()),
        Ok(_) | Err(_) => Err(Refusal::Compression),
    }
}

/// The message of a unary call.
fn unframed(body: Bytes, encoding: Option<&HeaderValue>) -> Result<Bytes, Refusal> {
    let Some((prefix, message)) = body.split_first_chunk::<GRPC_PREFIX_BYTES>() else {
        return Err(Refusal::Frame);
    };
    let [flag, length @ ..] = prefix;
    if usize::try_from(u32::from_be_bytes(*length)).ok() != Some(message.len()) {
        return Err(Refusal::Frame);
    }
    match flag {
        0 => Ok(body.slice(GRPC_PREFIX_BYTES..)),
        1 if encoding.is_some_and(|encoding| encoding == "gzip") => gunzip(message),
        _ => Err(Refusal::Encoding),
    }
}

fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[0], &length.to_be_bytes()[..], message].concat().into()
}

/// An error and its sources in one line.
struct Sources<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Sources<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(source) = next {
            write!(formatter, ": {source}")?;
            next = source.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
