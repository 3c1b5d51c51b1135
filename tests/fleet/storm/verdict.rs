//! What is left after a storm, read over Google's REST APIs and compared with the requests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::Requested;
use super::plan::{Kind, Size};
use crate::support::Cloud;
use crate::support::rest::{self, Subscription};
use longshore_messages::proto::Flavour;
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, DEPLOYMENT_LABEL, DeploymentFinished, DeploymentId,
    GENERATION_ANNOTATION, GENERATION_LABEL, WireMessage, decode,
};
use serde_json::Value;

/// Pause between two looks at the ledger, or at an empty subscription.
const POLL: Duration = Duration::from_millis(250);

/// Pulls without a message after which nothing more is announced: the last outcome is recorded
/// before it is published, so its announcement can be some seconds behind.
const QUIET_PULLS: usize = 20;

/// What a storm did to the requests. Everything but the last two numbers has to be empty.
#[derive(Default)]
pub(super) struct Verdict {
    /// No outcome, or one that was never announced.
    lost: Vec<String>,
    /// Two different outcomes, or two deployments of one generation.
    doubled: Vec<String>,
    /// The announcement, the ledger and the request do not agree.
    contradictory: Vec<String>,
    /// The function does not serve what its newest deployment asked for.
    stale: Vec<String>,
    /// Good requests that failed.
    false_failures: Vec<String>,
    /// Marks of open deployments and parked messages that no one will remove.
    left_over: Vec<String>,
    outcomes: BTreeMap<String, usize>,
    builds: usize,
    build_keys: usize,
}

impl Verdict {
    pub(super) fn is_clean(&self) -> bool {
        self.faults().iter().all(|(_, faults)| faults.is_empty())
    }

    fn faults(&self) -> [(&'static str, &Vec<String>); 6] {
        [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("contradictory", &self.contradictory),
            ("stale", &self.stale),
            ("false failures", &self.false_failures),
            ("left over", &self.left_over),
        ]
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "outcomes: {:?}", self.outcomes)?;
        for (name, faults) in self.faults() {
            writeln!(f, "{name}: {}", faults.len())?;
            for fault in faults {
                writeln!(f, "  {fault}")?;
            }
        }
        write!(f, "builds over keys: {} ({} keys)", self.builds - self.build_keys, self.build_keys)
    }
}

/// A deployment as the ledger has it.
struct Ended {
    /// 0 if it was not admitted.
    generation: u64,
    finished: Finished,
}

/// An outcome, recorded or announced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finished {
    /// `deployed`, `unchanged`, …
    outcome: String,
    attributes: BTreeMap<String, String>,
    data: bytes::Bytes,
}

impl Finished {
    /// Reads a message and its deployment.
    fn of(message: WireMessage) -> (DeploymentId, Self) {
        let WireMessage { attributes, data } = message;
        let id = attributes["deployment"].parse().unwrap();
        (id, Self { outcome: attributes["outcome"].clone(), attributes, data })
    }
}

/// Waits until all deployments have ended, and judges.
pub(super) async fn judge(
    cloud: &Cloud,
    outcomes: &Subscription,
    requested: &[Requested],
    size: &Size,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut ended = BTreeMap::new();
    let all = async {
        for request in requested {
            ended.insert(request.id, end_of(cloud, request.id).await);
        }
    };
    // What has not ended by then is lost.
    let _ = tokio::time::timeout(size.ends_within, all).await;
    let announced = announced(outcomes, ended.keys().copied().collect()).await;

    for request in requested {
        judge_outcome(&mut verdict, request, ended.get(&request.id), announced.get(&request.id));
    }
    let mut functions: BTreeMap<&str, Vec<(&Requested, &Ended)>> = BTreeMap::new();
    for request in requested {
        if let Some(end) = ended.get(&request.id) {
            functions.entry(&request.planned.function).or_default().push((request, end));
        }
    }
    for (function, deployments) in &functions {
        judge_function(&mut verdict, cloud, size.flavour, function, deployments).await;
    }
    count_builds(&mut verdict, cloud).await;
    for prefix in ["open/", "parked/", "parked-more/"] {
        let left = cloud.clients.objects.list(cloud.ledger.bucket(), prefix).await.unwrap();
        verdict.left_over.extend(left.into_iter().map(|meta| meta.name));
    }
    verdict
}

