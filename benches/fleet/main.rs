//! What a deployment costs the fleet, and what a fleet of one process for each worker can do, with
//! a cloud that takes no time of its own.
//!
//! `cargo bench --bench fleet` starts the four workers against an instant cloud in this process. It
//! prints
//! - for one deployment of a new function with a new source, while other deployments are open and
//!   after many have finished: requests to the ledger and to Google's other APIs, processor time,
//!   and latency from the request to its announced outcome;
//! - deployments a second, when N functions of one source are requested at once;
//! - how long `longshore list` and `longshore status` take, and their requests to the ledger;
//! - the memory of each process.
//!
//! The cost of one deployment must not grow with the number of others. `FLEET_PERCENT=10` runs it
//! with a tenth of the deployments.
//!
//! `FLEET_TRACES=1` measures instead what tracing costs: deployments a second, latency and processor
//! time without it, and with workers that send all spans to a store in this process, as those of
//! `longshore up` do.

mod builds;
mod environment;
mod fleet;
mod instant;
mod load;
mod recorded_builds;
mod registry;
mod resources;
mod run;
mod traced;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use fleet::{CLOUD, Fleet};
use instant::Cloud;
use load::Load;
use longshore_messages::DeploymentId;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Measured deployments of each state, one after the other. Their processor time is counted in
/// steps of 10 ms, so it is exact to half a millisecond for each.
const MEASURED: usize = 20;

/// Deployments before anything is measured: they open connections and fill caches.
const WARM_UP: usize = 10;

/// Functions that are requested at once.
const AT_ONCE: [usize; 3] = [10, 100, 1_000];

/// Open deployments beside which one is measured.
const OPEN: [usize; 2] = [1_000, 5_000];

/// Finished deployments after which one is measured.
const FINISHED: usize = 10_000;

/// Open deployments that wait for the same build.
const SHARING_A_BUILD: usize = 100;

