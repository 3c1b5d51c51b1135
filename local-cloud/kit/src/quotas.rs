//! Google's quotas of requests, and the time that Google takes, for all services in one place.
//!
//! One layer stands before each API ([`Quotas::over`]). It knows the methods from the lists of the
//! services, counts each call against the quotas that Google counts it against, and refuses the one
//! that exceeds them as Google does: 429, `RESOURCE_EXHAUSTED`, with the quota in an `ErrorInfo`. A
//! refused call reaches no service, and does not count.
//!
//! - [`catalog`]: which quotas there are, and which calls they count.
//! - [`settings`]: the file that changes their limits. [`latency`]: how long builds, revisions and
//!   calls take.
//! - `window`: the calls of the last minute.
//! - `layer`: the layer, `refusal`: what a refused caller gets.
//!
//! The window slides: no 60 seconds have more calls than the limit. Google refills its buckets
//! continuously and lets short bursts pass, so what passes here passes there. A restart forgets the
//! window. Calls between the services of the local cloud, and calls of functions, are not counted.

pub mod catalog;
pub mod latency;
mod layer;
mod refusal;
pub mod settings;
mod window;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use parking_lot::Mutex;

use crate::coverage::Method;
use crate::projects::LocalProject;
use crate::state::Scope;
pub use catalog::Quota;
pub use latency::{Latency, Pace};
pub use layer::{place_of, routing};
use settings::Numbered;
pub use settings::QuotaSettings;
use window::Window;

/// The refusal of a call that is to fail.
const INJECTED_WAIT: Duration = Duration::from_secs(1);

/// The quotas of all services.
#[derive(Clone, Debug)]
pub struct Quotas(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: QuotaSettings,
    pace: Pace,
    projects: LocalProject,
    region: String,
    windows: Mutex<HashMap<Bucket, Window>>,
    counts: Mutex<BTreeMap<&'static str, Count>>,
}

/// Calls since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub served: u64,
    pub refused: u64,
}

/// What a quota counts by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Bucket {
    metric: &'static str,
    /// The number, so that a project has one bucket under both of its names.
    project_number: u64,
    /// Empty for a quota of all regions.
    region: String,
}

/// A call that exceeds a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    pub quota: &'static Quota,
    pub limit: u32,
    pub project_number: u64,
    /// Empty for a quota of all regions.
    pub region: String,
    /// Until the call would be allowed.
    pub retry_after: Duration,
    /// Whether the refusal contains that time.
    pub tells_retry: bool,
}

impl Quotas {
    /// The quotas with these limits. `region` is that of calls that name none.
    #[must_use]
    pub fn new(
        settings: QuotaSettings,
        pace: Pace,
        projects: LocalProject,
        region: String,
    ) -> Self {
        let (windows, counts) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Shared { settings, pace, projects, region, windows, counts }))
    }

    /// Puts the layer before an API. `service` is its host name at Google, and the lists are those
    /// of its methods.
    pub fn over(
        &self,
        router: Router,
        service: &'static str,
        lists: &[&'static [Method]],
    ) -> Router {
        if self.0.settings.is_unlimited() && self.0.pace.latency.call.is_zero() {
            return router;
        }
        layer::over(self.clone(), router, service, lists)
    }

    /// Counts a call against all of these quotas, or against none if it exceeds one of them.
    ///
    /// # Errors
    /// [`Exceeded`] for the first quota that is used up. Call again after its `retry_after`.
    pub fn take(
        &self,
        quotas: &[&'static Quota],
        project: &str,
        region: &str,
    ) -> Result<(), Exceeded> {
        let shared = &self.0;
        let project_number = shared.projects.number_of(project);
        let region = if region.is_empty() { shared.region.as_str() } else { region };
        let now = shared.pace.clock.now();
        let mut windows = shared.windows.lock();
        let mut counted = Vec::with_capacity(quotas.len());
        for quota in quotas {
            let numbered = Numbered { number: project_number, projects: &shared.projects };
            let Some(limit) = shared.settings.limit(quota, &numbered, region) else { continue };
            let region = if quota.is_regional { region.to_owned() } else { String::new() };
            let bucket = Bucket { metric: quota.metric, project_number, region };
            let window = windows.entry(bucket.clone()).or_default();
            let mut counts = shared.counts.lock();
            let count = counts.entry(quota.metric).or_default();
            let wait = match shared.settings.refuses(quota, count.served + count.refused + 1) {
                true => Some(INJECTED_WAIT),
                false => window.wait(limit, now),
            };
            if let Some(retry_after) = wait {
                count.refused += 1;
                return Err(Exceeded {
                    quota,
                    limit,
                    project_number,
                    region: bucket.region,
                    retry_after,
                    tells_retry: shared.settings.tells_retry,
                });
            }
            counted.push(bucket);
        }
        let mut counts = shared.counts.lock();
        for bucket in counted {
            counts.entry(bucket.metric).or_default().served += 1;
            windows.entry(bucket).or_default().count(now);
        }
        Ok(())
    }

    /// Forgets the calls of the last minute in a scope, as if they had not been made.
    pub fn forget(&self, scope: &Scope) {
        let mut windows = self.0.windows.lock();
        match scope {
            Scope::Everything => windows.clear(),
            Scope::Project(id) => {
                let number = self.0.projects.number_of(id);
                windows.retain(|bucket, _| bucket.project_number != number);
            }
        }
    }

    /// The calls that were counted, by metric.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, Count> {
        self.0.counts.lock().clone()
    }

    /// The limits in a project, as Service Usage reports them: of each quota of a service, in each
    /// region that has one of its own, and elsewhere (`None`).
    #[must_use]
    pub fn limits(&self, service: &str, project: &str) -> Vec<ReportedLimit> {
        let projects = &self.0.projects;
        let project = Numbered { number: projects.number_of(project), projects };
        let of_service = catalog::ALL.iter().filter(|quota| quota.service == service);
        let settings = &self.0.settings;
        let reported = of_service.filter_map(|quota| {
            let elsewhere = settings.limit(quota, &project, "");
            let regions = settings.regions(quota, &project);
            let regions: Vec<_> = regions
                .into_iter()
                .filter_map(|region| {
                    let limit = settings.limit(quota, &project, &region)?;
                    Some((region, limit))
                })
                .collect();
            (elsewhere.is_some() || !regions.is_empty()).then_some(ReportedLimit {
                quota,
                elsewhere,
                regions,
            })
        });
        reported.collect()
    }
}

impl Default for Quotas {
    /// No limits.
    fn default() -> Self {
        let (settings, pace) = (QuotaSettings::default(), Pace::default());
        Self::new(settings, pace, LocalProject::default(), String::new())
    }
}

/// The limits of one quota in one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedLimit {
    pub quota: &'static Quota,
    /// `None`: no limit.
    pub elsewhere: Option<u32>,
    pub regions: Vec<(String, u32)>,
}

#[cfg(test)]
mod tests;
