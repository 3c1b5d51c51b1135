//! Settings of a worker: defaults, overridden by a TOML file, overridden by the environment.
//! Unknown names are errors, and all invalid values are reported at once.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_cloud::Endpoints;
use longshore_cloud::pacing::QuotaRule;
use longshore_messages::{DEFAULT_REQUESTER, project_in_bucket};
use serde::{Deserialize, Serialize};

use crate::Limits;
use crate::hosts::{HostRule, read_list};
use crate::otlp::{ConfigError, TelemetrySettings};
use crate::requester_rules::{NameRule, RequesterRules, read_names};
use crate::telemetry::LogFormat;

/// Prefix of the environment variables.
pub const PREFIX: &str = "LONGSHORE";

/// Variables with the prefix that belong to the `longshore` program and not to a worker.
const OTHERS: [&str; 7] = [
    "LONGSHORE_ALLOWED_ORIGINS",
    "LONGSHORE_BUILD_CACHE",
    "LONGSHORE_CONFIG",
    "LONGSHORE_DATA_DIR",
    "LONGSHORE_IDENTITY_TOKEN",
    "LONGSHORE_REGENERATE",
    "LONGSHORE_TESTING_ENDPOINT",
];

/// Settings that are lists.
const LISTS: [&str; 3] = ["projects", "source_hosts", "source_private_hosts"];

