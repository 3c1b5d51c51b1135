//! `longshore cloud`: runs only the local cloud.

pub(crate) mod build_cache;
mod firebase;
pub(crate) mod isolation;
pub(crate) mod limits;
mod testing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use longshore_local_cloud::quotas::Pace;
use longshore_local_cloud::{Endpoints, LocalCloud, Options, Reserved};
use longshore_runner::otlp::TelemetrySettings;
use longshore_runner::settings::{LogLevel, Settings};
use longshore_runner::telemetry::{self, LogFormat};

use self::build_cache::BuildCacheArgs;
use self::isolation::IsolationArgs;
use self::limits::LimitArgs;
use self::testing::TestingCommand;
use crate::data_dir::DataDir;
use crate::error::CliError;
use crate::output::{self, Output};
use crate::{exit, stop};

const HELP: &str = "\
Examples:
  longshore cloud --print-env > env.sh &   run `. ./env.sh` before other programs
  longshore cloud --print-env > env.sh     the same beside a running `up` or `cloud`
  longshore cloud --ephemeral              discard all state at the end
  longshore cloud --quotas google          refuse requests beyond Google's quotas
  longshore cloud reset --project test-1   remove the resources of a test
  longshore cloud fault google.pubsub.v1.Publisher.Publish --status UNAVAILABLE

The subcommands are for tests. They call the local cloud at
LONGSHORE_TESTING_ENDPOINT, or else the one that runs with the same data directory.";

#[derive(Debug, Args)]
#[command(after_help = HELP, args_conflicts_with_subcommands = true)]
pub(crate) struct CloudArgs {
    #[command(subcommand)]
    testing: Option<TestingCommand>,
    /// Keep the state in a temporary directory, and delete it at the end
    #[arg(long)]
    pub(crate) ephemeral: bool,
    /// Print `export` lines for other programs once the cloud is listening; beside a running `up`
    /// or `cloud`, print its variables and start nothing
    #[arg(long)]
    pub(crate) print_env: bool,
    #[command(flatten)]
    build_cache: BuildCacheArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Stop at the end of standard input
    #[arg(long, hide = true)]
    pub(crate) stop_with_stdin: bool,
}

/// Project of the local cloud.
pub(crate) const PROJECT: &str = "local-project";

/// Project number of the local cloud.
const PROJECT_NUMBER: u64 = 123_456_789_012;

/// The beginnings of the names of all buckets for sources: see `longshore_messages::source_bucket`,
/// and those that the Cloud Functions API makes.
const SOURCE_BUCKETS: [&str; 2] = ["run-sources-", "gcf-"];

/// Region of the local cloud.
pub(crate) const REGION: &str = "europe-west1";

pub(crate) async fn run(
    mut args: CloudArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    if let Some(command) = args.testing.take() {
        return testing::run(command, data_dir, output).await;
    }
    if args.stop_with_stdin {
        stop::terminate_with_stdin();
    }
    if let Some(environment) = running(&args, data_dir.clone())? {
        output::result(output, &environment, exports)?;
        return Ok(exit::OK);
    }
    let level = LogLevel::Info.into();
    let nowhere = TelemetrySettings::default();
    let _telemetry = telemetry::init("local-cloud", LogFormat::Human, level, "", &nowhere);
    let ephemeral = args.ephemeral.then(tempfile::tempdir).transpose();
    let ephemeral = ephemeral
        .map_err(|source| CliError::Start { what: "a temporary directory".to_owned(), source })?;
    let named = ephemeral.as_ref().map(|folder| folder.path().to_owned()).or(data_dir);
    let data_dir = DataDir::named_or_default(named)?;
    // `up` holds the lock itself when it starts this command.
    let _lock = if args.stop_with_stdin { None } else { Some(data_dir.lock()?) };
    let cloud =
        LocalCloud::start(options(&data_dir.cloud(), &args)?).await.map_err(CliError::Cloud)?;
    announce(&args, output, cloud.endpoints())?;
    stop::asked().await;
    cloud.stop().await;
    Ok(exit::OK)
}

/// The variables of the `up` or `cloud` that runs with this directory, if they are all that is
/// requested: what the flags of a new cloud say cannot become true of that one.
fn running(
    args: &CloudArgs,
    data_dir: Option<PathBuf>,
) -> Result<Option<BTreeMap<String, String>>, CliError> {
    let is_of_a_new_cloud = args.ephemeral
        || args.isolation.require_isolation
        || args.isolation.share_network
        || !args.limits.flags().is_empty();
    if !args.print_env || is_of_a_new_cloud {
        return Ok(None);
    }
    let data_dir = DataDir::named_or_default(data_dir)?;
    Ok(data_dir.running().or_else(|| endpoints(&data_dir).map(environment)))
}

/// Where the local cloud that uses the directory listens.
fn endpoints(data_dir: &DataDir) -> Option<Endpoints> {
    data_dir.is_in_use().then(|| Endpoints::recorded(&data_dir.cloud())).flatten()
}

fn options(data_dir: &Path, args: &CloudArgs) -> Result<Options, CliError> {
    let program = std::env::current_exe()
        .map_err(|source| CliError::Start { what: "the guard".to_owned(), source })?;
    Ok(Options {
        data_dir: data_dir.to_owned(),
        build_cache: args.build_cache.directory(),
        project: PROJECT.to_owned(),
        project_number: PROJECT_NUMBER,
        region: REGION.to_owned(),
        guard: program,
        require_isolation: args.isolation.require_isolation,
        quotas: args.limits.quotas()?,
        pace: Pace { latency: args.limits.latency()?, ..Pace::default() },
        share_network: args.isolation.share_network,
        reserved: reserved(|name| std::env::var(name).ok()),
        allowed_origins: args.isolation.allow_origins.clone(),
    })
}