#[tokio::main]
async fn main() -> ExitCode {
    // The client of the load needs one.
    longshore_cloud::install_tls_provider();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&format!("the benchmark failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let cloud = Cloud::start(folder).await?;
    provision(&cloud)?;
    let percent = std::env::var("FLEET_PERCENT").ok().and_then(|text| text.parse().ok());
    let percent = percent.unwrap_or(100);
    if std::env::var_os("FLEET_TRACES").is_some() {
        return traced::compare(&cloud, folder, percent).await;
    }
    let mut fleet = Fleet::start(&cloud.environment, folder)?;
    let mut load = Load::new(&cloud).await?;
    let part = |number: usize| (number * percent / 100).max(1);

    measure(&cloud, &fleet, &mut load, folder, WARM_UP).await?;
    let mut states = Vec::new();
    let cost = measure(&cloud, &fleet, &mut load, folder, MEASURED).await?;
    states.push(("0 open".to_owned(), cost));
    let mut finished = WARM_UP + MEASURED;

    print("deployments a second of N functions with one source:");
    for number in AT_ONCE.map(part) {
        let (begun, source) = (Instant::now(), load.source(folder).await?);
        let ids = load.publish(&vec![source; number]).await?;
        load.end(&ids).await?;
        let seconds = begun.elapsed().as_secs_f64();
        print(&format!("  N = {number}: {:.0}", as_f64(number) / seconds));
        finished += number;
    }

    let mut open = BTreeSet::new();
    for target in OPEN.map(part) {
        cloud.builds.hold(true);
        open.extend(fill(&mut load, folder, target.saturating_sub(open.len())).await?);
        load.idle().await;
        cloud.builds.hold(false);
        let cost = measure(&cloud, &fleet, &mut load, folder, MEASURED).await?;
        states.push((format!("{} open", open.len()), cost));
        finished += MEASURED;
    }
    let before = cloud.counts.now();
    fleet.restart("registry-watcher", &cloud.environment, folder)?;
    load.idle().await;
    let swept = difference(&cloud.counts.now(), &before);
    print(&format!("one sweep with {} open: {}", open.len(), kinds(&swept, 1)));

    let begun = Instant::now();
    cloud.builds.release();
    load.end(&open).await?;
    let rate = as_f64(open.len()) / begun.elapsed().as_secs_f64();
    print(&format!("{} open deployments end when their builds do: {rate:.0} a second", open.len()));
    finished += open.len();

    while finished < part(FINISHED) {
        let source = load.source(folder).await?;
        let number = (part(FINISHED) - finished).min(SHARING_A_BUILD * 10);
        let ids = load.publish(&vec![source; number]).await?;
        load.end(&ids).await?;
        finished += number;
    }
    load.idle().await;
    let cost = measure(&cloud, &fleet, &mut load, folder, MEASURED).await?;
    states.push((format!("{finished} finished"), cost));

    for command in ["list", "status"] {
        let (took, requests) = survey(&cloud, command)?;
        let ledger = total(&requests, "ledger ");
        print(&format!(
            "longshore {command} of {finished} functions: {} ms, {ledger} requests to the ledger",
            took.as_millis()
        ));
    }
    print(&report(&states));
    print("memory in MiB, now and at the peak:");
    for (name, (now, peak)) in fleet.memory_mib() {
        print(&format!("  {name:<18} {now:>6.0} {peak:>6.0}"));
    }
    Ok(())
}

/// Runs a command that shows all functions, and returns how long it took and its requests.
fn survey(cloud: &Cloud, command: &str) -> Result<(Duration, BTreeMap<String, u64>), Failed> {
    let before = cloud.counts.now();
    let begun = Instant::now();
    let mut program = Command::new(env!("CARGO_BIN_EXE_longshore"));
    let output = program.envs(&cloud.environment).args(["--output", "json", command]).output()?;
    let took = begun.elapsed();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok((took, difference(&cloud.counts.now(), &before)))
}

fn provision(cloud: &Cloud) -> Result<(), Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    let output = command.envs(&cloud.environment).arg("provision").output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

/// Publishes deployments whose builds are held.
async fn fill(
    load: &mut Load<'_>,
    folder: &Path,
    number: usize,
) -> Result<BTreeSet<DeploymentId>, Failed> {
    let mut sources = Vec::new();
    while sources.len() < number {
        let source = load.source(folder).await?;
        let share = SHARING_A_BUILD.min(number - sources.len());
        sources.extend(std::iter::repeat_n(source, share));
    }
    load.publish(&sources).await
}

/// What one deployment costs.
struct Cost {
    /// Requests of all measured deployments, by kind.
    requests: BTreeMap<String, u64>,
    /// Processor time of each process for one deployment.
    cpu_ms: BTreeMap<&'static str, f64>,
    /// From the publication of the request to the announcement of its outcome.
    latencies: Vec<Duration>,
}

/// Deploys new functions with new sources, one after the other.
async fn measure(
    cloud: &Cloud,
    fleet: &Fleet,
    load: &mut Load<'_>,
    folder: &Path,
    number: usize,
) -> Result<Cost, Failed> {
    let mut sources = Vec::new();
    for _ in 0..number {
        sources.push(load.source(folder).await?);
    }
    let (requests, cpu) = (cloud.counts.now(), fleet.cpu_ms());
    let mut latencies = Vec::new();
    for source in sources {
        let begun = Instant::now();
        let ids = load.publish(&[source]).await?;
        load.end(&ids).await?;
        latencies.push(begun.elapsed());
    }
    // The last deployment is announced before its stage has acknowledged its input.
    load.idle().await;
    let requests = difference(&cloud.counts.now(), &requests);
    let used = |(name, total): (&'static str, f64)| {
        (name, (total - cpu.get(name).copied().unwrap_or_default()) / as_f64(number))
    };
    let cpu_ms = fleet.cpu_ms().into_iter().map(used).collect();
    latencies.sort();
    Ok(Cost { requests, cpu_ms, latencies })
}

fn difference(
    now: &BTreeMap<String, u64>,
    before: &BTreeMap<String, u64>,
) -> BTreeMap<String, u64> {
    let since = |(kind, count): (&String, &u64)| {
        (kind.clone(), count - before.get(kind).copied().unwrap_or_default())
    };
    now.iter().map(since).filter(|(_, count)| *count > 0).collect()
}

/// The number of requests whose kind starts with `prefix`.
fn total(requests: &BTreeMap<String, u64>, prefix: &str) -> u64 {
    requests.iter().filter(|(kind, _)| kind.starts_with(prefix)).map(|(_, count)| count).sum()
}

fn report(states: &[(String, Cost)]) -> String {
    let mut lines = vec![format!(
        "{:<16} {:>8} {:>12} {:>12} {:>10} {:>10}   (one deployment)",
        "state", "ledger", "fleet CPU ms", "cloud CPU ms", "median ms", "p90 ms"
    )];
    for (state, cost) in states {
        let ledger = as_f64_of(total(&cost.requests, "ledger ")) / as_f64(cost.latencies.len());
        let cloud = cost.cpu_ms.get(CLOUD).copied().unwrap_or_default();
        let fleet = cost.cpu_ms.values().sum::<f64>() - cloud;
        let at = |percent: usize| {
            let index = cost.latencies.len() * percent / 100;
            cost.latencies.get(index).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
        };
        lines.push(format!(
            "{state:<16} {ledger:>8.1} {fleet:>12.1} {cloud:>12.1} {:>10.1} {:>10.1}",
            at(50),
            at(90)
        ));
    }
    for (state, cost) in states {
        lines.push(format!("{state}: {}", kinds(&cost.requests, cost.latencies.len())));
    }
    lines.join("\n")
}

/// The requests of each kind for one of `number` deployments.
fn kinds(requests: &BTreeMap<String, u64>, number: usize) -> String {
    let each = requests
        .iter()
        .map(|(kind, count)| format!("{kind} {:.1}", as_f64_of(*count) / as_f64(number)));
    each.collect::<Vec<_>>().join(", ")
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn as_f64(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn as_f64_of(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::print_stdout, reason = "prints the results")]
fn print(text: &str) {
    println!("{text}");
}
