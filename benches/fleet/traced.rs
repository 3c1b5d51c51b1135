//! What tracing costs: the same load with it and without it, in one run.
//!
//! The sides take turns on one cloud, each with workers of its own, and which is first alternates: the
//! ledger grows with each measurement, and the machine may become slower.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use longshore_trace_store::{Limits, TraceStore, serve};

use crate::fleet::{CLOUD, Fleet};
use crate::instant::Cloud;
use crate::load::Load;
use crate::{Failed, MEASURED, WARM_UP, as_f64, measure, print};

/// Rounds, each with both sides. The medians of them are compared.
const ROUNDS: usize = 6;

/// Functions of one source that are requested at once.
const AT_ONCE: usize = 500;

/// What the rounds of one side measured.
#[derive(Default)]
struct Side {
    per_second: Vec<f64>,
    latency_ms: Vec<f64>,
    cpu_ms: Vec<f64>,
}

/// Prints both sides, and the store's share. `percent` of the functions are requested.
pub(crate) async fn compare(cloud: &Cloud, folder: &Path, percent: usize) -> Result<(), Failed> {
    let (store, endpoint) = receiver(folder).await?;
    let mut load = Load::new(cloud).await?;
    let (mut off, mut on) = (Side::default(), Side::default());
    for round in 0..ROUNDS {
        let sides = [(None, &mut off), (Some(&endpoint), &mut on)];
        let mut sides: Vec<_> = sides.into_iter().collect();
        if round % 2 == 1 {
            sides.reverse();
        }
        for (endpoint, side) in sides {
            side.round(cloud, &mut load, folder, endpoint, percent).await?;
        }
    }
    print(&format!("medians of {ROUNDS} rounds, in turns:"));
    print(&format!(
        "{:<10} {:>16} {:>14} {:>14}",
        "traces", "deployments/s", "latency ms", "CPU ms"
    ));
    for (name, side) in [("off", &off), ("on", &on)] {
        let (rate, latency, cpu) = side.medians();
        print(&format!("{name:<10} {rate:>16.1} {latency:>14.1} {cpu:>14.1}"));
    }
    let ((rate, latency, cpu), (rate_on, latency_on, cpu_on)) = (off.medians(), on.medians());
    let change = |before: f64, after: f64| (after / before - 1.0) * 100.0;
    print(&format!(
        "{:<10} {:>15.1}% {:>13.1}% {:>13.1}%",
        "change",
        change(rate, rate_on),
        change(latency, latency_on),
        change(cpu, cpu_on)
    ));
    let (traces, bytes) = store.size();
    print(&format!("{traces} traces in {} KiB", bytes >> 10));
    Ok(())
}

impl Side {
    async fn round(
        &mut self,
        cloud: &Cloud,
        load: &mut Load<'_>,
        folder: &Path,
        endpoint: Option<&String>,
        percent: usize,
    ) -> Result<(), Failed> {
        let mut environment = cloud.environment.clone();
        if let Some(endpoint) = endpoint {
            environment.insert("LONGSHORE_TRACES_ENDPOINT".to_owned(), endpoint.clone());
        }
        let fleet = Fleet::start(&environment, folder)?;
        measure(cloud, &fleet, load, folder, WARM_UP).await?;
        let cost = measure(cloud, &fleet, load, folder, MEASURED).await?;
        let cloud_ms = cost.cpu_ms.get(CLOUD).copied().unwrap_or_default();
        self.cpu_ms.push(cost.cpu_ms.values().sum::<f64>() - cloud_ms);
        let median = cost.latencies.get(MEASURED / 2).map_or(f64::NAN, Duration::as_secs_f64);
        self.latency_ms.push(median * 1e3);
        let number = (AT_ONCE * percent / 100).max(1);
        let source = load.source(folder).await?;
        let begun = Instant::now();
        let ids = load.publish(&vec![source; number]).await?;
        load.end(&ids).await?;
        self.per_second.push(as_f64(number) / begun.elapsed().as_secs_f64());
        load.idle().await;
        Ok(())
    }

    /// Of deployments a second, of the latency of one, and of the workers' processor time for it.
    fn medians(&self) -> (f64, f64, f64) {
        (median(&self.per_second), median(&self.latency_ms), median(&self.cpu_ms))
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (Some(upper), 0) => {
            sorted.get(middle.wrapping_sub(1)).map_or(*upper, |low| (low + upper) / 2.0)
        }
        (Some(middle), _) => *middle,
        (None, _) => f64::NAN,
    }
}

/// A store of traces, as that of `longshore up`, and where workers reach it.
async fn receiver(folder: &Path) -> Result<(Arc<TraceStore>, String), Failed> {
    let store = Arc::new(TraceStore::open(folder.join("traces"), Limits::default())?);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(serve(Arc::clone(&store), listener, std::future::pending()));
    Ok((store, endpoint))
}
