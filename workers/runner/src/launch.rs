//! The way from a worker's `main` to its running stage.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use longshore_cloud::{Clients, ConnectError};
use longshore_ledger::Ledger;
use tokio_util::sync::CancellationToken;

use crate::health::{self, Health};
use crate::telemetry::{self, TelemetryError};
use crate::{Input as _, Runner, Settings, SettingsError, Stage};

/// Exit code for settings or arguments that cannot be used: `EX_USAGE` of sysexits.h.
const EXIT_USAGE: u8 = 64;

/// Exit code for everything else that keeps a worker from starting.
const EXIT_FAILURE: u8 = 1;

/// What a worker's program may be told on its command line. Everything else is a setting.
#[derive(Debug, clap::Parser)]
pub struct Arguments {
    /// TOML file with settings; variables of the environment override it.
    #[arg(long, value_name = "FILE", env = "LONGSHORE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print the settings that apply, as TOML, and exit.
    #[arg(long)]
    pub print_config: bool,
}

/// Why a worker cannot start.
#[derive(Debug, thiserror::Error)]
enum LaunchError {
    #[error("settings cannot be used")]
    Settings(#[source] SettingsError),
    #[error("settings cannot be printed")]
    Print(#[source] toml::ser::Error),
    #[error("telemetry cannot be set up")]
    Telemetry(#[source] TelemetryError),
    #[error("cloud cannot be reached")]
    Connect(#[source] ConnectError),
    #[error("health endpoint cannot be served")]
    Health(#[source] std::io::Error),
    #[error("runtime cannot be started")]
    Runtime(#[source] std::io::Error),
}

/// What every stage is built from.
pub struct Dependencies {
    /// Clients of the cloud.
    pub clients: Clients,
    /// The fleet's ledger.
    pub ledger: Ledger,
    /// The worker's settings.
    pub settings: Settings,
}

/// The whole life of a worker's program: reads arguments and settings, makes the stage, runs it
/// until SIGTERM or SIGINT.
///
/// `program` is `argv` with the program's name first; `about` is what `--help` says.
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
            // Nothing is left to do when the terminal is gone.
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
Settings come from defaults, then the file of --config, then variables LONGSHORE_* (and PUBSUB_EMULATOR_HOST,
STORAGE_EMULATOR_HOST, OTEL_EXPORTER_OTLP_ENDPOINT). LONGSHORE_PROJECT and LONGSHORE_REGION are required;
--print-config shows them all.

Exit codes: 0 stopped as told, 1 could not start, 64 settings or arguments cannot be used.";

fn launch<S: Stage>(
    arguments: &Arguments,
    make: impl FnOnce(&Dependencies) -> S,
) -> Result<(), LaunchError> {
    let settings = Settings::read(arguments.config.as_deref(), std::env::vars())
        .map_err(LaunchError::Settings)?;
    if arguments.print_config {
        return print(&settings);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(LaunchError::Runtime)?;
    runtime.block_on(Box::pin(run(settings, make)))
}

async fn run<S: Stage>(
    settings: Settings,
    make: impl FnOnce(&Dependencies) -> S,
) -> Result<(), LaunchError> {
    let otlp = (!settings.otlp_endpoint.is_empty()).then_some(settings.otlp_endpoint.as_str());
    let _telemetry = telemetry::init(S::NAME, settings.log_format, settings.log_level.into(), otlp)
        .map_err(LaunchError::Telemetry)?;
    let endpoints = settings.endpoints().map_err(LaunchError::Settings)?;
    let clients =
        Clients::connect(&endpoints, &settings.project).await.map_err(LaunchError::Connect)?;
    let ledger = Ledger::new(Arc::clone(&clients.objects), settings.ledger_bucket());
    let dependencies = Dependencies { clients, ledger, settings };
    let stage = make(&dependencies);
    let health = Health::of_topics(S::In::TOPICS);
    let address = health::serve(health.clone(), dependencies.settings.health_address)
        .await
        .map_err(LaunchError::Health)?;
    tracing::info!(worker = S::NAME, health = %address, "started");
    let Dependencies { clients, ledger, settings } = dependencies;
    let limits = settings.limits(S::SWEEPS);
    let runner =
        Runner::new(stage, clients.bus, ledger, &settings.fleet, &settings.project, limits, health);
    runner.run(shutdown_signal()).await;
    tracing::info!(worker = S::NAME, "stopped");
    Ok(())
}

/// Cancelled at SIGTERM or SIGINT.
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
                tracing::error!(%error, "cannot listen for SIGTERM; only Ctrl-C stops this worker in order");
                let _ = tokio::signal::ctrl_c().await;
            }
        }
        cancel.cancel();
    });
    token
}

#[expect(clippy::print_stdout, reason = "the settings are what was asked for")]
fn print(settings: &Settings) -> Result<(), LaunchError> {
    print!("{}", toml::to_string(settings).map_err(LaunchError::Print)?);
    Ok(())
}

#[expect(clippy::print_stderr, reason = "there may be no log yet")]
fn report(worker: &str, error: &LaunchError) -> ExitCode {
    eprintln!("{worker}: {}", telemetry::chain(error));
    match error {
        LaunchError::Settings(_) => ExitCode::from(EXIT_USAGE),
        LaunchError::Print(_)
        | LaunchError::Telemetry(_)
        | LaunchError::Connect(_)
        | LaunchError::Health(_)
        | LaunchError::Runtime(_) => ExitCode::from(EXIT_FAILURE),
    }
}
