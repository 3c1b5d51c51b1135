//! Cloud Logging as the fleet uses it: the output of functions, and the requests that they answered.

use std::collections::BTreeMap;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{CloudError, Kind};

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

    /// How many requests revisions of a project and region answered within a time, as their request
    /// log says. A revision without requests may be missing.
    ///
    /// Reads the newest [`ANSWERED_MAX`] requests of each hundred revisions at most: reads of logs have a
    /// quota of 60 a minute for a whole project
    /// (<https://cloud.google.com/logging/quotas#api-limits>), and the share of failures in so many
    /// requests is that of all of them.
    async fn answered(
        &self,
        project: &str,
        _region: &str,
        _revisions: &[String],
        _within: Within,
    ) -> Result<BTreeMap<String, Answered>, CloudError> {
        Err(CloudError::new("list requests", project, Kind::Unimplemented))
    }
}

/// Maximum number of requests that are counted for each hundred revisions.
pub const ANSWERED_MAX: usize = 5_000;

/// A time, with its beginning and without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    pub from: OffsetDateTime,
    pub until: OffsetDateTime,
}

/// Requests that a revision answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    pub all: u64,
    /// Those with a status of 500 or above.
    pub failed: u64,
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