/// Settings of a worker. Each field's doc names its environment variable; its key in the file is
/// the field's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `LONGSHORE_FLEET`: name of the fleet, which is part of the names of its topics,
    /// subscriptions and build tags.
    pub fleet: String,
    /// `LONGSHORE_PROJECT`: Google Cloud project of the topics, the subscriptions and the ledger,
    /// and the default project of functions. Required.
    pub project: String,
    /// `LONGSHORE_REGION`: region of the ledger's bucket, and the default region of functions.
    /// Required.
    pub region: String,
    /// `LONGSHORE_QUOTA_PROJECT`: project whose quotas all calls count against, and that is billed
    /// for them: every call sends it as `x-goog-user-project`. The fleet's identity needs
    /// `roles/serviceusage.serviceUsageConsumer` there. Empty: the credentials decide, which for a
    /// service account means its own project.
    pub quota_project: String,
    /// `LONGSHORE_PROJECTS`: projects that the fleet deploys functions to, separated by commas in
    /// the variable. `*` in a name stands for any text, and alone for every project. Default: the
    /// fleet's own project.
    #[serde(deserialize_with = "read_names")]
    pub projects: Vec<NameRule>,
    /// `LONGSHORE_REQUESTER`: the requester as whom the command line deploys.
    pub requester: String,
    /// `LONGSHORE_LEDGER_BUCKET`: name of the ledger's bucket. Default: `PROJECT-FLEET-ledger`,
    /// with `_` for `:` and `.` of a project of a domain.
    pub ledger_bucket: String,
    /// `LONGSHORE_HANDLING`: maximum number of messages that the worker handles concurrently.
    pub handling: usize,
    /// `LONGSHORE_HELD`: maximum number of messages that the worker holds, handled or waiting.
    pub held: usize,
    /// `LONGSHORE_DRAIN_TIMEOUT_MS`: maximum time to finish messages in progress on shutdown.
    pub drain_timeout_ms: u64,
    /// `LONGSHORE_SWEEP_INTERVAL_MS`: time between two sweeps of registry-watcher.
    pub sweep_interval_ms: u64,
    /// `LONGSHORE_DEADLINE_S`: time limit of a deployment whose request does not set one.
    pub deadline_s: u64,
    /// `LONGSHORE_BATCH_WINDOW`: maximum number of functions of all batches together that are being
    /// deployed at the same time in one project and region: enough to use up Google's usual quotas,
    /// few enough that other requests are not behind them.
    pub batch_window: usize,
    /// `LONGSHORE_BATCH_IN_FLIGHT`: maximum number of functions of all batches together that are
    /// being deployed at the same time.
    pub batch_in_flight: usize,
    /// `LONGSHORE_IMAGE_REUSE_S`: how long an image is reused for the same build key. Limited,
    /// because dependencies that are not pinned become outdated.
    pub image_reuse_s: u64,
    /// `LONGSHORE_GRANT_PROJECT_ROLES`: whether service-deployer gives roles on the project of a
    /// function to the accounts and service agents that deliver its events and messages, if it may.
    /// It only adds roles. Without this, an administrator has to grant them.
    pub grant_project_roles: bool,
    /// `LONGSHORE_SOURCE_HOSTS`: hosts from which the uploader may fetch HTTPS and git sources:
    /// `HOST`, `HOST:PORT` or `*.DOMAIN`, separated by commas in the variable. Empty: such sources
    /// are rejected.
    #[serde(deserialize_with = "read_list")]
    pub source_hosts: Vec<HostRule>,
    /// `LONGSHORE_SOURCE_PRIVATE_HOSTS`: which of the hosts above may resolve to a private address,
    /// such as a git server inside the VPC. Other hosts may not, and no host may resolve to a
    /// link-local address, where metadata servers are.
    #[serde(deserialize_with = "read_list")]
    pub source_private_hosts: Vec<HostRule>,
    /// `LONGSHORE_SOURCE_CA_FILE`: PEM file with the certificate authorities for HTTPS and git
    /// sources. It replaces the system's: if both are needed, the file must hold both.
    pub source_ca_file: PathBuf,
    /// `LONGSHORE_SOURCE_BUDGET_MIB`: disk of the uploader, in MiB, for the sources that it fetches
    /// and packs at the same time. On Cloud Run this is memory. A small archive (up to 8 MiB) takes
    /// 16 MiB, any other 500 MiB, and a git revision 1274 MiB; one that needs more than all of it
    /// is handled alone.
    pub source_budget_mib: u32,
    /// `LONGSHORE_HEALTH_ADDRESS`: address that serves `/livez` and `/readyz`. With port 0 the
    /// system chooses a port.
    pub health_address: SocketAddr,
    /// `LONGSHORE_LOG_FORMAT`: `human` or `json`.
    pub log_format: LogFormat,
    /// `LONGSHORE_LOG_LEVEL`: minimum level of the fleet's own logs: `error`, `warn`, `info`,
    /// `debug` or `trace`.
    pub log_level: LogLevel,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: endpoint for spans. Empty: spans are not exported. The other
    /// variables of OpenTelemetry's specification for exporters, samplers and resources apply; the
    /// protocol is gRPC unless `OTEL_EXPORTER_OTLP_PROTOCOL` names another one.
    pub otlp_endpoint: String,
    /// `LONGSHORE_TRACES_ENDPOINT`: a store of traces that gets all spans beside that endpoint, in
    /// OTLP over HTTP. `longshore up` sets it. Empty: there is none.
    pub traces_endpoint: String,
    /// `PUBSUB_EMULATOR_HOST` or `LONGSHORE_PUBSUB_ENDPOINT`: endpoint of Pub/Sub. Empty, here and
    /// below: Google's endpoint.
    pub pubsub_endpoint: String,
    /// `STORAGE_EMULATOR_HOST` or `LONGSHORE_STORAGE_ENDPOINT`: endpoint of Cloud Storage.
    pub storage_endpoint: String,
    /// `LONGSHORE_RUN_ENDPOINT`: endpoint of the Cloud Run Admin API.
    pub run_endpoint: String,
    /// `LONGSHORE_FUNCTIONS_ENDPOINT`: endpoint of the Cloud Functions API.
    pub functions_endpoint: String,
    /// `LONGSHORE_EVENTARC_ENDPOINT`: endpoint of Eventarc.
    pub eventarc_endpoint: String,
    /// `LONGSHORE_SCHEDULER_ENDPOINT`: endpoint of Cloud Scheduler.
    pub scheduler_endpoint: String,
    /// `LONGSHORE_TASKS_ENDPOINT`: endpoint of Cloud Tasks.
    pub tasks_endpoint: String,
    /// `LONGSHORE_BUILD_ENDPOINT`: endpoint of Cloud Build.
    pub build_endpoint: String,
    /// `LONGSHORE_ARTIFACT_REGISTRY_ENDPOINT`: endpoint of Artifact Registry.
    pub artifact_registry_endpoint: String,
    /// `LONGSHORE_REGISTRY_ENDPOINT`: endpoint of the registry itself, from which commands read the
    /// layers of images. Empty: the host in the name of the image.
    pub registry_endpoint: String,
    /// `LONGSHORE_LOGGING_ENDPOINT`: endpoint of Cloud Logging.
    pub logging_endpoint: String,
    /// `LONGSHORE_SECRETS_ENDPOINT`: endpoint of Secret Manager.
    pub secrets_endpoint: String,
    /// `LONGSHORE_IDENTITY_ENDPOINT`: endpoint of IAM Credentials, for identity tokens.
    pub identity_endpoint: String,
    /// `LONGSHORE_KMS_ENDPOINT`: endpoint of Cloud KMS.
    pub kms_endpoint: String,
    /// `LONGSHORE_RESOURCE_MANAGER_ENDPOINT`: endpoint of Resource Manager.
    pub resource_manager_endpoint: String,
    /// Sizes of Google's quotas of requests, where they are not the reported or the usual ones, or
    /// where the fleet is to leave some of them to others. Only in the file, as `[[quotas]]`
    /// tables.
    pub quotas: Vec<QuotaRule>,
    /// What each requester may name. Only in the file, as `[[requesters]]` tables.
    pub requesters: Vec<RequesterRules>,
}

