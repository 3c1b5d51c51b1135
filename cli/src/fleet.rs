//! Creates the topics, subscriptions and ledger bucket of a fleet, from `deploy/fleet.toml`.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::try_join_all;
use longshore_cloud::{BucketSpec, Bus, CloudError, SubscriptionSpec};
use longshore_messages::{DEFAULT_REQUESTER, Topic, subscription_id};
use longshore_runner::Settings;
use serde::Deserialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;

/// The table of topics and subscriptions.
const FLEET: &str = include_str!("../../deploy/fleet.toml");

const SECONDS_OF_A_DAY: u64 = 24 * 3600;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fleet {
    delivery: Delivery,
    topics: Vec<TopicRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivery {
    ack_deadline_s: u64,
    minimum_backoff_ms: u64,
    maximum_backoff_s: u64,
    retention_days: u64,
    max_delivery_attempts: u32,
    dead_letter_topic: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicRow {
    name: String,
    #[serde(default)]
    google: bool,
    subscribers: Vec<String>,
    /// Filter of all its subscriptions; empty for none.
    #[serde(default)]
    filter: String,
}

impl TopicRow {
    /// The topic itself, and those of the requesters in the settings if it is for requesters.
    fn of_each(&self, settings: &Settings) -> Vec<Self> {
        let topic = Topic::from_requester(&self.name).map(|(topic, _)| topic);
        let mut rows = vec![self.clone()];
        rows.extend(topic.into_iter().flat_map(|topic| {
            let named = settings.requesters.iter().filter(|rules| rules.name != DEFAULT_REQUESTER);
            named.map(move |rules| Self { name: topic.of_requester(&rules.name), ..self.clone() })
        }));
        rows
    }
}

pub(crate) fn table() -> Result<Fleet, CliError> {
    toml::from_str(FLEET).map_err(CliError::Fleet)
}

/// Creates what is missing, under a key of Cloud KMS if one is given, and changes subscriptions
/// that differ from the table, and topics under another key. A ledger under another key is an
/// error: its objects would stay under that.
pub(crate) async fn provision(target: &CloudTarget, kms_key: &str) -> Result<(), CliError> {
    let fleet = table()?;
    let ledger = create_ledger(target, kms_key);
    let bus = async {
        let (topics, subscriptions) = resources(&fleet, &target.settings);
        create_topics(&*target.clients.bus, &topics, kms_key).await?;
        create_subscriptions(&*target.clients.bus, &subscriptions).await
    };
    tokio::try_join!(ledger, bus).map(drop)
}

async fn create_ledger(target: &CloudTarget, kms_key: &str) -> Result<(), CliError> {
    let bucket = BucketSpec {
        name: target.settings.ledger_bucket(),
        project: target.settings.project.clone(),
        location: target.settings.region.clone(),
        labels: BTreeMap::from([("used-by".to_owned(), "longshore".to_owned())]),
        default_key: kms_key.to_owned(),
    };
    let failed = |source| CliError::Provision { what: format!("bucket {}", bucket.name), source };
    target.clients.objects.ensure_bucket(&bucket).await.map_err(failed)?;
    if kms_key.is_empty() {
        return Ok(());
    }
    match target.clients.objects.default_key(&bucket.name).await.map_err(failed)? {
        Some(found) if found != kms_key => {
            let found = match found.as_str() {
                "" => "no default key".to_owned(),
                other => format!("the default key {other}"),
            };
            let key = kms_key.to_owned();
            Err(CliError::LedgerKey { bucket: bucket.name.clone(), found, key })
        }
        Some(_) | None => Ok(()),
    }
}

async fn create_topics(bus: &dyn Bus, topics: &[String], kms_key: &str) -> Result<(), CliError> {
    let failed = |topic: &String, source: CloudError| CliError::Provision {
        what: format!("topic {topic}"),
        source,
    };
    let created = topics.iter().map(async |topic| {
        bus.ensure_topic(topic, kms_key).await.map_err(|source| failed(topic, source))
    });
    try_join_all(created).await.map(drop)
}

async fn create_subscriptions(
    bus: &dyn Bus,
    subscriptions: &[SubscriptionSpec],
) -> Result<(), CliError> {
    let failed = |name: &String, source: CloudError| CliError::Provision {
        what: format!("subscription {name}"),
        source,
    };
    let created = subscriptions.iter().map(async |spec| {
        bus.ensure_subscription(spec).await.map_err(|source| failed(&spec.name, source))
    });
    try_join_all(created).await.map(drop)
}

/// Names of all topics, and all subscriptions.
pub(crate) fn resources(
    fleet: &Fleet,
    settings: &Settings,
) -> (Vec<String>, Vec<SubscriptionSpec>) {
    let (project, name) = (&settings.project, &settings.fleet);
    let topic_name = |row: &TopicRow| match row.google {
        true => format!("projects/{project}/topics/{}", row.name),
        false => format!("projects/{project}/topics/{name}.{}", row.name),
    };
    let delivery = &fleet.delivery;
    let subscription = |row: &TopicRow, worker: &String| SubscriptionSpec {
        name: format!(
            "projects/{project}/subscriptions/{}",
            subscription_id(name, worker, &row.name)
        ),
        topic: topic_name(row),
        ack_deadline: Duration::from_secs(delivery.ack_deadline_s),
        minimum_backoff: Duration::from_millis(delivery.minimum_backoff_ms),
        maximum_backoff: Duration::from_secs(delivery.maximum_backoff_s),
        retention: Duration::from_secs(delivery.retention_days * SECONDS_OF_A_DAY),
        expires_after: None,
        dead_letter_topic: (row.name != delivery.dead_letter_topic)
            .then(|| dead_letter_topic(fleet, settings)),
        max_delivery_attempts: delivery.max_delivery_attempts,
        filter: row.filter.clone(),
    };
    let rows: Vec<TopicRow> = fleet.topics.iter().flat_map(|row| row.of_each(settings)).collect();
    let topics = rows.iter().map(topic_name).collect();
    let pairs = rows.iter().flat_map(|row| row.subscribers.iter().map(move |worker| (row, worker)));
    (topics, pairs.map(|(row, worker)| subscription(row, worker)).collect())
}

/// Name of the topic for dead letters.
pub(crate) fn dead_letter_topic(fleet: &Fleet, settings: &Settings) -> String {
    let (project, name) = (&settings.project, &settings.fleet);
    format!("projects/{project}/topics/{name}.{}", fleet.delivery.dead_letter_topic)
}

#[cfg(test)]
mod tests {
    use longshore_runner::{Input, Stage};

    use super::*;

    fn everything() -> (Vec<String>, Vec<SubscriptionSpec>) {
        let fleet = table().unwrap();
        let settings = Settings { project: "demo-project".to_owned(), ..Settings::default() };
        resources(&fleet, &settings)
    }

    #[test]
    fn every_topic_of_the_fleet_is_created() {
        let (topics, _) = everything();
        for topic in Topic::ALL {
            assert!(topics.contains(&topic.full_name("demo-project", "longshore")), "{topic}");
        }
    }

    #[test]
    fn every_worker_has_a_subscription_for_each_of_its_topics() {
        fn check<S: Stage>(subscriptions: &[SubscriptionSpec]) {
            for topic in S::In::TOPICS {
                let name = format!(
                    "projects/demo-project/subscriptions/{}",
                    subscription_id("longshore", S::NAME, topic)
                );
                assert!(subscriptions.iter().any(|spec| spec.name == name), "{name}");
            }
        }
        let (_, subscriptions) = everything();
        check::<longshore_uploader::Uploader>(&subscriptions);
        check::<longshore_build_submitter::BuildSubmitter>(&subscriptions);
        check::<longshore_registry_watcher::RegistryWatcher>(&subscriptions);
        check::<longshore_service_deployer::ServiceDeployer>(&subscriptions);
        check::<longshore_batch_feeder::BatchFeeder>(&subscriptions);
    }

    #[test]
    fn every_subscription_keeps_its_messages_for_a_month_and_never_expires() {
        let (_, subscriptions) = everything();
        let month = Duration::from_secs(31 * SECONDS_OF_A_DAY);
        for spec in subscriptions {
            assert_eq!((spec.retention, spec.expires_after), (month, None), "{}", spec.name);
        }
    }

    #[test]
    fn each_requester_has_its_own_topics_with_a_subscription_of_their_worker() {
        let file = "name = \"team-a\"\n";
        let settings = Settings {
            project: "demo-project".to_owned(),
            requesters: vec![toml::from_str(file).unwrap()],
            ..Settings::default()
        };
        let (topics, subscriptions) = resources(&table().unwrap(), &settings);
        for name in settings.request_topics() {
            assert!(topics.contains(&format!("projects/demo-project/topics/longshore.{name}")));
            let worker = match name.starts_with("batch-requested") {
                true => "batch-feeder",
                false => "uploader",
            };
            let id = subscription_id("longshore", worker, &name);
            let name = format!("projects/demo-project/subscriptions/{id}");
            assert!(subscriptions.iter().any(|spec| spec.name == name), "{name}");
        }
        assert_eq!(topics.iter().filter(|topic| topic.ends_with(".team-a")).count(), 3);
    }

    #[test]
    fn only_the_dead_letter_topic_has_no_dead_letter_topic() {
        let (_, subscriptions) = everything();
        for spec in subscriptions {
            assert_eq!(
                spec.dead_letter_topic.is_none(),
                spec.topic.ends_with("dead-letters"),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn only_the_ends_of_builds_and_of_functions_of_batches_are_announced() {
        let (_, subscriptions) = everything();
        for spec in subscriptions {
            if spec.topic.ends_with(".deployment-finished") {
                assert_eq!(spec.filter, "attributes:batch");
                continue;
            }
            let is_filtered = !spec.filter.is_empty();
            assert_eq!(is_filtered, spec.topic.ends_with("/cloud-builds"), "{}", spec.name);
            assert!(spec.filter.len() <= 256, "{}", spec.filter);
            for status in
                ["SUCCESS", "FAILURE", "INTERNAL_ERROR", "TIMEOUT", "CANCELLED", "EXPIRED"]
            {
                let term = format!("attributes.status = \"{status}\"");
                assert_eq!(spec.filter.contains(&term), is_filtered, "{status}");
            }
        }
    }
}
