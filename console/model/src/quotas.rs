//! What is left of the quotas that the fleet paces itself by: the buckets that all replicas share.
//!
//! Google's own counters are not read: they are minutes late. Calls of other tools count only once a
//! call of the fleet was refused for them.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _};
use longshore_cloud::chain;
use longshore_cloud::pacing::{Api, Bucket, Key, Pacer};
use longshore_ledger::{Ledger, LedgerError, WaitCause};
use time::OffsetDateTime;

use crate::index::snapshot::Snapshot;

/// Deployments whose noted wait is read, at most.
const WAITS_MAX: usize = 256;

/// Requests that are made at the same time.
const AT_ONCE: usize = 16;

/// A quota of a project, or of one region of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    pub key: Key,
    /// The ids of its project, as functions name it. Empty if no deployment in the index does.
    pub projects: BTreeSet<String>,
    /// `Err` with a sentence if it cannot be read.
    pub used: Result<Use, String>,
    /// Deployments that have noted that they wait for it.
    pub behind: usize,
}

/// How much of a quota is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Calls in the last minute.
    pub made: u32,
    /// Calls that have a token for the next seconds.
    pub taken: u32,
    /// Calls that may be made in a minute now.
    pub limit: u32,
    /// The same without what was lost by a refusal.
    pub ceiling: u32,
    /// Until when nothing is called, because Google refused a call.
    pub blocked_until: Option<OffsetDateTime>,
}

impl Use {
    fn of(bucket: &Bucket, now: OffsetDateTime) -> Self {
        let now_ms = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
        let bucket = bucket.at(now_ms);
        let (made, taken) = bucket.calls(now_ms);
        let until = i128::from(bucket.blocked_until_ms()) * 1_000_000;
        let blocked_until = OffsetDateTime::from_unix_timestamp_nanos(until).ok();
        Self {
            made,
            taken,
            limit: bucket.limit(),
            ceiling: bucket.ceiling(),
            blocked_until: blocked_until.filter(|until| *until > now),
        }
    }

    /// Calls that may still be made in this minute.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.limit.saturating_sub(self.made + self.taken)
    }
}

/// Reads the quotas, the scarcest first.
///
/// # Errors
/// When they cannot be listed. The next read may succeed.
pub async fn read(
    ledger: &Ledger,
    pacer: &Pacer,
    snapshot: &Snapshot,
) -> Result<Vec<Quota>, LedgerError> {
    let listed = ledger.list_quotas().await?;
    let (behind, projects) = tokio::join!(behind(ledger, snapshot), projects(pacer, snapshot));
    let now = ledger.now();
    let quotas = listed.into_iter().map(|(key, bucket)| Quota {
        projects: projects.get(&key.project).cloned().unwrap_or_default(),
        used: bucket.map(|bucket| Use::of(&bucket, now)).map_err(|error| chain(&error)),
        behind: behind.get(&waited_for(&key)).copied().unwrap_or(0),
        key,
    });
    Ok(scarcest_first(quotas.collect()))
}

fn scarcest_first(mut quotas: Vec<Quota>) -> Vec<Quota> {
    let left = |quota: &Quota| quota.used.as_ref().map_or(0, Use::left);
    quotas.sort_by_key(|quota| (std::cmp::Reverse(quota.behind), left(quota)));
    quotas
}

/// What a note of a wait says of a quota: its name for people, the project and the region.
type WaitedFor = (String, String, String);

fn waited_for(key: &Key) -> WaitedFor {
    (key.api.quota().to_owned(), key.project.clone(), key.region.clone())
}

/// How many deployments wait for each quota, by their notes.
async fn behind(ledger: &Ledger, snapshot: &Snapshot) -> BTreeMap<WaitedFor, usize> {
    let waiting = snapshot.entries.iter().filter(|entry| entry.has_noted_wait);
    let waiting = waiting.filter_map(|entry| Some((entry.id, entry.state.stage()?)));
    let waiting: Vec<_> = waiting.take(WAITS_MAX).collect();
    let read = stream::iter(waiting)
        .map(async |(id, stage)| ledger.last_wait(id, stage.as_str()).await.ok().flatten());
    let read: Vec<_> = read.buffer_unordered(AT_ONCE).collect().await;
    let mut behind: BTreeMap<WaitedFor, usize> = BTreeMap::new();
    for wait in read.into_iter().flatten() {
        if let WaitCause::Quota { quota, project, region, .. } = wait.cause {
            *behind.entry((quota, project, region)).or_default() += 1;
        }
    }
    behind
}

/// The ids of each project, by the name under which its quotas are shared: its number.
async fn projects(pacer: &Pacer, snapshot: &Snapshot) -> BTreeMap<String, BTreeSet<String>> {
    let functions = snapshot.entries.iter().filter_map(|entry| entry.function.as_ref());
    let ids: BTreeSet<&str> = functions.map(|function| function.project.as_str()).collect();
    let mut projects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in ids {
        let key = pacer.shared_key(&Key::of_project(id, Api::RunWrites)).await;
        projects.entry(key.project).or_default().insert(id.to_owned());
    }
    projects
}

#[cfg(test)]
mod tests {
    use longshore_cloud::pacing::bucket::Refusal;

    use super::*;
    use crate::index::entry::tests::at;

    fn quota(project: &str, calls: u32, behind: usize) -> Quota {
        let mut bucket = Bucket::default();
        for _ in 0..calls {
            bucket.take(millis(0), 1, 60);
        }
        let key = Key::of_project(project, Api::BuildSubmits);
        let used = Ok(Use::of(&bucket, at(1)));
        Quota { key, projects: BTreeSet::new(), used, behind }
    }

    fn millis(second: i64) -> u64 {
        u64::try_from(at(second).unix_timestamp()).unwrap() * 1_000
    }

    #[test]
    fn what_is_used_is_what_all_replicas_have_taken() {
        let used = quota("p", 11, 0).used.unwrap();
        let expected = Use { made: 10, taken: 1, limit: 60, ceiling: 60, blocked_until: None };
        assert_eq!(used, expected);
        assert_eq!(used.left(), 49);
    }

    #[test]
    fn a_refusal_shows_as_a_lower_limit_and_a_time() {
        let mut bucket = Bucket::default();
        bucket.take(millis(0), 1, 60);
        let told = std::time::Duration::from_secs(40);
        let refusal = Refusal { limit: Some(30), retry_after: Some(told) };
        bucket.refused(millis(0), refusal, 60);
        let used = Use::of(&bucket, at(10));
        assert_eq!((used.limit, used.blocked_until), (30, Some(at(40))));
        assert_eq!(Use::of(&bucket, at(41)).blocked_until, None);
    }

    #[test]
    fn the_quota_that_most_deployments_wait_for_is_first_and_then_the_scarcest() {
        let sorted = scarcest_first(vec![quota("a", 1, 0), quota("b", 9, 0), quota("c", 1, 2)]);
        let names: Vec<&str> = sorted.iter().map(|quota| quota.key.project.as_str()).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
