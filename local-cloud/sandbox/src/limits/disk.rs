//! The disk limit: the sizes of directories are sampled.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The least time between two walks. A walk that takes long is repeated less often.
const PAUSE: Duration = Duration::from_secs(1);

/// The part of the time that goes into walking is at most one in this many.
const REST: u32 = 20;

/// Bytes in a block of `st_blocks`, whatever the file system's own blocks are.
const BLOCK_BYTES: u64 = 512;

/// Returns when the directories hold more than the limit; never, when there is none.
pub(crate) async fn exceeded(directories: Vec<PathBuf>, limit_bytes: Option<u64>) -> u64 {
    let Some(limit_bytes) = limit_bytes.filter(|_| !directories.is_empty()) else {
        return std::future::pending().await;
    };
    let mut pause = PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        let (started, walked) = (Instant::now(), directories.clone());
        let walk = move || walked.iter().map(|directory| allocated_bytes(directory)).sum::<u64>();
        // A walk fails only when the runtime is going down.
        let Ok(bytes) = tokio::task::spawn_blocking(walk).await else {
            return std::future::pending().await;
        };
        if bytes > limit_bytes {
            return limit_bytes;
        }
        pause = PAUSE.max(started.elapsed() * REST);
    }
}

/// What the files of a tree take on the disk. Links are not followed.
fn allocated_bytes(directory: &Path) -> u64 {
    let (mut sum, mut open) = (0, vec![directory.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.path().symlink_metadata() else { continue };
            sum += metadata.blocks() * BLOCK_BYTES;
            if metadata.is_dir() {
                open.push(entry.path());
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_count_in_every_directory_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        std::os::unix::fs::symlink("/usr", dir.path().join("link")).unwrap();
        let before = allocated_bytes(dir.path());
        fs::write(dir.path().join("a/file"), vec![1; 1 << 20]).unwrap();
        let written = allocated_bytes(dir.path()) - before;
        assert!((1 << 20..2 << 20).contains(&written), "{written}");
        assert_eq!(exceeded(vec![dir.path().to_owned()], Some(1 << 19)).await, 1 << 19);
    }
}
