//! Deployments for tests.

use std::sync::Arc;

use longshore_console_model::index::entry::{Cause, Entry, State};
use longshore_ledger::ListedDeployment;
use longshore_messages::DeploymentId;
use time::OffsetDateTime;

/// 2025-06-15 15:06:40 UTC, and so many seconds.
pub(super) fn at(second: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_750_000_000 + second).unwrap()
}

/// A deployment that was requested at this second, and that so many stages have handed off since, one
/// each two seconds.
pub(super) fn deployment(number: u32, second: i64, stages: usize) -> Entry {
    let names = ["uploader", "build-submitter", "registry-watcher"];
    let handed_off = names.into_iter().zip(1..).take(stages);
    let listed = ListedDeployment {
        id: DeploymentId::of("//samples", &number.to_string()),
        first_at: at(second),
        requester: None,
        admitted_at: None,
        stages: handed_off.map(|(name, index)| (name.to_owned(), at(second + 2 * index))).collect(),
        ending_at: None,
        is_cancelled: false,
        is_deletion: false,
        has_noted_wait: false,
        delays: 0,
        parked: 0,
        end: None,
    };
    let region = if number.is_multiple_of(2) { "europe-west1" } else { "us-central1" };
    Entry {
        function: format!("project-a/{region}/function-{number}").parse().ok(),
        requester: "default".to_owned(),
        source: "//ci.example".to_owned(),
        ..Entry::of(listed, None)
    }
}

/// The same, which has ended.
pub(super) fn ended(number: u32, second: i64, state: State, took: i64) -> Entry {
    let cause = (state == State::Failed).then(|| Cause {
        stage: "registry-watcher".to_owned(),
        code: "build-failed".to_owned(),
        reason: "pip could not install the requirements\nline two".to_owned(),
        advice: "fix requirements.txt".to_owned(),
        log_url: String::new(),
        is_users: true,
    });
    let revision = state.is_good().then(|| format!("function-{number}-00001-abc"));
    let stages = if state == State::Failed { 2 } else { 3 };
    Entry {
        state,
        cause,
        revision,
        ended_at: Some(at(second + took)),
        ..deployment(number, second, stages)
    }
}

/// Deployments that have ended, newest first.
pub(super) fn deployments(number: u32, state: State) -> Vec<Arc<Entry>> {
    (0..number).rev().map(|n| Arc::new(ended(n, i64::from(n), state.clone(), 10))).collect()
}
