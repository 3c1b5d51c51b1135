//! Starts a worker: from `main` to its running stage.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use longshore_cloud::{Clients, ConnectError, CountedObjects, Objects};
use longshore_ledger::Ledger;
use tokio_util::sync::CancellationToken;

use crate::health::Health;
use crate::metrics::Observed;
use crate::otlp::{ConfigError, TelemetrySettings};
use crate::{
    Input as _, Metrics, Runner, RunnerError, Settings, SettingsError, Stage, clock, probes,
    telemetry,
};

/// Exit code for invalid settings or arguments: `EX_USAGE` of sysexits.h.
const EXIT_USAGE: u8 = 64;

/// Exit code for any other error that keeps a worker from starting or from going on.
const EXIT_FAILURE: u8 = 1;

/// The arguments of a worker's program. Everything else is a setting.
#[derive(Debug, clap::Parser)]
pub struct Arguments {
    /// TOML file with settings; environment variables override it
    #[arg(long, value_name = "FILE", env = "LONGSHORE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print the effective settings as TOML and exit
    #[arg(long)]
    pub print_config: bool,
}

/// Why a worker cannot start, or cannot continue.
#[derive(Debug, thiserror::Error)]
enum LaunchError {
    #[error("invalid settings")]
    Settings(#[source] SettingsError),
    #[error("cannot print the settings")]
    Print(#[source] toml::ser::Error),
    #[error("invalid variables of OpenTelemetry")]
    Telemetry(#[source] ConfigError),
    #[error("cannot connect to the cloud")]
    Connect(#[source] ConnectError),
    #[error("cannot serve the health endpoint")]
    Health(#[source] std::io::Error),
    #[error("cannot start the runtime")]
    Runtime(#[source] std::io::Error),
    #[error("cannot continue")]
    Run(#[source] RunnerError),
}

/// What every stage is built from.
pub struct Dependencies {
    pub clients: Clients,
    pub ledger: Ledger,
    pub settings: Settings,
}

/// The `main` function of a worker: reads arguments and settings, builds the stage with `make`, and
/// runs it until SIGTERM or SIGINT.
///
/// `program` is the command line, starting with the program's name; `about` is the first line of
/// `--help`.
pub fn main<S: Stage>(
    program: Vec<String>,
    about: &'static str,
    make: impl FnOnce(&Dependencies) -> S,
) -> ExitCode {
    use clap::{CommandFactory as _, FromArgMatches as _};
    let command = Arguments::command()
        .name(S::NAME)
        .about(about)
        .after_help(AFTER_HELP)
        .version(env!("CARGO_PKG_VERSION"));
    let parsed = command
        .try_get_matches_from(program)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { EXIT_USAGE } else { 0 };
            // Nothing can be done if the terminal is gone.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match launch(&arguments, make) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(S::NAME, &error),
    }
}

const AFTER_HELP: &str = "\
Settings are read from the file of --config and from environment variables, which take precedence:
LONGSHORE_*, PUBSUB_EMULATOR_HOST, STORAGE_EMULATOR_HOST, and the OTEL_* variables.
LONGSHORE_PROJECT and LONGSHORE_REGION are required; --print-config prints all settings.

Exit codes: 0 after a graceful shutdown, 1 if the worker cannot start or continue, 64 for invalid
settings or arguments.";

fn launch<S: Stage>(
    arguments: &Arguments,
    make: impl FnOnce(&Dependencies) -> S,
) -> Result<(), LaunchError> {
    let settings = Settings::read(arguments.config.as_deref(), std::env::vars())
        .map_err(LaunchError::Settings)?;
    if arguments.print_config {
        return print(&settings);
    }
    let telemetry = settings.telemetry(std::env::vars()).map_err(LaunchError::Telemetry)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(LaunchError::Runtime)?;
    runtime.block_on(Box::pin(run(settings, &telemetry, make)))
}

async fn run<S: Stage>(
    settings: Settings,
    sent_to: &TelemetrySettings,
    make: impl FnOnce(&Dependencies) -> S,
) -> Result<(), LaunchError> {
    let (format, level) = (settings.log_format, settings.log_level.into());
    let _telemetry = telemetry::init(S::NAME, format, level, &settings.project, sent_to);
    let metrics = Metrics::start(S::NAME, sent_to);
    let endpoints = settings.endpoints().map_err(LaunchError::Settings)?;
    let clients = Clients::connect(&endpoints, &settings.project, settings.quota_project());
    let clients = clients.await.map_err(LaunchError::Connect)?;
    let requests = Arc::new(CountedObjects::new(Arc::clone(&clients.objects)));
    let ledger = Ledger::new(Arc::clone(&requests) as Arc<dyn Objects>, settings.ledger_bucket());
    clients.pacer.configure(settings.quotas.clone());
    clients.pacer.share(Arc::new(ledger.clone()));
    let dependencies = Dependencies { clients, ledger, settings };
    let stage = make(&dependencies);
    let topics = S::In::topics(&dependencies.settings);
    let health = Health::of_topics(&topics);
    let pacer = dependencies.clients.pacer.clone();
    metrics.observe(Observed { health: health.clone(), pacer, requests });
    let served =
        probes::serve(health.clone(), metrics.clone(), dependencies.settings.health_address);
    let address = served.await.map_err(LaunchError::Health)?;
    tracing::info!(worker = S::NAME, health = %address, "started");
    let Dependencies { clients, ledger, settings } = dependencies;
    let limits = settings.limits(S::SWEEPS);
    let shutdown = shutdown_signal();
    clock::watch(ledger.clone(), health.clone(), shutdown.clone()).await;
    let runner =
        Runner::new(stage, clients.bus, ledger, &settings.fleet, &settings.project, limits, health);
    let runner = runner.with_topics(&topics).with_metrics(metrics.clone());
    let ended = runner.run(shutdown).await;
    // It waits for the last export, which needs the threads of the runtime.
    let _ = tokio::task::spawn_blocking(move || metrics.shutdown()).await;
    ended.map_err(LaunchError::Run)?;
    tracing::info!(worker = S::NAME, "stopped");
    Ok(())
}

/// A token that SIGTERM and SIGINT cancel.
fn shutdown_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        let terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        match terminated {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = terminated.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            Err(error) => {
                tracing::error!(%error, "cannot handle SIGTERM; only Ctrl-C stops gracefully");
                let _ = tokio::signal::ctrl_c().await;
            }
        }
        cancel.cancel();
    });
    token
}

#[expect(clippy::print_stdout, reason = "--print-config writes to standard output")]
fn print(settings: &Settings) -> Result<(), LaunchError> {
    print!("{}", toml::to_string(settings).map_err(LaunchError::Print)?);
    Ok(())
}

#[expect(clippy::print_stderr, reason = "logs may not be set up yet")]
fn report(worker: &str, error: &LaunchError) -> ExitCode {
    eprintln!("{worker}: {}", telemetry::chain(error));
    match error {
        LaunchError::Settings(_) | LaunchError::Telemetry(_) => ExitCode::from(EXIT_USAGE),
        LaunchError::Print(_)
        | LaunchError::Connect(_)
        | LaunchError::Health(_)
        | LaunchError::Runtime(_)
        | LaunchError::Run(_) => ExitCode::from(EXIT_FAILURE),
    }
}
