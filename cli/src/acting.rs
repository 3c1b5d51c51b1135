//! Who changes something, and why: noted in the ledger, for those who ask later.

use clap::Args;
use longshore_ledger::Action;
use longshore_runner::telemetry::chain;
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::output;

/// Arguments of the commands that change what others have begun.
#[derive(Debug, Default, Args)]
pub(crate) struct ActingArgs {
    /// Why, for those who read it later; the console shows it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who acts, if it is not the user of this machine
    #[arg(long, value_name = "NAME", hide = true)]
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

/// The user of this machine.
pub(crate) fn user() -> String {
    let named = ["USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let named = named.into_iter().find(|name| !name.is_empty());
    named.unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw()))
}
