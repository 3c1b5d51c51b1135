//! Client of the registry: OCI distribution over plain HTTP, with the registry's host name in the
//! `Host` header.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use axum::body::{Body, BodyDataStream};
use axum::http::header::{ACCEPT, HOST};
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use futures::StreamExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::core::ImageRef;

/// The manifests that Cloud Run accepts: images and indexes, of OCI and Docker.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, \
                              application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json";

/// Maximum size of a manifest or a configuration. Registries reject manifests over 4 MiB.
const DOCUMENT_LIMIT_BYTES: usize = 8 * 1024 * 1024;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why an image cannot be pulled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PullError {
    #[error("Image '{0}' not found.")]
    Missing(String),
    #[error("image '{0}' has no variant for linux/amd64")]
    OtherPlatform(String),
    #[error("cannot get {0} from the registry")]
    Registry(String, #[source] BoxError),
    #[error("{what} does not match its digest")]
    Corrupt { what: String },
    #[error("{what} is larger than {DOCUMENT_LIMIT_BYTES} bytes")]
    TooLarge { what: String },
    #[error("{what} is malformed")]
    Malformed { what: String, source: serde_json::Error },
    #[error("cannot unpack the image")]
    Disk(#[source] io::Error),
}

/// The part of an image manifest that is needed to pull the image.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Descriptor {
    pub(super) digest: String,
    platform: Option<Platform>,
}

#[derive(Debug, Deserialize)]
struct Platform {
    os: String,
    architecture: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Index { manifests: Vec<Descriptor> },
    Image(Manifest),
}

pub(super) struct Registry {
    address: SocketAddr,
    client: Client<HttpConnector, Body>,
}

impl Registry {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    pub(super) async fn resolve(&self, image: &ImageRef) -> Result<String, PullError> {
        let document = self.document(image, &format!("manifests/{}", image.reference)).await?;
        Ok(digest_of(&document))
    }

    /// The manifest for linux/amd64, the platform of Cloud Run.
    pub(super) async fn manifest(&self, image: &ImageRef) -> Result<Manifest, PullError> {
        match self.parsed_manifest(image).await? {
            Document::Image(manifest) => Ok(manifest),
            Document::Index { manifests } => {
                let fits = |platform: &Platform| {
                    platform.os == "linux" && platform.architecture == "amd64"
                };
                let chosen = manifests
                    .iter()
                    .find(|descriptor| descriptor.platform.as_ref().is_some_and(fits));
                let chosen = chosen.ok_or_else(|| PullError::OtherPlatform(image.to_string()))?;
                match self.parsed_manifest(&image.pinned(&chosen.digest)).await? {
                    Document::Image(manifest) => Ok(manifest),
                    Document::Index { .. } => Err(PullError::OtherPlatform(image.to_string())),
                }
            }
        }
    }

    async fn parsed_manifest(&self, image: &ImageRef) -> Result<Document, PullError> {
        let body = self.document(image, &format!("manifests/{}", image.reference)).await?;
        verify(&body, image.digest(), image)?;
        serde_json::from_slice(&body).map_err(|source| PullError::Malformed {
            what: format!("the manifest of {image}"),
            source,
        })
    }

    /// A blob that is a small document.
    pub(super) async fn small_blob(
        &self,
        image: &ImageRef,
        digest: &str,
    ) -> Result<Bytes, PullError> {
        let body = self.document(image, &format!("blobs/{digest}")).await?;
        verify(&body, Some(digest), &image.pinned(digest))?;
        Ok(body)
    }

    /// Streams a blob into a file.
    pub(super) async fn blob(
        &self,
        image: &ImageRef,
        digest: &str,
        file: &Path,
    ) -> Result<(), PullError> {
        let mut body = self.get(image, &format!("blobs/{digest}")).await?;
        let mut target = tokio::fs::File::create(file).await.map_err(PullError::Disk)?;
        let mut hash = Sha256::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk
                .map_err(|error| PullError::Registry(format!("blob {digest}"), error.into()))?;
            hash.update(&chunk);
            target.write_all(&chunk).await.map_err(PullError::Disk)?;
        }
        target.flush().await.map_err(PullError::Disk)?;
        if text(hash) == digest {
            Ok(())
        } else {
            Err(PullError::Corrupt { what: format!("layer {digest} of {image}") })
        }
    }

    async fn document(&self, image: &ImageRef, what: &str) -> Result<Bytes, PullError> {
        let mut body = self.get(image, what).await?;
        let mut document = Vec::new();
        while let Some(chunk) = body.next().await {
            document.extend_from_slice(
                &chunk.map_err(|error| PullError::Registry(what.to_owned(), error.into()))?,
            );
            if document.len() > DOCUMENT_LIMIT_BYTES {
                return Err(PullError::TooLarge { what: format!("{what} of {image}") });
            }
        }
        Ok(document.into())
    }

    async fn get(&self, image: &ImageRef, what: &str) -> Result<BodyDataStream, PullError> {
        let failed = |error: BoxError| PullError::Registry(format!("{what} of {image}"), error);
        let url = format!("http://{}/v2/{}/{what}", self.address, image.path);
        let request = Request::get(url)
            .header(HOST, &image.host)
            .header(ACCEPT, MANIFEST_TYPES)
            .body(Body::empty());
        let response = self
            .client
            .request(request.map_err(|error| failed(error.into()))?)
            .await
            .map_err(|error| failed(error.into()))?;
        match response.status() {
            StatusCode::OK => Ok(Body::new(response.into_body()).into_data_stream()),
            StatusCode::NOT_FOUND => Err(PullError::Missing(image.to_string())),
            status => Err(failed(format!("it returned {status}").into())),
        }
    }
}

fn verify(body: &[u8], digest: Option<&str>, image: &ImageRef) -> Result<(), PullError> {
    match digest {
        Some(digest) if digest_of(body) != digest => {
            Err(PullError::Corrupt { what: image.to_string() })
        }
        Some(_) | None => Ok(()),
    }
}

fn digest_of(body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(body);
    text(hash)
}

fn text(hash: Sha256) -> String {
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
