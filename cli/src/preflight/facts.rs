//! Reads what the checks depend on. What may not be read is not known, and no error.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _};
use longshore_cloud::{Agent, Binding, CloudError, MissingGrant, missing_grants};
use longshore_messages::{Flavour, Function, SecretVersion, SecretVolume, Trigger};
use longshore_runner::telemetry::chain;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::estate::{self, Deployed, Place, Runtimes};

/// Maximum number of things of one kind that are read at the same time.
const READS_AT_ONCE: usize = 16;

/// What was read, or why it could not be.
pub(super) type Read<T> = Result<T, String>;

/// What the checks depend on.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) deployed: Vec<Deployed>,
    pub(super) runtimes: Runtimes,
    /// Enabled APIs, by project.
    pub(super) apis: BTreeMap<String, Read<BTreeSet<String>>>,
    /// Regions of the Cloud Functions API, by project.
    pub(super) regions: BTreeMap<String, Read<BTreeSet<String>>>,
    /// CPU of all instances in thousandths, by place. `Ok(None)`: without limit.
    pub(super) cpu: BTreeMap<Place, Read<Option<u64>>>,
    /// Full names of secrets, by project.
    pub(super) secrets: BTreeMap<String, Read<BTreeSet<String>>>,
    /// Whether a topic exists, by its full name.
    pub(super) topics: BTreeMap<String, Read<bool>>,
    /// Whether a bucket exists.
    pub(super) buckets: BTreeMap<String, Read<bool>>,
    /// Agents that may not use a key.
    pub(super) keys: BTreeMap<KeyUse, Read<Vec<MissingGrant>>>,
    /// Whether an account may receive events, by project and email address. Only where the policy
    /// of the project says so for certain.
    pub(super) receivers: BTreeMap<(String, String), Read<bool>>,
}

/// A key, and the services that use it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyUse {
    pub(super) key: String,
    pub(super) project: String,
    pub(super) is_functions: bool,
}

pub(super) async fn read(target: &CloudTarget, functions: &[&Function]) -> Result<Facts, CliError> {
    let clients = &target.clients;
    let estate = &*clients.estate;
    let places: BTreeSet<Place> =
        functions.iter().map(|one| (one.at.project.clone(), one.at.region.clone())).collect();
    let projects: BTreeSet<String> = places.iter().map(|(project, _)| project.clone()).collect();
    let list: Vec<Place> = places.iter().cloned().collect();
    let apis = by(&projects, async |project: &String| estate.enabled_apis(project).await);
    let regions = by(&projects, async |project: &String| {
        Ok(estate.regions(project).await?.into_iter().collect())
    });
    let cpu =
        by(&places, async |(project, region): &Place| estate.cpu_quota(project, region).await);
    let secret_projects: BTreeSet<String> =
        functions.iter().flat_map(|one| secrets_of(one)).map(|(project, _)| project).collect();
    let secrets = by(&secret_projects, async |project: &String| {
        let listed = clients.secrets.list(project).await?;
        Ok(listed.into_iter().map(|secret| secret.name).collect())
    });
    let topics: BTreeSet<String> = functions.iter().flat_map(|one| topics_of(one)).collect();
    let topics =
        by(&topics, async |topic: &String| Ok(clients.bus.topic_key(topic).await?.is_some()));
    let buckets: BTreeSet<String> = functions.iter().flat_map(|one| buckets_of(one)).collect();
    let buckets = by(&buckets, async |bucket: &String| {
        Ok(clients.objects.default_key(bucket).await?.is_some())
    });
    let uses: BTreeSet<KeyUse> = functions.iter().filter_map(|one| key_of(one)).collect();
    let keys = by(&uses, async |key: &KeyUse| {
        let agents: Vec<_> =
            agents(key.is_functions).iter().map(|agent| (*agent, key.project.as_str())).collect();
        missing_grants(&*clients.keys, &key.key, &agents).await
    });
    let receivers = receivers(target, functions);
    let (deployed, apis, regions, cpu, secrets, topics, buckets, keys, receivers) = tokio::join!(
        estate::read(estate, &list),
        apis,
        regions,
        cpu,
        secrets,
        topics,
        buckets,
        keys,
        receivers,
    );
    let (deployed, runtimes) = deployed?;
    Ok(Facts { deployed, runtimes, apis, regions, cpu, secrets, topics, buckets, keys, receivers })
}

/// Reads one thing for each key.
async fn by<K: Clone + Ord, T>(
    keys: &BTreeSet<K>,
    read: impl AsyncFn(&K) -> Result<T, CloudError>,
) -> BTreeMap<K, Read<T>> {
    let read = &read;
    let all = keys.iter().map(async |key| {
        let found = read(key).await.map_err(|error| chain(&error));
        (key.clone(), found)
    });
    let all: Vec<_> = all.collect();
    stream::iter(all).buffer_unordered(READS_AT_ONCE).collect().await
}

