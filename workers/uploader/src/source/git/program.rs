//! The program `git`, restricted to one host and one folder.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStdout, Command};

use crate::FetchError;
use crate::source::guard::Admitted;

/// Starts git under limits of the operating system, because git itself does not limit what it
/// fetches. The first argument is the maximum file size in blocks of 512 bytes. The address space
/// is limited to 1 GiB if the system supports that.
const LIMITED: &str =
    r#"ulimit -f "$1" || exit 1; ulimit -v 1048576 2>/dev/null; shift; exec git "$@""#;

const BLOCK_BYTES: u64 = 512;

/// The first version with `http.curloptResolve`. Older ones ignore it and would resolve the host
/// again.
const OLDEST: (u32, u32) = (2, 37);

/// How many bytes of the end of git's standard error are kept.
const SAID_BYTES: usize = 600;

/// Settings of every command. The configuration of the machine and of the user is not read.
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
    // Larger files go from the pack to the disk without being buffered in memory.
    "core.bigFileThreshold=1m",
    "core.autocrlf=false",
    // The pack stays one file, which the file size limit bounds.
    "fetch.unpackLimit=1",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "pack.threads=1",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// The whole environment, except `PATH` and the variables that name folders.
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

/// git with one repository and one work tree in a private folder.
pub(super) struct Git {
    folder: PathBuf,
    settings: Vec<OsString>,
    file_limit_bytes: u64,
}

impl Git {
    /// `authorities` is as for [`client`](crate::source::https::client). No file that git writes is
    /// larger than `file_limit_bytes`.
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
            // git would also trust the system's folder of certificates; this folder has none.
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

    /// Checks that git is new enough to obey the settings.
    pub(super) async fn check_version(&self) -> Result<(), FetchError> {
        let said = match self.run("version", &["version"]).await {
            Ok(said) => said,
            Err(FetchError::Git { says, .. }) => return Err(FetchError::NoGit(says)),
            Err(error) => return Err(error),
        };
        match version(&said) {
            Some(found) if found >= OLDEST => Ok(()),
            _ => Err(FetchError::NoGit(format!(
                "found {said}, but {}.{} or newer is required",
                OLDEST.0, OLDEST.1
            ))),
        }
    }

    /// Runs a command with little output, and returns that output.
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

    /// Runs a command while `read` consumes its output. All processes that it started are killed if
    /// this future is dropped or `read` fails.
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

/// The setting that keeps git from resolving the host itself.
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

/// Whether a pack has reached the limit: git itself only reports an invalid pack.
fn has_file_of(limit_bytes: u64, packs: &Path) -> bool {
    let sizes =
        std::fs::read_dir(packs).into_iter().flatten().flatten().flat_map(|entry| entry.metadata());
    sizes
        .map(|file| file.len())
        .max()
        .is_some_and(|largest| largest / BLOCK_BYTES >= limit_bytes / BLOCK_BYTES)
}

/// Major and minor version from `git version 2.39.5 (something)`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said
        .strip_prefix("git version ")?
        .split(['.', ' '])
        .map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// The end of a process's output, as one line without control characters. Reads all of the output,
/// so that the process does not block.
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

/// The process group of a child, killed if this is dropped before the child has ended.
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
            // Fails only if the group has ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_gets_exactly_the_checked_addresses() {
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
    fn a_pack_that_reaches_the_limit_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_file_of(1024, &folder.path().join("missing")));
        let pack = std::fs::File::create(folder.path().join("tmp_pack_x")).unwrap();
        pack.set_len(1023).unwrap();
        assert!(!has_file_of(1024, folder.path()));
        pack.set_len(1024).unwrap();
        assert!(has_file_of(1024, folder.path()) && has_file_of(1300, folder.path()));
    }

    /// Whether a process runs; a zombie does not.
    fn is_running(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    }

    #[tokio::test]
    async fn processes_of_git_end_when_the_future_is_dropped() {
        if !Path::new("/proc/self/stat").exists()
            || std::process::Command::new("git").arg("version").output().is_err()
        {
            println!("skipped: needs git and /proc");
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
        assert!(is_running(&pid), "{pid}");
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        let ended = async {
            while is_running(&pid) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), ended)
            .await
            .expect("it is still running");
    }

    #[tokio::test]
    async fn the_end_of_the_output_of_git_is_kept_without_control_characters() {
        let said = format!("{}\nremote: \u{1b}[31mred\r\nfatal: no\n", "x".repeat(5000));
        let end = end_of(said.as_bytes()).await;
        assert!(end.ends_with("; remote:; [31mred; fatal: no"), "{end}");
        assert!(end.len() <= SAID_BYTES);
    }
}
