//! A connection to a receiver.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::header::HeaderMap;
use axum::http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::SendError;
use crate::otlp::config::{Destination, Protocol};

const RESPONSE_BYTES_MAX: usize = 64 * 1024;

/// How long a connection may have been idle to be used again: less than the time after which
/// networks forget it, and more than the time between two exports.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// A connection without a request in progress. It closes when it is dropped.
#[derive(Debug)]
pub(super) enum Connection {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// The connection of the last export, for the next one.
#[derive(Debug, Default)]
pub(super) struct IdleConnection(Mutex<Option<(Connection, Instant)>>);

impl IdleConnection {
    pub(super) fn take(&self) -> Option<Connection> {
        let (connection, since) = self.0.lock().take()?;
        (since.elapsed() < IDLE_MAX).then_some(connection)
    }

    pub(super) fn put(&self, connection: Connection) {
        *self.0.lock() = Some((connection, Instant::now()));
    }
}

impl Connection {
    pub(super) async fn open(destination: &Destination) -> Result<Self, SendError> {
        let url = &destination.url;
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_tls = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await.map_err(SendError::Connect)?;
        if !is_tls {
            return Self::over(destination.protocol, stream).await;
        }
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|error| SendError::Connect(std::io::Error::other(error)))?;
        let connector = TlsConnector::from(Arc::new(tls(destination)?));
        let stream = connector.connect(name, stream).await.map_err(SendError::Connect)?;
        Self::over(destination.protocol, stream).await
    }

    async fn over(
        protocol: Protocol,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Self, SendError> {
        let stream = TokioIo::new(stream);
        // A request fails if its connection does, and then says why.
        match protocol {
            Protocol::Grpc => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), stream)
                    .await
                    .map_err(SendError::Http)?;
                tokio::spawn(connection);
                Ok(Self::Http2(sender))
            }
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                let (sender, connection) =
                    http1::handshake(stream).await.map_err(SendError::Http)?;
                tokio::spawn(connection);
                Ok(Self::Http1(sender))
            }
        }
    }

    /// Sends a request, and reads the response to its end. After an error, the connection must not be
    /// used again.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<(), SendError> {
        match self {
            Self::Http1(sender) => {
                sender.ready().await.map_err(SendError::Http)?;
                let response = sender.send_request(request).await.map_err(SendError::Http)?;
                judge(false, response).await
            }
            Self::Http2(sender) => {
                sender.ready().await.map_err(SendError::Http)?;
                let response = sender.send_request(request).await.map_err(SendError::Http)?;
                judge(true, response).await
            }
        }
    }
}

/// The certificates that the destination's has to come from, and the client's own.
fn tls(destination: &Destination) -> Result<rustls::ClientConfig, SendError> {
    longshore_cloud::install_tls_provider();
    let failed = |error| SendError::Certificates(std::io::Error::other(error));
    let mut roots = rustls::RootCertStore::empty();
    match &destination.certificate {
        Some(path) => {
            for certificate in CertificateDer::pem_file_iter(path).map_err(failed)? {
                let added = roots.add(certificate.map_err(failed)?);
                added.map_err(|error| SendError::Certificates(std::io::Error::other(error)))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let config = rustls::ClientConfig::builder().with_root_certificates(roots);
    let mut config = match &destination.client {
        None => config.with_no_client_auth(),
        Some(client) => {
            let chain = CertificateDer::pem_file_iter(&client.certificate).map_err(failed)?;
            let chain = chain.collect::<Result<Vec<_>, _>>().map_err(failed)?;
            let key = PrivateKeyDer::from_pem_file(&client.key).map_err(failed)?;
            config
                .with_client_auth_cert(chain, key)
                .map_err(|error| SendError::Certificates(std::io::Error::other(error)))?
        }
    };
    if destination.protocol == Protocol::Grpc {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
    Ok(config)
}

/// Reads a response to its end, so that the connection can be used again.
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
