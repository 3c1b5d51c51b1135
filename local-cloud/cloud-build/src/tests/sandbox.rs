//! What the code of a source can do while it is built: as the user who runs the tests, with the
//! sandbox of this machine. Where there is none, these tests only say so.

use std::path::{Path, PathBuf};

use longshore_local_sandbox::{Launcher, testing};

use super::fakes::Cloud;
use super::sources::{MAIN, OFFLINE, archive, wheel, zip_of};
use crate::Service;
use crate::core::{Record, Status};

const TARGET: (&str, &str) = ("GOOGLE_FUNCTION_TARGET", "hello");

/// Stands in for the credentials of the user.
const CANARY: &str = "CANARY-6f1c";

/// Not a test: the guard's process.
#[test]
#[ignore = "is started by other tests"]
fn stands_in_for_the_guard() {
    testing::serve_as_guard();
}

fn launcher() -> Launcher {
    let guard = testing::stand_in("tests::sandbox::stands_in_for_the_guard");
    Launcher::probe(guard, &std::env::var_os("PATH").unwrap_or_default())
}

/// `None`, and a word about it, if this machine has no sandbox.
pub(super) fn sandbox() -> Option<Launcher> {
    let launcher = launcher();
    if let Some(reason) = launcher.missing_sandbox() {
        println!("skipped: {reason}");
        return None;
    }
    Some(launcher)
}

/// A directory that the sandbox does not show, unlike one below `/tmp`.
fn outside() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("longshore-test-").tempdir_in("/var/tmp").unwrap()
}

/// Python that tries everything, and reports what it got on its last line.
fn attack(outside: &Path, cache: &Path, daemon: &str) -> String {
    let (outside, cache) = (outside.display(), cache.display());
    format!(
        r#"
import glob, os, subprocess, sys
got = []
def attempt(name, action):
    try:
        if action():
            got.append(name)
    except Exception:
        pass
def environ_of_others():
    for file in glob.glob('/proc/[0-9]*/environ'):
        try:
            text = open(file, 'rb').read()
        except OSError:
            continue
        if b'LONGSHORE_STANDS_IN' in text or b'CARGO_MANIFEST_DIR' in text:
            return True
def write(path):
    open(path, 'w').write('{CANARY}')
    return True
attempt('canary', lambda: '{CANARY}' in open('{outside}/canary').read())
attempt('home', lambda: os.listdir(os.path.expanduser('~{user}/.cargo')) or True)
attempt('environ', environ_of_others)
attempt('outside-write', lambda: write('{outside}/written'))
attempt('cache-list', lambda: os.listdir('{cache}/layers') or True)
attempt('cache-write', lambda: write('{cache}/layers/poison.tar.gz'))
attempt('other-functions', lambda: len(os.listdir('{cache}/functions')) > 1)
attempt('inputs-write', lambda: write(glob.glob('{cache}/../build/work/*/inputs')[0] + '/poison'))
attempt('usr-write', lambda: write('/usr/poison'))
attempt('capabilities', lambda: 'CapEff:\t0000000000000000' not in open('/proc/self/status').read())
attempt('shadow', lambda: open('/etc/shadow').read())
subprocess.Popen(['setsid', 'sh', '-c', 'trap "" TERM HUP; exec sleep {daemon}'],
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print('ATTACK GOT', got, flush=True)
sys.stderr.write('ATTACK GOT ' + repr(got) + '\n')
"#,
        user = "root",
    )
}

/// A daemon is recognized in the list of processes by how long it sleeps.
fn is_alive(daemon: &str) -> bool {
    let lines = std::fs::read_dir("/proc").unwrap().flatten();
    lines
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| line == format!("sleep\0{daemon}\0").into_bytes())
}

/// A requirements file that runs `setup.py` without any network, where this Python has setuptools
/// for it, or a stand-in for them.
const WITH_SETUP: (&str, &str) =
    ("requirements.txt", "--no-index\n--find-links wheels\nfunctions-framework\n./package\n");

/// A build backend in the source, which pip calls as it calls setuptools.
const PYPROJECT: (&str, &str) = (
    "package/pyproject.toml",
    "[build-system]\nrequires = []\nbuild-backend = \"setup\"\nbackend-path = [\".\"]\n",
);

fn backend(attack: &str) -> String {
    format!("{attack}\nraise SystemExit('the end of the attack')\n")
}

