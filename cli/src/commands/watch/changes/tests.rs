use longshore_ledger::ListedBatch;

use super::super::samples::{at, deployment, ended};
use super::*;

fn snapshot(entries: impl IntoIterator<Item = Entry>) -> Snapshot {
    let entries = entries.into_iter().map(Arc::new);
    Snapshot::empty(at(0)).with_entries(entries, Vec::new(), 1_000)
}

/// The states of the changes, as words, with the second of each.
fn words(changes: &[Change]) -> Vec<(String, i64)> {
    let word = |change: &Change| match change {
        Change::Moved { state: State::In(stage), .. } => stage.as_str().to_owned(),
        Change::Moved { state, .. } => state.word().to_owned(),
        Change::Slow { .. } => "slow".to_owned(),
        Change::Batch { feeding, .. } => format!("{} done", feeding.done),
        Change::BatchEnded { outcome, .. } => outcome.clone(),
    };
    let second = |change: &Change| (change.at() - at(0)).whole_seconds();
    changes.iter().map(|change| (word(change), second(change))).collect()
}

fn next(changes: &mut Changes, snapshot: &Snapshot, second: i64) -> Vec<(String, i64)> {
    words(&changes.next(snapshot, &Filter::default(), at(second)))
}

fn expected(words: &[(&str, i64)]) -> Vec<(String, i64)> {
    words.iter().map(|(word, second)| ((*word).to_owned(), *second)).collect()
}

#[test]
fn each_step_is_a_change_at_its_own_time_even_if_several_are_seen_at_once() {
    let mut changes = Changes::since(at(0));
    let first = next(&mut changes, &snapshot([deployment(1, 10, 0)]), 11);
    assert_eq!(first, expected(&[("uploader", 10)]));
    assert_eq!(next(&mut changes, &snapshot([deployment(1, 10, 0)]), 12), []);
    let later = next(&mut changes, &snapshot([ended(1, 10, State::Deployed, 30)]), 41);
    let steps = [
        ("build-submitter", 12),
        ("registry-watcher", 14),
        ("service-deployer", 16),
        ("deployed", 40),
    ];
    assert_eq!(later, expected(&steps));
    assert_eq!(next(&mut changes, &snapshot([ended(1, 10, State::Deployed, 30)]), 42), []);
}

#[test]
fn what_had_ended_before_is_not_a_change_and_what_was_open_is_one() {
    let mut changes = Changes::since(at(100));
    let seen = snapshot([ended(1, 0, State::Failed, 50), deployment(2, 80, 1)]);
    assert_eq!(next(&mut changes, &seen, 101), expected(&[("build-submitter", 101)]));
    let seen = snapshot([ended(1, 0, State::Failed, 50), ended(2, 80, State::Failed, 30)]);
    let steps = [("registry-watcher", 84), ("failed", 110)];
    assert_eq!(next(&mut changes, &seen, 111), expected(&steps));
}

#[test]
fn a_deployment_is_slow_once() {
    let mut changes = Changes::since(at(0));
    let entries = || {
        let fast = (1..10).map(|n| ended(n, 0, State::Deployed, 20));
        snapshot(fast.chain([deployment(20, 50, 3)]))
    };
    next(&mut changes, &entries(), 60);
    assert_eq!(next(&mut changes, &entries(), 80), []);
    assert_eq!(next(&mut changes, &entries(), 110), expected(&[("slow", 110)]));
    assert_eq!(next(&mut changes, &entries(), 120), []);
}

#[test]
fn a_filter_selects_what_is_followed() {
    let mut changes = Changes::since(at(0));
    let filter = Filter::default().with("stage", Stage::BuildSubmitter.as_str());
    let seen = snapshot([deployment(1, 1, 1), deployment(2, 1, 2)]);
    let changes = changes.next(&seen, &filter, at(9));
    assert_eq!(words(&changes), expected(&[("uploader", 1), ("build-submitter", 3)]));
}

#[test]
fn a_batch_is_followed_to_its_end() {
    let id = BatchId::requested_by("default", "//samples", "1");
    let listed = |outcome: Option<&str>| ListedBatch {
        id,
        name: "upgrade".to_owned(),
        functions: 9,
        accepted_at: at(0),
        outcome: outcome.map(str::to_owned),
    };
    let seen = |done, outcome: Option<&str>| {
        let feeding = outcome.is_none().then_some((id, Feeding { done, ..Feeding::default() }));
        let mut seen = snapshot([]);
        seen.batches = vec![listed(outcome)].into();
        seen.feeding = Arc::new(feeding.into_iter().collect());
        seen
    };
    let mut changes = Changes::since(at(0));
    assert_eq!(next(&mut changes, &seen(0, None), 1), expected(&[("0 done", 1)]));
    assert_eq!(next(&mut changes, &seen(0, None), 2), []);
    assert_eq!(next(&mut changes, &seen(4, None), 3), expected(&[("4 done", 3)]));
    assert_eq!(next(&mut changes, &seen(9, Some("completed")), 4), expected(&[("completed", 4)]));
    assert_eq!(next(&mut changes, &seen(9, Some("completed")), 5), []);
}
