//! Spans of requests that no client of Google's sends, with the same attributes as theirs.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>

use reqwest::{RequestBuilder, Response, Url};
use tracing::Instrument as _;
use tracing::field::Empty;

/// Sends a request, in a span. Its numbers are signed, because others would be texts.
pub(crate) async fn sent(request: RequestBuilder) -> Result<Response, reqwest::Error> {
    let (client, request) = request.build_split();
    let request = request?;
    let (method, url) = (request.method().as_str(), request.url());
    let span = tracing::info_span!(
        "http_request",
        otel.name = method,
        otel.kind = "client",
        http.request.method = method,
        http.response.status_code = Empty,
        server.address = url.host_str().unwrap_or_default().trim_matches(['[', ']']),
        server.port = url.port_or_known_default().map(i64::from),
        url.full = %without_secrets(url),
        url.scheme = url.scheme(),
    );
    let response = client.execute(request).instrument(span.clone()).await?;
    span.record("http.response.status_code", i64::from(response.status().as_u16()));
    Ok(response)
}

/// The address without a query, which is the credential of a signed URL, and without a password.
fn without_secrets(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    // They fail for URLs that can have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_url_is_shown_without_its_signature() {
        let url = "https://u:p@storage.googleapis.com/b/o?X-Goog-Signature=0123".parse().unwrap();
        assert_eq!(without_secrets(&url).as_str(), "https://storage.googleapis.com/b/o");
    }
}
