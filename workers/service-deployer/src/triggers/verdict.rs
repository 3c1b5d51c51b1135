//! What a failed call for a trigger means. Pure.

use longshore_cloud::CloudError;
use longshore_messages::FailureClass;

/// What a failed call for a trigger means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The next delivery tries again.
    Retry,
    /// A role is missing, or its grant is not effective yet; with advice.
    Propagates(String),
    /// A service agent of the project does not exist yet, or has not got its role. That takes
    /// minutes, and is waited for until the deadline; with advice.
    Agent(String),
    /// It never succeeds; with advice.
    Refused(FailureClass, String),
}

/// Whether a quota of requests is used up, which is so for a minute, and not one of resources.
pub(super) fn is_rate(error: &CloudError, words: &str) -> bool {
    error.reason == "RATE_LIMIT_EXCEEDED"
        || ["per minute", "per second", "rate limit"].iter().any(|text| words.contains(text))
}
