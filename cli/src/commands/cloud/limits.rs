//! Flags of the quotas and delays of the local cloud.

use std::fs;

use clap::{Args, ValueHint};
use longshore_local_cloud::quotas::catalog::FUNCTION_WRITES;
use longshore_local_cloud::quotas::{Latency, QuotaSettings};
use longshore_runner::telemetry::chain;

use crate::error::CliError;

/// Stands for Google's defaults instead of a file.
const GOOGLE: &str = "google";

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Quotas and delays of the local cloud")]
pub(crate) struct LimitArgs {
    /// Enforce Google's default quotas (`google`) or those of a TOML file; requests beyond them get
    /// Google's 429 error
    #[arg(long, value_name = "google|FILE", value_hint = ValueHint::FilePath)]
    quotas: Option<String>,
    /// Delay builds, revisions and requests as is usual on Google Cloud (`google`), or as a TOML
    /// file says
    #[arg(long, value_name = "google|FILE", value_hint = ValueHint::FilePath)]
    latency: Option<String>,
    /// Refuse more than 60 writes a minute to Cloud Functions, as Google does; `--quotas google`
    /// includes it
    #[arg(long)]
    functions_quota: bool,
}

impl LimitArgs {
    /// # Errors
    /// [`CliError::LimitsFile`] for a file that cannot be read, or is malformed.
    pub(super) fn quotas(&self) -> Result<QuotaSettings, CliError> {
        let settings = match self.quotas.as_deref() {
            None => QuotaSettings::default(),
            Some(GOOGLE) => QuotaSettings::google(),
            Some(file) => QuotaSettings::parse(&read("--quotas", file)?)
                .map_err(|error| invalid("--quotas", file, &error))?,
        };
        Ok(match self.functions_quota {
            true => settings.with(&FUNCTION_WRITES, FUNCTION_WRITES.per_minute),
            false => settings,
        })
    }

    /// # Errors
    /// [`CliError::LimitsFile`] for a file that cannot be read, or is malformed.
    pub(super) fn latency(&self) -> Result<Latency, CliError> {
        match self.latency.as_deref() {
            None => Ok(Latency::default()),
            Some(GOOGLE) => Ok(Latency::google()),
            Some(file) => Latency::parse(&read("--latency", file)?)
                .map_err(|error| invalid("--latency", file, &error)),
        }
    }

    /// Reports an invalid file before anything is started.
    pub(in crate::commands) fn check(&self) -> Result<(), CliError> {
        self.quotas()?;
        self.latency().map(drop)
    }

    /// The same arguments again.
    pub(in crate::commands) fn flags(&self) -> Vec<&str> {
        let mut flags = Vec::new();
        for (flag, value) in [("--quotas", &self.quotas), ("--latency", &self.latency)] {
            flags.extend(value.as_deref().into_iter().flat_map(|value| [flag, value]));
        }
        flags.extend(self.functions_quota.then_some("--functions-quota"));
        flags
    }
}

fn read(flag: &'static str, file: &str) -> Result<String, CliError> {
    fs::read_to_string(file).map_err(|error| invalid(flag, file, &error))
}

fn invalid(flag: &'static str, file: &str, error: &dyn std::error::Error) -> CliError {
    CliError::LimitsFile { flag, value: file.to_owned(), reason: chain(error) }
}
