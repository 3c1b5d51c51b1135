//! Cloud Logging as the fleet uses it: what a function printed.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::CloudError;

/// Log entries of Cloud Run services.
#[async_trait]
pub trait Logs: Send + Sync {
    /// The last `lines` lines of a service (of one revision, when it is named), oldest first.
    async fn service_tail(
        &self,
        project: &str,
        region: &str,
        service: &str,
        revision: Option<&str>,
        lines: usize,
    ) -> Result<Vec<LogLine>, CloudError>;
}

/// One line that a function printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: OffsetDateTime,
    /// Revision that printed it.
    pub revision: String,
    /// Severity name, such as `ERROR` or `DEFAULT`.
    pub severity: String,
    /// The line, without its end.
    pub text: String,
}
