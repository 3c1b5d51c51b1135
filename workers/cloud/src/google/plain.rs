//! REST calls of APIs, or of methods, that Google's clients do not have.

use std::time::Duration;

use google_cloud_auth::credentials::{CacheableResource, Credentials};
use http::{Extensions, HeaderMap};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;

use super::call::{Call, noted};
use super::profile::{Profile, REQUEST_LIMIT, TRANSFER_LIMIT};
use super::request_span;
use crate::tls::http_client;
use crate::{CloudError, Kind};

/// Maximum length of a response's text in an error.
const TEXT_CHARS_MAX: usize = 500;

pub(crate) struct Plain {
    client: Client,
    credentials: Credentials,
    is_local: bool,
}

impl Plain {
    /// A local cloud is reached without a proxy.
    pub(crate) fn new(profile: &Profile) -> Result<Self, reqwest::Error> {
        let is_local = profile.is_local();
        let client = http_client(is_local).redirect(reqwest::redirect::Policy::none());
        let client = if is_local { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, credentials: profile.credentials(), is_local })
    }

    /// Reads a resource, and repeats that after a transient error.
    pub(crate) async fn get(
        &self,
        call: Call<'_>,
        url: &str,
        query: &[(&str, &str)],
    ) -> Result<Value, CloudError> {
        call.retried(|| self.get_once(call, url, query, REQUEST_LIMIT)).await
    }

    /// Reads a resource once, within a time limit.
    pub(crate) async fn get_once(
        &self,
        call: Call<'_>,
        url: &str,
        query: &[(&str, &str)],
        limit: Duration,
    ) -> Result<Value, CloudError> {
        let url = Url::parse_with_params(url, query.iter().filter(|(_, value)| !value.is_empty()))
            .map_err(|error| call.caused(Kind::InvalidArgument, error))?;
        self.json(call, self.client.get(url), limit).await
    }

    /// Calls a method once.
    pub(crate) async fn post(
        &self,
        call: Call<'_>,
        url: &str,
        body: &Value,
    ) -> Result<Value, CloudError> {
        let request = self.client.post(url).header("content-type", "application/json");
        noted(self.json(call, request.body(body.to_string()), REQUEST_LIMIT).await)
    }

    async fn json(
        &self,
        call: Call<'_>,
        request: RequestBuilder,
        limit: Duration,
    ) -> Result<Value, CloudError> {
        let headers = headers(&self.credentials, call).await?;
        let response = sent(call, request.headers(headers), limit).await?;
        response.json().await.map_err(|error| call.caused(Kind::Internal, error.without_url()))
    }

    /// Downloads from a signed URL, which is the credential.
    ///
    /// `InvalidArgument` if there are more bytes than `bytes_max`.
    pub(crate) async fn download(
        &self,
        call: Call<'_>,
        url: &str,
        bytes_max: usize,
    ) -> Result<Vec<u8>, CloudError> {
        // The URL must not appear in an error.
        let url = Url::parse(url).map_err(|_| call.error(Kind::Internal))?;
        if url.scheme() != "https" && !self.is_local {
            return Err(call.caused(Kind::Internal, "the download URL does not use https"));
        }
        let mut response = sent(call, self.client.get(url), TRANSFER_LIMIT).await?;
        let mut bytes = Vec::new();
        let broken = |error: reqwest::Error| call.caused(Kind::Unavailable, error.without_url());
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if bytes.len() + chunk.len() > bytes_max {
                let text = format!("it has more than {bytes_max} bytes");
                return Err(call.caused(Kind::InvalidArgument, text));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// The headers of credentials. There are none for a local cloud.
pub(crate) async fn headers(
    credentials: &Credentials,
    call: Call<'_>,
) -> Result<HeaderMap, CloudError> {
    let headers = credentials.headers(Extensions::new()).await;
    let headers = headers.map_err(|error| call.caused(Kind::Unauthenticated, error))?;
    Ok(match headers {
        CacheableResource::New { data, .. } => data,
        CacheableResource::NotModified => HeaderMap::new(),
    })
}

async fn sent(
    call: Call<'_>,
    request: RequestBuilder,
    limit: Duration,
) -> Result<Response, CloudError> {
    let response = request_span::sent(request.timeout(limit)).await.map_err(|error| {
        let kind = if error.is_timeout() { Kind::DeadlineExceeded } else { Kind::Unavailable };
        call.caused(kind, error.without_url())
    })?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().await.unwrap_or_default();
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let text = document["error"]["message"].as_str().unwrap_or(&text);
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let mut details = document["error"]["details"].as_array().into_iter().flatten();
    let reason = details.find_map(|detail| detail["reason"].as_str());
    let error = call.caused(kind(status), format!("HTTP {status}: {text}"));
    Err(CloudError { reason: reason.unwrap_or_default().to_owned(), ..error })
}

fn kind(status: StatusCode) -> Kind {
    match status.as_u16() {
        400 => Kind::InvalidArgument,
        401 => Kind::Unauthenticated,
        403 => Kind::PermissionDenied,
        404 => Kind::NotFound,
        409 | 412 => Kind::PreconditionFailed,
        408 | 504 => Kind::DeadlineExceeded,
        429 => Kind::ResourceExhausted,
        501 => Kind::Unimplemented,
        500 => Kind::Internal,
        _ => Kind::Unavailable,
    }
}
