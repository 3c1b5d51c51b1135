//! The services of the fleet's functions, as they were last listed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::LiveService;
use parking_lot::Mutex;
use tokio::time::Instant;

/// How old the list of services may be that is shown. Each place costs a list call.
const SERVICES_AGE: Duration = Duration::from_secs(10);

/// The last list of all services, by their resource names.
#[derive(Default)]
pub(crate) struct ServiceCache {
    listed: Mutex<Option<(Instant, Arc<Services>)>>,
}

/// All services of the fleet's functions, and why those of a place are missing.
#[derive(Default)]
pub(crate) struct Services {
    pub(crate) by_name: BTreeMap<String, LiveService>,
    pub(crate) problems: Vec<String>,
}

impl ServiceCache {
    /// The list, unless it is too old.
    pub(crate) fn recent(&self) -> Option<Arc<Services>> {
        let listed = self.listed.lock();
        let (at, services) = listed.as_ref()?;
        (at.elapsed() < SERVICES_AGE).then(|| Arc::clone(services))
    }

    pub(crate) fn keep(&self, services: &Arc<Services>) {
        *self.listed.lock() = Some((Instant::now(), Arc::clone(services)));
    }
}