async fn build(cloud: &mut Cloud, source: &Path, environment: &[(&str, &str)]) -> (Record, String) {
    let record = cloud.submit(source, environment);
    let record = cloud.ended(&record.id).await;
    let log = cloud.log_of(&record.id);
    (record, log)
}

#[tokio::test]
async fn a_setup_py_gets_nothing_of_this_machine() {
    let Some(launcher) = sandbox() else { return };
    let (dir, outside) = (outside(), outside());
    std::fs::write(outside.path().join("canary"), CANARY).unwrap();
    let mut cloud = Cloud::open_with(dir.path(), Some(launcher)).await;
    let backend = backend(&attack(outside.path(), &dir.path().join("cache"), "86391"));
    let files = [MAIN, WITH_SETUP, PYPROJECT, ("package/setup.py", backend.as_str())];
    let source = archive(dir.path(), "source.zip", &files);
    let (record, log) = build(&mut cloud, &source, &[TARGET]).await;
    assert_eq!(record.status, Status::Failure, "{log}");
    assert!(log.contains("ATTACK GOT []"), "{log}");
    assert!(!is_alive("86391"), "a daemon outlived the build");
    assert!(!outside.path().join("written").exists());
    assert!(!log.contains("without a sandbox"), "{log}");
}

#[tokio::test]
async fn the_same_setup_py_gets_much_without_a_sandbox() {
    let (dir, outside) = (outside(), outside());
    std::fs::write(outside.path().join("canary"), CANARY).unwrap();
    let guard = testing::stand_in("tests::sandbox::stands_in_for_the_guard");
    let launcher = Launcher::without_sandbox(guard, "this test shows why there is one");
    let mut cloud = Cloud::open_with(dir.path(), Some(launcher)).await;
    let attack = attack(outside.path(), &dir.path().join("cache"), "86394");
    // Not to harm the machine that runs the test.
    let backend = backend(&attack.replace("'/usr/poison'", "'/no/such/directory/poison'"));
    let files = [MAIN, WITH_SETUP, PYPROJECT, ("package/setup.py", backend.as_str())];
    let source = archive(dir.path(), "source.zip", &files);
    let (_, log) = build(&mut cloud, &source, &[TARGET]).await;
    for got in ["canary", "environ", "outside-write", "cache-list", "cache-write"] {
        assert!(log.contains(&format!("'{got}'")), "{got}: {log}");
    }
    // The guard ends what the build has started, even so.
    assert!(!is_alive("86394"), "a daemon outlived the build");
}

#[tokio::test]
async fn a_build_in_the_sandbox_makes_the_same_image() {
    let Some(launcher) = sandbox() else { return };
    let dir = outside();
    let source = archive(dir.path(), "source.zip", &[MAIN, OFFLINE]);
    let mut digests = Vec::new();
    for (home, launcher) in [("plain", None), ("sandboxed", Some(launcher))] {
        let mut cloud = Cloud::open_with(&dir.path().join(home), launcher).await;
        for _ in 0..2 {
            let (record, log) = build(&mut cloud, &source, &[TARGET]).await;
            assert_eq!(record.status, Status::Success, "{log}");
            assert_eq!(log.contains("WARNING: this build runs without a sandbox"), home == "plain");
            digests.push(record.end.unwrap().image.unwrap().digest);
        }
        cloud.service.stop().await;
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "{digests:?}");
}

#[tokio::test]
async fn npm_scripts_get_nothing_of_this_machine() {
    let Some(launcher) = sandbox() else { return };
    if super::nodejs::missing().is_some() {
        return;
    }
    let (dir, outside) = (outside(), outside());
    std::fs::write(outside.path().join("canary"), CANARY).unwrap();
    let mut cloud = Cloud::open_with(dir.path(), Some(launcher)).await;
    let attack = attack(outside.path(), &dir.path().join("cache"), "86392");
    let manifest = r#"{"scripts": {"postinstall": "python3 attack.txt", "gcp-build": "python3 attack.txt && exit 3"}}"#;
    for vendored in [&[("GOOGLE_VENDOR_NPM_DEPENDENCIES", "true"), TARGET][..], &[TARGET]] {
        let files = [
            ("index.js", "exports.hello = (request, response) => response.send('PASS');\n"),
            ("package.json", manifest),
            ("attack.txt", attack.as_str()),
        ];
        let source = archive(dir.path(), "source.zip", &files);
        let (record, log) = build(&mut cloud, &source, vendored).await;
        assert_eq!(record.status, Status::Failure, "{log}");
        assert!(log.contains("ATTACK GOT []"), "{log}");
        assert!(!log.contains("ATTACK GOT ['"), "{log}");
        assert!(!is_alive("86392"), "a daemon outlived the build");
    }
}

