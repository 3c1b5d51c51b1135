//! Results of deployments: text, JSON and exit code.

use std::path::{Path, PathBuf};

use longshore_messages::{Builder, DeploymentFinished, DeploymentId, Failure, Outcome};
use longshore_runner::telemetry::chain;
use serde::Serialize;

use crate::deployment::known;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Cell, Table, Text, Tone};
use crate::pinned::{self, Pinned};
use crate::progress::reason;

/// Maximum length of a reason in the table.
const REASON_MAX: usize = 60;

/// Result for one directory in JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployed {
    pub(crate) directory: PathBuf,
    /// `PROJECT/REGION/NAME`, or empty if nothing was requested.
    pub(crate) function: String,
    pub(crate) deployment: Option<DeploymentId>,
    /// An outcome, `parked`, `not-requested`, or `unknown` if the outcome cannot be read.
    pub(crate) outcome: String,
    pub(crate) url: Option<String>,
    pub(crate) revision: Option<String>,
    pub(crate) image: Option<String>,
    /// What built the image, as far as Google says it.
    pub(crate) builder: Option<Builder>,
    pub(crate) failure: Option<Failure>,
    /// The traffic, if it is pinned, so that `revision` does not serve.
    pub(crate) pinned_traffic: Option<Pinned>,
    /// Why there is no outcome.
    pub(crate) error: Option<String>,
    /// What the user may not expect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Why the requested version does not serve, in one line.
    #[serde(skip)]
    reason: Option<String>,
    #[serde(skip)]
    code: u8,
}

impl Deployed {
    /// Whether the requested version serves.
    pub(crate) fn serves(&self) -> bool {
        self.url.is_some()
    }

    pub(super) fn of(directory: &Path, id: DeploymentId, finished: DeploymentFinished) -> Self {
        let outcome = finished.outcome.as_str();
        let mut deployed = Self::new(directory, outcome);
        deployed.function = finished.function;
        deployed.deployment = Some(id);
        match finished.outcome {
            Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
                deployed.url = Some(serving.url);
                deployed.revision = Some(serving.revision);
                deployed.image = Some(serving.image);
                deployed.builder = known(serving.builder);
                deployed.code = exit::OK;
            }
            Outcome::Failed(failure) => deployed.failure = Some(failure),
            Outcome::TrafficPinned { ready, traffic } => {
                deployed.revision = Some(ready.revision);
                deployed.image = Some(ready.image);
                deployed.builder = known(ready.builder);
                deployed.reason = Some(pinned::words(&traffic));
                deployed.pinned_traffic = Some(traffic.into());
            }
            Outcome::Superseded { .. } | Outcome::Cancelled => {}
        }
        deployed
    }

    pub(super) fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    pub(super) fn not_requested(directory: &Path, error: &CliError) -> Self {
        let error_text = chain(error);
        Self {
            error: Some(error_text),
            code: error.exit_code(),
            ..Self::new(directory, "not-requested")
        }
    }

    /// A requested deployment whose outcome did not come.
    pub(super) fn unfinished(
        directory: &Path,
        id: DeploymentId,
        function: String,
        outcome: &str,
        error: &CliError,
    ) -> Self {
        Self {
            function,
            deployment: Some(id),
            error: Some(chain(error)),
            ..Self::new(directory, outcome)
        }
    }

    fn new(directory: &Path, outcome: &str) -> Self {
        Self {
            directory: directory.to_owned(),
            function: String::new(),
            deployment: None,
            outcome: outcome.to_owned(),
            url: None,
            revision: None,
            image: None,
            builder: None,
            failure: None,
            pinned_traffic: None,
            error: None,
            notes: Vec::new(),
            reason: None,
            code: exit::NOT_DEPLOYED,
        }
    }
}

/// The URL for one directory, so that scripts can use it directly; a table for several.
pub(crate) fn human(deployed: &[Deployed]) -> Text {
    match deployed {
        [one] => one.url.clone().unwrap_or_default().into(),
        _ if deployed.is_empty() => Text::default(),
        _ => table(deployed, output::stdout_is_coloured()),
    }
}

fn table(deployed: &[Deployed], coloured: bool) -> Text {
    let mut table = Table::headed(["DIRECTORY", "OUTCOME", "REVISION", "URL OR REASON"]);
    for one in deployed {
        let tone = if one.serves() { Tone::Good } else { Tone::Bad };
        let failure = one.failure.as_ref().map(reason);
        let reason = failure.or(one.error.clone()).or(one.reason.clone());
        let last = one.url.clone().or_else(|| reason.as_deref().map(in_short)).unwrap_or_default();
        table.row([
            one.directory.display().to_string().into(),
            Cell::new(&one.outcome, tone),
            one.revision.as_deref().unwrap_or("-").into(),
            last.into(),
        ]);
    }
    table.text(coloured)
}

/// The beginning of a reason. The full text was printed when the deployment failed.
fn in_short(reason: &str) -> String {
    let line = reason.lines().next().unwrap_or_default();
    match line.char_indices().nth(REASON_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

/// Success if all functions serve; the code of the first error if nothing was requested.
pub(crate) fn exit_code(deployed: &[Deployed]) -> u8 {
    if deployed.iter().all(Deployed::serves) {
        return exit::OK;
    }
    match deployed.first() {
        Some(first) if deployed.iter().all(|one| one.deployment.is_none()) => first.code,
        _ => exit::NOT_DEPLOYED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(outcome: &str) -> Deployed {
        let mut one = Deployed::new(Path::new("functions/a"), outcome);
        one.deployment = Some(DeploymentId::of("test", outcome));
        one
    }

    fn serving() -> Deployed {
        Deployed {
            url: Some("http://u".into()),
            revision: Some("a-00001-x".into()),
            code: exit::OK,
            ..one("deployed")
        }
    }

    fn not_requested() -> Deployed {
        Deployed::not_requested(
            Path::new("functions/b"),
            &CliError::NoFunctionHere("functions/b".into()),
        )
    }

    #[test]
    fn one_failure_sets_the_exit_code_and_an_error_keeps_its_own() {
        for (deployed, code) in [
            (vec![], exit::OK),
            (vec![serving()], exit::OK),
            (vec![serving(), one("failed")], exit::NOT_DEPLOYED),
            (vec![serving(), not_requested()], exit::NOT_DEPLOYED),
            (vec![one("superseded")], exit::NOT_DEPLOYED),
            (vec![not_requested()], exit::USAGE),
        ] {
            assert_eq!(exit_code(&deployed), code, "{deployed:?}");
        }
    }

    #[test]
    fn one_directory_prints_its_url_and_several_a_table() {
        assert_eq!(human(&[serving()]), "http://u");
        assert_eq!(human(&[one("failed")]), "");
        let text = table(&[serving(), not_requested()], false);
        let lines: Vec<&str> = text.as_str().lines().collect();
        assert_eq!(lines[0], "DIRECTORY    OUTCOME        REVISION   URL OR REASON");
        assert_eq!(lines[1], "functions/a  deployed       a-00001-x  http://u");
        assert!(
            lines[2]
                .starts_with("functions/b  not-requested  -          the directory functions/b"),
            "{text}"
        );
    }
}
