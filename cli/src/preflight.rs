//! What would make deployments fail, found before the first write.
//!
//! `facts` reads, and changes nothing. `checks` decides. Only what is certain refuses a batch: what
//! may not be read is said, and left to Google to refuse.

mod checks;
mod facts;

use longshore_messages::{BatchSettings, Function};
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output;

/// Something that was found, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) check: Check,
    /// `PROJECT/REGION/NAME` of a function, or the place that it is about.
    pub(crate) at: String,
    pub(crate) reason: String,
    /// What to do.
    pub(crate) advice: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Severity {
    /// It would fail.
    Refused,
    /// It may fail, or surprise.
    Warning,
    /// It could not be read.
    Unchecked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Check {
    Api,
    Region,
    Cpu,
    Tag,
    Name,
    Variable,
    Secret,
    Runtime,
    Trigger,
    Grant,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Warning => "warning",
            Self::Unchecked => "not checked",
        }
    }
}

/// Everything that was found about these functions, in the order of their batch, the worst first. Takes a few calls for each
/// project, region, topic, bucket and key, and none for each function.
pub(crate) async fn preflight(
    target: &CloudTarget,
    settings: &BatchSettings,
    functions: &[&Function],
) -> Result<Vec<Finding>, CliError> {
    let facts = facts::read(target, functions).await?;
    let mut findings = checks::all(settings, functions, &facts);
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// Whether a batch must not start.
pub(crate) fn is_refused(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Refused)
}

/// Shows what was found to people.
pub(crate) fn say(findings: &[Finding]) {
    for finding in findings {
        let Finding { severity, at, reason, advice, .. } = finding;
        output::say(format!("{}: {at}: {reason}", severity.as_str()));
        output::say(format!("  {advice}"));
    }
}
