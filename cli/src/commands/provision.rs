//! `longshore provision`: creates the topics, subscriptions and ledger bucket of a fleet.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output::{self, Output};
use crate::{exit, fleet};

const HELP: &str = "\
Examples:
  longshore provision   for a running `up`, or on Google Cloud

Creates what is missing, and leaves existing resources unchanged. Prints the
names of all resources. Grants no roles.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ProvisionArgs {}

/// The resources of a fleet in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Provisioned {
    fleet: String,
    project: String,
    ledger: String,
    topics: Vec<String>,
    subscriptions: Vec<String>,
}

pub(crate) async fn run(
    _args: ProvisionArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    fleet::provision(&target).await?;
    let (topics, subscriptions) = fleet::resources(&fleet::table()?, &target.settings);
    let provisioned = Provisioned {
        fleet: target.settings.fleet.clone(),
        project: target.settings.project.clone(),
        ledger: target.settings.ledger_bucket(),
        topics,
        subscriptions: subscriptions.into_iter().map(|spec| spec.name).collect(),
    };
    output::result(output, &provisioned, |provisioned| {
        let bucket = std::iter::once(format!("gs://{}", provisioned.ledger));
        bucket
            .chain(provisioned.topics.clone())
            .chain(provisioned.subscriptions.clone())
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    Ok(exit::OK)
}
