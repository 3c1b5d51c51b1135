//! Calls to a function over HTTP.

use longshore_messages::TraceContext;
use serde::{Serialize, Serializer};

use crate::call_body::Body;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;

/// Status that Cloud Run itself returns to an unauthorized caller.
const FORBIDDEN: u16 = 403;

/// Maximum length of a response that `up` shows.
const ANSWER_MAX: usize = 200;

/// The response of a function in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    pub(crate) url: String,
    pub(crate) status: u16,
    #[serde(serialize_with = "text")]
    pub(crate) body: Vec<u8>,
    /// The trace of the request.
    pub(crate) trace_id: Option<String>,
}

impl Answer {
    pub(crate) fn is_ok(&self) -> bool {
        self.status < 400
    }

    /// Advice about a response that is not the function's own.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        (self.status == FORBIDDEN).then_some(
            "the function is not public, and the request had no valid token; deploy it with \
             `--public`, or with `access: ACCESS_PUBLIC` under `service` in longshore.yaml",
        )
    }

    /// The beginning of the response, in one line.
    pub(crate) fn in_short(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let line = body.trim().lines().next().unwrap_or_default();
        let short: String = line.chars().take(ANSWER_MAX).collect();
        if short.len() < body.trim().len() { format!("{short}…") } else { short }
    }
}

/// JSON has only text: bytes that are not UTF-8 become replacement characters.
fn text<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(body))
}

/// An HTTP client for functions. For those of Google Cloud, it loads the system's certificates, so
/// create one per command.
pub(crate) fn client(is_local: bool) -> Result<reqwest::Client, CliError> {
    // Requests to this machine must not go through a proxy.
    let builder = reqwest::Client::builder().no_proxy();
    let builder = if is_local { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(CliError::Call)
}

/// An identity token for the service at this URL, if the cloud issues one.
pub(crate) async fn token(target: &CloudTarget, url: &str) -> Result<Option<String>, CliError> {
    target.clients.identity.id_token(url).await.map_err(CliError::Identity)
}

/// Sends a POST request with the body, or a GET request without one, in this trace.
pub(crate) async fn request(
    client: &reqwest::Client,
    url: &str,
    token: Option<&str>,
    body: Option<Body>,
    trace: &TraceContext,
) -> Result<Answer, CliError> {
    let request = match body {
        Some(Body { content, content_type, headers }) => headers
            .into_iter()
            .fold(client.post(url), |request, (name, value)| request.header(name, value))
            .header("content-type", content_type)
            .body(content),
        None => client.get(url),
    };
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let headers = [("traceparent", &trace.traceparent), ("tracestate", &trace.tracestate)];
    let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let request = headers.fold(request, |request, (name, value)| request.header(name, value));
    let response = request.send().await.map_err(CliError::Call)?;
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(CliError::Call)?.to_vec();
    let trace_id = trace.trace_id().map(str::to_owned);
    Ok(Answer { url: url.to_owned(), status, body, trace_id })
}
