//! The parts that run the real programs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use longshore_cloud::pacing::forecast::{Assumptions, Part, Work, forecast};
use longshore_local_kit::quotas::QuotaSettings;
use longshore_local_kit::quotas::catalog::{BUILD_CREATES, BUILD_GETS, RUN_WRITES};

use crate::cloud::{Cloud, Manner};
use crate::environment::{PROJECT, REGION};
use crate::fleet::Fleet;
use crate::manifest::{longshore, provision, run, source, took, write};
use crate::{Failed, as_f64, print, scaled};

/// Ten times Google's quotas, so that hundreds of functions take minutes.
const TEN_TIMES: u32 = 600;

fn functions(
    folder: &Path,
    prefix: &str,
    number: usize,
    sources: usize,
) -> Result<Vec<(String, PathBuf)>, Failed> {
    let mut all = Vec::new();
    for function in 0..number {
        let of = function % sources;
        let directory =
            source(folder, &format!("{prefix}-source-{of}"), &format!("{prefix} {of}"))?;
        all.push((format!("{prefix}{function}"), directory));
    }
    Ok(all)
}

/// The real programs under quotas, with one and three of each.
pub(crate) async fn replicas() -> Result<(), Failed> {
    print("builds of 9 s, 30 at a time, 600 writes, submissions and gets a minute, real time:");
    print(&format!(
        "{:>5} {:>8} {:>8} {:>8} {:>6} {:>5} {:>10}",
        "N", "replicas", "bound s", "took s", "ratio", "429s", "forecast s"
    ));
    for number in [scaled(100), scaled(342), scaled(1_000)] {
        for replicas in [1, 3] {
            let folder = tempfile::tempdir()?;
            let folder = folder.path();
            let quotas = QuotaSettings::google()
                .with(&RUN_WRITES, TEN_TIMES)
                .with(&BUILD_CREATES, TEN_TIMES)
                .with(&BUILD_GETS, TEN_TIMES);
            let manner = Manner {
                quotas,
                build: Duration::from_secs(9),
                builds_at_once: 30,
                call: Duration::from_millis(20),
            };
            let cloud = Cloud::start(folder, manner).await?;
            provision(&cloud.environment).await?;
            let settings = [("LONGSHORE_BATCH_WINDOW", "256")];
            let _fleet = Fleet::start(&cloud, folder, replicas, &settings)?;
            let manifest = write(folder, "paced", &functions(folder, "f", number, number)?)?;
            let status = run(&cloud.environment, &manifest).await?;
            let took = took(&status)?;
            let count = u32::try_from(number)?;
            let work = Work { functions: count, builds: count, writes: count };
            let assumed = Assumptions {
                concurrent_builds: 30,
                build_seconds: 9.0,
                build_spread: 0.0,
                submits_per_minute: TEN_TIMES,
                writes_per_minute: TEN_TIMES,
                ready_seconds: 0.0,
                window: 256,
            };
            let (project, region) = (PROJECT.to_owned(), REGION.to_owned());
            let expected = forecast(&[vec![Part { project, region, work, assumed }]]);
            print(&format!(
                "{number:>5} {replicas:>8} {:>8.1} {:>8.1} {:>6.2} {:>5} {:>10.1}",
                expected.at_least.as_secs_f64(),
                took,
                took / expected.at_least.as_secs_f64(),
                cloud.refused(),
                expected.total().as_secs_f64(),
            ));
        }
    }
    Ok(())
}

/// One source for many functions, and a change in one of the directories.
pub(crate) async fn one_source() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let cloud = Cloud::start(folder, Manner::instant()).await?;
    provision(&cloud.environment).await?;
    let _fleet = Fleet::start(&cloud, folder, 1, &[])?;
    let number = scaled(100);
    let counted = async |what: &str, manifest: &Path| {
        let (builds, before) = (cloud.builds.count(), cloud.counts.now());
        let status = run(&cloud.environment, manifest).await?;
        let uploads = |counts: &std::collections::BTreeMap<String, u64>| {
            counts.get("upload").copied().unwrap_or_default()
        };
        print(&format!(
            "{what}: {} uploads, {} builds, {} deployed, {} unchanged",
            uploads(&cloud.counts.now()) - uploads(&before),
            cloud.builds.count() - builds,
            status["deployed"],
            status["unchanged"]
        ));
        Ok::<_, Failed>(())
    };
    let one = write(folder, "one", &functions(folder, "one", number, 1)?)?;
    counted(&format!("{number} functions of one source"), &one).await?;
    let each = functions(folder, "each", number, number)?;
    let before = write(folder, "each", &each)?;
    counted(&format!("{number} functions with a directory each"), &before).await?;
    // The same functions, one of them with another source: another batch.
    crate::manifest::source(folder, "each-source-0", "each 1 byte more")?;
    let after = write(folder, "after", &each)?;
    counted("one byte changed in one directory", &after).await
}

