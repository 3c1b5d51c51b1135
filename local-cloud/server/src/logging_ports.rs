//! The logs that Cloud Logging reads from other services.

use std::io;
use std::sync::Arc;

use serde_json::Value;

use longshore_local_cloud_run as run;
use longshore_local_logging::{Admits, LogSource, Offer};

/// The output of Cloud Run's instances.
pub(crate) struct Instances(pub(crate) Arc<run::Service>);

impl LogSource for Instances {
    fn read(
        &self,
        project: &str,
        admits: Admits<'_>,
        each: &mut dyn FnMut(Value),
    ) -> io::Result<()> {
        self.0.read_logs(project, admits, each)
    }

    fn follow(&self, offer: Offer) {
        self.0.follow_logs(offer);
    }
}