/// Secrets of a function, by project and full name.
pub(super) fn secrets_of(function: &Function) -> impl Iterator<Item = (String, String)> {
    let variables =
        function.service.secret_environment.values().map(|SecretVersion { secret, .. }| secret);
    let volumes =
        function.service.secret_volumes.values().map(|SecretVolume { secret, .. }| secret);
    variables.chain(volumes).map(|secret| {
        let named = secret.strip_prefix("projects/").and_then(|rest| rest.split_once("/secrets/"));
        let (project, id) = named.unwrap_or((function.at.project.as_str(), secret.as_str()));
        (project.to_owned(), format!("projects/{project}/secrets/{id}"))
    })
}

/// Topics that must exist.
pub(super) fn topics_of(function: &Function) -> impl Iterator<Item = String> {
    function
        .triggers
        .iter()
        .flat_map(|trigger| match trigger {
            Trigger::Topic(topic) => {
                let dead = topic.dead_letters.as_ref().map(|letters| letters.topic.clone());
                [Some(topic.topic.clone()), dead]
            }
            Trigger::Event(event) => [event.topic.clone(), None],
            Trigger::Schedule(_) | Trigger::Queue(_) => [None, None],
        })
        .flatten()
}

/// Buckets whose events call a function.
pub(super) fn buckets_of(function: &Function) -> impl Iterator<Item = String> {
    function.triggers.iter().flat_map(|trigger| {
        let filters = match trigger {
            Trigger::Event(event) if event.event_type.starts_with("google.cloud.storage.") => {
                event.filters.as_slice()
            }
            _ => &[],
        };
        let named = filters.iter().filter(|filter| filter.attribute == "bucket");
        named.map(|filter| filter.value.clone())
    })
}

pub(super) fn key_of(function: &Function) -> Option<KeyUse> {
    let key = function.kms_key()?.to_owned();
    let is_functions = function.flavour == Flavour::Functions;
    Some(KeyUse { key, project: function.at.project.clone(), is_functions })
}

/// The services that use a key for sure. Who owns the bucket and the repository is for the
/// uploader.
/// <https://cloud.google.com/functions/docs/securing/cmek#granting_service_accounts_access_to_the_key>
fn agents(is_functions: bool) -> &'static [Agent] {
    const ALL: [Agent; 5] =
        [Agent::Run, Agent::Functions, Agent::Registry, Agent::Storage, Agent::Eventarc];
    if is_functions { &ALL } else { &ALL[..1] }
}

/// Accounts of event triggers that are named.
pub(super) fn receivers_of(function: &Function) -> impl Iterator<Item = (String, String)> {
    let project = &function.at.project;
    let events = function.triggers.iter().filter_map(|trigger| match trigger {
        Trigger::Event(event) => Some(event.account.as_deref()),
        Trigger::Topic(_) | Trigger::Schedule(_) | Trigger::Queue(_) => None,
    });
    let runs_as = function.service.service_account.as_deref();
    events.filter_map(move |account| Some((project.clone(), account.or(runs_as)?.to_owned())))
}

/// Which accounts may receive events, by the policy of their project. The local cloud checks no
/// roles.
async fn receivers(
    target: &CloudTarget,
    functions: &[&Function],
) -> BTreeMap<(String, String), Read<bool>> {
    if target.local {
        return BTreeMap::new();
    }
    let accounts: BTreeSet<(String, String)> =
        functions.iter().flat_map(|one| receivers_of(one)).collect();
    let projects: BTreeSet<String> = accounts.iter().map(|(project, _)| project.clone()).collect();
    let policies = by(&projects, async |project: &String| {
        target.clients.keys.policy(&format!("projects/{project}")).await
    });
    let policies = policies.await;
    let all = accounts.into_iter().filter_map(|account| {
        let policy = policies.get(&account.0)?;
        let may =
            policy.as_ref().map_err(Clone::clone).map(|policy| may_receive(policy, &account.1));
        Some((account, may))
    });
    all.collect()
}

/// Whether a policy may let an account receive events. A custom role may include the permission,
/// and a group the account.
fn may_receive(policy: &[Binding], account: &str) -> bool {
    let may = |role: &str| {
        !role.starts_with("roles/")
            || ["roles/eventarc.", "roles/owner", "roles/editor"]
                .iter()
                .any(|prefix| role.starts_with(prefix))
    };
    let member = format!("serviceAccount:{account}");
    let many = ["allUsers", "allAuthenticatedUsers", "group:", "domain:", "principalSet:"];
    let names =
        |named: &String| *named == member || many.iter().any(|prefix| named.starts_with(prefix));
    policy.iter().any(|binding| may(&binding.role) && binding.members.iter().any(names))
}