#[tokio::test]
async fn a_link_that_a_step_leaves_is_not_followed_outside_of_the_sandbox() {
    let Some(launcher) = sandbox() else { return };
    if super::nodejs::missing().is_some() {
        return;
    }
    let (dir, outside) = (outside(), outside());
    std::fs::write(outside.path().join(".cache"), CANARY).unwrap();
    let mut cloud = Cloud::open_with(dir.path(), Some(launcher)).await;
    let script =
        format!("rm -rf node_modules && ln -s {} node_modules && exit 0", outside.path().display());
    let manifest = serde_json::json!({"scripts": {"gcp-build": script}}).to_string();
    let files = [
        ("index.js", "exports.hello = (request, response) => response.send('PASS');\n"),
        ("package.json", manifest.as_str()),
    ];
    let source = archive(dir.path(), "source.zip", &files);
    let (record, log) = build(&mut cloud, &source, &[TARGET]).await;
    assert_eq!(record.status, Status::Failure, "{log}");
    assert!(log.contains("is, or leads through, a link"), "{log}");
    assert!(outside.path().join(".cache").exists(), "a file outside of the build was removed");
}

/// Leaves as many directories in each other as are asked for, in each directory.
const NEST: &str = "
import os, sys
for place, levels in zip(sys.argv[1::2], sys.argv[2::2]):
    os.chdir(place)
    for _ in range(int(levels)):
        os.mkdir('d')
        os.chdir('d')
";

#[tokio::test]
async fn directories_in_each_other_end_the_build_and_nothing_else() {
    let Some(launcher) = sandbox() else { return };
    if super::nodejs::missing().is_some() {
        return;
    }
    let dir = outside();
    let mut cloud = Cloud::open_with(dir.path(), Some(launcher)).await;
    // More than any stack and any number of open files, where they are only removed.
    for (script, status) in [
        ("python3 nest.txt /tmp 25000", Status::Success),
        ("python3 nest.txt \"$PWD\" 1500", Status::Failure),
        ("python3 nest.txt \"$PWD\" 25000", Status::Failure),
        ("true", Status::Success),
    ] {
        let manifest = serde_json::json!({"scripts": {"gcp-build": script}}).to_string();
        let files = [
            ("index.js", "exports.hello = (request, response) => response.send('PASS');\n"),
            ("package.json", manifest.as_str()),
            ("nest.txt", NEST),
        ];
        let source = archive(dir.path(), "source.zip", &files);
        let (record, log) = build(&mut cloud, &source, &[TARGET]).await;
        assert_eq!(record.status, status, "{script}: {log}");
        if status == Status::Failure {
            assert!(log.contains("more than 200 directories in each other"), "{script}: {log}");
        }
    }
}

#[tokio::test]
async fn packages_that_one_source_installs_are_not_used_for_another_function() {
    let dir = outside();
    let mut cloud = Cloud::open(dir.path()).await;
    let source = archive(dir.path(), "source.zip", &[MAIN, OFFLINE]);
    let (record, log) = build(&mut cloud, &source, &[TARGET]).await;
    assert_eq!(record.status, Status::Success, "{log}");
    let main = format!("{}# Of another source.\n", MAIN.1);
    let source = archive(dir.path(), "another.zip", &[(MAIN.0, &main), OFFLINE]);
    let record = cloud.submit_as("another", &source, &[TARGET], &[]);
    let record = cloud.ended(&record.id).await;
    let log = cloud.log_of(&record.id);
    assert_eq!(record.status, Status::Success, "{log}");
    assert!(log.contains("Installing application dependencies."), "{log}");
    let functions = std::fs::read_dir(dir.path().join("cache/functions")).unwrap().count();
    assert_eq!(functions, 2);
}

