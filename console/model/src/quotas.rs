//! How much of the quotas that the fleet paces itself by was used in the last minute. Pure.
//!
//! Google's counters are not read: they are minutes late. What is counted here is what deployments
//! did by the ledger, so calls of other tools are missing.

use std::collections::BTreeMap;

use longshore_cloud::pacing::Api;
use time::{Duration, OffsetDateTime};

use crate::index::entry::{Entry, Stage, State};
use crate::index::snapshot::Snapshot;

const MINUTE: Duration = Duration::MINUTE;

/// A quota of a project, or of one region of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    pub project: String,
    /// Empty for a quota that covers all regions.
    pub region: String,
    pub name: &'static str,
    /// Calls in the last minute.
    pub used: u32,
    pub per_minute: u32,
    /// Deployments in the stage that uses it.
    pub behind: u32,
}

impl Quota {
    /// Calls that may still be made in this minute.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.per_minute.saturating_sub(self.used)
    }
}

/// The quotas of every project and region with deployments, the scarcest first.
#[must_use]
pub fn quotas(snapshot: &Snapshot, now: OffsetDateTime) -> Vec<Quota> {
    let mut found: BTreeMap<(String, String, &'static str), Quota> = BTreeMap::new();
    for entry in snapshot.entries.iter() {
        let Some(at) = &entry.function else { continue };
        let places = [
            (Stage::BuildSubmitter, "", "builds submitted", Api::BuildSubmits),
            (Stage::ServiceDeployer, at.region.as_str(), "services written", Api::RunWrites),
        ];
        for (stage, region, name, api) in places {
            let used = u32::from(has_called(entry, stage, now));
            let behind = u32::from(entry.state.stage() == Some(stage));
            let is_recent = entry.state.is_open() || now - entry.requested_at < Duration::DAY;
            if used + behind == 0 && !is_recent {
                continue;
            }
            let key = (at.project.clone(), region.to_owned(), name);
            let quota = found.entry(key).or_insert_with(|| Quota {
                project: at.project.clone(),
                region: region.to_owned(),
                name,
                used: 0,
                per_minute: api.default_per_minute(),
                behind: 0,
            });
            quota.used += used;
            quota.behind += behind;
        }
    }
    let mut quotas: Vec<Quota> = found.into_values().collect();
    quotas.sort_by_key(|quota| (quota.left(), std::cmp::Reverse(quota.behind)));
    quotas
}

/// Whether a deployment made the call of a stage in the last minute.
fn has_called(entry: &Entry, stage: Stage, now: OffsetDateTime) -> bool {
    let at = match stage {
        Stage::BuildSubmitter => entry.handed_off[1],
        Stage::ServiceDeployer if entry.state == State::Unchanged => None,
        Stage::ServiceDeployer => entry.writing_since,
        Stage::Uploader | Stage::RegistryWatcher => None,
    };
    at.is_some_and(|at| now - at < MINUTE)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::index::entry::tests::{at, ended, listed};

    #[test]
    fn calls_of_the_last_minute_are_used_and_waiting_deployments_are_behind() {
        let function = || "project-a/europe-west1/f".parse().ok();
        let entries = [
            Entry { writing_since: Some(at(80)), ..ended(1, 0, "deployed", 90) },
            Entry { writing_since: Some(at(20)), ..ended(2, 0, "deployed", 90) },
            Entry { function: function(), ..Entry::of(listed(3, 70, 1), None) },
        ];
        let snapshot = Snapshot::empty(at(0)).with_entries(entries.map(Arc::new), Vec::new(), 10);
        let quotas = quotas(&snapshot, at(100));
        let of = |name| quotas.iter().find(|quota| quota.name == name).unwrap();
        assert_eq!((of("services written").used, of("services written").behind), (1, 0));
        assert_eq!(of("services written").left(), 59);
        assert_eq!((of("builds submitted").used, of("builds submitted").behind), (0, 1));
        assert_eq!(of("builds submitted").region, "");
    }
}
