//! `generateIdToken` of the IAM Credentials API, and the public keys at Google's paths.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Signer;
use longshore_local_kit::rest::{Call, RestApi, RestError};

/// The IAM Credentials API, and the public keys.
#[must_use]
pub fn api(signer: Arc<Signer>) -> Arc<dyn RestApi> {
    Arc::new(IdentityApi { signer })
}

struct IdentityApi {
    signer: Arc<Signer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GenerateIdToken {
    #[serde(default)]
    audience: String,
    #[serde(default, alias = "include_email")]
    include_email: bool,
    /// The delegation chain. It is ignored, because every account may impersonate every other.
    #[serde(default, rename = "delegates")]
    _delegates: Vec<String>,
}

#[async_trait]
impl RestApi for IdentityApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        match (call.method.as_str(), call.segments().as_slice(), call.verb.as_deref()) {
            (
                "POST",
                ["v1", "projects", project, "serviceAccounts", email],
                Some("generateIdToken"),
            ) => Some(generate(&self.signer, call, project, email)),
            ("GET", ["oauth2", "v3", "certs"], None) => Some(Ok(self.signer.jwks())),
            ("GET", ["oauth2", "v1", "certs"], None) => Some(Ok(self.signer.public_keys())),
            _ => None,
        }
    }
}

/// As at Google, the project is always `-`, an audience is required, and without `includeEmail` the
/// token has no email.
/// <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken>
fn generate(signer: &Signer, call: &Call, project: &str, email: &str) -> Result<Value, RestError> {
    if project != "-" {
        return Err(RestError::invalid("name: the project of a service account must be '-'"));
    }
    if !email.contains('@') {
        return Err(RestError::invalid(format!("name: '{email}' is not an email address")));
    }
    let request: GenerateIdToken = call.message()?;
    if request.audience.is_empty() {
        return Err(RestError::invalid("audience: required"));
    }
    let mut claims = super::Claims::of(email, &request.audience, SystemTime::now());
    if !request.include_email {
        claims.email.clear();
        claims.email_verified = false;
    }
    let token = signer.sign(&claims).map_err(|error| RestError::internal(error.to_string()))?;
    Ok(json!({"token": token}))
}
