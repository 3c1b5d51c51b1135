//! The local cloud, called by Google's client libraries for other languages. The scripts are in
//! `tests/clients`.
//!
//! The libraries are installed once, into a folder below Cargo's target directory that all these
//! tests share. If they cannot be installed, or the language is missing, a test prints that it is
//! skipped, and why.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]
#![expect(clippy::print_stdout, reason = "prints skipped tests and the output of scripts")]

mod admin;
mod build;
mod documented;
mod emulator;
mod eventarc;
mod fixtures;
mod functions;
mod inside;
mod install;
mod kms;
mod logging;
mod pubsub;
mod registry;
mod run;
mod scheduling;
mod secrets;
mod storage;

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use longshore_local_cloud::quotas::{Pace, QuotaSettings};
use longshore_local_cloud::{LocalCloud, Options, Reserved};
use tokio::process::Command;

pub(crate) use self::fixtures::{create_repository_under, push_image};
pub(crate) use self::install::{node, node_modules, python, scripts};

/// Timeout of a script. Each script should take at most a quarter of it.
const SCRIPT_LIMIT: Duration = Duration::from_secs(600);

/// A complete local cloud with all its state in `dir`.
pub(crate) async fn local_cloud(dir: &Path) -> LocalCloud {
    start(options(dir)).await
}

/// A local cloud with these options.
pub(crate) async fn start(options: Options) -> LocalCloud {
    // Google's clients need one for the process, even for endpoints without TLS. Another test may
    // have installed it.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    LocalCloud::start(options).await.unwrap()
}

/// The options of [`local_cloud`].
pub(crate) fn options(dir: &Path) -> Options {
    Options {
        data_dir: dir.to_owned(),
        build_cache: Some(build_cache()),
        project: "local-project".to_owned(),
        project_number: 42,
        region: "europe-west1".to_owned(),
        guard: env!("CARGO_BIN_EXE_longshore").into(),
        require_isolation: false,
        quotas: QuotaSettings::default(),
        pace: Pace::default(),
        share_network: false,
        reserved: Reserved {
            fleet: "longshore".to_owned(),
            buckets: vec!["local-project-longshore-ledger".to_owned(), "run-sources-".to_owned()],
        },
        allowed_origins: Vec::new(),
    }
}

/// The directory in which all local clouds of tests keep what their builds share.
pub(crate) fn build_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-cache")
}

/// Runs `tests/clients/python/SCRIPT` with the libraries, and panics with its output if it fails.
/// Does nothing if the libraries are missing.
pub(crate) async fn run_python(script: &str, environment: &[(&str, String)]) {
    if let Some(python) = tokio::task::spawn_blocking(python).await.unwrap() {
        run(
            Command::new(python).arg("-u").arg(install::scripts("python").join(script)),
            environment,
        )
        .await;
    }
}

/// Runs `tests/clients/node/SCRIPT` (CommonJS) with the libraries, and panics with its output if it
/// fails. Does nothing if the libraries are missing.
pub(crate) async fn run_node(script: &str, environment: &[(&str, String)]) {
    if let Some(modules) = tokio::task::spawn_blocking(node).await.unwrap() {
        let command = &mut Command::new("node");
        run(
            command.arg(install::scripts("node").join(script)).env("NODE_PATH", modules),
            environment,
        )
        .await;
    }
}

/// Runs `tests/clients/java/PROGRAM`, a program in one file, with the libraries, and panics with
/// its output if it fails. Does nothing if the libraries are missing.
pub(crate) async fn run_java(program: &str, environment: &[(&str, String)]) {
    if let Some(libraries) = tokio::task::spawn_blocking(install::java).await.unwrap() {
        let program = install::scripts("java").join(program);
        run(Command::new("java").arg("-cp").arg(libraries).arg(program), environment).await;
    }
}

async fn run(command: &mut Command, environment: &[(&str, String)]) {
    println!("{}", output(command, environment).await);
}

/// What a program says, which finds the local cloud through this environment. Panics if it fails.
pub(crate) async fn output(command: &mut Command, environment: &[(&str, String)]) -> String {
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    // Calls to this machine bypass its proxy, and the libraries do not check whether it is one of
    // Google's machines.
    command.envs([("NO_PROXY", "127.0.0.1,localhost"), ("no_grpc_proxy", "127.0.0.1,localhost")]);
    command.envs([
        ("METADATA_SERVER_DETECTION", "none"),
        ("NO_GCE_CHECK", "true"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ]);
    // A file, so that the output of a script that hangs can be read.
    let mut said = tempfile::tempfile().unwrap();
    command
        .stdin(Stdio::null())
        .stdout(said.try_clone().unwrap())
        .stderr(said.try_clone().unwrap());
    let mut script = command.kill_on_drop(true).spawn().unwrap();
    let ended = tokio::time::timeout(SCRIPT_LIMIT, script.wait()).await;
    let mut text = String::new();
    said.seek(SeekFrom::Start(0)).unwrap();
    said.read_to_string(&mut text).unwrap();
    match ended {
        Ok(status) => assert!(status.unwrap().success(), "{command:?} failed:\n{text}"),
        Err(_) => panic!("{command:?} hangs:\n{text}"),
    }
    text
}
