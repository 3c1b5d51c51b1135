//! Limits through control groups, version 1 or 2: best effort.
//!
//! Where this process may not make control groups (an ordinary user without delegation), the
//! memory limit is watched instead (see [`memory`](super::memory)).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Limits;

const MOUNT: &str = "/sys/fs/cgroup";

/// The id of the process that made the group follows, so that the next start can recognize groups
/// that were left behind.
const NAME_PREFIX: &str = "longshore-sandbox-";

/// How many groups this process has made.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Attempts to remove a group, and the pause between them, which doubles up to the longest: together
/// far more than an exiting process needs.
const REMOVE_ATTEMPTS: u32 = 100;
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// The period in which a share of processor time is counted; the kernel's default.
const CPU_PERIOD_US: u64 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Controller {
    Memory,
    Processes,
    Cpu,
}

const CONTROLLERS: [Controller; 3] = [Controller::Memory, Controller::Processes, Controller::Cpu];

/// The directory below which groups of one hierarchy can be made, and what they can limit.
#[derive(Clone, Debug)]
struct Hierarchy {
    dir: PathBuf,
    controllers: Vec<Controller>,
    is_version_2: bool,
}

/// Where control groups can be made.
#[derive(Clone, Debug, Default)]
pub struct Cgroups {
    hierarchies: Vec<Hierarchy>,
}

/// The control groups of one command.
#[derive(Debug)]
pub(crate) struct Group {
    dirs: Vec<PathBuf>,
    memory: Option<Kills>,
    limits_processes: bool,
}

/// How many processes of a group the kernel has killed, because the group needs more memory than
/// its limit.
#[derive(Clone, Debug)]
pub(crate) struct Kills {
    limit: u64,
    /// Has a line `oom_kill N`.
    file: PathBuf,
    seen: u64,
}

impl Kills {
    /// The memory limit, when a process was killed since the last call.
    pub(crate) fn further(&mut self) -> Option<u64> {
        let text = fs::read_to_string(&self.file).ok()?;
        let kills = text
            .lines()
            .find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse::<u64>().ok())?;
        let is_more = kills > self.seen;
        self.seen = kills;
        is_more.then_some(self.limit)
    }
}

impl Cgroups {
    /// Finds out where this process can make groups, by making some. Removes the groups of local
    /// clouds that were killed.
    #[must_use]
    pub fn probe() -> Self {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mut hierarchies: Vec<Hierarchy> = Vec::new();
        for mut candidate in candidates(&own) {
            candidate.controllers.retain(|wanted| {
                hierarchies.iter().all(|found| !found.controllers.contains(wanted))
            });
            candidate.keep_what_works();
            if !candidate.controllers.is_empty() {
                candidate.remove_left_behind();
                hierarchies.push(candidate);
            }
        }
        Self { hierarchies }
    }

    /// Whether the kernel keeps memory limits here; otherwise they are watched.
    #[must_use]
    pub fn limit_memory(&self) -> bool {
        self.hierarchies.iter().any(|found| found.controllers.contains(&Controller::Memory))
    }

    /// Whether the kernel limits processor time here; otherwise nothing does.
    #[must_use]
    pub fn limit_cpus(&self) -> bool {
        self.hierarchies.iter().any(|found| found.controllers.contains(&Controller::Cpu))
    }

    /// `None` where no limit is requested that a control group can keep here.
    pub(crate) fn group(&self, limits: &Limits) -> Option<Group> {
        let mut group = Group { dirs: Vec::new(), memory: None, limits_processes: false };
        for hierarchy in &self.hierarchies {
            if let Err(error) = hierarchy.add_to(&mut group, limits) {
                tracing::warn!(%error, "a command runs without some of its limits");
            }
        }
        (!group.dirs.is_empty()).then_some(group)
    }
}

/// From the text of `/proc/self/cgroup`, better ones first.
fn candidates(own: &str) -> Vec<Hierarchy> {
    let lines = own.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (id, names, path) = (parts.next()?, parts.next()?, parts.next()?);
        Some((id, names, path.trim_start_matches('/')))
    });
    let (mut version_1, mut version_2) = (Vec::new(), Vec::new());
    for (id, names, path) in lines {
        if id == "0" && names.is_empty() {
            let dir = Path::new(MOUNT).join(path);
            let controllers = CONTROLLERS.to_vec();
            version_2.push(Hierarchy { dir, controllers, is_version_2: true });
            continue;
        }
        let has = |controller: &Controller| {
            names.split(',').any(|name| name == controller.version_1_name())
        };
        let controllers: Vec<Controller> = CONTROLLERS.into_iter().filter(has).collect();
        // In a container the mount may begin at the process's own group.
        for dir in [Path::new(MOUNT).join(names).join(path), Path::new(MOUNT).join(names)] {
            if !controllers.is_empty() {
                let controllers = controllers.clone();
                version_1.push(Hierarchy { dir, controllers, is_version_2: false });
            }
        }
    }
    version_1.extend(version_2);
    version_1
}

