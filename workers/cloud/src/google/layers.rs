//! The layers of an image, from the registry itself: Artifact Registry's API has only its total size.
//!
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>

use google_cloud_auth::credentials::Credentials;
use reqwest::header::ACCEPT;
use reqwest::{Client, StatusCode};
use serde::Deserialize;

use super::call::Call;
use super::plain::headers;
use super::profile::REQUEST_LIMIT;
use super::request_span;
use crate::tls::http_client;
use crate::{CloudError, ImageLayer, Kind};

/// The kinds of manifests, of one image and of several.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

/// Maximum size of a manifest: that of registries.
const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;

pub(crate) struct Registry {
    client: Client,
    credentials: Credentials,
    /// The address of a local registry. `None`: the host that an image's name begins with.
    endpoint: Option<String>,
}

/// A manifest, as far as it matters here.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Descriptor>,
    /// Of an index: the manifests of the platforms.
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    size: u64,
}

impl Registry {
    pub(crate) fn new(
        credentials: Credentials,
        endpoint: Option<&str>,
    ) -> Result<Self, reqwest::Error> {
        let is_plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
        let client = http_client(is_plain).timeout(REQUEST_LIMIT);
        let client = if endpoint.is_some() { client.no_proxy() } else { client };
        let endpoint = endpoint.map(str::to_owned);
        Ok(Self { client: client.build()?, credentials, endpoint })
    }

    /// The layers of an image, from the bottom; of the first platform, if there are several. `None` if
    /// it does not exist.
    pub(crate) async fn layers(
        &self,
        image: &str,
        digest: &str,
    ) -> Result<Option<Vec<ImageLayer>>, CloudError> {
        let Some(manifest) = self.manifest(image, digest).await? else { return Ok(None) };
        let manifest = match manifest.manifests.first() {
            Some(first) => match self.manifest(image, &first.digest).await? {
                Some(manifest) => manifest,
                None => return Ok(None),
            },
            None => manifest,
        };
        let layers = manifest.layers.into_iter();
        let layers =
            layers.map(|Descriptor { digest, size }| ImageLayer { digest, size_bytes: size });
        Ok(Some(layers.collect()))
    }

    async fn manifest(&self, image: &str, digest: &str) -> Result<Option<Manifest>, CloudError> {
        let call = Call::new("get manifest", image);
        let (host, name) = image
            .split_once('/')
            .ok_or_else(|| call.caused(Kind::InvalidArgument, "not the name of an image"))?;
        let base = self.endpoint.clone().unwrap_or_else(|| format!("https://{host}"));
        let headers = headers(&self.credentials, call).await?;
        let request = self.client.get(format!("{base}/v2/{name}/manifests/{digest}"));
        let sent = request_span::sent(request.headers(headers).header(ACCEPT, MANIFESTS)).await;
        let response = sent.map_err(|error| call.caused(Kind::Unavailable, error.without_url()))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::UNAUTHORIZED => {
                return Err(call.caused(Kind::Unauthenticated, "the registry refused it"));
            }
            StatusCode::FORBIDDEN => {
                return Err(call.caused(Kind::PermissionDenied, "the registry refused it"));
            }
            status => return Err(call.caused(Kind::Unavailable, format!("HTTP {status}"))),
        }
        if response.content_length().is_some_and(|length| length > MANIFEST_BYTES_MAX) {
            return Err(call.caused(Kind::InvalidArgument, "the manifest is too large"));
        }
        let read = response.json::<Manifest>().await;
        read.map(Some).map_err(|error| call.caused(Kind::Internal, error.without_url()))
    }
}
