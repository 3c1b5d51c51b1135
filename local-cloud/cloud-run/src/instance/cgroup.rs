//! Memory limits through control groups, version 1 or 2, where available.
//!
//! Where this process may not create control groups (an ordinary user without delegation),
//! [`memory`](super::memory) polls the limit, and a message is logged once at the start.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const MOUNT: &str = "/sys/fs/cgroup";

/// Followed by the id of the process that created the group, so that the next start recognizes
/// stale groups.
const NAME_PREFIX: &str = "longshore-";

/// Number of groups that this process has created. Static, because their names are unique only
/// within the process.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Attempts to remove a group, and the pause between them: together far more than an exiting
/// process needs.
const REMOVE_TRIES: u32 = 100;
const REMOVE_PAUSE: Duration = Duration::from_millis(20);

/// The control groups of instances.
#[derive(Debug)]
pub(crate) struct Cgroups {
    parent: Option<Parent>,
}

#[derive(Debug)]
struct Parent {
    dir: PathBuf,
    limit_file: &'static str,
    /// Has a line `oom_kill N`: the number of processes that the kernel has killed because the
    /// group exceeded its limit.
    kills_file: &'static str,
}

/// A control group of one instance.
#[derive(Debug)]
pub(super) struct Group {
    dir: PathBuf,
    limit_bytes: u64,
    kills_file: &'static str,
}

impl Cgroups {
    /// Finds the group of this process, and tries to create a group there.
    pub(crate) fn probe() -> Self {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let parent = candidates(&own).into_iter().find(Parent::works);
        match &parent {
            Some(parent) => parent.remove_left_behind(),
            None => tracing::info!(
                "memory limits are polled, not enforced by the kernel: this process cannot create control groups"
            ),
        }
        Self { parent }
    }

    /// A group with this limit, or `None` if none can be created.
    pub(super) fn group(&self, limit_bytes: u64) -> Option<Group> {
        let parent = self.parent.as_ref()?;
        match parent.make(limit_bytes) {
            Ok(group) => Some(group),
            Err(error) => {
                tracing::warn!(%error, "cannot create a control group: polling the memory of an instance instead");
                None
            }
        }
    }
}

/// Candidates, from the text of `/proc/self/cgroup`.
fn candidates(own: &str) -> Vec<Parent> {
    let line = |test: fn(&str, &str) -> bool| {
        own.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (id, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            test(id, controllers).then(|| path.trim_start_matches('/').to_owned())
        })
    };
    let mut found = Vec::new();
    if let Some(path) = line(|_, controllers| controllers.split(',').any(|name| name == "memory")) {
        // In a container, the mount may start at the process's own group.
        for dir in [Path::new(MOUNT).join("memory").join(path), Path::new(MOUNT).join("memory")] {
            found.push(Parent {
                dir,
                limit_file: "memory.limit_in_bytes",
                kills_file: "memory.oom_control",
            });
        }
    }
    if let Some(path) = line(|id, controllers| id == "0" && controllers.is_empty()) {
        found.push(Parent {
            dir: Path::new(MOUNT).join(path),
            limit_file: "memory.max",
            kills_file: "memory.events",
        });
    }
    found
}

impl Parent {
    fn works(&self) -> bool {
        let probe = self.make(1 << 30);
        probe.and_then(|group| fs::remove_dir(group.dir)).is_ok()
    }

    /// Removes the stale groups of local clouds that were killed.
    fn remove_left_behind(&self) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            let maker = name.to_str().and_then(|name| {
                name.strip_prefix(NAME_PREFIX)?.split('-').next()?.parse::<u32>().ok()
            });
            if maker.is_some_and(|maker| !Path::new("/proc").join(maker.to_string()).exists()) {
                // A group that still contains a process cannot be removed, and must not be.
                let _ = fs::remove_dir(entry.path());
            }
        }
    }

    fn make(&self, limit_bytes: u64) -> io::Result<Group> {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let dir = self.dir.join(format!("{NAME_PREFIX}{}-{number}", std::process::id()));
        fs::create_dir(&dir).or_else(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
        })?;
        let group = Group { dir, limit_bytes, kills_file: self.kills_file };
        match fs::write(group.dir.join(self.limit_file), limit_bytes.to_string()) {
            Ok(()) => Ok(group),
            Err(error) => {
                // With version 2 and without the memory controller, the group exists but lacks this
                // file.
                fs::remove_dir(&group.dir)?;
                Err(error)
            }
        }
    }
}

impl Group {
    /// A process that writes its id into this file joins the group, and so do its descendants.
    pub(super) fn entrance(&self) -> PathBuf {
        self.dir.join("cgroup.procs")
    }

    /// The limit, if a process was killed because the group exceeded it.
    pub(super) fn exceeded(&self) -> Option<u64> {
        let text = fs::read_to_string(self.dir.join(self.kills_file)).ok()?;
        let kills = text
            .lines()
            .find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse::<u64>().ok())?;
        (kills > 0).then_some(self.limit_bytes)
    }

    /// Removes the group once its processes have exited, which may take the kernel a moment after a
    /// kill.
    pub(super) async fn remove(self) {
        for _ in 0..REMOVE_TRIES {
            if fs::remove_dir(&self.dir).is_ok() {
                return;
            }
            tokio::time::sleep(REMOVE_PAUSE).await;
        }
        tracing::debug!(dir = %self.dir.display(), "a control group is left behind until the next start");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_found() {
        let dirs = |own: &str| -> Vec<String> {
            candidates(own)
                .iter()
                .map(|parent| parent.dir.join(parent.limit_file).display().to_string())
                .collect()
        };
        assert_eq!(dirs("0::/user.slice/a\n"), ["/sys/fs/cgroup/user.slice/a/memory.max"]);
        let hybrid = dirs("4:memory:/box\n1:cpu:/\n0::/\n");
        assert_eq!(hybrid.first().unwrap(), "/sys/fs/cgroup/memory/box/memory.limit_in_bytes");
        assert!(dirs("").is_empty());
    }
}
