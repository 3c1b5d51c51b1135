//! Decides what a requester may name. Pure.
//!
//! The fleet acts with its own rights, which cover what all requesters need. Without a policy, each
//! of them could use all of these rights: read another one's sources, or run as another one's
//! account. No later stage decides again, because they accept only messages that the uploader
//! recorded. Therefore every field that names something of a project is checked here. A machine
//! type and a base image are not: Google's build uses the rights of its own account for them.

use longshore_messages::{
    Function, Invalid, Problem, Source, StorageObject, Topic, Trigger, VpcAccess, source_bucket,
};
use longshore_runner::{HostRule, NameRule, RequesterRules, Settings};

/// What every requester may name.
pub(crate) struct Policy {
    requesters: Vec<RequesterRules>,
    private_hosts: Vec<HostRule>,
    ledger_bucket: String,
    fleet: String,
}

/// The fleet's topics that a function may subscribe to: the fleet publishes them for others, and
/// nothing in them is secret to a requester of the same project.
const READABLE_TOPICS: [Topic; 3] =
    [Topic::DeploymentFinished, Topic::BatchFinished, Topic::DeploymentEvents];

/// Whether a requester may have what it requested.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// Only if these buckets belong to the function's project.
    IfOwn(Vec<OwnBucket>),
    Refused(Invalid),
}

/// A bucket on whose owner the result depends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OwnBucket {
    pub(crate) bucket: String,
    pub(crate) used: BucketUse,
    /// If it belongs to another project.
    pub(crate) problem: Problem,
}

/// What a bucket is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BucketUse {
    /// The source is this object.
    Source(StorageObject),
    /// The uploader stores the source there.
    Store,
}

impl Policy {
    pub(crate) fn new(settings: &Settings) -> Self {
        let private_hosts = settings.source_private_hosts.clone();
        let (ledger_bucket, fleet) = (settings.ledger_bucket(), settings.fleet.clone());
        Self { requesters: settings.requester_rules(), private_hosts, ledger_bucket, fleet }
    }

    pub(crate) fn check(&self, requester: &str, function: &Function) -> Verdict {
        let Some(rules) = self.requesters.iter().find(|rules| rules.name == requester) else {
            let unknown =
                problem("the topic", requester, "is not one of a requester of this fleet");
            return Verdict::Refused(Invalid { problems: vec![unknown] });
        };
        let project = &function.at.project;
        let (fleet, ledger_bucket) = (&self.fleet, &self.ledger_bucket);
        let (problems, own_buckets) = (Vec::new(), Vec::new());
        let mut check = Check { rules, project, fleet, ledger_bucket, problems, own_buckets };
        check.place(function);
        check.accounts(function);
        check.resources(function);
        check.secrets(function);
        check.triggers(function);
        check.encryption(function);
        check.source(&function.source, &function.at.region, &self.private_hosts);
        match (check.problems.as_slice(), check.own_buckets.as_slice()) {
            ([], []) => Verdict::Allowed,
            ([], [_, ..]) => Verdict::IfOwn(check.own_buckets),
            (_, _) => Verdict::Refused(Invalid { problems: check.problems }),
        }
    }
}

/// A check of one request.
struct Check<'a> {
    rules: &'a RequesterRules,
    /// The function's project.
    project: &'a str,
    fleet: &'a str,
    ledger_bucket: &'a str,
    problems: Vec<Problem>,
    own_buckets: Vec<OwnBucket>,
}

