//! Fetches a revision of a git repository with the program `git`.
//!
//! First, the HTTPS client for archives probes the repository: its response distinguishes a
//! redirect, an unreachable host and a missing repository, which git reports only as text. Then git
//! fetches the revision into a temporary folder. The files of the directory are measured before any
//! is written, then written without their history, and packed as the command line packs a
//! directory.

mod program;

use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_messages::GitRevision;
use reqwest::header::CONTENT_TYPE;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::ChildStdout;

use self::program::Git;
use super::guard::Admitted;
use super::https;
use crate::FetchError;
use longshore_source_archive::Limits;

/// Maximum time for all git commands of one source.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The content type of a smart HTTP server's response. <https://git-scm.com/docs/http-protocol>
const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";

/// A checked-out revision.
pub(super) struct CheckedOut {
    /// The folder with the function's files.
    pub(super) root: PathBuf,
    /// The commit of the revision.
    pub(super) commit: String,
}

/// Writes the files of a revision's directory below `folder`, which must be empty.
///
/// # Errors
/// [`FetchError::Git`] and [`FetchError::GitTime`] cover causes that git does not distinguish, and
/// may be transient.
pub(super) async fn check_out(
    wanted: &GitRevision,
    admitted: &Admitted,
    authorities: &Path,
    folder: &Path,
    limits: &Limits,
) -> Result<CheckedOut, FetchError> {
    let git = Git::new(
        folder,
        admitted,
        authorities,
        limits.compressed_bytes.max(limits.uncompressed_bytes),
    );
    git.check_version().await?;
    probe(wanted, admitted, authorities).await?;
    let work = async {
        git.run("init", &["init", "--quiet", "--bare", "--template="]).await?;
        let commit = fetch(&git, wanted).await?;
        let tree = tree(&git, &commit, &wanted.directory).await?;
        let measure = async |listing: ChildStdout| measure(BufReader::new(listing), limits).await;
        git.read("ls-tree", &["ls-tree", "-r", "-l", "-z", "--full-tree", &tree], measure).await?;
        tokio::fs::create_dir(git.work_tree()).await.map_err(FetchError::Machine)?;
        git.run("read-tree", &["read-tree", &tree]).await?;
        let work_tree = format!("--work-tree={}", git.work_tree().display());
        git.run("checkout-index", &[&work_tree, "checkout-index", "--all", "--quiet"]).await?;
        Ok(CheckedOut { root: git.work_tree(), commit })
    };
    tokio::time::timeout(TIMEOUT, work).await.unwrap_or(Err(FetchError::GitTime(TIMEOUT.as_secs())))
}

/// Probes the repository over HTTPS.
async fn probe(
    wanted: &GitRevision,
    admitted: &Admitted,
    authorities: &Path,
) -> Result<(), FetchError> {
    let client = https::client(admitted, authorities).await?;
    let answer = https::get(&client, &wanted.url, "/info/refs?service=git-upload-pack").await?;
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind == Some(ADVERTISEMENT) {
        Ok(())
    } else {
        Err(FetchError::NotARepository { host: wanted.url.host().to_owned() })
    }
}

