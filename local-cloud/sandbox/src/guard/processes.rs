//! The processes that descend from one, as `/proc` shows them.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

/// How many times all descendants are killed before the guard gives up on them, and the pause
/// between: a process in an uninterruptible system call dies when that returns.
const KILL_TRIES: u32 = 500;
const KILL_PAUSE: Duration = Duration::from_millis(20);

/// How many times descendants are stopped before they are killed: each time more of those that are
/// forking stand still.
const STOP_TRIES: u32 = 100;

/// A line of `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i32,
    parent: i32,
    pub(super) group: i32,
    is_zombie: bool,
}

impl Process {
    pub(super) fn signal(self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            // A process that is gone needs no signal.
            let _ = kill_process(pid, signal);
        }
    }
}

/// All processes below `root` that still run.
pub(super) fn descendants(root: i32) -> Vec<Process> {
    let mut children: BTreeMap<i32, Vec<Process>> = BTreeMap::new();
    for process in all() {
        children.entry(process.parent).or_default().push(process);
    }
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(parent) = open.pop() {
        for process in children.remove(&parent).unwrap_or_default() {
            open.push(process.pid);
            found.push(process);
        }
    }
    found.retain(|process| !process.is_zombie);
    found
}

/// Kills everything that descends from this process, daemons included: as a subreaper
/// (PR_SET_CHILD_SUBREAPER) it is the parent of those whose own parent is gone. Returns when they
/// have ended, or `false` if some do not end.
pub(super) async fn kill_all_descendants() -> bool {
    if !has_children() {
        return true;
    }
    let own = own_id();
    // What forks while it is being killed would outrun the killing.
    let mut stopped = 0;
    for _ in 0..STOP_TRIES {
        let found = descendants(own);
        if found.len() <= stopped {
            break;
        }
        stopped = found.len();
        found.iter().for_each(|process| process.signal(Signal::STOP));
    }
    for _ in 0..KILL_TRIES {
        let found = descendants(own);
        found.iter().for_each(|process| process.signal(Signal::KILL));
        if !has_children() {
            return true;
        }
        tokio::time::sleep(KILL_PAUSE).await;
    }
    false
}

/// Reaps the children that have ended, and returns whether any is left. Without children there are
/// no descendants, because this process is a subreaper.
fn has_children() -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(error) => return error != Errno::CHILD,
        }
    }
}

pub(super) fn own_id() -> i32 {
    std::process::id().cast_signed()
}

fn all() -> impl Iterator<Item = Process> {
    fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| {
        let pid: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        parse(pid, &fs::read(format!("/proc/{pid}/stat")).ok()?)
    })
}

/// The program's name, in parentheses, may hold anything, parentheses included.
fn parse(pid: i32, stat: &[u8]) -> Option<Process> {
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&stat[name_end + 1..]).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let is_zombie = matches!(fields.next()?, "Z" | "X");
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Process { pid, parent, group, is_zombie })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_cannot_hide_behind_its_name() {
        let found = parse(7, b"7 (a) Z 1 (b) S 3 4 4 0 -1").unwrap();
        assert_eq!(found, Process { pid: 7, parent: 3, group: 4, is_zombie: false });
        assert!(parse(7, b"7 (a) Z 3 4").unwrap().is_zombie);
        assert!(parse(7, b"").is_none());
    }

    #[test]
    fn a_child_is_a_descendant() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id().cast_signed();
        assert!(descendants(own_id()).iter().any(|process| process.pid == pid));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(descendants(own_id()).iter().all(|process| process.pid != pid));
    }
}
