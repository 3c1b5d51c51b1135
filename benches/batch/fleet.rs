//! The processes of the five workers, and what they use.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Failed;
use crate::cloud::Cloud;

pub(crate) const WORKERS: [(&str, &str); 5] = [
    ("uploader", env!("CARGO_BIN_EXE_uploader")),
    ("build-submitter", env!("CARGO_BIN_EXE_build-submitter")),
    ("registry-watcher", env!("CARGO_BIN_EXE_registry-watcher")),
    ("service-deployer", env!("CARGO_BIN_EXE_service-deployer")),
    ("batch-feeder", env!("CARGO_BIN_EXE_batch-feeder")),
];

/// The kernel counts processor time in ticks of 10 ms for programs (`USER_HZ`).
const TICK_MS: f64 = 10.0;

/// Running processes of each worker, killed on drop.
pub(crate) struct Fleet(Vec<(&'static str, Child)>);

impl Fleet {
    /// Starts so many of each, with these settings besides the cloud's.
    pub(crate) fn start(
        cloud: &Cloud,
        folder: &Path,
        replicas: usize,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failed> {
        let mut fleet = Self(Vec::new());
        for replica in 0..replicas {
            for (name, program) in WORKERS {
                let log = fs::File::create(folder.join(format!("{name}-{replica}.log")))?;
                let child = Command::new(program)
                    .envs(&cloud.environment)
                    .env("STORAGE_EMULATOR_HOST", &cloud.storage_of[name])
                    .envs(settings.iter().copied())
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(log)
                    .spawn()?;
                fleet.0.push((name, child));
            }
        }
        Ok(fleet)
    }

    /// Processor time of each worker so far, in milliseconds.
    pub(crate) fn cpu_ms(&self) -> BTreeMap<&'static str, f64> {
        let mut all = BTreeMap::new();
        for (name, worker) in &self.0 {
            *all.entry(*name).or_default() += cpu_ms(worker.id()).unwrap_or_default();
        }
        all
    }

    /// Resident memory of each worker at its peak, in MiB: of the largest replica.
    pub(crate) fn peak_mib(&self) -> BTreeMap<&'static str, f64> {
        let mut all: BTreeMap<&'static str, f64> = BTreeMap::new();
        for (name, worker) in &self.0 {
            let peak = all.entry(*name).or_default();
            *peak = peak.max(peak_mib(worker.id()).unwrap_or_default());
        }
        all
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for (_, worker) in &mut self.0 {
            // Fails if the process has ended.
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

/// `utime` and `stime` of `/proc/PID/stat`, which follow the name in parentheses.
fn cpu_ms(id: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks * TICK_MS)
}

fn peak_mib(id: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
