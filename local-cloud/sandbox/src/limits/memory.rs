//! The memory limit without control groups: the memory of the processes is sampled.
//!
//! Weaker than a control group: memory that is allocated and freed between two samples goes
//! unnoticed, and files in `/tmp` are not counted.

use std::fs;
use std::time::Duration;

/// The interval between two samples. A function that fills memory at a gigabyte a second exceeds its
/// limit by a quarter of one at most.
const PAUSE: Duration = Duration::from_millis(250);

/// Returns the limit once the process and its descendants use more memory than that; never, where
/// there is no limit.
pub(crate) async fn exceeded(process: Option<u32>, limit_bytes: Option<u64>) -> u64 {
    let (Some(process), Some(limit_bytes)) = (process, limit_bytes) else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(PAUSE).await;
        if private_bytes(process) > limit_bytes {
            return limit_bytes;
        }
    }
}

/// The private memory of a process and its descendants. A process that has ended counts as zero.
fn private_bytes(process: u32) -> u64 {
    let (mut sum, mut open) = (0, vec![process]);
    while let Some(process) = open.pop() {
        sum +=
            own_bytes(&fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default());
        open.extend(children(process));
    }
    sum
}

/// Anonymous and shared memory, not the mapped files: programs and libraries do not count on Cloud
/// Run either.
fn own_bytes(status: &str) -> u64 {
    let kibibytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    ["RssAnon:", "RssShmem:"].into_iter().filter_map(kibibytes).sum::<u64>() * 1024
}

/// Each thread lists the children that it has started.
fn children(process: u32) -> Vec<u32> {
    let threads =
        fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().filter_map(Result::ok);
    let listed =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    listed
        .flat_map(|list| {
            list.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<u32>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mapped_from_files_does_not_count() {
        let status = "Name:\tpython3\nVmRSS:\t   20000 kB\nRssAnon:\t   10000 kB\nRssFile:\t    9000 kB\nRssShmem:\t    1000 kB\n";
        assert_eq!(own_bytes(status), 11_000 * 1024);
        assert_eq!(own_bytes(""), 0);
    }

    #[test]
    fn a_process_counts_together_with_its_children() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        assert!(children(std::process::id()).contains(&child.id()));
        assert!(private_bytes(std::process::id()) > private_bytes(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(private_bytes(child.id()), 0);
    }
}
