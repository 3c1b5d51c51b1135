//! Making a fleet's topics, subscriptions and ledger, from `deploy/fleet.toml`.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::try_join_all;
use longshore_cloud::{BucketSpec, Bus, CloudError, SubscriptionSpec};
use longshore_messages::subscription_id;
use longshore_runner::Settings;
use serde::Deserialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;

/// The one table.
const FLEET: &str = include_str!("../../deploy/fleet.toml");

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
    max_delivery_attempts: u32,
    dead_letter_topic: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicRow {
    name: String,
    #[serde(default)]
    google: bool,
    subscribers: Vec<String>,
}

pub(crate) fn table() -> Result<Fleet, CliError> {
    toml::from_str(FLEET).map_err(CliError::Fleet)
}

/// Makes whatever is missing; leaves alone what is there.
pub(crate) async fn provision(target: &CloudTarget) -> Result<(), CliError> {
    let fleet = table()?;
    let ledger = make_ledger(target);
    let bus = async {
        let (topics, subscriptions) = wanted(&fleet, &target.settings);
        make_topics(&*target.clients.bus, &topics).await?;
        make_subscriptions(&*target.clients.bus, &subscriptions).await
    };
    tokio::try_join!(ledger, bus).map(drop)
}

async fn make_ledger(target: &CloudTarget) -> Result<(), CliError> {
    let bucket = BucketSpec {
        name: target.settings.ledger_bucket(),
        project: target.settings.project.clone(),
        location: target.settings.region.clone(),
        labels: BTreeMap::from([("used-by".to_owned(), "longshore".to_owned())]),
    };
    let made = target.clients.objects.ensure_bucket(&bucket).await;
    made.map_err(|source| CliError::Provision { what: format!("bucket {}", bucket.name), source })
}

async fn make_topics(bus: &dyn Bus, topics: &[String]) -> Result<(), CliError> {
    let failed = |topic: &String, source: CloudError| CliError::Provision {
        what: format!("topic {topic}"),
        source,
    };
    let made = topics
        .iter()
        .map(async |topic| bus.ensure_topic(topic).await.map_err(|source| failed(topic, source)));
    try_join_all(made).await.map(drop)
}

async fn make_subscriptions(
    bus: &dyn Bus,
    subscriptions: &[SubscriptionSpec],
) -> Result<(), CliError> {
    let failed = |name: &String, source: CloudError| CliError::Provision {
        what: format!("subscription {name}"),
        source,
    };
    let made = subscriptions.iter().map(async |spec| {
        bus.ensure_subscription(spec).await.map_err(|source| failed(&spec.name, source))
    });
    try_join_all(made).await.map(drop)
}

/// Names of all topics, and all subscriptions. Pure.
pub(crate) fn wanted(fleet: &Fleet, settings: &Settings) -> (Vec<String>, Vec<SubscriptionSpec>) {
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
        dead_letter_topic: (row.name != delivery.dead_letter_topic)
            .then(|| format!("projects/{project}/topics/{name}.{}", delivery.dead_letter_topic)),
        max_delivery_attempts: delivery.max_delivery_attempts,
    };
    let topics = fleet.topics.iter().map(topic_name).collect();
    let pairs =
        fleet.topics.iter().flat_map(|row| row.subscribers.iter().map(move |worker| (row, worker)));
    (topics, pairs.map(|(row, worker)| subscription(row, worker)).collect())
}

#[cfg(test)]
mod tests {
    use longshore_messages::Topic;
    use longshore_runner::{Input, Stage};

    use super::*;

    fn everything() -> (Vec<String>, Vec<SubscriptionSpec>) {
        let fleet = table().unwrap();
        let settings = Settings { project: "demo-project".to_owned(), ..Settings::default() };
        wanted(&fleet, &settings)
    }

    #[test]
    fn every_topic_that_the_fleet_knows_is_made() {
        let (topics, _) = everything();
        for topic in Topic::ALL {
            assert!(topics.contains(&topic.full_name("demo-project", "longshore")), "{topic}");
        }
    }

    #[test]
    fn every_worker_finds_a_subscription_for_everything_that_it_takes() {
        fn takes<S: Stage>(subscriptions: &[SubscriptionSpec]) {
            for topic in S::In::TOPICS {
                let name = format!(
                    "projects/demo-project/subscriptions/{}",
                    subscription_id("longshore", S::NAME, topic)
                );
                assert!(subscriptions.iter().any(|spec| spec.name == name), "{name}");
            }
        }
        let (_, subscriptions) = everything();
        takes::<longshore_uploader::Uploader>(&subscriptions);
        takes::<longshore_build_submitter::BuildSubmitter>(&subscriptions);
        takes::<longshore_registry_watcher::RegistryWatcher>(&subscriptions);
        takes::<longshore_service_deployer::ServiceDeployer>(&subscriptions);
    }

    #[test]
    fn only_dead_letters_themselves_have_no_dead_letter_topic() {
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
}
