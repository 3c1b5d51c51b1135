//! `longshore provision`: creates the topics, subscriptions and ledger bucket of a fleet.

use std::path::PathBuf;

use clap::Args;
use futures::future::try_join_all;
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output::{self, Output};
use crate::{exit, fleet, publishers};

const HELP: &str = "\
Examples:
  longshore provision   for a running `up`, or on Google Cloud
  longshore provision --check fleet@my-project.iam.gserviceaccount.com
                        who may publish to the topics

Creates what is missing, and leaves existing resources unchanged. Prints the
names of all resources. Grants no roles. With --check, changes nothing, and
prints the gcloud command for each role that is missing or too wide.

Exit codes: 0 success; 1 failure, or with --check, a role is missing or too
wide; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ProvisionArgs {
    /// Check who may publish to the topics, by the IAM policies of the topics themselves. EMAIL is
    /// the service account of the fleet's workers
    #[arg(long, value_name = "EMAIL")]
    pub(crate) check: Option<String>,
}

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
    args: ProvisionArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    if let Some(identity) = args.check {
        return check(&target, &identity, output).await;
    }
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

/// Checks who may publish to the topics. Roles on the project are not part of a topic's policy, so
/// they are not found.
async fn check(target: &CloudTarget, identity: &str, output: Output) -> Result<u8, CliError> {
    let policies = publishers::topic_names(&target.settings).into_iter().map(async |topic| {
        let policy = target.clients.bus.topic_policy(&topic).await;
        policy.map_err(|source| CliError::Policy { topic, source })
    });
    let policies = try_join_all(policies).await?;
    let findings = publishers::findings(&target.settings, identity, &policies);
    output::result(output, &findings, |findings| {
        findings.iter().map(|finding| format!("{finding}\n")).collect::<String>()
    })?;
    output::say(
        "roles on the project were not checked: `gcloud projects get-iam-policy` lists them, and \
         roles/pubsub.publisher, roles/pubsub.editor, roles/editor and roles/owner there include \
         the right to publish to every topic",
    );
    Ok(if findings.is_empty() { exit::OK } else { exit::FAILED })
}
