//! `longshore call`: one request to a function.

use std::path::PathBuf;

use longshore_messages::Access;
use serde::Serialize;

use crate::args::{CallArgs, Output};
use crate::error::CliError;
use crate::place::Place;
use crate::{exit, output};

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

pub(crate) async fn call(
    args: CallArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    let function = place.function(&args.function);
    let live = place.clients.services.get(&function.service()).await.map_err(CliError::Look)?;
    let live = live.ok_or_else(|| CliError::NoFunction(function.to_string()))?;
    let url = format!("{}/{}", live.url.trim_end_matches('/'), args.path.trim_start_matches('/'));
    let body = args.data.map(|data| (data, args.content_type));
    let token = match (&args.identity_token, live.shape.settings.access) {
        (Some(token), _) => Some(token.clone()),
        (None, Some(Access::Public)) => None,
        (None, Some(Access::Authenticated) | None) => token(&place, &live.url).await?,
    };
    let answer = request(&client()?, &url, token.as_deref(), body).await?;
    output::result(output, &answer, |answer| answer.body.clone())?;
    if !answer.is_ok() {
        output::say(&format!("{} answered with status {}", answer.url, answer.status));
        if let Some(advice) = answer.advice() {
            output::say(&format!("  {advice}"));
        }
        return Ok(exit::CALL_FAILED);
    }
    Ok(exit::OK)
}

/// A client for functions. Making one reads the system's certificates: once for each command is
/// enough.
pub(crate) fn client() -> Result<reqwest::Client, CliError> {
    // Requests to this machine must not leave it through a proxy.
    reqwest::Client::builder().no_proxy().build().map_err(CliError::Call)
}

/// A token that says to the service at this URL who calls, where the place gives one.
pub(crate) async fn token(place: &Place, url: &str) -> Result<Option<String>, CliError> {
    place.clients.identity.id_token(url).await.map_err(CliError::Identity)
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
