//! Reports about loops of events, in the logs of the services that do not get the last event.

use std::sync::{Arc, OnceLock};

use longshore_local_cloud_run as run;
use longshore_local_pubsub::LoopLog;

/// The logs of services. Cloud Run is opened after Pub/Sub. What is pushed before is only in the log
/// of this process: a loop cannot go on without its service.
#[derive(Clone, Default)]
pub(crate) struct ServiceLogs {
    run: Arc<OnceLock<Arc<run::Service>>>,
}

impl ServiceLogs {
    /// Begins to write.
    pub(crate) fn to(&self, run: Arc<run::Service>) {
        // There is one Cloud Run, so nothing was set before.
        let _first = self.run.set(run);
    }
}

impl LoopLog for ServiceLogs {
    fn stopped(&self, service: &str, report: &str) {
        if let Some(run) = self.run.get() {
            run.report(service, report);
        }
    }
}
