//! A revision of a git repository, through the program `git`.
//!
//! The repository is asked over https first, with the client that archives are fetched with: its
//! answer tells a redirect, a host that is away and a repository that is not there from each other,
//! which git only says in words. Then git fetches one revision into a folder of its own; the files
//! of the directory are counted before any is written, written without their history, and packed as
//! the command line packs a directory.

mod program;

use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_messages::GitRevision;
use reqwest::header::CONTENT_TYPE;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::ChildStdout;

use self::program::Git;
use super::guard::Admitted;
use super::{FetchError, https};
use longshore_source_archive::Limits;

/// Time for everything that git does for one source.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// What a server of repositories answers. <https://git-scm.com/docs/http-protocol>
const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";

/// Where the files of a revision are.
pub(super) struct CheckedOut {
    /// The folder of the function's files.
    pub(super) root: PathBuf,
    /// The commit that the revision was.
    pub(super) commit: String,
}

/// Writes the files of a revision's directory below `folder`, which must be empty.
///
/// # Errors
/// [`FetchError`]. What git fails with and cannot be told apart ([`FetchError::Git`],
/// [`FetchError::GitTime`]) may pass.
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
    ask(wanted, admitted, authorities).await?;
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

/// Whether a repository is there that git can fetch from.
async fn ask(
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
        // The server only gives what it lists, so everything that it lists is fetched, and the
        // commit looked for in there.
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

/// The id of the directory in the commit. A link is not followed: it could lead out of the
/// repository.
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

/// Reads the list of a tree's files before any of them is written.
///
/// # Errors
/// [`FetchError::Submodule`], [`FetchError::TooLarge`] and [`FetchError::TooMany`]: they come again
/// for the same commit.
async fn measure(
    mut listing: impl AsyncBufRead + Unpin,
    limits: &Limits,
) -> Result<(), FetchError> {
    /// Mode, type, id and size stand before the path.
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
            "it has more than 1 entries"
        );
        assert_eq!(
            refusal(&files, Limits { uncompressed_bytes: 14, ..limits() }).await.unwrap(),
            "it is larger than 14 bytes"
        );
        let submodule = [line("commit", "-", "vendor/lib")];
        assert!(
            refusal(&submodule, limits()).await.unwrap().contains("\"vendor/lib\" is a submodule")
        );
        let long = [line("blob", "1", &"x".repeat(2000))];
        assert!(refusal(&long, limits()).await.unwrap().contains("longer than 1024 bytes"));
    }
}
