//! Uploads to signed URLs.
//!
//! The URL is the credential: no other one is sent with it.
//! <https://cloud.google.com/storage/docs/access-control/signed-urls>

use std::path::Path;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode, Url};

use super::call::Call;
use super::profile::TRANSFER_LIMIT;
use super::request_span;
use crate::tls::http_client;
use crate::{CloudError, Kind};

/// The generation of an object, in the response to an upload.
const GENERATION: &str = "x-goog-generation";

/// A header by which a signed URL limits the size of the object: its value is part of the signature.
const LENGTH_RANGE: &str = "x-goog-content-length-range";

/// The only value that Google's own tools send: 100 MB
/// (firebase-tools, `src/gcp/storage.ts`).
const LENGTH_RANGE_VALUE: &str = "0,104857600";

/// The type with which Google's own tools upload a source, and for which the URL is signed.
const ZIP: &str = "application/zip";

/// Maximum length of a response's text in an error.
const TEXT_CHARS_MAX: usize = 500;

pub(crate) struct Uploads {
    client: Client,
    is_local: bool,
}

impl Uploads {
    /// `is_local` allows plain http, and goes around proxies.
    pub(crate) fn new(is_local: bool) -> Result<Self, reqwest::Error> {
        let client = http_client(is_local).timeout(TRANSFER_LIMIT);
        let client = client.redirect(reqwest::redirect::Policy::none());
        let client = if is_local { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, is_local })
    }

    /// Uploads a file, and returns the generation of the object. Sent once: the place may not accept
    /// a second object.
    pub(crate) async fn put(
        &self,
        call: Call<'_>,
        url: &str,
        file: &Path,
    ) -> Result<i64, CloudError> {
        let url = Url::parse(url).map_err(|error| call.caused(Kind::Internal, error))?;
        if url.scheme() != "https" && !self.is_local {
            return Err(call.caused(Kind::Internal, "the upload URL does not use https"));
        }
        let headers = headers_of(&url);
        let local = |error: std::io::Error| call.caused(Kind::Internal, error);
        let file = tokio::fs::File::open(file).await.map_err(local)?;
        let length = file.metadata().await.map_err(local)?.len();
        let request = self.client.put(url).headers(headers).header(CONTENT_LENGTH, length);
        let sent = request_span::sent(request.body(file)).await;
        // The URL must not appear in an error.
        let response = sent.map_err(|error| call.caused(Kind::Unavailable, error.without_url()))?;
        let status = response.status();
        if !status.is_success() {
            let text = response.text().await.unwrap_or_default();
            let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
            return Err(call.caused(kind(status), format!("HTTP {status}: {text}")));
        }
        let generation = response.headers().get(GENERATION).and_then(|value| value.to_str().ok());
        generation
            .and_then(|generation| generation.parse().ok())
            .ok_or_else(|| call.caused(Kind::Internal, "the response has no generation"))
    }
}

/// The headers that a signed URL wants: those whose values are known, as far as they are signed.
fn headers_of(url: &Url) -> HeaderMap {
    let signed =
        url.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case("X-Goog-SignedHeaders"));
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(ZIP))]);
    if signed.is_some_and(|(_, names)| names.split(';').any(|name| name == LENGTH_RANGE)) {
        let name = HeaderName::from_static(LENGTH_RANGE);
        headers.insert(name, HeaderValue::from_static(LENGTH_RANGE_VALUE));
    }
    headers
}

fn kind(status: StatusCode) -> Kind {
    match status.as_u16() {
        401 | 403 => Kind::PermissionDenied,
        400 | 411 | 413 => Kind::InvalidArgument,
        404 => Kind::NotFound,
        408 => Kind::DeadlineExceeded,
        429 => Kind::ResourceExhausted,
        _ => Kind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_url_gets_the_headers_that_it_signs() {
        let names = |query: &str| {
            let url = Url::parse(&format!("https://storage.googleapis.com/b/o?{query}")).unwrap();
            let headers = headers_of(&url);
            headers.keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("X-Goog-SignedHeaders=content-type%3Bhost"), ["content-type"]);
        let limited = "X-Goog-SignedHeaders=content-type%3Bhost%3Bx-goog-content-length-range";
        assert_eq!(names(limited), ["content-type", LENGTH_RANGE]);
    }

    #[tokio::test]
    async fn only_a_local_cloud_is_sent_a_source_without_encryption() {
        let uploads = Uploads::new(false).unwrap();
        let call = Call::new("upload source", "gs://b/o");
        let sent = uploads.put(call, "http://127.0.0.1:1/b/o", Path::new("/nowhere")).await;
        assert_eq!(sent.unwrap_err().kind, Kind::Internal);
    }
}
