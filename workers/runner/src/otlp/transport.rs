//! One export: a connection, a request, and its retries until the timeout.
//!
//! gRPC is spoken here and not by a client: one unary call is a request of HTTP/2 whose body has a
//! prefix of five bytes, and so all protocols have the same timeouts, compression and retries.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, TE};
use axum::http::{Method, Request, Response, Uri};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use prost::Message;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::config::{Destination, Protocol};
use crate::telemetry::chain;

const GRPC_PREFIX_BYTES: usize = 5;
const RESPONSE_BYTES_MAX: usize = 64 * 1024;

/// Waits between the attempts of one export.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Only the first failure in this number is logged as a warning.
const FAILURES_PER_WARNING: u64 = 100;

/// Sends what a thread without a runtime exports.
#[derive(Debug)]
pub(crate) struct Sender {
    destination: Destination,
    runtime: tokio::runtime::Handle,
    failures: AtomicU64,
}

impl Sender {
    /// Call this inside the runtime.
    pub(crate) fn new(destination: Destination) -> Self {
        let (runtime, failures) = (tokio::runtime::Handle::current(), AtomicU64::new(0));
        Self { destination, runtime, failures }
    }

    /// Sends a request. One that fails is dropped, and logged as `what`.
    pub(crate) async fn send(
        &self,
        what: &'static str,
        request: impl Message + Serialize + 'static,
    ) -> OTelSdkResult {
        let destination = self.destination.clone();
        let sent = self.runtime.spawn(async move { sent(&destination, &request).await });
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
    #[error("cannot read the trusted certificates")]
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
    request: &(impl Message + Serialize),
) -> Result<(), SendError> {
    let body = encode(destination, request)?;
    let mut last = None;
    let attempts = async {
        let mut wait = FIRST_WAIT;
        loop {
            match attempt(destination, body.clone()).await {
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

async fn attempt(destination: &Destination, body: Bytes) -> Result<(), SendError> {
    let url = &destination.url;
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_tls = url.scheme_str() == Some("https");
    let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await.map_err(SendError::Connect)?;
    let request = request(destination, body);
    if !is_tls {
        return exchange(destination.protocol, stream, request).await;
    }
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|error| SendError::Connect(std::io::Error::other(error)))?;
    let connector = TlsConnector::from(Arc::new(tls(destination)?));
    let stream = connector.connect(name, stream).await.map_err(SendError::Connect)?;
    exchange(destination.protocol, stream, request).await
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

/// The certificates that the destination's has to come from.
fn tls(destination: &Destination) -> Result<rustls::ClientConfig, SendError> {
    longshore_cloud::install_tls_provider();
    let mut roots = rustls::RootCertStore::empty();
    match &destination.certificate {
        Some(path) => {
            let failed = |error| SendError::Certificates(std::io::Error::other(error));
            for certificate in CertificateDer::pem_file_iter(path).map_err(failed)? {
                let added = roots.add(certificate.map_err(failed)?);
                added.map_err(|error| SendError::Certificates(std::io::Error::other(error)))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let mut config =
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    if destination.protocol == Protocol::Grpc {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
    Ok(config)
}

async fn exchange(
    protocol: Protocol,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(), SendError> {
    let stream = TokioIo::new(stream);
    let is_grpc = protocol == Protocol::Grpc;
    if is_grpc {
        let (mut sender, connection) =
            http2::handshake(TokioExecutor::new(), stream).await.map_err(SendError::Http)?;
        let connection = async { connection.await.map_err(SendError::Http) };
        let answer = async {
            let response = sender.send_request(request).await.map_err(SendError::Http)?;
            judge(is_grpc, response).await
        };
        return alongside(connection, answer).await;
    }
    let (mut sender, connection) = http1::handshake(stream).await.map_err(SendError::Http)?;
    let connection = async { connection.await.map_err(SendError::Http) };
    let answer = async {
        let response = sender.send_request(request).await.map_err(SendError::Http)?;
        judge(is_grpc, response).await
    };
    alongside(connection, answer).await
}

/// Drives a connection until the answer is there.
async fn alongside(
    connection: impl Future<Output = Result<(), SendError>>,
    answer: impl Future<Output = Result<(), SendError>>,
) -> Result<(), SendError> {
    let (mut connection, mut answer) = (std::pin::pin!(connection), std::pin::pin!(answer));
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        ended = &mut connection => match ended {
            // The rest of the answer has been read already.
            Ok(()) => answer.await,
            Err(error) => Err(error),
        },
    }
}

async fn judge(is_grpc: bool, response: Response<Incoming>) -> Result<(), SendError> {
    let (head, body) = response.into_parts();
    if !head.status.is_success() {
        return Err(SendError::Status(head.status.as_u16()));
    }
    let body = Limited::new(body, RESPONSE_BYTES_MAX).collect().await.map_err(SendError::Answer)?;
    if !is_grpc {
        return Ok(());
    }
    // An error without a body has its status in the headers.
    let status = |headers: &HeaderMap| headers.get("grpc-status")?.to_str().ok()?.parse().ok();
    let status = body.trailers().and_then(status).or_else(|| status(&head.headers));
    match status {
        Some(0) => Ok(()),
        Some(status) => Err(SendError::GrpcStatus(status)),
        None => Err(SendError::Answer("it has no gRPC status".into())),
    }
}

#[cfg(test)]
mod tests;
