//! Processes that a step leaves behind and that keep it from ending.
//!
//! A package manager reads the output of the scripts that it runs until every process that holds it
//! has closed it. A script that starts a daemon and exits would hold up the package manager, and
//! the build with it, until the build's timeout. When nothing but such a daemon is left to wait
//! for, it is killed: nothing that a step starts outlives the step anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::log::BuildLog;

/// How long a step must have been idle. Longer than a package manager waits for a slow server
/// without using any processor time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Interval between two looks at the processes of a step.
const INTERVAL: Duration = Duration::from_secs(1);

/// A step that uses no more processor time than this while it is watched is idle: a daemon may wake
/// up now and then. In ticks of the kernel, of which a second has 100.
const IDLE_TICKS: u64 = 10;

const READ_ONLY: u32 = 0;
const ACCESS_MODE: u32 = 3;

/// Kills what the step under this guard leaves behind, as often as the step is stuck. Never ends.
pub(crate) async fn end(guard: u32, log: &BuildLog) {
    let mut idle_from: Option<(Instant, u64)> = None;
    loop {
        tokio::time::sleep(INTERVAL).await;
        let step = i32::try_from(guard).ok().and_then(Step::under);
        let Some(step) = step.filter(|step| !step.orphans.is_empty() && !step.is_busy()) else {
            idle_from = None;
            continue;
        };
        let ticks = step.ticks();
        let (since, ticks_then) = *idle_from.get_or_insert_with(|| (Instant::now(), ticks));
        if ticks.abs_diff(ticks_then) > IDLE_TICKS {
            idle_from = None;
        } else if since.elapsed() >= PATIENCE {
            for holder in step.holders() {
                let name = &holder.name;
                log.line(format!(
                    "killed the process '{name}': a script left it behind, and it kept the output \
                     of the script open"
                ));
                holder.kill();
            }
            idle_from = None;
        }
    }
}

/// A process, from `/proc/PID/stat`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Process {
    pid: i32,
    name: String,
    state: String,
    parent: i32,
    /// Processor time, in ticks.
    ticks: u64,
    started: u64,
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        parse(pid, &fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// A process that has taken over the id of another one is not killed.
    fn kill(&self) {
        let is_same = Self::read(self.pid).is_some_and(|now| now.started == self.started);
        if let Some(pid) = Pid::from_raw(self.pid).filter(|_| is_same) {
            // A process that has ended needs no signal.
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// The open files: the number, the kind with the inode, and the access mode.
    fn files(&self) -> impl Iterator<Item = (String, String, u32)> {
        let pid = self.pid;
        let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        entries.filter_map(move |entry| {
            let number = entry.file_name().into_string().ok()?;
            let target = fs::read_link(entry.path()).ok()?.into_os_string().into_string().ok()?;
            let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).ok()?;
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?.trim();
            let flags = u32::from_str_radix(flags, 8).ok()?;
            Some((number, target, flags & ACCESS_MODE))
        })
    }
}

/// The name, in parentheses, may contain anything, parentheses included.
fn parse(pid: i32, stat: &[u8]) -> Option<Process> {
    let (from, to) =
        (stat.iter().position(|byte| *byte == b'(')?, stat.iter().rposition(|byte| *byte == b')')?);
    let name = String::from_utf8_lossy(stat.get(from + 1..to)?).into_owned();
    let rest = std::str::from_utf8(&stat[to + 1..]).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Process {
        pid,
        name,
        state: (*fields.first()?).to_owned(),
        parent: fields.get(1)?.parse().ok()?,
        ticks: number(11)? + number(12)?,
        started: number(19)?,
    })
}

/// The processes of a step.
struct Step {
    /// The command of the step, and its descendants.
    command: Vec<Process>,
    /// Those whose parent has exited, and their descendants.
    orphans: Vec<Process>,
}

impl Step {
    /// `None` if no step runs under this guard.
    fn under(guard: i32) -> Option<Self> {
        let mut children: BTreeMap<i32, Vec<Process>> = BTreeMap::new();
        let pids = fs::read_dir("/proc").ok()?.flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        for process in pids.filter_map(Process::read).filter(|process| process.state != "Z") {
            children.entry(process.parent).or_default().push(process);
        }
        // The parent of orphans, and of a step in a session: the first process of the sandbox's
        // process namespace or, without a sandbox, the guard.
        let reaper = below(&children, guard)
            .into_iter()
            .map(|process| process.pid)
            .find(|pid| is_first_of_a_namespace(*pid))
            .unwrap_or(guard);
        let mut of_reaper = children.get(&reaper)?.clone();
        of_reaper.sort_by_key(|process| (process.started, process.pid));
        let with_descendants = |process: &Process| {
            [process.clone()].into_iter().chain(below(&children, process.pid)).collect::<Vec<_>>()
        };
        let (command, orphans) = of_reaper.split_first()?;
        Some(Self {
            command: with_descendants(command),
            orphans: orphans.iter().flat_map(with_descendants).collect(),
        })
    }

    fn all(&self) -> impl Iterator<Item = &Process> {
        self.command.iter().chain(&self.orphans)
    }

    /// Whether a process runs, waits for a processor, or waits for a disk.
    fn is_busy(&self) -> bool {
        self.all().any(|process| ["R", "D"].contains(&process.state.as_str()))
    }

    fn ticks(&self) -> u64 {
        self.all().map(|process| process.ticks).sum()
    }

    /// Orphans that hold an output that the command reads: a pipe, or a socket, as Node.js uses.
    fn holders(&self) -> impl Iterator<Item = &Process> {
        let read: BTreeSet<String> = self
            .command
            .iter()
            .flat_map(Process::files)
            .filter(|(_, target, mode)| target.starts_with("pipe:") && *mode == READ_ONLY)
            .map(|(_, target, _)| target)
            .collect();
        self.orphans.iter().filter(move |orphan| {
            orphan.files().any(|(number, target, mode)| {
                let is_output = ["1", "2"].contains(&number.as_str());
                (mode != READ_ONLY && read.contains(&target))
                    || (is_output && target.starts_with("socket:"))
            })
        })
    }
}

fn below(children: &BTreeMap<i32, Vec<Process>>, root: i32) -> Vec<Process> {
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(parent) = open.pop() {
        for process in children.get(&parent).into_iter().flatten() {
            open.push(process.pid);
            found.push(process.clone());
        }
    }
    found
}

/// Whether the process is the first one of a namespace that is not this process's own.
fn is_first_of_a_namespace(pid: i32) -> bool {
    let ids = |pid: &str| -> Option<Vec<String>> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
        Some(line.split_ascii_whitespace().map(str::to_owned).collect())
    };
    let (Some(own), Some(found)) = (ids("self"), ids(&pid.to_string())) else { return false };
    found.len() > own.len() && found.last().is_some_and(|last| last == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_cannot_hide_behind_its_name() {
        let stat = b"7 (a) Z 1 (b) S 3 4 4 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 99 0";
        let found = parse(7, stat).unwrap();
        assert_eq!((found.name.as_str(), found.state.as_str()), ("a) Z 1 (b", "S"));
        assert_eq!((found.parent, found.ticks, found.started), (3, 11, 99));
        assert!(parse(7, b"7 (a) Z 3 4").is_none());
    }
}