/// Fetches the revision without its history, and returns its commit.
async fn fetch(git: &Git, wanted: &GitRevision) -> Result<String, FetchError> {
    let url = wanted.url.to_string();
    let revision = wanted.revision.as_str();
    let no_revision = || FetchError::NoRevision { revision: revision.to_owned() };
    let options = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"];
    let fetched =
        git.run("fetch", &[&options[..], &["--depth=1", "--", &url, revision]].concat()).await;
    let found = match fetched {
        Ok(_) => "FETCH_HEAD",
        // The server serves only the refs that it lists: fetch them all, and look for the commit
        // among them.
        Err(FetchError::Git { says, .. }) if says.contains("unadvertised object") => {
            git.run(
                "fetch",
                &[
                    &options[..],
                    &["--", &url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"],
                ]
                .concat(),
            )
            .await?;
            revision
        }
        Err(FetchError::Git { says, .. })
            if says.contains("couldn't find remote ref") || says.contains("not our ref") =>
        {
            return Err(no_revision());
        }
        Err(error) => return Err(error),
    };
    let commit = git
        .run("rev-parse", &["rev-parse", "--verify", "--quiet", &format!("{found}^{{commit}}")])
        .await;
    commit.map_err(
        |error| if matches!(error, FetchError::Git { .. }) { no_revision() } else { error },
    )
}

/// The id of the directory in the commit. Symbolic links are not followed, because they could lead
/// out of the repository.
async fn tree(git: &Git, commit: &str, directory: &str) -> Result<String, FetchError> {
    let path = if directory.is_empty() {
        format!("{commit}^{{tree}}")
    } else {
        format!("{commit}:{directory}")
    };
    let no_directory = || FetchError::NoDirectory { directory: directory.to_owned() };
    let missing =
        |error| if matches!(error, FetchError::Git { .. }) { no_directory() } else { error };
    let id = git
        .run("rev-parse", &["rev-parse", "--verify", "--quiet", &path])
        .await
        .map_err(missing)?;
    match git.run("cat-file", &["cat-file", "-t", &id]).await?.as_str() {
        "tree" => Ok(id),
        _ => Err(no_directory()),
    }
}

/// Checks the listing of a tree against the limits, before any file is written.
///
/// # Errors
/// [`FetchError::Submodule`], [`FetchError::TooLarge`], [`FetchError::TooMany`] and
/// [`FetchError::PathTooLong`] are permanent for a commit.
async fn measure(
    mut listing: impl AsyncBufRead + Unpin,
    limits: &Limits,
) -> Result<(), FetchError> {
    /// Mode, type, id and size come before the path.
    const BEFORE_PATH_BYTES: u64 = 256;
    let line_bytes = limits.path_bytes as u64 + BEFORE_PATH_BYTES;
    let (mut entries, mut bytes) = (0_usize, 0_u64);
    loop {
        let mut line = Vec::new();
        let read = (&mut listing)
            .take(line_bytes)
            .read_until(0, &mut line)
            .await
            .map_err(FetchError::Machine)?;
        if read == 0 {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line);
        let (attributes, name) = line.split_once('\t').unwrap_or((&line, ""));
        let mut attributes = attributes.split_ascii_whitespace().skip(1);
        if attributes.next() == Some("commit") {
            return Err(FetchError::Submodule { name: name.trim_end_matches('\0').to_owned() });
        }
        if !line.ends_with('\0') {
            return Err(FetchError::PathTooLong { limit: limits.path_bytes });
        }
        entries += 1;
        let size = attributes.nth(1).and_then(|size| size.parse().ok()).unwrap_or(0);
        bytes = bytes.saturating_add(size);
        if entries > limits.entries {
            return Err(FetchError::TooMany { limit: limits.entries });
        }
        if bytes > limits.uncompressed_bytes {
            return Err(FetchError::TooLarge { limit: limits.uncompressed_bytes });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, size: &str, name: &str) -> String {
        format!("100644 {kind} 8baef1b4abc478178b004d62031cf7fe6db6f903 {size:>7}\t{name}\0")
    }

    async fn refusal(lines: &[String], limits: Limits) -> Option<String> {
        measure(lines.concat().as_bytes(), &limits).await.err().map(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_tree_is_measured_before_it_is_written() {
        let files = [line("blob", "10", "a b/ü.py"), line("blob", "5", "c")];
        let limits = Limits::default;
        assert_eq!(
            refusal(&files, Limits { entries: 2, uncompressed_bytes: 15, ..limits() }).await,
            None
        );
        assert_eq!(
            refusal(&files, Limits { entries: 1, ..limits() }).await.unwrap(),
            "the source has more than 1 entries"
        );
        assert_eq!(
            refusal(&files, Limits { uncompressed_bytes: 14, ..limits() }).await.unwrap(),
            "the source is larger than 14 bytes"
        );
        let submodule = [line("commit", "-", "vendor/lib")];
        assert!(
            refusal(&submodule, limits()).await.unwrap().contains("\"vendor/lib\" is a submodule")
        );
        let long = [line("blob", "1", &"x".repeat(2000))];
        assert!(refusal(&long, limits()).await.unwrap().contains("longer than 1024 bytes"));
    }
}
