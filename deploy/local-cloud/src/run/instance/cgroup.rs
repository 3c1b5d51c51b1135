//! Memory limits through control groups, version 1 or 2: best effort.
//!
//! Where this process may not make control groups (an ordinary user without delegation), instances run without a limit; the
//! local cloud says so once at start.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const MOUNT: &str = "/sys/fs/cgroup";

/// Where control groups can be made.
#[derive(Debug)]
pub(crate) struct Cgroups {
    place: Option<Place>,
    made: AtomicU64,
}

#[derive(Debug)]
struct Place {
    dir: PathBuf,
    limit_file: &'static str,
}

/// A control group of one instance; removed when dropped, which must be after the processes in it have ended.
#[derive(Debug)]
pub(super) struct Group {
    dir: PathBuf,
}

impl Cgroups {
    /// Looks where this process is, and tries to make a group there.
    pub(crate) fn probe() -> Self {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let place = places(&own).into_iter().find(|place| place.make("longshore-probe", 1 << 30).is_ok());
        if place.is_none() {
            tracing::info!("memory limits of services are not enforced: this process cannot make control groups");
        }
        Self { place, made: AtomicU64::new(0) }
    }

    /// A group with this limit, or `None` where there are no control groups.
    pub(super) fn group(&self, limit_bytes: u64) -> Option<Group> {
        let place = self.place.as_ref()?;
        let name = format!("longshore-{}-{}", std::process::id(), self.made.fetch_add(1, Ordering::Relaxed));
        match place.make(&name, limit_bytes) {
            Ok(group) => Some(group),
            Err(error) => {
                tracing::warn!(%error, "an instance runs without its memory limit");
                None
            }
        }
    }
}

/// Candidates, from the text of `/proc/self/cgroup`.
fn places(own: &str) -> Vec<Place> {
    let line = |test: fn(&str, &str) -> bool| {
        own.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (id, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            test(id, controllers).then(|| path.trim_start_matches('/').to_owned())
        })
    };
    let mut found = Vec::new();
    if let Some(path) = line(|_, controllers| controllers.split(',').any(|name| name == "memory")) {
        // In a container the mount may begin at the process's own group.
        for dir in [Path::new(MOUNT).join("memory").join(path), Path::new(MOUNT).join("memory")] {
            found.push(Place { dir, limit_file: "memory.limit_in_bytes" });
        }
    }
    if let Some(path) = line(|id, controllers| id == "0" && controllers.is_empty()) {
        found.push(Place { dir: Path::new(MOUNT).join(path), limit_file: "memory.max" });
    }
    found
}

impl Place {
    fn make(&self, name: &str, limit_bytes: u64) -> io::Result<Group> {
        let dir = self.dir.join(name);
        fs::create_dir(&dir).or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })?;
        let group = Group { dir };
        fs::write(group.dir.join(self.limit_file), limit_bytes.to_string())?;
        Ok(group)
    }
}

impl Group {
    /// A process that writes its id into this file is in the group, with all that it starts.
    pub(super) fn entrance(&self) -> PathBuf {
        self.dir.join("cgroup.procs")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir(&self.dir) {
            tracing::debug!(%error, dir = %self.dir.display(), "a control group is left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_found_in_what_the_kernel_says() {
        let dirs = |own: &str| -> Vec<String> {
            places(own).iter().map(|place| place.dir.join(place.limit_file).display().to_string()).collect()
        };
        assert_eq!(dirs("0::/user.slice/a\n"), ["/sys/fs/cgroup/user.slice/a/memory.max"]);
        let hybrid = dirs("4:memory:/box\n1:cpu:/\n0::/\n");
        assert_eq!(hybrid.first().unwrap(), "/sys/fs/cgroup/memory/box/memory.limit_in_bytes");
        assert!(dirs("").is_empty());
    }
}
