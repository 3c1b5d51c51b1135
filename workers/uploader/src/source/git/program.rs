//! The program `git`, cut off from everything but one host and one folder.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStdout, Command};

use crate::source::FetchError;
use crate::source::guard::Admitted;

/// Starts git under limits that the system enforces, because git has none for what it fetches: the
/// first argument is the largest file in blocks of 512 bytes. Memory is limited to 1 GiB of
/// addresses, where the system has such a limit.
const LIMITED: &str =
    r#"ulimit -f "$1" || exit 1; ulimit -v 1048576 2>/dev/null; shift; exec git "$@""#;

const BLOCK_BYTES: u64 = 512;

/// The first version with `http.curloptResolve`; an older one would ignore it and resolve the host
/// again.
const OLDEST: (u32, u32) = (2, 37);

/// How much of the end of what git says is kept.
const SAID_BYTES: usize = 600;

/// Settings that every call gets. Nothing is read from the machine's or the user's configuration.
const SETTINGS: [&str; 20] = [
    "protocol.allow=never",
    "protocol.https.allow=always",
    "http.followRedirects=false",
    "http.proxy=",
    "http.sslVerify=true",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "transfer.bundleURI=false",
    "credential.helper=",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.fsmonitor=false",
    // Larger files go from the pack to the disk without being held in memory.
    "core.bigFileThreshold=1m",
    "core.autocrlf=false",
    // The pack stays one file, which the limit on files bounds.
    "fetch.unpackLimit=1",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "pack.threads=1",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// The whole environment besides `PATH` and what names folders.
const ENVIRONMENT: [(&str, &str); 10] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ALLOW_PROTOCOL", "https"),
    ("GIT_PROTOCOL_FROM_USER", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("LC_ALL", "C"),
];

/// git with one repository and one work tree in a folder of its own.
pub(super) struct Git {
    folder: PathBuf,
    settings: Vec<OsString>,
    file_limit_bytes: u64,
}

impl Git {
    /// `authorities` is as for [`client`](crate::source::https::client); no file that git writes
    /// gets larger than `file_limit_bytes`.
    pub(super) fn new(
        folder: &Path,
        admitted: &Admitted,
        authorities: &Path,
        file_limit_bytes: u64,
    ) -> Self {
        let mut settings: Vec<OsString> = SETTINGS.iter().map(OsString::from).collect();
        settings.push(pinned(admitted).into());
        if !authorities.as_os_str().is_empty() {
            let mut setting = OsString::from("http.sslCAInfo=");
            setting.push(authorities);
            settings.push(setting);
            // The system's folder of certificates would be looked through as well; this one holds
            // none.
            let mut setting = OsString::from("http.sslCAPath=");
            setting.push(folder);
            settings.push(setting);
        }
        Self { folder: folder.to_owned(), settings, file_limit_bytes }
    }

    fn repository(&self) -> PathBuf {
        self.folder.join("repository")
    }

    /// Where the files of a revision are written.
    pub(super) fn work_tree(&self) -> PathBuf {
        self.folder.join("source")
    }

    /// Makes sure of a git that obeys the settings.
    pub(super) async fn check_version(&self) -> Result<(), FetchError> {
        let said = match self.run("version", &["version"]).await {
            Ok(said) => said,
            Err(FetchError::Git { says, .. }) => return Err(FetchError::NoGit(says)),
            Err(error) => return Err(error),
        };
        match version(&said) {
            Some(found) if found >= OLDEST => Ok(()),
            _ => Err(FetchError::NoGit(format!(
                "{said} is there, and {}.{} or newer is needed",
                OLDEST.0, OLDEST.1
            ))),
        }
    }

    /// Runs a command that says little, and returns what it said.
    pub(super) async fn run(
        &self,
        step: &'static str,
        arguments: &[&str],
    ) -> Result<String, FetchError> {
        const ANSWER_BYTES: u64 = 4096;
        let read = async |stdout: ChildStdout| {
            let mut answer = Vec::new();
            stdout
                .take(ANSWER_BYTES)
                .read_to_end(&mut answer)
                .await
                .map_err(FetchError::Machine)?;
            Ok(String::from_utf8_lossy(&answer).trim_end().to_owned())
        };
        self.read(step, arguments, read).await
    }

    /// Runs a command while `read` takes what it says. Everything that the command started is
    /// killed when this is dropped, or when `read` fails.
    pub(super) async fn read<T>(
        &self,
        step: &'static str,
        arguments: &[&str],
        read: impl AsyncFnOnce(ChildStdout) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let mut child = self.command(arguments).spawn().map_err(FetchError::Machine)?;
        let group = Group::of(&child);
        let broken = || FetchError::Machine(std::io::Error::other("a pipe to git is missing"));
        let (stdout, stderr) =
            (child.stdout.take().ok_or_else(broken)?, child.stderr.take().ok_or_else(broken)?);
        let (answer, says) = tokio::try_join!(read(stdout), async { Ok(end_of(stderr).await) })?;
        let status = child.wait().await.map_err(FetchError::Machine)?;
        group.has_ended();
        if status.success() {
            return Ok(answer);
        }
        if has_file_of(self.file_limit_bytes, &self.repository().join("objects/pack")) {
            return Err(FetchError::TooLarge { limit: self.file_limit_bytes });
        }
        Err(FetchError::Git { step, says })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", LIMITED, "sh"]).arg((self.file_limit_bytes / BLOCK_BYTES).to_string());
        for setting in &self.settings {
            command.arg("-c").arg(setting);
        }
        command
            .args(arguments)
            .env_clear()
            .env(
                "PATH",
                std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()),
            )
            .envs(ENVIRONMENT)
            .env("HOME", &self.folder)
            .env("GIT_DIR", self.repository())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

/// The setting that keeps git from resolving the host.
/// <https://curl.se/libcurl/c/CURLOPT_RESOLVE.html>
fn pinned(admitted: &Admitted) -> String {
    let port = admitted.addresses.first().map_or(443, SocketAddr::port);
    let address = |address: &SocketAddr| match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    let addresses: Vec<String> = admitted.addresses.iter().map(address).collect();
    format!("http.curloptResolve={}:{port}:{}", admitted.host, addresses.join(","))
}

/// Whether a pack has grown to the limit: git itself only says that something is wrong with it.
fn has_file_of(limit_bytes: u64, packs: &Path) -> bool {
    let sizes =
        std::fs::read_dir(packs).into_iter().flatten().flatten().flat_map(|entry| entry.metadata());
    sizes
        .map(|file| file.len())
        .max()
        .is_some_and(|largest| largest / BLOCK_BYTES >= limit_bytes / BLOCK_BYTES)
}

/// Major and minor of `git version 2.39.5 (something)`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said
        .strip_prefix("git version ")?
        .split(['.', ' '])
        .map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// The end of what a process says, as one line without control characters. Reads on to the end, so
/// that the process can say it.
async fn end_of(mut stream: impl AsyncRead + Unpin) -> String {
    let (mut end, mut piece) = (VecDeque::with_capacity(2 * SAID_BYTES), [0; 1024]);
    while let Ok(read @ 1..) = stream.read(&mut piece).await {
        end.extend(&piece[..read]);
        end.drain(..end.len().saturating_sub(SAID_BYTES));
    }
    let end: Vec<u8> = end.into();
    let lines = String::from_utf8_lossy(&end).into_owned();
    let lines: Vec<&str> =
        lines.split(char::is_control).map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ")
}

/// Everything that a child started, killed when this is dropped before the child has ended.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Fails only for a group that has ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_is_told_every_address_that_was_looked_at_and_no_other() {
        let addresses =
            ["8.8.8.8:8443", "[2606:50c0:8000::153]:8443"].map(|address| address.parse().unwrap());
        let admitted =
            Admitted { host: "git.example.com".to_owned(), addresses: addresses.to_vec() };
        assert_eq!(
            pinned(&admitted),
            "http.curloptResolve=git.example.com:8443:8.8.8.8,[2606:50c0:8000::153]"
        );
    }

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        for (said, expected) in [
            ("git version 2.39.5", Some((2, 39))),
            ("git version 2.50.1 (Apple Git-155)", Some((2, 50))),
            ("git version 3.0.rc1", Some((3, 0))),
            ("git version 2", None),
            ("hub version 2.39", None),
        ] {
            assert_eq!(version(said), expected, "{said}");
        }
    }

    #[test]
    fn a_pack_that_has_grown_to_the_limit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_file_of(1024, &folder.path().join("missing")));
        let pack = std::fs::File::create(folder.path().join("tmp_pack_x")).unwrap();
        pack.set_len(1023).unwrap();
        assert!(!has_file_of(1024, folder.path()));
        pack.set_len(1024).unwrap();
        assert!(has_file_of(1024, folder.path()) && has_file_of(1300, folder.path()));
    }

    /// Whether a process still does something; one that waits to be buried does not.
    fn lives(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    }

    #[tokio::test]
    async fn what_git_has_started_ends_with_whoever_waits_for_it() {
        if !Path::new("/proc/self/stat").exists()
            || std::process::Command::new("git").arg("version").output().is_err()
        {
            println!("skipped: there is no git, or no /proc to look for what it starts");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let admitted = Admitted { host: "h".to_owned(), addresses: Vec::new() };
        let git = Git::new(folder.path(), &admitted, Path::new(""), 1 << 20);
        let (told, pid) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn(async move {
            let tell = async |mut stdout: ChildStdout| {
                let mut said = [0; 32];
                let length = stdout.read(&mut said).await.map_err(FetchError::Machine)?;
                told.send(String::from_utf8_lossy(&said[..length]).trim().to_owned()).unwrap();
                std::future::pending::<Result<(), FetchError>>().await
            };
            git.read("hang", &["-c", "alias.hang=!echo $$; exec sleep 1000", "hang"], tell).await
        });
        let pid = pid.await.unwrap();
        assert!(lives(&pid), "{pid}");
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        let ended = async {
            while lives(&pid) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.expect("it lives on");
    }

    #[tokio::test]
    async fn what_git_says_is_kept_from_its_end_and_tamed() {
        let said = format!("{}\nremote: \u{1b}[31mred\r\nfatal: no\n", "x".repeat(5000));
        let end = end_of(said.as_bytes()).await;
        assert!(end.ends_with("; remote:; [31mred; fatal: no"), "{end}");
        assert!(end.len() <= SAID_BYTES);
    }
}
