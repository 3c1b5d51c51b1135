//! Cloud Build, whose builds succeed after a set time, a bounded number of them at the same time, and
//! announce it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use longshore_local_kit::Announce;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::recorded_builds::RecordedBuilds;

/// Maximum number of builds in a list.
const LISTED_MAX: usize = 100;

#[derive(Clone)]
pub(crate) struct TimedBuilds {
    builds: Arc<RecordedBuilds>,
    takes: Duration,
    slots: Arc<Semaphore>,
}

impl TimedBuilds {
    pub(crate) fn new(announce: Arc<dyn Announce>, takes: Duration, at_once: usize) -> Self {
        let builds = Arc::new(RecordedBuilds::new(announce, LISTED_MAX));
        Self { builds, takes, slots: Arc::new(Semaphore::new(at_once)) }
    }

    /// Number of builds since the start.
    pub(crate) fn count(&self) -> usize {
        self.builds.read(BTreeMap::len)
    }
}

#[async_trait]
impl RestApi for TimedBuilds {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        self.builds.answer(call, |build| {
            let own = self.clone();
            tokio::spawn(async move {
                if !own.takes.is_zero() {
                    let _slot = own.slots.acquire().await;
                    tokio::time::sleep(own.takes).await;
                }
                own.builds.succeed(build);
            });
        })
    }
}
