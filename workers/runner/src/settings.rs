//! Settings of a worker: defaults, then a TOML file, then the environment. An unknown name is an
//! error, and all problems are reported at once.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_cloud::Endpoints;
use serde::{Deserialize, Serialize};

use crate::Limits;
use crate::hosts::{HostRule, read_list};
use crate::telemetry::LogFormat;

/// What environment variables of the fleet start with.
pub const PREFIX: &str = "LONGSHORE";

/// Variables with that prefix that belong to the `longshore` program and not to a worker.
const OTHERS: [&str; 5] = [
    "LONGSHORE_CONFIG",
    "LONGSHORE_DATA_DIR",
    "LONGSHORE_IDENTITY_TOKEN",
    "LONGSHORE_REGENERATE",
    "LONGSHORE_REGISTRY_ENDPOINT",
];

/// Settings that are lists.
const LISTS: [&str; 2] = ["source_hosts", "source_private_hosts"];

/// Settings of a worker. Every field names the variable that sets it; the file uses the field's own
/// name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `LONGSHORE_FLEET`: name of the fleet; topics, subscriptions and build tags carry it.
    pub fleet: String,
    /// `LONGSHORE_PROJECT`: Google Cloud project of topics, subscriptions and ledger, and of
    /// functions that name none. Required.
    pub project: String,
    /// `LONGSHORE_REGION`: region of functions that name none, and of the ledger's bucket.
    /// Required.
    pub region: String,
    /// `LONGSHORE_LEDGER_BUCKET`: the ledger's bucket. Default: `PROJECT-FLEET-ledger`.
    pub ledger_bucket: String,
    /// `LONGSHORE_HANDLING`: inputs that are worked on at once.
    pub handling: usize,
    /// `LONGSHORE_HELD`: inputs that are held at once, working or waiting.
    pub held: usize,
    /// `LONGSHORE_DRAIN_TIMEOUT_MS`: time to finish what is under way when told to stop.
    pub drain_timeout_ms: u64,
    /// `LONGSHORE_SWEEP_INTERVAL_MS`: time between two sweeps of registry-watcher.
    pub sweep_interval_ms: u64,
    /// `LONGSHORE_DEADLINE_S`: time that a deployment gets when its request names none.
    pub deadline_s: u64,
    /// `LONGSHORE_IMAGE_REUSE_S`: how long an image is reused for the same build key. Dependencies
    /// that are not pinned rot.
    pub image_reuse_s: u64,
    /// `LONGSHORE_SOURCE_HOSTS`: hosts from which the uploader may fetch https and git sources:
    /// `HOST`, `HOST:PORT` or `*.DOMAIN`, in the variable with commas between them. Empty: such
    /// sources are refused.
    #[serde(deserialize_with = "read_list")]
    pub source_hosts: Vec<HostRule>,
    /// `LONGSHORE_SOURCE_PRIVATE_HOSTS`: those of the hosts above that may be at a private address,
    /// such as a git server inside the VPC. Nobody else's name may lead there, and no name to
    /// link-local addresses, where metadata servers are.
    #[serde(deserialize_with = "read_list")]
    pub source_private_hosts: Vec<HostRule>,
    /// `LONGSHORE_SOURCE_CA_FILE`: PEM file with the certificate authorities that https and git
    /// sources are checked against, in place of the system's own. Where both are needed, the file
    /// holds both.
    pub source_ca_file: PathBuf,
    /// `LONGSHORE_HEALTH_ADDRESS`: where `/livez` and `/readyz` are served; port 0 lets the system
    /// choose.
    pub health_address: SocketAddr,
    /// `LONGSHORE_LOG_FORMAT`: `human` or `json`.
    pub log_format: LogFormat,
    /// `LONGSHORE_LOG_LEVEL`: `error`, `warn`, `info`, `debug` or `trace`, of the fleet's own code.
    pub log_level: LogLevel,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: where spans go, by OTLP over gRPC. Empty: nowhere.
    pub otlp_endpoint: String,
    /// `PUBSUB_EMULATOR_HOST` or `LONGSHORE_PUBSUB_ENDPOINT`: Pub/Sub. Empty, here and below:
    /// Google's own.
    pub pubsub_endpoint: String,
    /// `STORAGE_EMULATOR_HOST` or `LONGSHORE_STORAGE_ENDPOINT`: Cloud Storage.
    pub storage_endpoint: String,
    /// `LONGSHORE_RUN_ENDPOINT`: Cloud Run Admin API.
    pub run_endpoint: String,
    /// `LONGSHORE_BUILD_ENDPOINT`: Cloud Build.
    pub build_endpoint: String,
    /// `LONGSHORE_ARTIFACT_REGISTRY_ENDPOINT`: Artifact Registry.
    pub artifact_registry_endpoint: String,
    /// `LONGSHORE_LOGGING_ENDPOINT`: Cloud Logging.
    pub logging_endpoint: String,
    /// `LONGSHORE_SECRETS_ENDPOINT`: Secret Manager.
    pub secrets_endpoint: String,
    /// `LONGSHORE_IDENTITY_ENDPOINT`: IAM Credentials, for identity tokens.
    pub identity_endpoint: String,
}