/// One deployment beside a batch.
pub(crate) async fn interactive() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let manner = Manner {
        quotas: QuotaSettings::google()
            .with(&RUN_WRITES, TEN_TIMES)
            .with(&BUILD_CREATES, TEN_TIMES)
            .with(&BUILD_GETS, TEN_TIMES),
        build: Duration::from_secs(9),
        builds_at_once: 100,
        call: Duration::from_millis(20),
    };
    let cloud = Cloud::start(folder, manner).await?;
    provision(&cloud.environment).await?;
    let _fleet = Fleet::start(&cloud, folder, 1, &[])?;
    let mut number = 0;
    let mut deploy = async || {
        number += 1;
        let name = format!("single{number}");
        let directory = crate::manifest::source(folder, &name, &name)?;
        let directory = directory.to_string_lossy().into_owned();
        let arguments = [
            "deploy",
            &directory,
            "--name",
            &name,
            "--entry-point",
            "hello",
            "--runtime",
            "python312",
        ];
        let begun = Instant::now();
        match longshore(&cloud.environment, &arguments).await? {
            (true, _) => Ok(begun.elapsed().as_secs_f64()),
            (false, ended) => Err(Failed::from(format!("not deployed: {ended}"))),
        }
    };
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let mut idle = Vec::new();
    for _ in 0..5 {
        idle.push(deploy().await?);
    }
    let functions = functions(folder, "batch", scaled(1_000), scaled(1_000))?;
    let manifest = write(folder, "beside", &functions)?;
    let (environment, path) = (cloud.environment.clone(), manifest.clone());
    let batch = tokio::spawn(async move { run(&environment, &path).await });
    tokio::time::sleep(Duration::from_secs(15)).await;
    let mut busy = Vec::new();
    for _ in 0..5 {
        if batch.is_finished() {
            break;
        }
        busy.push(deploy().await?);
    }
    let measured = busy.len();
    if measured == 0 {
        batch.await??;
        return Err("the batch ended before a deployment was measured".into());
    }
    let (idle, busy) = (median(idle), median(busy));
    print(&format!(
        "builds of 9 s; median of one deployment: idle fleet {idle:.2} s, beside a batch of {} \
         {busy:.2} s ({measured} measured): {:.2} times",
        functions.len(),
        busy / idle
    ));
    batch.await??;
    Ok(())
}

/// What a deployment costs, with a cloud that takes no time.
pub(crate) async fn throughput() -> Result<(), Failed> {
    print(&format!(
        "{:>6} {:>9} {:>42} {:>42} {:>42}",
        "N", "a second", "CPU ms each", "ledger requests each", "peak MiB"
    ));
    let names = "upl. sub. watch. depl. feed.";
    print(&format!("{:>16} {names:>42} {names:>42} {names:>42}", ""));
    for number in [10, 100, 1_000, 10_000].map(scaled) {
        let folder = tempfile::tempdir()?;
        let folder = folder.path();
        let cloud = Cloud::start(folder, Manner::instant()).await?;
        provision(&cloud.environment).await?;
        let settings = [("LONGSHORE_BATCH_WINDOW", "1000"), ("LONGSHORE_BATCH_IN_FLIGHT", "1000")];
        let fleet = Fleet::start(&cloud, folder, 1, &settings)?;
        // Opens connections.
        let warm = write(folder, "warm", &functions(folder, "w", 10, 1)?)?;
        run(&cloud.environment, &warm).await?;
        let manifest = write(folder, "load", &functions(folder, "f", number, 1)?)?;
        let (cpu, counts) = (fleet.cpu_ms(), cloud.counts.now());
        let took = took(&run(&cloud.environment, &manifest).await?)?;
        let each = as_f64(number);
        let (now_cpu, now_counts, peaks) = (fleet.cpu_ms(), cloud.counts.now(), fleet.peak_mib());
        let mut columns = [String::new(), String::new(), String::new()];
        for (name, _) in crate::fleet::WORKERS {
            let kind = format!("ledger {name}");
            let requests = |counts: &std::collections::BTreeMap<String, u64>| {
                counts.get(&kind).copied().unwrap_or_default()
            };
            let used = now_cpu[name] - cpu[name];
            let asked = u32::try_from(requests(&now_counts) - requests(&counts))?;
            columns[0].push_str(&format!(" {:>7.2}", used / each));
            columns[1].push_str(&format!(" {:>7.2}", f64::from(asked) / each));
            columns[2].push_str(&format!(" {:>7.0}", peaks[name]));
        }
        let [cpu, ledger, memory] = columns;
        print(&format!("{number:>6} {:>9.1} {cpu:>42} {ledger:>42} {memory:>42}", each / took));
    }
    Ok(())
}
