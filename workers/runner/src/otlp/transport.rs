//! One export: a request on a connection that exports share, and its retries until the timeout.
//!
//! gRPC is spoken here and not by a client: one unary call is a request of HTTP/2 whose body has a
//! prefix of five bytes, and so all protocols have the same timeouts, compression and retries.

mod connection;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderValue, TE};
use axum::http::{Method, Request, Uri};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::Full;
use hyper::body::Bytes;
use longshore_cloud::chain;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use prost::Message;
use serde::Serialize;

use self::connection::{Connection, IdleConnection};
use super::config::{Destination, Protocol};

const GRPC_PREFIX_BYTES: usize = 5;

/// Waits between the attempts of one export.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Only the first failure in this number is logged as a warning.
const FAILURES_PER_WARNING: u64 = 100;

/// Sends what a thread without a runtime exports.
#[derive(Debug)]
pub(crate) struct Sender {
    destination: Destination,
    idle: Arc<IdleConnection>,
    runtime: tokio::runtime::Handle,
    failures: AtomicU64,
}

impl Sender {
    /// Call this inside the runtime.
    pub(crate) fn new(destination: Destination) -> Self {
        let runtime = tokio::runtime::Handle::current();
        Self { destination, idle: Arc::default(), runtime, failures: AtomicU64::new(0) }
    }

    /// Sends a request. One that fails is dropped, and logged as `what`.
    pub(crate) async fn send(
        &self,
        what: &'static str,
        request: impl Message + Serialize + 'static,
    ) -> OTelSdkResult {
        let (destination, idle) = (self.destination.clone(), Arc::clone(&self.idle));
        let sent = self.runtime.spawn(async move { sent(&destination, &idle, &request).await });
        let error = match sent.await {
            Ok(Ok(())) => {
                self.failures.store(0, Ordering::Relaxed);
                return Ok(());
            }
            Ok(Err(error)) => chain(&error),
            // The runtime is shutting down.
            Err(error) => error.to_string(),
        };
        let url = &self.destination.url;
        if self.failures.fetch_add(1, Ordering::Relaxed).is_multiple_of(FAILURES_PER_WARNING) {
            tracing::warn!(error, %url, "{what} are lost: their receiver does not accept them");
        } else {
            tracing::debug!(error, %url, "{what} are lost");
        }
        Err(OTelSdkError::InternalFailure(error))
    }
}

/// Why a request did not arrive. It is dropped.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("no response in time")]
    Timeout,
    #[error("cannot connect")]
    Connect(#[source] std::io::Error),
    #[error("cannot read the certificates")]
    Certificates(#[source] std::io::Error),
    #[error("the connection broke")]
    Http(#[source] hyper::Error),
    #[error("cannot read the response")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the receiver responded with status {0}")]
    Status(u16),
    #[error("the receiver responded with gRPC status {0}")]
    GrpcStatus(i32),
    #[error("cannot encode the request")]
    Encode(#[source] std::io::Error),
}

impl SendError {
    /// What OTLP's specification lets a sender repeat.
    fn is_transient(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Http(_) | Self::Answer(_) => true,
            Self::Status(status) => matches!(status, 429 | 502 | 503 | 504),
            // CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE
            // and DATA_LOSS.
            Self::GrpcStatus(status) => matches!(status, 1 | 4 | 8 | 10 | 11 | 14 | 15),
            Self::Timeout | Self::Certificates(_) | Self::Encode(_) => false,
        }
    }
}

/// Sends a request, and repeats that after a transient error until the destination's timeout.
async fn sent(
    destination: &Destination,
    idle: &IdleConnection,
    request: &(impl Message + Serialize),
) -> Result<(), SendError> {
    let body = encode(destination, request)?;
    let mut last = None;
    let attempts = async {
        let mut wait = FIRST_WAIT;
        loop {
            match attempt(destination, idle, body.clone()).await {
                Err(error) if error.is_transient() => last = Some(error),
                ended => return ended,
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    };
    match tokio::time::timeout(destination.timeout, attempts).await {
        Ok(ended) => ended,
        Err(_elapsed) => Err(last.unwrap_or(SendError::Timeout)),
    }
}

fn encode(
    destination: &Destination,
    request: &(impl Message + Serialize),
) -> Result<Bytes, SendError> {
    let encoded = match destination.protocol {
        Protocol::Grpc | Protocol::HttpProtobuf => request.encode_to_vec(),
        Protocol::HttpJson => {
            serde_json::to_vec(request).map_err(|error| SendError::Encode(error.into()))?
        }
    };
    let encoded = if destination.gzip {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&encoded).and_then(|()| gzip.finish()).map_err(SendError::Encode)?
    } else {
        encoded
    };
    if destination.protocol != Protocol::Grpc {
        return Ok(encoded.into());
    }
    let length = u32::try_from(encoded.len()).unwrap_or(u32::MAX);
    let mut framed = Vec::with_capacity(GRPC_PREFIX_BYTES + encoded.len());
    framed.push(u8::from(destination.gzip));
    framed.extend(length.to_be_bytes());
    framed.extend(encoded);
    Ok(framed.into())
}

async fn attempt(
    destination: &Destination,
    idle: &IdleConnection,
    body: Bytes,
) -> Result<(), SendError> {
    if let Some(mut connection) = idle.take() {
        match connection.exchange(request(destination, body.clone())).await {
            // The receiver has closed it in the meantime, or has been started again.
            Err(SendError::Http(_)) => {}
            Ok(()) => {
                idle.put(connection);
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    let mut connection = Connection::open(destination).await?;
    connection.exchange(request(destination, body)).await?;
    idle.put(connection);
    Ok(())
}

fn request(destination: &Destination, body: Bytes) -> Request<Full<Bytes>> {
    let is_grpc = destination.protocol == Protocol::Grpc;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    // HTTP/1.1 names the host in a header, HTTP/2 in the URL.
    let path = destination.url.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = if is_grpc {
        destination.url.clone()
    } else {
        path.parse().unwrap_or(Uri::from_static("/"))
    };
    let content_type = match destination.protocol {
        Protocol::Grpc => "application/grpc",
        Protocol::HttpProtobuf => "application/x-protobuf",
        Protocol::HttpJson => "application/json",
    };
    let headers = request.headers_mut();
    headers.extend(destination.headers.iter().cloned());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let gzip = HeaderValue::from_static("gzip");
    if is_grpc {
        headers.insert(TE, HeaderValue::from_static("trailers"));
        if destination.gzip {
            headers.insert("grpc-encoding", gzip);
        }
    } else {
        if let Some(host) =
            destination.url.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok())
        {
            headers.insert(HOST, host);
        }
        if destination.gzip {
            headers.insert(CONTENT_ENCODING, gzip);
        }
    }
    request
}

#[cfg(test)]
mod tests;