impl Check<'_> {
    fn place(&mut self, function: &Function) {
        let (projects, regions) = (&self.rules.projects, &self.rules.regions);
        self.name("function.project", &function.at.project, "a project", projects, false);
        self.name("function.region", &function.at.region, "a region", regions, false);
    }

    /// An account that is not named is Google's default one for the project.
    fn accounts(&mut self, function: &Function) {
        let build = function.build.service_account.rsplit('/').next().unwrap_or_default();
        let run = function.service.service_account.as_deref().unwrap_or_default();
        for (field, email, rules) in [
            ("function.build.serviceAccount", build, &self.rules.build_service_accounts),
            ("function.service.serviceAccount", run, &self.rules.run_service_accounts),
        ] {
            let is_own = email.is_empty() || is_account_of(email, self.project);
            self.name(field, email, "a service account", rules, is_own);
        }
    }

    fn resources(&mut self, function: &Function) {
        let build = &function.build;
        let pools = &self.rules.worker_pools;
        self.resource("function.build.workerPool", &build.worker_pool, "a worker pool", pools);
        let (repository, rules) = (build.repository.as_deref(), &self.rules.repositories);
        let repository = repository.unwrap_or_default();
        self.resource("function.build.repository", repository, "a repository", rules);
        let networks = &self.rules.networks;
        match &function.service.vpc {
            None => {}
            Some(VpcAccess::Connector(connector)) => {
                let field = "function.service.vpc.connector";
                self.resource(field, connector, "a connector", networks);
            }
            Some(VpcAccess::Direct { network, subnetwork }) => {
                self.resource("function.service.vpc.network", network, "a network", networks);
                let field = "function.service.vpc.subnetwork";
                self.resource(field, subnetwork, "a subnetwork", networks);
            }
        }
    }

    fn secrets(&mut self, function: &Function) {
        let service = &function.service;
        let variables = service.secret_environment.iter().map(|(name, of)| {
            (format!("function.service.secretEnvironment.{name}.secret"), &of.secret)
        });
        let volumes = service.secret_volumes.iter().map(|(path, of)| {
            (format!("function.service.secretVolumes.{path}.secret"), &of.secret)
        });
        for (field, secret) in variables.chain(volumes) {
            let full = match secret.contains('/') {
                true => secret.clone(),
                false => format!("projects/{}/secrets/{secret}", self.project),
            };
            self.resource(&field, &full, "a secret", &self.rules.secrets);
        }
    }

    fn encryption(&mut self, function: &Function) {
        let Some(encryption) = &function.encryption else { return };
        let keys = &self.rules.kms_keys;
        self.resource("function.encryption.kmsKey", &encryption.kms_key, "a key", keys);
        if let Some(bucket) = &encryption.source_bucket {
            self.bucket("function.encryption.sourceBucket", bucket, false, BucketUse::Store);
        }
    }

    /// The fleet's own topics may be in a project that a requester can use. A publisher there
    /// controls the fleet, and dead letters are messages of the requester, so they must not go there.
    /// A requester must not read the messages of other requesters either.
    fn fleets_topic(&mut self, field: &str, topic: &str, may_be: &[Topic]) {
        let id = topic.rsplit('/').next().unwrap_or_default();
        let name = id.strip_prefix(self.fleet).and_then(|rest| rest.strip_prefix('.'));
        if name.is_some_and(|name| may_be.iter().all(|topic| topic.as_str() != name)) {
            self.problems.push(problem(field, topic, "must not be this topic of the fleet"));
        }
    }

    /// The fleet subscribes to a topic with its own rights, and it lets Google call as the account.
    /// Who may call a function is the requester's own decision. Eventarc gets all other events from
    /// the function's project only.
    fn triggers(&mut self, function: &Function) {
        for (index, trigger) in function.triggers.iter().enumerate() {
            let (topics, accounts) = (&self.rules.topics, &self.rules.run_service_accounts);
            let at = format!("function.triggers[{index}].{}", trigger.kind().as_str());
            match trigger {
                Trigger::Topic(topic) => {
                    let field = format!("{at}.topic");
                    self.resource(&field, &topic.topic, "a topic", topics);
                    self.fleets_topic(&field, &topic.topic, &READABLE_TOPICS);
                    let dead = topic.dead_letters.as_ref().map_or("", |dead| dead.topic.as_str());
                    let field = format!("{at}.deadLetterTopic");
                    self.resource(&field, dead, "a topic", topics);
                    self.fleets_topic(&field, dead, &[]);
                }
                Trigger::Event(event) => {
                    let topic = event.topic.as_deref().unwrap_or_default();
                    let field = format!("{at}.topic");
                    self.resource(&field, topic, "a topic", topics);
                    self.fleets_topic(&field, topic, &READABLE_TOPICS);
                    let channel = event.channel.as_deref().unwrap_or_default();
                    self.resource(&format!("{at}.channel"), channel, "a channel", topics);
                }
                // A job and a queue are the function's own.
                Trigger::Schedule(_) | Trigger::Queue(_) => {}
            }
            // Without an account it is the function's, which is checked above.
            if let Some(email) = trigger.account() {
                let (field, is_own) =
                    (format!("{at}.serviceAccount"), is_account_of(email, self.project));
                self.name(&field, email, "a service account", accounts, is_own);
            }
        }
    }

    /// An inline archive is the requester's own. HTTPS and git sources are read without credentials
    /// from hosts that the fleet allows, so only private hosts, which are protected by the network,
    /// need a rule.
    fn source(&mut self, source: &Source, region: &str, private_hosts: &[HostRule]) {
        let (field, url) = match source {
            // What the earlier deployment names is checked like any other specification.
            Source::Inline(_) | Source::Earlier(_) => return,
            Source::Storage(object) => {
                // The name of the function's own source bucket is enough, because the uploader
                // stores the source there and checks its owner.
                let is_own = object.bucket == source_bucket(self.project, region);
                let used = BucketUse::Source(object.clone());
                return self.bucket("function.source.storage.bucket", &object.bucket, is_own, used);
            }
            Source::Https(archive) => ("function.source.https.url", &archive.url),
            Source::Git(git) => ("function.source.git.url", &git.url),
        };
        let is_in =
            |rules: &[HostRule]| rules.iter().any(|rule| rule.matches(url.host(), url.port()));
        if is_in(private_hosts) && !is_in(&self.rules.source_private_hosts) {
            let rule =
                format!("must not be of this private host for requester {}", self.rules.name);
            self.problems.push(problem(field, url.host(), &rule));
        }
    }

    /// The name of a bucket does not say whose it is. The ledger's is the fleet's own, and belongs to
    /// a project that a requester may use.
    fn bucket(&mut self, field: &str, bucket: &str, is_own: bool, used: BucketUse) {
        if bucket == self.ledger_bucket {
            let rule = "must not be the bucket of the ledger";
            return self.problems.push(problem(field, bucket, rule));
        }
        let rules = &self.rules.source_buckets;
        if rules.iter().any(|rule| rule.allows(bucket, is_own)) {
            return;
        }
        let problem = problem(field, bucket, &self.rule("a bucket", rules));
        if rules.contains(&NameRule::Own) {
            self.own_buckets.push(OwnBucket { bucket: bucket.to_owned(), used, problem });
        } else {
            self.problems.push(problem);
        }
    }

    /// Checks the name of an optional resource. A short name is of the function's project.
    fn resource(&mut self, field: &str, name: &str, what: &str, rules: &[NameRule]) {
        let own = format!("projects/{}/", self.project);
        let is_own = name.starts_with(&own) || !name.contains('/');
        if !name.is_empty() {
            self.name(field, name, what, rules, is_own);
        }
    }

    fn name(&mut self, field: &str, name: &str, what: &str, rules: &[NameRule], is_own: bool) {
        if !rules.iter().any(|rule| rule.allows(name, is_own)) {
            let rule = self.rule(what, rules);
            self.problems.push(problem(field, name, &rule));
        }
    }

    /// The rule, as the predicate of a sentence.
    fn rule(&self, what: &str, rules: &[NameRule]) -> String {
        let allowed: Vec<String> = rules
            .iter()
            .map(|rule| match rule {
                NameRule::Own => format!("what belongs to project {}", self.project),
                other => other.to_string(),
            })
            .collect();
        let allowed = if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") };
        format!("must be {what} that requester {} may use ({allowed})", self.rules.name)
    }
}

/// Whether the name of an account says that it belongs to a project. Google's default account of
/// Compute Engine, which runs services that name none, contains only the number of its project. The
/// accounts of `example.com:p`, the project of a domain, name it `p.example.com`.
/// <https://cloud.google.com/iam/docs/service-account-types>
fn is_account_of(email: &str, project: &str) -> bool {
    let (name, owner) = email.split_once('@').unwrap_or((email, ""));
    let project = match project.split_once(':') {
        Some((domain, id)) => format!("{id}.{domain}"),
        None => project.to_owned(),
    };
    owner == format!("{project}.iam.gserviceaccount.com")
        || (name == project && owner == "appspot.gserviceaccount.com")
}

fn problem(field: &str, value: &str, rule: &str) -> Problem {
    Problem { field: field.to_owned(), value: value.to_owned(), rule: rule.to_owned() }
}

#[cfg(test)]
mod tests;
