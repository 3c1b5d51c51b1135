//! Identity tokens for calls of functions that are not public.

use async_trait::async_trait;

use crate::CloudError;

/// The identity that this process acts as.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Returns a token for the service whose URL is `audience`. `None` on Google Cloud, where the
    /// caller provides its own (`gcloud auth print-identity-token`).
    async fn id_token(&self, audience: &str) -> Result<Option<String>, CloudError>;
}