/// The minimum level of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Invalid settings, with all problems that were found.
#[derive(Debug, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct SettingsError {
    pub problems: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fleet: "longshore".to_owned(),
            project: String::new(),
            region: String::new(),
            quota_project: String::new(),
            projects: Vec::new(),
            requester: DEFAULT_REQUESTER.to_owned(),
            ledger_bucket: String::new(),
            handling: 16,
            held: 256,
            drain_timeout_ms: 8_000,
            sweep_interval_ms: 30_000,
            deadline_s: 3_600,
            batch_window: 64,
            batch_in_flight: 256,
            image_reuse_s: 7 * 24 * 3_600,
            grant_project_roles: true,
            source_hosts: Vec::new(),
            source_private_hosts: Vec::new(),
            source_ca_file: PathBuf::new(),
            source_budget_mib: 1_024,
            health_address: SocketAddr::from(([127, 0, 0, 1], 0)),
            log_format: LogFormat::Human,
            log_level: LogLevel::Info,
            otlp_endpoint: String::new(),
            traces_endpoint: String::new(),
            pubsub_endpoint: String::new(),
            storage_endpoint: String::new(),
            run_endpoint: String::new(),
            functions_endpoint: String::new(),
            eventarc_endpoint: String::new(),
            scheduler_endpoint: String::new(),
            tasks_endpoint: String::new(),
            build_endpoint: String::new(),
            artifact_registry_endpoint: String::new(),
            registry_endpoint: String::new(),
            logging_endpoint: String::new(),
            secrets_endpoint: String::new(),
            identity_endpoint: String::new(),
            kms_endpoint: String::new(),
            resource_manager_endpoint: String::new(),
            quotas: Vec::new(),
            requesters: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads settings from a file and the environment.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let one = |error: config::ConfigError| SettingsError { problems: vec![error.to_string()] };
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let variables = fleet_variables(environment);
        let source = config::Environment::with_prefix(PREFIX)
            .prefix_separator("_")
            .try_parsing(true)
            .source(Some(variables));
        let source = LISTS
            .into_iter()
            .fold(source.list_separator(","), config::Environment::with_list_parse_key);
        let read = builder.add_source(source).build().map_err(one)?;
        let settings: Self = read.try_deserialize().map_err(one)?;
        settings.checked()
    }

    /// The name of the ledger's bucket, set or by default.
    #[must_use]
    pub fn ledger_bucket(&self) -> String {
        match self.ledger_bucket.as_str() {
            "" => format!("{}-{}-ledger", project_in_bucket(&self.project), self.fleet),
            named => named.to_owned(),
        }
    }

    /// The project that is charged for all calls, if one is set.
    #[must_use]
    pub fn quota_project(&self) -> Option<&str> {
        Some(self.quota_project.as_str()).filter(|project| !project.is_empty())
    }

    /// The endpoint of each service. Fails if an endpoint is not allowed.
    pub fn endpoints(&self) -> Result<Endpoints, SettingsError> {
        let set = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Endpoints::local_or_google(Endpoints {
            pubsub: set(&self.pubsub_endpoint),
            storage: set(&self.storage_endpoint),
            run: set(&self.run_endpoint),
            functions: set(&self.functions_endpoint),
            eventarc: set(&self.eventarc_endpoint),
            scheduler: set(&self.scheduler_endpoint),
            tasks: set(&self.tasks_endpoint),
            build: set(&self.build_endpoint),
            artifact_registry: set(&self.artifact_registry_endpoint),
            registry: set(&self.registry_endpoint),
            logging: set(&self.logging_endpoint),
            secrets: set(&self.secrets_endpoint),
            identity: set(&self.identity_endpoint),
            kms: set(&self.kms_endpoint),
            resource_manager: set(&self.resource_manager_endpoint),
        })
        .map_err(|error| SettingsError { problems: vec![error.to_string()] })
    }

    /// The worker's limits. Only a worker that `sweeps` gets a sweep interval.
    #[must_use]
    pub fn limits(&self, sweeps: bool) -> Limits {
        Limits {
            handling: self.handling,
            held: self.held,
            handle_timeout: HANDLE_TIMEOUT,
            drain_timeout: Duration::from_millis(self.drain_timeout_ms),
            sweep_interval: sweeps.then(|| Duration::from_millis(self.sweep_interval_ms)),
        }
    }

    fn checked(self) -> Result<Self, SettingsError> {
        let mut problems = Vec::new();
        for (name, value) in
            [("fleet", &self.fleet), ("project", &self.project), ("region", &self.region)]
        {
            if value.is_empty() {
                problems
                    .push(format!("{name} is not set (variable {PREFIX}_{})", name.to_uppercase()));
            }
        }
        let limits = [
            ("handling", self.handling),
            ("held", self.held),
            ("batch_window", self.batch_window),
            ("batch_in_flight", self.batch_in_flight),
        ];
        for (name, value) in limits {
            if value == 0 {
                problems.push(format!("{name} is 0: the worker would not handle anything"));
            }
        }
        if self.source_budget_mib == 0 {
            problems.push("source_budget_mib is 0: no source could be fetched".to_owned());
        }
        if self.sweep_interval_ms == 0 {
            problems.push("sweep_interval_ms is 0: the sweep would run without a pause".to_owned());
        }
        problems.extend(self.quotas.iter().filter_map(QuotaRule::problem));
        problems.extend(self.requester_problems());
        if problems.is_empty() { Ok(self) } else { Err(SettingsError { problems }) }
    }
}

