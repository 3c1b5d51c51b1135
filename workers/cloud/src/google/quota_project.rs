//! Credentials that charge calls to the quotas of a project.

use google_cloud_auth::credentials::{CacheableResource, Credentials, CredentialsProvider};
use google_cloud_auth::errors::CredentialsError;
use http::header::InvalidHeaderValue;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};

/// <https://cloud.google.com/apis/docs/system-parameters>
const QUOTA_PROJECT: HeaderName = HeaderName::from_static("x-goog-user-project");

/// Adds the quota project to the headers that every client takes from its credentials, over REST
/// and over gRPC. It replaces the project that the credentials themselves name.
#[derive(Debug)]
pub(super) struct ChargedTo {
    credentials: Credentials,
    project: HeaderValue,
}

impl ChargedTo {
    /// Fails if the project's id cannot be the value of a header.
    pub(super) fn new(credentials: Credentials, project: &str) -> Result<Self, InvalidHeaderValue> {
        Ok(Self { credentials, project: HeaderValue::from_str(project)? })
    }
}

impl CredentialsProvider for ChargedTo {
    async fn headers(
        &self,
        extensions: Extensions,
    ) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        let mut headers = self.credentials.headers(extensions).await?;
        if let CacheableResource::New { data, .. } = &mut headers {
            data.insert(QUOTA_PROJECT, self.project.clone());
        }
        Ok(headers)
    }

    async fn universe_domain(&self) -> Option<String> {
        self.credentials.universe_domain().await
    }
}
