//! Sends a request, and decides what its answer means:
//! <https://cloud.google.com/pubsub/docs/push#receive_push>.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, Request, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reqwest::header::AUTHORIZATION;
use reqwest::{StatusCode, Url};
use tokio::sync::Notify;

use super::request::PushRequest;
use longshore_local_kit::http;

/// What an endpoint did with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Acknowledged,
    /// It answered anything else, or not in time.
    Refused,
    /// There was no connection, so the endpoint has not seen the message.
    Unseen,
}

/// Sends push requests. Redirects count as failures, as for Google.
#[derive(Clone)]
pub(super) struct Sender {
    /// Only this client shows informational responses.
    plain: Client<HttpConnector, Full<bytes::Bytes>>,
    tls: http::LateClient,
}

impl Sender {
    pub(super) fn new() -> Self {
        let tls = http::LateClient::new(|builder| {
            builder.redirect(reqwest::redirect::Policy::none()).no_proxy()
        });
        Self { plain: Client::builder(TokioExecutor::new()).build_http(), tls }
    }

    /// Sends a request. The informational response 102 acknowledges at once; the endpoint may
    /// continue with its request until `limit`.
    ///
    /// The endpoints behind TLS cannot acknowledge by 102 alone: their final response decides.
    pub(super) async fn send(
        &self,
        endpoint: &str,
        request: PushRequest,
        limit: Duration,
    ) -> Outcome {
        match Url::parse(endpoint) {
            Ok(url) if url.scheme() == "http" => self.send_plain(url, request, limit).await,
            Ok(url) => self.send_over_tls(url, request, limit).await,
            Err(error) => {
                tracing::debug!(%error, endpoint, "a push failed");
                Outcome::Unseen
            }
        }
    }

    async fn send_plain(&self, mut url: Url, push: PushRequest, limit: Duration) -> Outcome {
        let credentials = basic_credentials(&mut url);
        url.set_fragment(None);
        let Ok(uri) = url.as_str().parse::<Uri>() else { return Outcome::Unseen };
        let mut request = Request::new(Full::new(push.body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = push.headers;
        if let Some(credentials) = credentials {
            request.headers_mut().entry(AUTHORIZATION).or_insert(credentials);
        }
        let processing = Arc::new(Notify::new());
        let seen = Arc::clone(&processing);
        hyper::ext::on_informational(&mut request, move |response| {
            if response.status() == StatusCode::PROCESSING {
                seen.notify_one();
            }
        });
        let mut answer = Box::pin(tokio::time::timeout(limit, self.plain.request(request)));
        tokio::select! {
            biased;
            () = processing.notified() => {
                // Closing the connection would look like a caller that has given up.
                tokio::spawn(answer);
                Outcome::Acknowledged
            }
            answer = &mut answer => match answer {
                Ok(Ok(answer)) => outcome(answer.status()),
                Ok(Err(error)) => {
                    tracing::debug!(%error, %url, "a push failed");
                    if error.is_connect() { Outcome::Unseen } else { Outcome::Refused }
                }
                Err(_) => Outcome::Refused,
            }
        }
    }

    async fn send_over_tls(&self, url: Url, push: PushRequest, limit: Duration) -> Outcome {
        let client = match self.tls.get() {
            Ok(client) => client,
            Err(error) => {
                tracing::warn!(%error, %url, "a push failed, because TLS is unavailable");
                return Outcome::Unseen;
            }
        };
        let sent = client.post(url.clone()).headers(push.headers).body(push.body).timeout(limit);
        match sent.send().await {
            Ok(answer) => outcome(answer.status()),
            Err(error) => {
                tracing::debug!(%error, %url, "a push failed");
                if error.is_connect() { Outcome::Unseen } else { Outcome::Refused }
            }
        }
    }
}

/// Takes user and password out of a URL.
fn basic_credentials(url: &mut Url) -> Option<reqwest::header::HeaderValue> {
    use base64::Engine as _;
    use longshore_local_kit::rest::percent_decode;
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let user = percent_decode(url.username())?;
    let password = percent_decode(url.password().unwrap_or_default())?;
    // Neither fails: a URL with a scheme of the web has an authority.
    let _ = (url.set_username(""), url.set_password(None));
    let pair = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
    let mut value = reqwest::header::HeaderValue::try_from(format!("Basic {pair}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Google's list has 102 as well, which is not a final response.
fn outcome(status: StatusCode) -> Outcome {
    match status {
        StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
            Outcome::Acknowledged
        }
        _ => Outcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_url_become_a_header() {
        let mut url = Url::parse("http://us%65r:p%40ss@127.0.0.1:1/push?a=b").unwrap();
        assert_eq!(basic_credentials(&mut url).unwrap(), "Basic dXNlcjpwQHNz");
        assert_eq!(url.as_str(), "http://127.0.0.1:1/push?a=b");
        assert_eq!(basic_credentials(&mut url), None);
    }

    #[test]
    fn only_the_documented_codes_acknowledge() {
        for code in 200..600 {
            let status = StatusCode::from_u16(code).unwrap();
            let is_acknowledged = outcome(status) == Outcome::Acknowledged;
            assert_eq!(is_acknowledged, [200, 201, 202, 204].contains(&code), "{code}");
        }
    }
}
