use longshore_console_model::index::entry::Stage;
use longshore_console_model::index::snapshot::Feeding;

use super::super::samples::{at, deployment, ended};
use super::*;

fn moved(entry: Entry, state: State) -> Change {
    let at = entry.ended_at.filter(|_| !state.is_open()).unwrap_or(at(4));
    Change::Moved { at, entry: Arc::new(entry), state }
}

fn text(change: Change, reason: Option<&str>) -> String {
    Line::of(change, reason.map(str::to_owned)).text().as_str().to_owned()
}

#[test]
fn a_line_says_what_happened_to_which_function_and_why() {
    let failed = ended(2, 0, State::Failed, 12);
    let line = text(moved(failed.clone(), State::Failed), None);
    let expected = format!(
        "2025-06-15T15:06:52Z  {}  project-a/europe-west1/function-2  failed in registry-watcher \
         after 12 s: build-failed: pip could not install the requirements",
        failed.id
    );
    assert_eq!(line, expected);
    let line = text(moved(failed, State::In(Stage::RegistryWatcher)), None);
    assert!(line.ends_with("in-progress in registry-watcher after 4.0 s"), "{line}");
    let good = text(moved(ended(2, 0, State::Deployed, 12), State::Deployed), None);
    assert!(good.ends_with("deployed after 12 s: function-2-00001-abc"), "{good}");
}

#[test]
fn a_slow_one_says_what_it_waits_for() {
    let entry = Arc::new(deployment(2, 0, 3));
    let line = text(Change::Slow { at: at(90), entry }, Some("Waiting for\x1b[2J its revision."));
    let expected = "in-progress in service-deployer, slow after 1 min 30 s: Waiting for\\x1b[2J its \
                    revision.";
    assert!(line.ends_with(expected), "{line}");
}

#[test]
fn a_batch_says_how_far_it_is() {
    let id = BatchId::requested_by("default", "//samples", "1");
    let feeding = Feeding { waiting: 1, in_flight: 2, done: 3, failed: 1, is_paused: true };
    let name = "upgrade".to_owned();
    let line = text(Change::Batch { at: at(0), id, name, functions: 6, feeding }, None);
    let expected = format!(
        "2025-06-15T15:06:40Z  batch {id} upgrade  paused, 3 done, 1 failed, 2 in flight, 1 waiting \
         of 6"
    );
    assert_eq!(line, expected);
}

#[test]
fn json_has_what_the_text_has() {
    let failed = ended(2, 0, State::Failed, 12);
    let line = Line::of(moved(failed.clone(), State::Failed), None);
    let json = serde_json::to_value(&line).unwrap();
    let expected = serde_json::json!({
        "kind": "deployment",
        "at": "2025-06-15T15:06:52Z",
        "deployment": failed.id,
        "function": "project-a/europe-west1/function-2",
        "requester": "default",
        "batch": null,
        "state": "failed",
        "stage": "registry-watcher",
        "isSlow": false,
        "seconds": 12.0,
        "revision": null,
        "code": "build-failed",
        "reason": "pip could not install the requirements\nline two",
    });
    assert_eq!(json, expected);
}
