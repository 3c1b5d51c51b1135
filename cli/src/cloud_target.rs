//! The cloud that a command talks to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use longshore_cloud::Clients;
use longshore_ledger::Ledger;
use longshore_messages::{Defaults, FunctionRef};
use longshore_runner::Settings;

use crate::data_dir::DataDir;
use crate::error::CliError;

/// Maximum number of functions, or of their records, that a command about many functions reads at the
/// same time.
pub(crate) const READS_AT_ONCE: usize = 32;

/// A cloud and the fleet in it.
pub(crate) struct CloudTarget {
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
    pub(crate) ledger: Ledger,
    /// Whether this is a local cloud.
    pub(crate) local: bool,
}

impl CloudTarget {
    /// The cloud configured by environment variables, or the local cloud that runs with the data
    /// directory.
    pub(crate) async fn find(data_dir: Option<PathBuf>) -> Result<Self, CliError> {
        let environment: BTreeMap<String, String> = std::env::vars().collect();
        if environment.contains_key("LONGSHORE_PROJECT") {
            return Self::at(environment).await;
        }
        let data_dir = DataDir::named_or_default(data_dir)?;
        match data_dir.running() {
            Some(running) => Self::at(running).await,
            None => Err(CliError::NoCloud(data_dir.path().to_owned())),
        }
    }

    /// The cloud configured by these variables.
    pub(crate) async fn at(environment: BTreeMap<String, String>) -> Result<Self, CliError> {
        let config = environment.get("LONGSHORE_CONFIG").map(PathBuf::from);
        let settings =
            Settings::read(config.as_deref(), environment).map_err(CliError::Settings)?;
        let endpoints = settings.endpoints().map_err(CliError::Settings)?;
        let clients = Clients::connect(&endpoints, &settings.project, settings.quota_project());
        let clients = clients.await.map_err(CliError::Connect)?;
        let ledger = Ledger::new(Arc::clone(&clients.objects), settings.ledger_bucket());
        clients.pacer.configure(settings.quotas.clone());
        clients.pacer.share(Arc::new(ledger.clone()));
        let local = !settings.run_endpoint.is_empty();
        Ok(Self { settings, clients, ledger, local })
    }

    /// The default project and region of functions.
    pub(crate) fn defaults(&self) -> Defaults {
        Defaults { project: self.settings.project.clone(), region: self.settings.region.clone() }
    }

    /// The full name of a topic of the fleet, by its name without the fleet's.
    pub(crate) fn topic(&self, name: &str) -> String {
        format!("projects/{}/topics/{}.{name}", self.settings.project, self.settings.fleet)
    }

    /// A function, given as `NAME` or `PROJECT/REGION/NAME`.
    pub(crate) fn function(&self, named: &str) -> FunctionRef {
        named.parse().unwrap_or_else(|_| FunctionRef {
            project: self.settings.project.clone(),
            region: self.settings.region.clone(),
            name: named.to_owned(),
        })
    }
}
