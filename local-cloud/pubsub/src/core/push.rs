//! Push settings: <https://cloud.google.com/pubsub/docs/push>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::url::is_http_url;

/// Where and how a subscription's messages are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// An http or https URL.
    pub endpoint: String,
    /// Google defines `x-goog-version` only. Stored and returned; has no effect.
    pub attributes: BTreeMap<String, String>,
    /// The identity whose token each request carries.
    pub oidc: Option<Oidc>,
    pub wrapper: Wrapper,
    /// Whether a message is sent once, and acknowledged whatever the endpoint answers. Only Eventarc
    /// sets it, for triggers without retries; it is not part of the API.
    #[serde(default)]
    pub once: bool,
    /// Full name of the service behind the endpoint, if Eventarc set it; not part of the API. Events
    /// that the service itself causes are counted, and a loop is stopped.
    #[serde(default)]
    pub service: String,
}

/// The identity of a push request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oidc {
    /// Email of the service account.
    pub email: String,
    /// Audience of the token. Empty means the endpoint's URL.
    pub audience: String,
}

/// The body of a push request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wrapper {
    /// A JSON document with the message and the subscription's name.
    #[default]
    Pubsub,
    /// The message's data alone.
    Nothing {
        /// Whether headers carry what the JSON document would.
        write_metadata: bool,
    },
}

impl Push {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if !is_http_url(&self.endpoint) {
            return Err(Refusal::invalid(format!(
                "push_config.push_endpoint {:?} is not an http or https URL",
                self.endpoint
            )));
        }
        if self.oidc.as_ref().is_some_and(|oidc| oidc.email.is_empty()) {
            return Err(Refusal::invalid(
                "push_config.oidc_token.service_account_email is missing",
            ));
        }
        Ok(())
    }

    /// The audience of the requests' tokens: the configured one, or the endpoint's URL.
    #[must_use]
    pub fn audience(&self) -> &str {
        match &self.oidc {
            Some(oidc) if !oidc.audience.is_empty() => &oidc.audience,
            Some(_) | None => &self.endpoint,
        }
    }
}
