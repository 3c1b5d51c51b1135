//! Cloud Build, whose builds succeed at once and announce it, unless they are held.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use longshore_local_kit::Announce;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde_json::Value;

use crate::recorded_builds::RecordedBuilds;

pub(crate) struct InstantBuilds {
    builds: RecordedBuilds,
    is_holding: AtomicBool,
}

impl InstantBuilds {
    pub(crate) fn new(announce: Arc<dyn Announce>) -> Self {
        let builds = RecordedBuilds::new(announce, usize::MAX);
        Self { builds, is_holding: AtomicBool::new(false) }
    }

    /// Whether builds that are submitted from now on keep running until they are released.
    pub(crate) fn hold(&self, is_holding: bool) {
        self.is_holding.store(is_holding, Ordering::SeqCst);
    }

    /// Ends all builds that were held.
    pub(crate) fn release(&self) {
        let held: Vec<Value> = self.builds.read(|builds| {
            builds.values().filter(|build| build["status"] == "WORKING").cloned().collect()
        });
        for build in held {
            self.builds.succeed(build);
        }
    }
}

#[async_trait]
impl RestApi for InstantBuilds {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        self.builds.answer(call, |build| {
            if !self.is_holding.load(Ordering::SeqCst) {
                self.builds.succeed(build);
            }
        })
    }
}
