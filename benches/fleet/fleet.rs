//! The processes of the four workers, and what they use.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Failed;

const WORKERS: [(&str, &str); 4] = [
    ("uploader", env!("CARGO_BIN_EXE_uploader")),
    ("build-submitter", env!("CARGO_BIN_EXE_build-submitter")),
    ("registry-watcher", env!("CARGO_BIN_EXE_registry-watcher")),
    ("service-deployer", env!("CARGO_BIN_EXE_service-deployer")),
];

/// The kernel counts processor time in ticks of 10 ms for programs (`USER_HZ`).
const TICK_MS: f64 = 10.0;

/// Only the sweep at the start of registry-watcher runs, so that a sweep never falls into a
/// measurement.
const SWEEP_INTERVAL_MS: &str = "86400000";

/// Name of the process of the benchmark, which is the cloud.
pub(crate) const CLOUD: &str = "cloud";

/// One running process of each worker, killed on drop.
pub(crate) struct Fleet {
    workers: Vec<(&'static str, Child)>,
}

impl Fleet {
    pub(crate) fn start(
        environment: &BTreeMap<String, String>,
        folder: &Path,
    ) -> Result<Self, Failed> {
        let mut fleet = Self { workers: Vec::new() };
        for (name, _) in WORKERS {
            fleet.workers.push((name, start(name, environment, folder)?));
        }
        Ok(fleet)
    }

    /// Kills a worker, and starts it again.
    pub(crate) fn restart(
        &mut self,
        name: &str,
        environment: &BTreeMap<String, String>,
        folder: &Path,
    ) -> Result<(), Failed> {
        for (_, worker) in self.workers.iter_mut().filter(|(own, _)| *own == name) {
            worker.kill()?;
            worker.wait()?;
            *worker = start(name, environment, folder)?;
        }
        Ok(())
    }

    /// Names and ids of all processes, the cloud's own as well.
    fn processes(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let workers = self.workers.iter().map(|(name, worker)| (*name, worker.id()));
        workers.chain([(CLOUD, std::process::id())])
    }

    /// Processor time of each process so far, in milliseconds.
    pub(crate) fn cpu_ms(&self) -> BTreeMap<&'static str, f64> {
        self.processes().filter_map(|(name, id)| Some((name, cpu_ms(id)?))).collect()
    }

    /// Resident memory of each process now and at its peak, in MiB.
    pub(crate) fn memory_mib(&self) -> BTreeMap<&'static str, (f64, f64)> {
        let of = |(name, id)| Some((name, (memory(id, "VmRSS:")?, memory(id, "VmHWM:")?)));
        self.processes().filter_map(of).collect()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for (_, worker) in &mut self.workers {
            // Fails if the process has ended.
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

fn start(
    name: &str,
    environment: &BTreeMap<String, String>,
    folder: &Path,
) -> Result<Child, Failed> {
    let (_, program) = WORKERS.iter().find(|(own, _)| *own == name).ok_or("no such worker")?;
    let log =
        fs::File::options().create(true).append(true).open(folder.join(format!("{name}.log")));
    let child = Command::new(program)
        .envs(environment)
        .env("LONGSHORE_SWEEP_INTERVAL_MS", SWEEP_INTERVAL_MS)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log?)
        .spawn()?;
    Ok(child)
}

/// `utime` and `stime` of `/proc/PID/stat`, which follow the name in parentheses.
fn cpu_ms(id: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks * TICK_MS)
}

fn memory(id: u32, field: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
