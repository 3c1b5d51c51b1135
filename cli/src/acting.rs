//! Who changes something, and why: noted in the ledger, for those who ask later.

use std::collections::BTreeSet;

use clap::Args;
use longshore_ledger::Action;
use longshore_runner::telemetry::chain;
use serde::Serialize;
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output::{self, Table, Text};
use crate::time_text::rfc3339;

/// Maximum number of actions that are shown.
const SHOWN_MAX: usize = 20;

/// Arguments of the commands that change what others have begun.
#[derive(Debug, Default, Args)]
pub(crate) struct ActingArgs {
    /// Reason to record in the ledger
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Name to record in the ledger [default: the user of this machine]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

impl ActingArgs {
    /// Notes what was done. The command has acted already, so a failure is only reported.
    pub(crate) async fn note(
        &self,
        target: &CloudTarget,
        action: &str,
        on: impl Into<String>,
        result: impl Into<String>,
    ) {
        let action = Action {
            at: OffsetDateTime::now_utc(),
            by: self.by.clone().unwrap_or_else(user),
            action: action.to_owned(),
            target: on.into(),
            reason: self.reason.clone().unwrap_or_default(),
            result: result.into(),
        };
        if let Err(error) = target.ledger.record_action(&action).await {
            output::say(format!("this could not be noted in the ledger: {}", chain(&error)));
        }
    }
}

/// What an operator did, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Done {
    pub(crate) at: String,
    /// Not authenticated.
    pub(crate) by: String,
    pub(crate) action: String,
    /// A deployment, a batch or a function.
    pub(crate) target: String,
    pub(crate) reason: String,
    pub(crate) result: String,
}

/// What operators did to any of these, newest first.
pub(crate) async fn done_to(
    target: &CloudTarget,
    targets: &BTreeSet<String>,
) -> Result<Vec<Done>, CliError> {
    let actions = target.ledger.list_actions_on(targets, SHOWN_MAX).await;
    let done = |Action { at, by, action, target, reason, result }| Done {
        at: rfc3339(at),
        by,
        action,
        target,
        reason,
        result,
    };
    Ok(actions.map_err(CliError::ledger)?.into_iter().map(done).collect())
}

/// For people.
pub(crate) fn table(done: &[Done], coloured: bool) -> Text {
    let mut table = Table::headed(["ACTION", "BY", "AT", "RESULT", "REASON"]);
    for one in done {
        table.row([
            one.action.as_str().into(),
            one.by.as_str().into(),
            one.at.get(..19).unwrap_or(&one.at).into(),
            one.result.as_str().into(),
            one.reason.as_str().into(),
        ]);
    }
    table.text(coloured)
}

/// The user of this machine.
pub(crate) fn user() -> String {
    let named = ["USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let named = named.into_iter().find(|name| !name.is_empty());
    named.unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw()))
}
