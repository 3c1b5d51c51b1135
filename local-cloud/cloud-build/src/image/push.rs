//! Pushes an image with OCI distribution over plain HTTP. The `Host` header carries the public name
//! of the registry.

use std::net::SocketAddr;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION};
use reqwest::{Body, Client, Method, RequestBuilder, Response, StatusCode, Url};

use super::reference::Reference;
use super::write::{Image, MANIFEST_TYPE};
use crate::log::BuildLog;
use longshore_local_kit::http;

/// Maximum length of a response in an error message.
const ANSWER_LIMIT_CHARACTERS: usize = 500;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    #[error("cannot reach the registry")]
    Http(#[from] reqwest::Error),
    #[error("cannot read a layer")]
    Layer(#[from] std::io::Error),
    #[error("the registry responded to {request} with {status}: {answer}")]
    Refused { request: &'static str, status: StatusCode, answer: String },
    #[error("the registry returned no upload location")]
    Location,
    #[error("the registry stored {stored} instead of {pushed}")]
    Digest { stored: String, pushed: String },
}

/// A client of the registry of this local cloud.
#[derive(Debug)]
pub(crate) struct Registry {
    client: Client,
    address: SocketAddr,
}

impl Registry {
    /// # Errors
    /// If the HTTP client cannot be created.
    pub(crate) fn new(address: SocketAddr) -> reqwest::Result<Self> {
        // Plain HTTP needs no root certificates.
        let client = http::client(|builder| {
            builder.no_proxy().redirect(reqwest::redirect::Policy::none()).tls_certs_only([])
        })?;
        Ok(Self { client, address })
    }

    /// Pushes what the registry does not have yet, and returns the digest of the manifest.
    ///
    /// # Errors
    /// [`PushError::Http`] may be transient; the others are permanent.
    pub(crate) async fn push(
        &self,
        name: &Reference,
        image: &Image,
        log: &BuildLog,
    ) -> Result<String, PushError> {
        for layer in &image.layers {
            if self.has_blob(name, &layer.digest).await? {
                log.line(format!("{}: Layer already exists", layer.digest));
                continue;
            }
            let file = tokio::fs::File::open(&layer.file).await?;
            self.upload(name, &layer.digest, layer.size_bytes, Body::from(file)).await?;
            log.line(format!("{}: Pushed", layer.digest));
        }
        let config = image.config_digest();
        if !self.has_blob(name, &config).await? {
            self.upload(name, &config, image.config.len() as u64, Body::from(image.config.clone()))
                .await?;
        }
        self.put_manifest(name, image).await
    }

    async fn has_blob(&self, name: &Reference, digest: &str) -> Result<bool, PushError> {
        let answer = self.request(Method::HEAD, name, &format!("blobs/{digest}")).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(refused("the check for a blob", answer).await),
        }
    }

    async fn upload(
        &self,
        name: &Reference,
        digest: &str,
        size_bytes: u64,
        body: Body,
    ) -> Result<(), PushError> {
        let answer = self
            .request(Method::POST, name, "blobs/uploads/")
            .header(CONTENT_LENGTH, 0)
            .send()
            .await?;
        if answer.status() != StatusCode::ACCEPTED {
            return Err(refused("the start of an upload", answer).await);
        }
        let location = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let url = location
            .and_then(|location| self.upload_url(location, digest))
            .ok_or(PushError::Location)?;
        let put = self
            .client
            .put(url)
            .header(HOST, &name.host)
            .header(CONTENT_TYPE, "application/octet-stream");
        let answer = put.header(CONTENT_LENGTH, size_bytes).body(body).send().await?;
        match answer.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(refused("an upload", answer).await),
        }
    }

    async fn put_manifest(&self, name: &Reference, image: &Image) -> Result<String, PushError> {
        let put = self
            .request(Method::PUT, name, &format!("manifests/{}", name.tag))
            .header(CONTENT_TYPE, MANIFEST_TYPE);
        let answer = put.body(image.manifest.clone()).send().await?;
        if answer.status() != StatusCode::CREATED {
            return Err(refused("the manifest", answer).await);
        }
        let pushed = image.digest();
        match answer.headers().get("Docker-Content-Digest").and_then(|digest| digest.to_str().ok())
        {
            Some(stored) if stored != pushed => {
                Err(PushError::Digest { stored: stored.to_owned(), pushed })
            }
            Some(_) | None => Ok(pushed),
        }
    }

    fn request(&self, method: Method, name: &Reference, tail: &str) -> RequestBuilder {
        let url = format!("http://{}/v2/{}/{tail}", self.address, name.repository);
        self.client.request(method, url).header(HOST, &name.host)
    }

    /// The URL of an upload. The registry may use its public host in the location; the connection
    /// always goes to its address.
    fn upload_url(&self, location: &str, digest: &str) -> Option<Url> {
        let here = Url::parse(&format!("http://{}", self.address)).ok()?;
        let named = here.join(location).ok()?;
        let mut url = here;
        url.set_path(named.path());
        url.set_query(named.query());
        url.query_pairs_mut().append_pair("digest", digest);
        Some(url)
    }
}

async fn refused(request: &'static str, answer: Response) -> PushError {
    let status = answer.status();
    let answer =
        answer.text().await.unwrap_or_default().chars().take(ANSWER_LIMIT_CHARACTERS).collect();
    PushError::Refused { request, status, answer }
}
