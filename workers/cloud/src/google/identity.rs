//! Identity tokens of the local cloud, through its IAM Credentials API.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::profile::REQUEST_LIMIT;
use super::request_span;
use crate::tls::http_client;
use crate::{CloudError, Identity, Kind};

/// The identity that may call all services of a local cloud.
const LOCAL_OWNER: &str = "owner@longshore.local";

/// The identity of a local cloud's user. On Google Cloud it issues no tokens.
pub(crate) struct OwnIdentity {
    endpoint: Option<String>,
    client: reqwest::Client,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

impl OwnIdentity {
    /// `endpoint` is a local cloud's.
    pub(crate) fn new(endpoint: Option<String>) -> Result<Self, reqwest::Error> {
        let is_plain = endpoint.as_deref().is_none_or(|endpoint| endpoint.starts_with("http://"));
        // Requests to this machine must not go through a proxy.
        let client = http_client(is_plain).no_proxy().timeout(REQUEST_LIMIT).build()?;
        Ok(Self { endpoint, client })
    }
}

#[async_trait]
impl Identity for OwnIdentity {
    #[tracing::instrument(name = "cloud.id_token", skip_all, fields(service = "identity", resource = audience))]
    async fn id_token(&self, audience: &str) -> Result<Option<String>, CloudError> {
        let Some(endpoint) = &self.endpoint else { return Ok(None) };
        let call = Call::new("generate identity token", audience);
        let url = format!("{endpoint}/v1/projects/-/serviceAccounts/{LOCAL_OWNER}:generateIdToken");
        let body = json!({"audience": audience, "includeEmail": true}).to_string();
        let request = self.client.post(url).header("content-type", "application/json").body(body);
        let answer = request_span::sent(request).await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let answer = answer.map_err(|error| call.caused(Kind::Unavailable, error))?;
        let token: Token =
            answer.json().await.map_err(|error| call.caused(Kind::Internal, error))?;
        Ok(Some(token.token))
    }
}