/// The topics and buckets that functions may not use: those of the fleet, whose names the settings of
/// the workers may change, and the logs of builds.
fn reserved(variable: impl Fn(&str) -> Option<String>) -> Reserved {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let fleet = set("LONGSHORE_FLEET").unwrap_or_else(|| Settings::default().fleet);
    let ledger =
        set("LONGSHORE_LEDGER_BUCKET").unwrap_or_else(|| format!("{PROJECT}-{fleet}-ledger"));
    let sources = SOURCE_BUCKETS.map(str::to_owned);
    let logs = "-cloudbuild-logs".to_owned();
    Reserved { fleet, buckets: [ledger, logs].into_iter().chain(sources).collect() }
}

/// Prints the endpoints once the cloud is listening: `export` lines for a shell, or one JSON
/// document for a program.
fn announce(args: &CloudArgs, output: Output, endpoints: Endpoints) -> Result<(), CliError> {
    let environment = environment(endpoints);
    if output == Output::Json || args.print_env {
        return output::result(output, &environment, exports);
    }
    output::say(
        "the local cloud is listening; use `--print-env` for a script that sets these variables",
    );
    for (name, value) in &environment {
        output::say(format!("  {name}={value}"));
    }
    Ok(())
}

fn exports(environment: &BTreeMap<String, String>) -> String {
    environment.iter().map(|(name, value)| format!("export {name}={value}\n")).collect()
}

/// Environment variables that point gcloud to the local cloud.
fn gcloud(endpoints: Endpoints) -> impl Iterator<Item = (&'static str, String)> {
    // gcloud requires the slash. It puts a region in front of the host of Cloud Run, and reaches
    // that host through the gateway, which is its proxy.
    let run = format!("http://run.localhost:{}/", endpoints.run.port());
    let overrides = [
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_ARTIFACTREGISTRY", endpoints.artifact_registry),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBUILD", endpoints.build),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS", endpoints.kms),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER", endpoints.projects),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER", endpoints.scheduler),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS", endpoints.tasks),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_EVENTARC", endpoints.eventarc),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM", endpoints.identity),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING", endpoints.logging),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB", endpoints.pubsub),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", endpoints.secrets),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE", endpoints.projects),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", endpoints.storage),
    ];
    let overrides = overrides.map(|(name, address)| (name, format!("http://{address}/")));
    [
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN", run),
        // The local cloud asks for no credentials, and must not get those of the user.
        ("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true".to_owned()),
        ("CLOUDSDK_CORE_PROJECT", PROJECT.to_owned()),
        ("CLOUDSDK_PROXY_ADDRESS", endpoints.gateway.ip().to_string()),
        ("CLOUDSDK_PROXY_PORT", endpoints.gateway.port().to_string()),
        ("CLOUDSDK_PROXY_TYPE", "http_no_tunnel".to_owned()),
        ("CLOUDSDK_RUN_REGION", REGION.to_owned()),
    ]
    .into_iter()
    .chain(overrides)
}

/// Environment variables that point the fleet, and programs that follow Google's emulator
/// conventions, to the local cloud.
fn environment(endpoints: Endpoints) -> BTreeMap<String, String> {
    let url = |address: std::net::SocketAddr| format!("http://{address}");
    [
        ("LONGSHORE_PROJECT", PROJECT.to_owned()),
        // Only the user who runs the local cloud may publish there, and any project id works.
        ("LONGSHORE_PROJECTS", "*".to_owned()),
        ("LONGSHORE_REGION", REGION.to_owned()),
        ("PUBSUB_EMULATOR_HOST", endpoints.pubsub.to_string()),
        ("STORAGE_EMULATOR_HOST", url(endpoints.storage)),
        ("LONGSHORE_RUN_ENDPOINT", url(endpoints.run)),
        ("LONGSHORE_BUILD_ENDPOINT", url(endpoints.build)),
        ("LONGSHORE_FUNCTIONS_ENDPOINT", url(endpoints.functions)),
        // gcloud appends paths, so its endpoints end with a slash.
        (
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS",
            format!("{}/", url(endpoints.functions)),
        ),
        ("LONGSHORE_EVENTARC_ENDPOINT", url(endpoints.eventarc)),
        ("LONGSHORE_ARTIFACT_REGISTRY_ENDPOINT", url(endpoints.artifact_registry)),
        ("LONGSHORE_REGISTRY_ENDPOINT", url(endpoints.registry)),
        ("LONGSHORE_LOGGING_ENDPOINT", url(endpoints.logging)),
        ("LONGSHORE_SECRETS_ENDPOINT", url(endpoints.secrets)),
        ("LONGSHORE_IDENTITY_ENDPOINT", url(endpoints.identity)),
        ("LONGSHORE_KMS_ENDPOINT", url(endpoints.kms)),
        ("LONGSHORE_RESOURCE_MANAGER_ENDPOINT", url(endpoints.projects)),
        ("LONGSHORE_SCHEDULER_ENDPOINT", url(endpoints.scheduler)),
        ("LONGSHORE_TASKS_ENDPOINT", url(endpoints.tasks)),
        (testing::VARIABLE, url(endpoints.testing)),
    ]
    .into_iter()
    .chain(gcloud(endpoints))
    .chain(firebase::variables(endpoints))
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