fn judge_outcome(
    verdict: &mut Verdict,
    request: &Requested,
    ended: Option<&Ended>,
    announced: Option<&BTreeSet<Finished>>,
) {
    let what = format!("{} {} {:?}", request.id, request.planned.function, request.planned.kind);
    let Some(end) = ended else {
        verdict.lost.push(format!("{what}: no outcome"));
        return;
    };
    let outcome = &end.finished.outcome;
    *verdict.outcomes.entry(outcome.clone()).or_default() += 1;
    let mut others = BTreeSet::new();
    match announced {
        None => verdict.lost.push(format!("{what}: {outcome} is not announced")),
        Some(announced) => {
            let unlike = announced.iter().filter(|one| **one != end.finished);
            others.extend(unlike.map(|one| &one.outcome));
            if announced.len() > 1 {
                verdict.doubled.push(format!("{what}: {outcome} and {others:?}"));
            }
        }
    }
    if !others.is_empty() {
        verdict.contradictory.push(format!("{what}: announced {others:?}, recorded {outcome}"));
    }
    match (request.planned.kind, outcome.as_str()) {
        (Kind::Good, "deployed" | "unchanged" | "superseded")
        | (Kind::SyntaxError, "failed" | "superseded")
        | (Kind::InvalidField, "failed") => {}
        (Kind::Good, "failed") => {
            verdict.false_failures.push(format!("{what}: {}", readable(&end.finished)));
        }
        (Kind::Good | Kind::SyntaxError | Kind::InvalidField, outcome) => {
            verdict.contradictory.push(format!("{what} ended {outcome}"));
        }
    }
}

/// Checks that a function serves its newest deployment that could serve, and that the generations
/// of its deployments are distinct.
async fn judge_function(
    verdict: &mut Verdict,
    cloud: &Cloud,
    flavour: Flavour,
    function: &str,
    deployments: &[(&Requested, &Ended)],
) {
    let mut generations = BTreeSet::new();
    // A request with an invalid field is rejected before it is admitted.
    let admitted = || deployments.iter().filter(|(_, end)| end.generation > 0);
    for (request, end) in admitted() {
        if !generations.insert(end.generation) {
            verdict.doubled.push(format!("{} {function}: generation twice", request.id));
        }
    }
    let serves = |end: &Ended| matches!(end.finished.outcome.as_str(), "deployed" | "unchanged");
    let newest = admitted().filter(|(_, end)| serves(end)).max_by_key(|(_, end)| end.generation);
    let Some(live) = rest::service(cloud, &cloud.settings.project, function).await else {
        if let Some((request, end)) = newest {
            let outcome = &end.finished.outcome;
            verdict.stale.push(format!("{function}: {} {outcome}, no service", request.id));
        }
        return;
    };
    let (id, generation) = marks(cloud, flavour, function, &live).await;
    // `unchanged` leaves the annotations of the deployment that wrote the service, so its response
    // is compared. One that was superseded after it had written the service may serve as well, if
    // all newer ones failed.
    let expected = match newest {
        Some((request, end)) if end.generation >= generation => Some(*request),
        Some(_) | None => admitted().map(|(request, _)| *request).find(|r| r.id.to_string() == id),
    };
    let Some(expected) = expected else {
        verdict.stale.push(format!("{function}: serves {id}, which was not requested"));
        return;
    };
    let overtaken = |end: &Ended| end.finished.outcome == "deployed" && end.generation > generation;
    if newest.is_some_and(|(_, end)| overtaken(end)) {
        verdict.stale.push(format!("{function}: {} deployed, {id} serves", expected.id));
    }
    let response = rest::call(&live).await;
    // A new function of the Cloud Functions API is private until its deployment has verified it. If
    // no deployment ends so, because a newer one superseded the first and failed, it stays private.
    let is_unfinished = flavour == Flavour::Functions && newest.is_none();
    if is_unfinished && response.starts_with("403 ") {
        return;
    }
    if response != expected.planned.response() {
        let wanted = expected.planned.response();
        verdict.stale.push(format!("{function}: responds {response:?} instead of {wanted:?}"));
    }
}

