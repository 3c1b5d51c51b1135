//! Cloud Logging as the fleet uses it: the output of functions.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::CloudError;

/// Log entries of Cloud Run services.
#[async_trait]
pub trait Logs: Send + Sync {
    /// Returns the last `lines` lines of a service or of one of its revisions, oldest first.
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
    pub at: OffsetDateTime,
    pub revision: String,
    /// Severity name, such as `ERROR` or `DEFAULT`.
    pub severity: String,
    /// The line without its line break.
    pub text: String,
}