/// The least severe level that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Settings that cannot be used. All problems that were found.
#[derive(Debug, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct SettingsError {
    /// One text for each problem.
    pub problems: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fleet: "longshore".to_owned(),
            project: String::new(),
            region: String::new(),
            ledger_bucket: String::new(),
            handling: 16,
            held: 256,
            drain_timeout_ms: 8_000,
            sweep_interval_ms: 30_000,
            deadline_s: 3_600,
            image_reuse_s: 7 * 24 * 3_600,
            source_hosts: Vec::new(),
            source_private_hosts: Vec::new(),
            source_ca_file: PathBuf::new(),
            health_address: SocketAddr::from(([127, 0, 0, 1], 0)),
            log_format: LogFormat::Human,
            log_level: LogLevel::Info,
            otlp_endpoint: String::new(),
            pubsub_endpoint: String::new(),
            storage_endpoint: String::new(),
            run_endpoint: String::new(),
            build_endpoint: String::new(),
            artifact_registry_endpoint: String::new(),
            logging_endpoint: String::new(),
            secrets_endpoint: String::new(),
            identity_endpoint: String::new(),
        }
    }
}

impl Settings {
    /// Reads settings from a file and the environment.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem; reading again gives the same.
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

    /// The name of the ledger's bucket.
    #[must_use]
    pub fn ledger_bucket(&self) -> String {
        match self.ledger_bucket.as_str() {
            "" => format!("{}-{}-ledger", self.project, self.fleet),
            named => named.to_owned(),
        }
    }

    /// Where each service is.
    ///
    /// # Errors
    /// [`SettingsError`] when an endpoint must not be used.
    pub fn endpoints(&self) -> Result<Endpoints, SettingsError> {
        let set = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Endpoints::local_or_google(Endpoints {
            pubsub: set(&self.pubsub_endpoint),
            storage: set(&self.storage_endpoint),
            run: set(&self.run_endpoint),
            build: set(&self.build_endpoint),
            artifact_registry: set(&self.artifact_registry_endpoint),
            logging: set(&self.logging_endpoint),
            secrets: set(&self.secrets_endpoint),
            identity: set(&self.identity_endpoint),
        })
        .map_err(|error| SettingsError { problems: vec![error.to_string()] })
    }

    /// How much the worker does at once.
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
        for (name, value) in [("handling", self.handling), ("held", self.held)] {
            if value == 0 {
                problems.push(format!("{name} is 0: the worker would do nothing"));
            }
        }
        if self.sweep_interval_ms == 0 {
            problems.push("sweep_interval_ms is 0: the sweep would never rest".to_owned());
        }
        if problems.is_empty() { Ok(self) } else { Err(SettingsError { problems }) }
    }
}

/// Longest time for one input: a service has ten minutes to come up, and everything around that
/// takes seconds.
const HANDLE_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// The fleet's own variables, and the three that have names of their own elsewhere, under the names
/// that the fields have.
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
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let required = [("LONGSHORE_PROJECT", "p"), ("LONGSHORE_REGION", "europe-west1")];
        let all = required
            .iter()
            .chain(variables)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::read(None, all)
    }

    #[test]
    fn variables_override_the_file_which_overrides_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("longshore.toml");
        std::fs::write(&file, "fleet = \"ours\"\nhandling = 3\nheld = 9\n").unwrap();
        let environment =
            [("LONGSHORE_PROJECT", "p"), ("LONGSHORE_REGION", "r"), ("LONGSHORE_HELD", "5")];
        let settings =
            Settings::read(Some(&file), environment.map(|(n, v)| (n.to_owned(), v.to_owned())))
                .unwrap();
        assert_eq!((settings.fleet.as_str(), settings.handling, settings.held), ("ours", 3, 5));
        assert_eq!(settings.deadline_s, 3_600);
        assert_eq!(settings.ledger_bucket(), "p-ours-ledger");
    }

    #[test]
    fn variables_of_other_names_and_of_the_command_line_are_left_alone() {
        let settings = from(&[
            ("PUBSUB_EMULATOR_HOST", "127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"),
            ("LONGSHORE_DATA_DIR", "x"),
            ("HOME", "y"),
        ])
        .unwrap();
        assert_eq!(settings.pubsub_endpoint, "127.0.0.1:1");
        assert_eq!(settings.otlp_endpoint, "http://127.0.0.1:4317");
    }

    #[test]
    fn lists_of_hosts_are_read_from_the_environment_and_a_wrong_one_is_named() {
        let settings = from(&[
            ("LONGSHORE_SOURCE_HOSTS", "github.com, *.Example.com:8443 ,"),
            ("LONGSHORE_SOURCE_PRIVATE_HOSTS", ""),
        ]);
        let settings = settings.unwrap();
        assert_eq!(
            settings.source_hosts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["github.com", "*.example.com:8443"]
        );
        assert_eq!(settings.source_private_hosts, []);
        let error =
            from(&[("LONGSHORE_SOURCE_HOSTS", "a.example,https://b.example/")]).unwrap_err();
        assert!(error.to_string().contains("https://b.example/"), "{error}");
    }

    #[test]
    fn an_unknown_name_is_an_error_that_says_it() {
        let error = from(&[("LONGSHORE_HANDLINGS", "3")]).unwrap_err();
        assert!(error.to_string().contains("handlings"), "{error}");
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let error =
            Settings::read(None, [("LONGSHORE_HELD".to_owned(), "0".to_owned())]).unwrap_err();
        assert_eq!(error.problems.len(), 3, "{error}");
    }
}