/// The deployment that the service, or the function of the Cloud Functions API, shows as its
/// writer, and the generation of that.
async fn marks(cloud: &Cloud, flavour: Flavour, function: &str, live: &Value) -> (String, u64) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (id, generation) = match flavour {
        Flavour::Functions => {
            let function = rest::function(cloud, &cloud.settings.project, function).await;
            let labels = function.map(|function| function["labels"].clone()).unwrap_or_default();
            (text(&labels[DEPLOYMENT_LABEL]), text(&labels[GENERATION_LABEL]))
        }
        Flavour::Run | Flavour::Unspecified => {
            let annotations = &live["annotations"];
            (text(&annotations[DEPLOYMENT_ANNOTATION]), text(&annotations[GENERATION_ANNOTATION]))
        }
    };
    (id, generation.parse().unwrap_or_default())
}

async fn count_builds(verdict: &mut Verdict, cloud: &Cloud) {
    let builds = rest::builds(cloud, &cloud.settings.project, &cloud.settings.fleet).await;
    let tags = builds.iter().flat_map(|build| build["tags"].as_array()).flatten();
    let keys: BTreeSet<_> = tags
        .filter_map(|tag| tag.as_str()?.strip_prefix("lsk-")?.rsplit_once('-'))
        .map(|(key, _)| key)
        .collect();
    (verdict.builds, verdict.build_keys) = (builds.len(), keys.len());
}

/// Waits for the outcome of a deployment in the ledger.
async fn end_of(cloud: &Cloud, id: DeploymentId) -> Ended {
    loop {
        if let Some(outcome) = document(cloud, &format!("deployments/{id}/outcome")).await {
            let admission = document(cloud, &format!("deployments/{id}/admission")).await;
            let generation = admission.and_then(|admission| admission["generation"].as_u64());
            let message = serde_json::from_value(outcome["message"].clone()).unwrap();
            let (_, finished) = Finished::of(message);
            return Ended { generation: generation.unwrap_or_default(), finished };
        }
        tokio::time::sleep(POLL).await;
    }
}

/// A document of the ledger. `None` if it does not exist, or if it cannot be read at the moment.
async fn document(cloud: &Cloud, name: &str) -> Option<Value> {
    let (_, content) = cloud.clients.objects.get(cloud.ledger.bucket(), name).await.ok()??;
    Some(serde_json::from_slice(&content).unwrap())
}

/// All distinct messages that were announced, by deployment. Waits until each of
/// `expected` is announced, or nothing arrives any more.
async fn announced(
    outcomes: &Subscription,
    expected: BTreeSet<DeploymentId>,
) -> BTreeMap<DeploymentId, BTreeSet<Finished>> {
    let mut announced: BTreeMap<DeploymentId, BTreeSet<_>> = BTreeMap::new();
    let mut quiet = 0;
    while quiet < QUIET_PULLS {
        let messages = outcomes.pull().await;
        if messages.is_empty() {
            // Once everything is announced, a second outcome would still have to be published.
            let all = expected.iter().all(|id| announced.contains_key(id));
            quiet += if all { QUIET_PULLS / 4 } else { 1 };
            tokio::time::sleep(POLL).await;
        } else {
            quiet = 0;
        }
        for message in messages {
            let (id, finished) = Finished::of(message);
            announced.entry(id).or_default().insert(finished);
        }
    }
    announced
}

/// The outcome for people, with its reason.
fn readable(finished: &Finished) -> String {
    let Finished { attributes, data, .. } = finished.clone();
    match decode::<DeploymentFinished>(&WireMessage { attributes, data }) {
        Ok(finished) => format!("{:?}", finished.outcome),
        Err(error) => error.to_string(),
    }
}