impl Controller {
    fn version_1_name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processes => "pids",
            Self::Cpu => "cpu",
        }
    }

    fn limit(self, limits: &Limits) -> Option<u64> {
        match self {
            Self::Memory => limits.memory_bytes,
            Self::Processes => limits.processes,
            Self::Cpu => limits.milli_cpus,
        }
    }

    /// A limit that every kernel accepts.
    fn possible(self) -> u64 {
        match self {
            Self::Memory => 1 << 30,
            Self::Processes | Self::Cpu => 1000,
        }
    }

    /// The file and the text that set the limit.
    fn setting(self, is_version_2: bool, limit: u64) -> (&'static str, String) {
        let quota = (limit * CPU_PERIOD_US / 1000).max(1000);
        match (self, is_version_2) {
            (Self::Memory, true) => ("memory.max", limit.to_string()),
            (Self::Memory, false) => ("memory.limit_in_bytes", limit.to_string()),
            (Self::Processes, _) => ("pids.max", limit.to_string()),
            (Self::Cpu, true) => ("cpu.max", format!("{quota} {CPU_PERIOD_US}")),
            (Self::Cpu, false) => ("cpu.cfs_quota_us", quota.to_string()),
        }
    }
}

impl Hierarchy {
    fn keep_what_works(&mut self) {
        let Ok(dir) = self.make() else {
            self.controllers.clear();
            return;
        };
        let is_version_2 = self.is_version_2;
        self.controllers.retain(|controller| {
            let (file, text) = controller.setting(is_version_2, controller.possible());
            // Version 2 without the controller: a group, but no such file in it.
            dir.join(file).exists() && write(&dir.join(file), &text).is_ok()
        });
        let _ = fs::remove_dir(dir);
    }

    fn add_to(&self, group: &mut Group, limits: &Limits) -> io::Result<()> {
        let requested: Vec<(Controller, u64)> = self
            .controllers
            .iter()
            .filter_map(|controller| Some((*controller, controller.limit(limits)?)))
            .collect();
        if requested.is_empty() {
            return Ok(());
        }
        let dir = self.make()?;
        group.dirs.push(dir.clone());
        for (controller, limit) in requested {
            let (file, text) = controller.setting(self.is_version_2, limit);
            write(&dir.join(file), &text)?;
            match controller {
                Controller::Memory => {
                    let kills =
                        if self.is_version_2 { "memory.events" } else { "memory.oom_control" };
                    group.memory = Some(Kills { limit, file: dir.join(kills), seen: 0 });
                }
                Controller::Processes => group.limits_processes = true,
                Controller::Cpu => {}
            }
        }
        Ok(())
    }

    fn make(&self) -> io::Result<PathBuf> {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let dir = self.dir.join(format!("{NAME_PREFIX}{}-{number}", std::process::id()));
        match fs::create_dir(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(dir),
        }
    }

    fn remove_left_behind(&self) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            let maker = name.to_str().and_then(|name| {
                name.strip_prefix(NAME_PREFIX)?.split('-').next()?.parse::<u32>().ok()
            });
            if maker.is_some_and(|maker| !Path::new("/proc").join(maker.to_string()).exists()) {
                // One that still holds a process cannot be removed, and must not be.
                let _ = fs::remove_dir(entry.path());
            }
        }
    }
}

/// Only an existing file is written: `/sys` has no others.
fn write(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    fs::OpenOptions::new().write(true).open(file)?.write_all(text.as_bytes())
}

impl Group {
    /// A process whose id is written into these files is in the groups, with all that it starts.
    pub(crate) fn entrances(&self) -> Vec<PathBuf> {
        self.dirs.iter().map(|dir| dir.join("cgroup.procs")).collect()
    }

    pub(crate) fn limits_memory(&self) -> bool {
        self.memory.is_some()
    }

    pub(crate) fn limits_processes(&self) -> bool {
        self.limits_processes
    }

    /// The memory limit, when a process was killed because the group needs more.
    pub(crate) fn exceeded(&self) -> Option<u64> {
        self.kills()?.further()
    }

    /// For steps that end while the group remains.
    pub(crate) fn kills(&self) -> Option<Kills> {
        self.memory.clone()
    }

    /// Removes the groups once the processes in them have ended: the kernel may take a moment after
    /// it was told to kill them.
    pub(crate) async fn remove(mut self) {
        let mut pause = FIRST_PAUSE;
        for _ in 0..REMOVE_ATTEMPTS {
            self.dirs.retain(|dir| fs::remove_dir(dir).is_err());
            if self.dirs.is_empty() {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
        tracing::debug!(dirs = ?self.dirs, "control groups are left behind until the next start");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_found_in_what_the_kernel_says() {
        let found = |own: &str| -> Vec<String> {
            let all =
                |found: &Hierarchy| format!("{} {:?}", found.dir.display(), found.controllers);
            candidates(own).iter().map(all).collect()
        };
        assert_eq!(
            found("0::/user.slice/a\n"),
            ["/sys/fs/cgroup/user.slice/a [Memory, Processes, Cpu]"]
        );
        let hybrid = found("4:memory:/box\n3:pids:/\n2:cpu,cpuacct:/\n1:devices:/\n0::/\n");
        assert_eq!(hybrid[0], "/sys/fs/cgroup/memory/box [Memory]");
        assert!(hybrid.contains(&"/sys/fs/cgroup/cpu,cpuacct/ [Cpu]".to_owned()), "{hybrid:?}");
        assert!(found("").is_empty());
    }

    #[test]
    fn a_share_of_a_processor_is_a_part_of_the_period() {
        assert_eq!(Controller::Cpu.setting(true, 500).1, "50000 100000");
        assert_eq!(Controller::Cpu.setting(false, 2000), ("cpu.cfs_quota_us", "200000".to_owned()));
    }
}
