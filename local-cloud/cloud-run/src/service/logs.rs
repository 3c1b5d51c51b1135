//! The logs of services: what the platform writes to them, and who reads them.

use std::collections::BTreeMap;

use super::Service;
use crate::core::{ServiceName, short};
use crate::logs::{Follower, Source, Stream};

impl Service {
    /// Writes an error of the platform to the log of a service: `projects/P/locations/L/services/S`.
    /// No-op if it does not exist.
    pub fn report(&self, service: &str, error: &str) {
        let Some(name) = ServiceName::parse(service) else { return };
        let serving =
            self.core().entry(service).map(|entry| entry.service.latest_ready_revision.clone());
        let Some(revision) = serving else { return };
        let revision = short(&revision).to_owned();
        let labels = BTreeMap::new();
        let source = Source { service: name, revision, instance: String::new(), labels };
        let line = serde_json::json!({"severity": "ERROR", "message": error});
        self.host.logs.write(&source, Stream::System, &line.to_string());
    }

    /// Calls `each` with the entries of Cloud Logging that the instances of a project have written.
    /// Those whose resource has a label that is not admitted are left out. It blocks.
    ///
    /// # Errors
    /// When the logs cannot be read.
    pub fn read_logs(
        &self,
        project: &str,
        admits: &dyn Fn(&str, &str) -> bool,
        each: &mut dyn FnMut(serde_json::Value),
    ) -> std::io::Result<()> {
        self.host.logs.read(project, admits, each)
    }

    /// Gives each entry of Cloud Logging that is stored from now on to the follower. Called once.
    pub fn follow_logs(&self, follower: Follower) {
        self.host.logs.follow(follower);
    }
}
