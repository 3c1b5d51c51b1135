//! `longshore provision`: creates the topics, subscriptions and ledger bucket of a fleet.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use clap::Args;
use futures::future::try_join_all;
use longshore_cloud::{Binding, Bus, Kind, SubscriptionSpec};
use longshore_runner::telemetry::chain;
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output::{self, Output};
use crate::subscriptions::{self, Observed};
use crate::{exit, fleet, key_check, publishers};

const HELP: &str = "\
Examples:
  longshore provision   for a running `up`, or on Google Cloud
  longshore provision --check
                        what is missing or different
  longshore provision --check fleet@my-project.iam.gserviceaccount.com
                        and who may publish to the topics
  longshore provision --check --kms-key projects/P/locations/R/keyRings/K/cryptoKeys/C
                        and what is not under the key, or may not use it
  longshore provision --kms-key projects/P/locations/R/keyRings/K/cryptoKeys/C
                        topics and ledger under a key of Cloud KMS

Creates what is missing, and changes the settings of subscriptions that differ
from the fleet's. Prints the names of all resources. Grants no roles. With
--kms-key, topics that exist get the key, and a ledger that exists under another
key, or under none, is an error. With --check, changes nothing, and prints the
gcloud command for each topic and subscription that is missing or different, and
for each role that is missing or too broad. It also checks that Google's services
may use the keys that the topics and the ledger are under, and with --kms-key,
all that use the key of a function in the fleet's project.

Exit codes: 0 success; 1 failure, or with --check, there is something to fix; 69 no
cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ProvisionArgs {
    /// Check topics, subscriptions and the roles for dead-lettering, and change nothing. With
    /// EMAIL, the service account of the fleet's workers, also check who may publish, by the IAM
    /// policies of the topics themselves
    #[arg(long, value_name = "EMAIL", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "clap's form of an option with an optional value")]
    pub(crate) check: Option<Option<String>>,
    /// Key of Cloud KMS for the topics and the ledger's bucket, which hold the contents of
    /// requests: projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY
    #[arg(long, value_name = "KEY")]
    pub(crate) kms_key: Option<String>,
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
        return check(&target, identity.as_deref(), args.kms_key.as_deref(), output).await;
    }
    fleet::provision(&target, args.kms_key.as_deref().unwrap_or_default()).await?;
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

/// Compares topics, subscriptions and their own IAM policies with the table. Roles on the project
/// are not part of these policies, so they are not found. Without an identity, it is not checked who
/// may publish.
async fn check(
    target: &CloudTarget,
    identity: Option<&str>,
    kms_key: Option<&str>,
    output: Output,
) -> Result<u8, CliError> {
    let table = fleet::table()?;
    let (topics, wanted) = fleet::resources(&table, &target.settings);
    let bus = &*target.clients.bus;
    let policies = try_join_all(topics.iter().map(|topic| policy(bus, topic))).await?;
    let observed = try_join_all(wanted.iter().map(|spec| observe(bus, &spec.name))).await?;

    let exist: Vec<bool> = policies.iter().map(Option::is_some).collect();
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(subscriptions::missing_topics(&topics, &exist).into_iter().map(Finding::Fleet));
    let of_subscriptions = subscriptions::findings(&wanted, &observed);
    findings.extend(of_subscriptions.into_iter().map(Finding::Fleet));
    let policy_of = |topic: &String| {
        let found = topics.iter().zip(&policies).find(|(name, _)| *name == topic);
        found.and_then(|(_, policy)| policy.clone()).unwrap_or_default()
    };
    let dead_letters = fleet::dead_letter_topic(&table, &target.settings);
    let agent = subscriptions::dead_letter_topic(&dead_letters, &policy_of(&dead_letters));
    findings.extend(agent.map(Finding::Fleet));
    if let Some(identity) = identity {
        let names = publishers::topic_names(&target.settings);
        let policies: Vec<_> = names.iter().map(policy_of).collect();
        let publishers = publishers::findings(&target.settings, identity, &policies);
        findings.extend(publishers.into_iter().map(Finding::Publisher));
    }
    let keys = key_check::check(target, &topics, kms_key).await?;
    findings.extend(keys.findings.into_iter().map(Finding::Fleet));
    output::result(output, &findings, |findings| {
        findings.iter().map(|finding| format!("{finding}\n")).collect::<String>()
    })?;
    for (key, error) in keys.unknown {
        let reason = chain(&error);
        output::say(format!("the grants on the key {key} were not checked: {reason}"));
    }
    output::say(
        "roles on the project were not checked: `gcloud projects get-iam-policy` lists them, and \
         roles/pubsub.publisher, roles/pubsub.editor, roles/editor and roles/owner there include \
         the right to publish to every topic",
    );
    Ok(if findings.is_empty() { exit::OK } else { exit::FAILED })
}

/// The policy of a topic or subscription, or `None` if it does not exist.
async fn policy(bus: &dyn Bus, resource: &str) -> Result<Option<Vec<Binding>>, CliError> {
    match bus.policy(resource).await {
        Ok(policy) => Ok(Some(policy)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(source) => Err(CliError::Check { resource: resource.to_owned(), source }),
    }
}

async fn observe(bus: &dyn Bus, name: &str) -> Result<Observed<SubscriptionSpec>, CliError> {
    let failed = |source| CliError::Check { resource: name.to_owned(), source };
    let live = bus.subscription(name).await.map_err(failed)?;
    let policy = match live {
        Some(_) => policy(bus, name).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(Observed { live, policy })
}

/// One line of the check, and in JSON one element.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Finding {
    Fleet(subscriptions::Finding),
    Publisher(publishers::Finding),
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fleet(finding) => finding.fmt(f),
            Self::Publisher(finding) => finding.fmt(f),
        }
    }
}
