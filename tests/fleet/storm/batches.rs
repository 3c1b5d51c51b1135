//! A storm over batches: three of them at once, which share functions and sources, while every worker
//! is killed again and again, the cloud now and then, and one worker is stopped for a long time.
//! Whatever ends whenever, each function of each batch gets exactly one outcome, and so does each
//! batch; each function serves what its newest deployment requested; and a kill costs at most one more
//! build.
//!
//! `just soak` runs the long one. `SOAK_SEED` and `SOAK_FUNCTIONS` change it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use longshore_ledger::MemberState;
use longshore_messages::{
    BatchId, DEFAULT_REQUESTER, DeploymentFinished, DeploymentId, FunctionRef, Outcome, Topic,
    TraceContext, WireMessage, decode, encode_batch, proto,
};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::plan::Random;
use super::{responder, setting};
use crate::support::rest::{self, Subscription};
use crate::support::{Cloud, FEEDER, WORKERS, Worker, spec};

/// `ce-source` of the requests for batches, and of those that batch-feeder publishes.
const PUBLISHER: &str = "//soak";
const FEEDER_SOURCE: &str = "//longshore/longshore/batch-feeder";

const BATCHES: usize = 3;

/// How long the cloud is away after it was killed.
const CLOUD_AWAY: Duration = Duration::from_millis(500);

/// Time between two looks at the batches, and at an empty subscription.
const POLL: Duration = Duration::from_millis(100);

/// Pulls without a message after which nothing more is announced.
const QUIET_PULLS: usize = 20;