impl Settings {
    /// What becomes of spans and metrics, by these settings and OpenTelemetry's variables.
    ///
    /// # Errors
    /// When one of OpenTelemetry's variables is invalid.
    pub fn telemetry(
        &self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<TelemetrySettings, ConfigError> {
        const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        // A file of settings may name it, too.
        let endpoint = (ENDPOINT.to_owned(), self.otlp_endpoint.clone());
        let others = environment.into_iter().filter(|(name, _)| name != ENDPOINT);
        TelemetrySettings::read(&self.traces_endpoint, others.chain([endpoint]))
    }
}

/// Maximum time to handle one message: a service has ten minutes to start, and everything else
/// takes seconds.
const HANDLE_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// The variables with the prefix, and three standard variables renamed to match their fields.
fn fleet_variables(
    environment: impl IntoIterator<Item = (String, String)>,
) -> HashMap<String, String> {
    let named_elsewhere = |name: &str| match name {
        "PUBSUB_EMULATOR_HOST" => Some("LONGSHORE_PUBSUB_ENDPOINT"),
        "STORAGE_EMULATOR_HOST" => Some("LONGSHORE_STORAGE_ENDPOINT"),
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("LONGSHORE_OTLP_ENDPOINT"),
        _ => None,
    };
    let fleet_prefix = format!("{PREFIX}_");
    let variables =
        environment.into_iter().filter_map(|(name, value)| match named_elsewhere(&name) {
            Some(ours) => Some((ours.to_owned(), value)),
            None if name.starts_with(&fleet_prefix) && !OTHERS.contains(&name.as_str()) => {
                Some((name, value))
            }
            None => None,
        });
    variables.collect()
}

impl From<LogLevel> for tracing::level_filters::LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

#[cfg(test)]
mod tests;
