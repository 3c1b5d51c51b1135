//! What Google's errors mean: whose fault they are, what mends them, and for how long a call is
//! repeated before the error counts. Pure data, in three tables: errors of [calls](of_call),
//! failures of [builds](of_build), and failures of [revisions](of_revision). A fourth one, which
//! comes before each of them, says what a key of Cloud KMS lacks ([`of_key`]).
//!
//! Each table is read from top to bottom, and the first row that matches decides. A matching text
//! may be part of Google's message, in any case.
//!
//! The advice is complete: it names the role, the resource, the account and the command. `FLEET`
//! stands for the email address of the workers' service account, which the workers do not know.

mod builds;
mod calls;
pub mod keys;
mod operations;
mod revisions;
mod secrets;

use std::time::Duration;

use longshore_messages::{FailureClass, ServiceSettings};

pub use builds::{missing_source, of_build, of_build_key, of_build_machine};
pub use calls::{forbids_unchecked_access, of_call};
pub use keys::of_call as of_key;
pub use revisions::of_revision;

/// For how long a call is repeated that a missing role, or an API that is not enabled, refuses. A
/// grant takes "typically 2 minutes, potentially 7 minutes or longer" to become effective
/// (<https://cloud.google.com/iam/docs/access-change-propagation>).
pub const PROPAGATION_WINDOW: Duration = Duration::from_secs(7 * 60);

/// The meaning of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub class: FailureClass,
    /// Code of the failure, for programs.
    pub code: &'static str,
    /// What to do, for people.
    pub advice: String,
    /// Whether the call is repeated for [`PROPAGATION_WINDOW`] before the error counts.
    pub propagates: bool,
    /// Whether Google's platform failed. The same request is made again, with pauses, until the
    /// deadline of the deployment.
    pub is_platforms: bool,
}

/// What an error is about. An empty field is not known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// Project of the resource that the call is about.
    pub project: &'a str,
    pub region: &'a str,
    /// Name of the service.
    pub service: &'a str,
    /// Email address of the account that builds or runs the function.
    pub account: &'a str,
    /// Id of the build.
    pub build: &'a str,
    /// Name of the key of Cloud KMS.
    pub key: &'a str,
    /// Settings of the service.
    pub settings: Option<&'a ServiceSettings>,
}

/// Replaces `{project}`, `{region}`, `{service}`, `{account}` and `{build}`. What is not known stays
/// as a name in capitals.
fn fill(advice: &str, subject: &Subject<'_>) -> String {
    let known = |value: &str, name: &str| match value {
        "" => name.to_owned(),
        value => value.to_owned(),
    };
    advice
        .replace("{project}", &known(subject.project, "PROJECT"))
        .replace("{region}", &known(subject.region, "REGION"))
        .replace("{service}", &known(subject.service, "SERVICE"))
        .replace("{account}", &known(subject.account, "ACCOUNT"))
        .replace("{build}", &known(subject.build, "BUILD"))
}

/// Whether a text of Google's contains a row's text, which is in lower case.
fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || text.to_ascii_lowercase().contains(part)
}