#[tokio::test]
async fn a_poisoned_cache_file_is_not_used() {
    let dir = outside();
    let mut cloud = Cloud::open(dir.path()).await;
    let source = archive(dir.path(), "source.zip", &[MAIN, OFFLINE]);
    let (first, log) = build(&mut cloud, &source, &[TARGET]).await;
    assert_eq!(first.status, Status::Success, "{log}");
    let layers: Vec<PathBuf> = std::fs::read_dir(dir.path().join("cache/layers"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".tar.gz"))
        .collect();
    assert!(!layers.is_empty());
    for layer in layers {
        // Of the same size, as the size was once all that was compared.
        let poison = vec![b'x'; std::fs::read(&layer).unwrap().len()];
        std::fs::write(&layer, poison).unwrap();
    }
    let (second, log) = build(&mut cloud, &source, &[TARGET]).await;
    assert_eq!(second.status, Status::Success, "{log}");
    assert!(log.contains("Installing application dependencies."), "{log}");
    let digest = |record: Record| record.end.unwrap().image.unwrap().digest;
    assert_eq!(digest(first), digest(second));
}

#[tokio::test]
async fn without_a_sandbox_a_build_says_so_or_is_refused() {
    let dir = outside();
    let guard = testing::stand_in("tests::sandbox::stands_in_for_the_guard");
    let launcher = Launcher::without_sandbox(guard, "bubblewrap is not installed");
    let mut cloud = Cloud::open_with(dir.path(), Some(launcher)).await;
    let source = archive(dir.path(), "source.zip", &[MAIN, OFFLINE]);
    let (record, log) = build(&mut cloud, &source, &[TARGET]).await;
    assert_eq!(record.status, Status::Success, "{log}");
    let warning = "WARNING: this build runs without a sandbox, as processes of the user who runs the \
                   local cloud: bubblewrap is not installed\n";
    assert!(log.contains(warning), "{log}");
    cloud.service.stop().await;
    cloud.deps.require_isolation = true;
    let error = Service::open(&cloud.dir, cloud.deps.clone()).err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
    assert!(error.to_string().contains("bubblewrap is not installed"), "{error}");
}

#[tokio::test]
async fn a_dropped_run_lets_the_guard_kill_the_program() {
    let dir = outside();
    let guard = testing::stand_in("tests::sandbox::stands_in_for_the_guard");
    let plain = Launcher::without_sandbox(guard, "this test does without");
    for launcher in sandbox().into_iter().chain([plain]) {
        let cloud = Cloud::open_with(&dir.path().join("cloud"), Some(launcher)).await;
        let script = "import subprocess\nsubprocess.Popen(['setsid', 'sleep', '86393'])\n\
                      print('daemon', flush=True)\nsubprocess.run(['sleep', '86393'])\n";
        let wheel = wheel("");
        let files: [(&str, &[u8]); 5] = [
            ("main.py", MAIN.1.as_bytes()),
            ("requirements.txt", WITH_SETUP.1.as_bytes()),
            (PYPROJECT.0, PYPROJECT.1.as_bytes()),
            ("package/setup.py", script.as_bytes()),
            ("wheels/functions_framework-3.0.0-py3-none-any.whl", &wheel),
        ];
        let source = dir.path().join("source.zip");
        std::fs::write(&source, zip_of(&files)).unwrap();
        let record = cloud.submit(&source, &[TARGET]);
        until(|| is_alive("86393")).await;
        cloud.service.cancel(&record.id).unwrap();
        until(|| !is_alive("86393")).await;
        cloud.service.stop().await;
    }
}

/// Starts a daemon that holds the output of the script, which pip reads to its end.
const LEAVES_A_DAEMON: &str = r#"
import subprocess
subprocess.Popen(['setsid', 'sleep', '86395'], stdin=subprocess.DEVNULL)
raise SystemExit('the script ends')
"#;

#[tokio::test]
async fn a_daemon_that_holds_the_output_of_a_script_does_not_hold_up_the_build() {
    let guard = testing::stand_in("tests::sandbox::stands_in_for_the_guard");
    let plain = Launcher::without_sandbox(guard, "this test does without");
    let mut builds = tokio::task::JoinSet::new();
    for launcher in sandbox().into_iter().chain([plain]) {
        builds.spawn(async move {
            let dir = outside();
            let mut cloud = Cloud::open_with(dir.path(), Some(launcher)).await;
            let files = [MAIN, WITH_SETUP, PYPROJECT, ("package/setup.py", LEAVES_A_DAEMON)];
            let source = archive(dir.path(), "source.zip", &files);
            build(&mut cloud, &source, &[TARGET]).await
        });
    }
    for (record, log) in builds.join_all().await {
        assert_eq!(record.status, Status::Failure, "{log}");
        assert!(log.contains("killed the process 'sleep'"), "{log}");
        assert!(log.contains("the script ends"), "{log}");
    }
    assert!(!is_alive("86395"), "a daemon outlived the build");
}

async fn until(holds: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !holds() {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
