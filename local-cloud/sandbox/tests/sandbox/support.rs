//! What all tests here need.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use longshore_local_sandbox::{Child, Ended, Guard, Isolation, Launcher, Sandbox, View, testing};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;

pub(crate) const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(crate) fn guard() -> Guard {
    testing::stand_in("stands_in_for_the_guard")
}

/// `None` where this machine has no sandbox; the test's output says why.
pub(crate) fn launcher() -> Option<Launcher> {
    let launcher = Launcher::probe(guard(), OsStr::new(""));
    if let Some(reason) = launcher.missing_sandbox() {
        println!("skipped: {reason}");
        return None;
    }
    Some(launcher)
}

/// The same, for what holds only where the machine's sandbox lacks nothing.
pub(crate) fn complete_launcher() -> Option<Launcher> {
    let launcher = launcher()?;
    if let Isolation::Bubblewrap(bubblewrap) = launcher.isolation()
        && let Some(weakness) = bubblewrap.weakness()
    {
        println!("skipped: {weakness}");
        return None;
    }
    Some(launcher)
}

pub(crate) fn without_sandbox() -> Launcher {
    Launcher::without_sandbox(guard(), "a test")
}

pub(crate) fn shell(script: &str, view: View) -> Sandbox {
    Sandbox::new(["/bin/sh", "-c", script], view).environment(environment(&[]))
}

pub(crate) fn environment(further: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = [("PATH", SYSTEM_PATH)].into_iter().chain(further.iter().copied());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What a command left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) ended: Ended,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn code(&self) -> Option<i32> {
        self.ended.status.code()
    }
}

/// Runs a command until it has ended and everything has closed its output.
pub(crate) async fn run(launcher: &Launcher, sandbox: &Sandbox) -> Done {
    finish(launcher.start(sandbox).await.unwrap()).await
}

pub(crate) async fn finish(mut child: Child) -> Done {
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (ended, read_out, read_err) =
        tokio::join!(child.ended(), stdout.read_to_end(&mut out), stderr.read_to_end(&mut err));
    read_out.unwrap();
    read_err.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Done { ended: ended.unwrap(), stdout: text(out), stderr: text(err) }
}

/// A directory that only this user can enter, as the local cloud's data directory.
pub(crate) fn private_dir() -> (TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let path = dir.path().canonicalize().unwrap();
    (dir, path)
}

/// A directory of the sandbox's user in `parent`.
pub(crate) fn writable(launcher: &Launcher, parent: &Path, name: &str) -> PathBuf {
    let path = parent.join(name);
    std::fs::create_dir(&path).unwrap();
    launcher.hand_over(&path).unwrap();
    path
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether this machine has a program. The test's output says so where it has not.
pub(crate) fn has(program: &str) -> bool {
    let found = Path::new(program).exists();
    if !found {
        println!("skipped: there is no {program}");
    }
    found
}
