//! `longshore cloud`: the local cloud alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use longshore_local_cloud::{Endpoints, LocalCloud, Options};
use longshore_runner::settings::LogLevel;
use longshore_runner::telemetry::{self, LogFormat};

use crate::data_dir::DataDir;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};
use crate::stop;

const HELP: &str = "\
Examples:
  longshore cloud --print-env > env.sh &   then `. ./env.sh` before what uses it
  longshore cloud --ephemeral              keep nothing";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct CloudArgs {
    /// Keep no state: use a temporary directory
    #[arg(long)]
    pub(crate) ephemeral: bool,
    /// Print `export` lines for the programs that are to use it, once it listens
    #[arg(long)]
    pub(crate) print_env: bool,
    /// Refuse to run functions where no sandbox can be had
    #[arg(long)]
    pub(crate) require_isolation: bool,
    /// Stop when standard input ends
    #[arg(long, hide = true)]
    pub(crate) stop_with_stdin: bool,
}

/// Project of the local cloud.
pub(crate) const PROJECT: &str = "local-project";

/// Number of that project.
const PROJECT_NUMBER: u64 = 123_456_789_012;

/// Region of the local cloud.
pub(crate) const REGION: &str = "europe-west1";

pub(crate) async fn run(
    args: CloudArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    if args.stop_with_stdin {
        stop::terminate_with_stdin();
    }
    let level = LogLevel::Info.into();
    let _telemetry = telemetry::init("local-cloud", LogFormat::Human, level, None).ok();
    let ephemeral = args.ephemeral.then(tempfile::tempdir).transpose();
    let ephemeral = ephemeral
        .map_err(|source| CliError::Start { what: "a temporary directory".to_owned(), source })?;
    let named = ephemeral.as_ref().map(|folder| folder.path().to_owned()).or(data_dir);
    let data_dir = DataDir::named_or_default(named);
    // Under `up` the lock is held by `up` itself.
    let _lock = if args.stop_with_stdin { None } else { Some(data_dir.lock()?) };
    let cloud = LocalCloud::start(options(&data_dir.cloud(), args.require_isolation)?)
        .await
        .map_err(CliError::Cloud)?;
    announce(&args, output, cloud.endpoints())?;
    stop::asked().await;
    cloud.stop().await;
    Ok(exit::OK)
}

fn options(data_dir: &Path, require_isolation: bool) -> Result<Options, CliError> {
    let program = std::env::current_exe()
        .map_err(|source| CliError::Start { what: "the guard".to_owned(), source })?;
    Ok(Options {
        data_dir: data_dir.to_owned(),
        project: PROJECT.to_owned(),
        project_number: PROJECT_NUMBER,
        region: REGION.to_owned(),
        guard: Some(program),
        require_isolation,
    })
}

/// Says where everything is, once it listens: `export` lines for a shell, or one JSON document for
/// a program.
fn announce(args: &CloudArgs, output: Output, endpoints: Endpoints) -> Result<(), CliError> {
    let environment = environment(endpoints);
    if output == Output::Json || args.print_env {
        return output::result(output, &environment, exports);
    }
    output::say("the local cloud listens; `--print-env` prints what programs need to use it");
    for (name, value) in &environment {
        output::say(&format!("  {name}={value}"));
    }
    Ok(())
}

fn exports(environment: &BTreeMap<String, String>) -> String {
    environment.iter().map(|(name, value)| format!("export {name}={value}\n")).collect()
}

/// The variables that point the fleet, and programs with Google's emulator conventions, at a local
/// cloud.
fn environment(endpoints: Endpoints) -> BTreeMap<String, String> {
    let url = |address: std::net::SocketAddr| format!("http://{address}");
    [
        ("LONGSHORE_PROJECT", PROJECT.to_owned()),
        ("LONGSHORE_REGION", REGION.to_owned()),
        ("PUBSUB_EMULATOR_HOST", endpoints.pubsub.to_string()),
        ("STORAGE_EMULATOR_HOST", url(endpoints.storage)),
        ("LONGSHORE_RUN_ENDPOINT", url(endpoints.run)),
        ("LONGSHORE_BUILD_ENDPOINT", url(endpoints.build)),
        ("LONGSHORE_ARTIFACT_REGISTRY_ENDPOINT", url(endpoints.artifact_registry)),
        ("LONGSHORE_REGISTRY_ENDPOINT", url(endpoints.registry)),
        ("LONGSHORE_LOGGING_ENDPOINT", url(endpoints.logging)),
        ("LONGSHORE_SECRETS_ENDPOINT", url(endpoints.secrets)),
        ("LONGSHORE_IDENTITY_ENDPOINT", url(endpoints.identity)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
