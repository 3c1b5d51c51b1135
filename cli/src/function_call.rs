//! One HTTP request to a function.

use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;

/// What Cloud Run answers itself when the caller may not call.
const FORBIDDEN: u16 = 403;

/// Characters of an answer that `up` shows.
const ANSWER_MAX: usize = 200;

/// A function's answer, as `--output json` writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn is_ok(&self) -> bool {
        self.status < 400
    }

    /// What to do about an answer that is not the function's own.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        (self.status == FORBIDDEN).then_some(
            "the function is not public, and this call sends no token: deploy it with `--public`, or with \
             `access: ACCESS_PUBLIC` under `service` in longshore.yaml",
        )
    }

    /// The beginning of the answer, in one line.
    pub(crate) fn in_short(&self) -> String {
        let line = self.body.trim().lines().next().unwrap_or_default();
        let short: String = line.chars().take(ANSWER_MAX).collect();
        if short.len() < self.body.trim().len() { format!("{short}…") } else { short }
    }
}

/// A client for functions. Making one reads the system's certificates: once for each command is
/// enough.
pub(crate) fn client() -> Result<reqwest::Client, CliError> {
    // Requests to this machine must not leave it through a proxy.
    reqwest::Client::builder().no_proxy().build().map_err(CliError::Call)
}

/// A token that says to the service at this URL who calls, where the target gives one.
pub(crate) async fn token(target: &CloudTarget, url: &str) -> Result<Option<String>, CliError> {
    target.clients.identity.id_token(url).await.map_err(CliError::Identity)
}

/// Sends a POST with the body, or a GET without one.
pub(crate) async fn request(
    client: &reqwest::Client,
    url: &str,
    token: Option<&str>,
    body: Option<(String, String)>,
) -> Result<Answer, CliError> {
    let request = match body {
        Some((data, content_type)) => {
            client.post(url).header("content-type", content_type).body(data)
        }
        None => client.get(url),
    };
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let response = request.send().await.map_err(CliError::Call)?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(CliError::Call)?;
    Ok(Answer { url: url.to_owned(), status, body })
}