/// The extent of a storm over batches.
struct Size {
    /// Functions of all batches together.
    members: usize,
    sources: usize,
    /// Time from one kill of a worker to the next.
    kills: (Duration, Duration),
    /// Time from one kill of the cloud to the next, and how many there are: a build that takes longer
    /// is never done.
    cloud_kills: (Duration, usize),
    /// How long one worker is stopped.
    stopped: Duration,
    /// How long processes are killed. What is left after it has to end without further harm.
    lasts: Duration,
    /// Until all batches have ended.
    ends_within: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_survive_a_short_storm() {
    run(&Size {
        members: 12,
        sources: 2,
        kills: (Duration::from_millis(300), Duration::from_secs(3)),
        cloud_kills: (Duration::from_secs(8), 1),
        stopped: Duration::from_secs(5),
        lasts: Duration::from_secs(45),
        ends_within: Duration::from_secs(600),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes many minutes; `just soak` runs it"]
async fn batches_survive_a_long_storm() {
    run(&Size {
        members: setting("SOAK_FUNCTIONS").unwrap_or(500),
        sources: 6,
        kills: (Duration::from_millis(300), Duration::from_secs(3)),
        cloud_kills: (Duration::from_secs(30), usize::MAX),
        stopped: Duration::from_secs(60),
        lasts: Duration::MAX,
        ends_within: Duration::from_secs(7_200),
    })
    .await;
}

/// A function of a batch, and what it responds with while this deployment serves.
struct Member {
    function: String,
    deployment: DeploymentId,
    response: String,
}

/// A batch that is requested.
struct Requested {
    id: BatchId,
    message: WireMessage,
    members: Vec<Member>,
}

#[expect(clippy::print_stdout, reason = "prints the seed and the figures")]
async fn run(size: &Size) {
    let seed = setting("SOAK_SEED").unwrap_or_else(|| {
        u64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() % 1_000_000_007).unwrap()
    });
    println!("SOAK_SEED={seed}");
    let cloud = Cloud::start().await;
    let deployments = Subscription::create(&cloud, &cloud.topic(Topic::DeploymentFinished)).await;
    let ends = Subscription::create(&cloud, &cloud.topic(Topic::BatchFinished)).await;
    let batches = batches(&cloud, size).await;
    for batch in &batches {
        cloud.publish(Topic::BatchRequested, &batch.message).await;
    }
    let begun = Instant::now();
    let mut storm = Storm::start(cloud, seed, size);
    let is_over = storm.until_ended(&batches, begun).await;
    let Storm { mut cloud, workers, kills, .. } = storm;
    let took = begun.elapsed();
    // What was stopped goes on.
    let _workers: Vec<Worker> = workers.into_iter().map(|at| at.worker).collect();
    assert!(is_over, "SOAK_SEED={seed}: not all batches have ended\n{}", cloud.logs());
    let faults = judge(&mut cloud, &batches, &deployments, &ends).await;
    let builds = rest::builds(&cloud, &cloud.settings.project, &cloud.settings.fleet).await;
    let keys = keys(&builds);
    println!(
        "seed {seed}: {} functions in {BATCHES} batches, {kills} kills in {took:?}; {} builds of \
         {keys} keys; {} faults",
        size.members,
        builds.len(),
        faults.len(),
    );
    assert!(faults.is_empty(), "SOAK_SEED={seed}\n{}\n{}", faults.join("\n"), logs(&cloud));
    assert!(builds.len() <= keys + kills, "SOAK_SEED={seed}: {} builds", builds.len());
}

/// The logs, if the environment asks for them: those of a long storm are too large to print.
fn logs(cloud: &Cloud) -> String {
    match std::env::var_os("STORM_LOGS") {
        Some(_) => cloud.logs(),
        None => "STORM_LOGS=1 prints the logs of all processes".to_owned(),
    }
}

/// Every third function is one of all batches, with another response in each.
async fn batches(cloud: &Cloud, size: &Size) -> Vec<Requested> {
    let mut sources = Vec::new();
    for number in 0..size.sources {
        let number = u32::try_from(number).unwrap();
        sources.push(cloud.stage(&responder(cloud, number)).await);
    }
    let each = size.members.div_ceil(BATCHES);
    let mut batches = Vec::new();
    for number in 0..BATCHES {
        let ce_id = format!("batch-{number}");
        let id = BatchId::requested_by(DEFAULT_REQUESTER, PUBLISHER, &ce_id);
        let (mut entries, mut members) = (Vec::new(), Vec::new());
        for position in 0..each.min(size.members - number * each) {
            let owner = if position % 3 == 0 { 0 } else { number };
            let function = format!("soak{owner}-{position}");
            let source = (position + number) % size.sources;
            let greeting = format!("{number}-{position}");
            let mut asked = spec(&function, sources[source].clone());
            let service = asked.service.get_or_insert_default();
            service.environment.insert("GREETING".to_owned(), greeting.clone());
            entries.push(proto::BatchEntry { function: Some(asked), ..Default::default() });
            let at = FunctionRef {
                project: cloud.settings.project.clone(),
                region: cloud.settings.region.clone(),
                name: function.clone(),
            };
            let member = id.member(&at);
            let deployment = DeploymentId::requested_by(DEFAULT_REQUESTER, FEEDER_SOURCE, &member);
            members.push(Member { function, deployment, response: format!("{source} {greeting}") });
        }
        let window = Some(8);
        let batch = proto::Batch { name: ce_id.clone(), entries, window, ..Default::default() };
        let request = proto::BatchRequested { batch: Some(batch), ..Default::default() };
        let (trace, now) = (TraceContext::default(), OffsetDateTime::now_utc());
        let message = encode_batch(&request, PUBLISHER, &ce_id, &trace, now);
        batches.push(Requested { id, message, members });
    }
    batches
}

/// A worker, and when it is killed next.
struct At {
    name: &'static str,
    worker: Worker,
    next: Instant,
}

struct Storm<'a> {
    cloud: Cloud,
    workers: Vec<At>,
    random: Random,
    size: &'a Size,
    /// When the cloud is killed next, and how often it still is.
    next_of_cloud: (Instant, usize),
    /// The worker that is stopped, and until when: killing it would end that.
    stopped: Option<(usize, Instant)>,
    kills: usize,
}

impl<'a> Storm<'a> {
    fn start(cloud: Cloud, seed: u64, size: &'a Size) -> Self {
        let mut random = Random(seed);
        let names = WORKERS.iter().chain([&FEEDER]).map(|(name, _)| *name);
        let now = Instant::now();
        let workers: Vec<At> = names
            .map(|name| At {
                name,
                worker: cloud.worker(name),
                next: now + pause(&mut random, size),
            })
            .collect();
        let stopped = random.below(workers.len());
        workers[stopped].worker.freeze();
        let stopped = Some((stopped, now + size.stopped));
        let (interval, count) = size.cloud_kills;
        let next_of_cloud = (now + interval, count);
        Self { cloud, workers, random, size, next_of_cloud, stopped, kills: 0 }
    }

    /// Waits until each batch has an outcome, and kills processes as long as the storm lasts. Returns
    /// whether the batches ended in time.
    async fn until_ended(&mut self, batches: &[Requested], begun: Instant) -> bool {
        let mut open: Vec<BatchId> = batches.iter().map(|batch| batch.id).collect();
        while begun.elapsed() < self.size.ends_within {
            if begun.elapsed() < self.size.lasts {
                self.blow().await;
            }
            self.thaw();
            let ledger = self.cloud.ledger.clone();
            if let Some(id) = open.last()
                && let Ok(Some(_)) = ledger.batch_outcome(*id).await
            {
                open.pop();
            }
            if open.is_empty() {
                if let Some((stopped, _)) = self.stopped.take() {
                    self.workers[stopped].worker.thaw();
                }
                return true;
            }
            tokio::time::sleep(POLL).await;
        }
        false
    }

    /// Lets the worker that is stopped go on once its time is over.
    fn thaw(&mut self) {
        if let Some((stopped, until)) = self.stopped
            && Instant::now() >= until
        {
            self.workers[stopped].worker.thaw();
            self.stopped = None;
        }
    }

    /// Kills what is due, and starts it again at once, as an orchestrator would.
    async fn blow(&mut self) {
        let now = Instant::now();
        for number in 0..self.workers.len() {
            let is_stopped = self.stopped.is_some_and(|(stopped, _)| stopped == number);
            if now < self.workers[number].next || is_stopped {
                continue;
            }
            let name = self.workers[number].name;
            let successor = self.cloud.worker(name);
            std::mem::replace(&mut self.workers[number].worker, successor).kill();
            self.workers[number].next = now + pause(&mut self.random, self.size);
            self.kills += 1;
        }
        let (next, left) = self.next_of_cloud;
        if now >= next && left > 0 {
            self.cloud.kill();
            tokio::time::sleep(CLOUD_AWAY).await;
            self.cloud.restart();
            self.next_of_cloud = (Instant::now() + self.size.cloud_kills.0, left - 1);
            self.kills += 1;
        }
    }
}

fn pause(random: &mut Random, size: &Size) -> Duration {
    let (shortest, longest) = size.kills;
    shortest + random.within(longest - shortest)
}

/// Number of distinct build keys.
fn keys(builds: &[serde_json::Value]) -> usize {
    let tags = builds.iter().flat_map(|build| build["tags"].as_array()).flatten();
    let keys = tags.filter_map(|tag| tag.as_str()?.strip_prefix("lsk-")?.rsplit_once('-'));
    keys.map(|(key, _)| key.to_owned()).collect::<BTreeSet<_>>().len()
}

/// Everything that is not as it has to be.
async fn judge(
    cloud: &mut Cloud,
    batches: &[Requested],
    deployments: &Subscription,
    ends: &Subscription,
) -> Vec<String> {
    let mut faults = Vec::new();
    let announced = announced(deployments, "deployment").await;
    let ended = self::announced(ends, "batch").await;
    let mut newest: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for batch in batches {
        let id = batch.id;
        match ended.get(&id.to_string()).map(BTreeSet::len) {
            Some(1) => {}
            other => faults.push(format!("batch {id}: {other:?} outcomes are announced")),
        }
        let (progress, _) = cloud.ledger.batch_progress(id).await.unwrap().unwrap();
        for (member, state) in batch.members.iter().zip(&progress.members) {
            let what = format!("{} of batch {id} ({})", member.function, member.deployment);
            let outcome = cloud.ledger.outcome(member.deployment).await.unwrap();
            let Some(record) = outcome else {
                faults.push(format!("{what} has no outcome, and is {state:?}"));
                continue;
            };
            let finished: DeploymentFinished = decode(&record.message).unwrap();
            if state.as_str() != finished.outcome.as_str() {
                faults.push(format!("{what} is {state:?}, but ended {:?}", finished.outcome));
            }
            match announced.get(&member.deployment.to_string()).map(BTreeSet::len) {
                Some(1) => {}
                other => faults.push(format!("{what}: {other:?} outcomes are announced")),
            }
            match (&finished.outcome, state) {
                (Outcome::Deployed(_) | Outcome::Unchanged(_), _)
                | (Outcome::Superseded { .. }, MemberState::Superseded) => {}
                (other, _) => faults.push(format!("{what} ended {other:?}")),
            }
            let generation = finished.deployment.map_or(0, |deployment| deployment.generation);
            let is_newer =
                newest.get(member.function.as_str()).is_none_or(|(other, _)| *other < generation);
            if is_newer && matches!(finished.outcome, Outcome::Deployed(_) | Outcome::Unchanged(_))
            {
                newest.insert(&member.function, (generation, &member.response));
            }
        }
    }
    for (function, (_, response)) in newest {
        let live = rest::service(cloud, &cloud.settings.project, function).await;
        let found = match &live {
            Some(live) => rest::call(live).await,
            None => "no service".to_owned(),
        };
        if found != response {
            faults.push(format!("{function} responds {found:?} instead of {response:?}"));
        }
    }
    for prefix in ["open/", "feeding/", "parked/", "parked-more/"] {
        let left = cloud.clients.objects.list(cloud.ledger.bucket(), prefix).await.unwrap();
        faults.extend(left.into_iter().map(|meta| format!("{} is left over", meta.name)));
    }
    faults
}

/// All distinct messages of a subscription, by an attribute.
async fn announced(of: &Subscription, attribute: &str) -> BTreeMap<String, BTreeSet<Vec<u8>>> {
    let mut announced: BTreeMap<String, BTreeSet<Vec<u8>>> = BTreeMap::new();
    let mut quiet = 0;
    while quiet < QUIET_PULLS {
        let messages = of.pull().await;
        if messages.is_empty() {
            quiet += 1;
            tokio::time::sleep(POLL).await;
            continue;
        }
        quiet = 0;
        for message in messages {
            let key = message.attributes[attribute].clone();
            announced.entry(key).or_default().insert(message.data.to_vec());
        }
    }
    announced
}
