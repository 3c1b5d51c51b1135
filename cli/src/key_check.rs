//! What `longshore provision --check` finds about keys of Cloud KMS: what is under another key than it
//! should be, and which of Google's services may not use a key.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use longshore_cloud::{Agent, CloudError, KEY_ROLE, Kind, MissingGrant, missing_grants};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::subscriptions::{Finding, Problem};

/// The service agents that use the key of a function, in one flavour or the other.
const OF_FUNCTIONS: [Agent; 5] =
    [Agent::Storage, Agent::Registry, Agent::Run, Agent::Functions, Agent::Eventarc];

/// The keys of what exists. `None` for what does not.
#[derive(Debug, Default)]
struct Observed {
    /// By the full name of the topic.
    topics: BTreeMap<String, Option<String>>,
    ledger: String,
    ledger_key: Option<String>,
}

/// What was found, and the keys of which it is not known who may use them.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknown: Vec<(String, CloudError)>,
}

/// Checks the keys that the topics and the ledger are under, and `wanted`, the key that they, and
/// functions in the fleet's project, should be under.
pub(crate) async fn check(
    target: &CloudTarget,
    topics: &[String],
    wanted: Option<&str>,
) -> Result<Checked, CliError> {
    let observed = observe(target, topics).await?;
    let mut checked = Checked::default();
    if let Some(key) = wanted {
        checked.findings.extend(elsewhere(&observed, key));
    }
    let project = target.settings.project.as_str();
    for (key, agents) in users(&observed, wanted) {
        let agents: Vec<_> = agents.into_iter().map(|agent| (agent, project)).collect();
        match missing_grants(&*target.clients.keys, &key, &agents).await {
            Ok(missing) => checked.findings.extend(missing.iter().map(role_missing)),
            Err(error) if error.kind == Kind::NotFound && error.resource == key => {
                checked.findings.push(no_key(&key));
            }
            Err(error) => checked.unknown.push((key, error)),
        }
    }
    Ok(checked)
}

async fn observe(target: &CloudTarget, topics: &[String]) -> Result<Observed, CliError> {
    let keys = topics.iter().map(async |topic| {
        let key = target.clients.bus.topic_key(topic).await;
        let failed = |source| CliError::Check { resource: topic.clone(), source };
        key.map_err(failed).map(|key| (topic.clone(), key))
    });
    let ledger = target.settings.ledger_bucket();
    let ledger_key = target.clients.objects.default_key(&ledger).await;
    let failed = |source| CliError::Check { resource: format!("gs://{ledger}"), source };
    Ok(Observed {
        topics: try_join_all(keys).await?.into_iter().collect(),
        ledger_key: ledger_key.map_err(failed)?,
        ledger,
    })
}

/// The service agents that use each key.
fn users(observed: &Observed, wanted: Option<&str>) -> BTreeMap<String, BTreeSet<Agent>> {
    let of_topics = observed.topics.values().flatten().map(|key| (key.as_str(), Agent::PubSub));
    let of_ledger = observed.ledger_key.iter().map(|key| (key.as_str(), Agent::Storage));
    let of_wanted = wanted.into_iter().flat_map(|key| {
        OF_FUNCTIONS.into_iter().chain([Agent::PubSub]).map(move |agent| (key, agent))
    });
    let mut users: BTreeMap<String, BTreeSet<Agent>> = BTreeMap::new();
    for (key, agent) in of_topics.chain(of_ledger).chain(of_wanted) {
        if !key.is_empty() {
            users.entry(key.to_owned()).or_default().insert(agent);
        }
    }
    users
}

/// What exists under another key than this one, or under none.
fn elsewhere(observed: &Observed, wanted: &str) -> Vec<Finding> {
    let under = |key: &str| match key {
        "" => "it is under no key of Cloud KMS".to_owned(),
        key => format!("it is under the key {key}"),
    };
    let is_other = |key: &Option<String>| key.clone().filter(|key| key != wanted);
    let topics = observed.topics.iter().filter_map(|(topic, key)| {
        is_other(key).map(|key| Finding {
            resource: topic.clone(),
            problem: Problem::Different,
            detail: under(&key),
            command: format!("longshore provision --kms-key {wanted}"),
        })
    });
    let ledger = is_other(&observed.ledger_key).map(|key| Finding {
        resource: format!("gs://{}", observed.ledger),
        problem: Problem::Different,
        detail: format!("{}, and its objects stay as they are", under(&key)),
        command: format!(
            "gcloud storage buckets update gs://{} --default-encryption-key {wanted}",
            observed.ledger
        ),
    });
    topics.chain(ledger).collect()
}

fn role_missing(missing: &MissingGrant) -> Finding {
    Finding {
        resource: missing.key.clone(),
        problem: Problem::RoleMissing,
        detail: format!("{missing} has no {KEY_ROLE}"),
        command: missing.command(),
    }
}

fn no_key(key: &str) -> Finding {
    let [project, location, ring, id] = match key.split('/').collect::<Vec<_>>()[..] {
        [_, project, _, location, _, ring, _, id] => [project, location, ring, id],
        _ => ["PROJECT", "LOCATION", "RING", key],
    };
    Finding {
        resource: key.to_owned(),
        problem: Problem::Missing,
        detail: "the key does not exist".to_owned(),
        command: format!(
            "gcloud kms keys create {id} --keyring {ring} --location {location} --project \
             {project} --purpose encryption"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
    const OTHER: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/other";

    fn observed(topics: &[(&str, Option<&str>)], ledger_key: Option<&str>) -> Observed {
        let owned = |key: &Option<&str>| key.map(str::to_owned);
        Observed {
            topics: topics.iter().map(|(name, key)| ((*name).to_owned(), owned(key))).collect(),
            ledger: "l".to_owned(),
            ledger_key: owned(&ledger_key),
        }
    }

    #[test]
    fn each_key_is_used_by_the_services_whose_resources_are_under_it() {
        let found = users(&observed(&[("a", Some(KEY)), ("b", Some(""))], Some(OTHER)), None);
        let expected = [(KEY, Agent::PubSub), (OTHER, Agent::Storage)];
        let expected = expected.map(|(key, agent)| (key.to_owned(), BTreeSet::from([agent])));
        assert_eq!(found, expected.into());
        assert_eq!(users(&observed(&[("a", Some("")), ("b", None)], None), None), [].into());
        let wanted = users(&observed(&[], None), Some(KEY));
        assert_eq!(wanted, [(KEY.to_owned(), Agent::ALL.into())].into());
    }

    #[test]
    fn what_is_under_another_key_or_none_is_found_with_its_command() {
        let topics = [("a", Some(KEY)), ("b", Some("")), ("c", Some(OTHER)), ("d", None)];
        let found = elsewhere(&observed(&topics, Some("")), KEY);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.resource.as_str(), one.problem, one.command.clone()))
            .collect();
        let provision = format!("longshore provision --kms-key {KEY}");
        let update = format!("gcloud storage buckets update gs://l --default-encryption-key {KEY}");
        let different = Problem::Different;
        assert_eq!(
            found,
            [
                ("b", different, provision.clone()),
                ("c", different, provision),
                ("gs://l", different, update)
            ]
        );
        assert_eq!(elsewhere(&observed(&[("a", Some(KEY))], Some(KEY)), KEY), []);
    }

    #[test]
    fn a_key_that_does_not_exist_is_found_with_the_command_that_creates_it() {
        let found = no_key(KEY);
        let command = "gcloud kms keys create k --keyring r --location europe-west1 --project p \
                       --purpose encryption";
        assert_eq!((found.problem, found.command.as_str()), (Problem::Missing, command));
    }
}
