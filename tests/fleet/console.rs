//! The console, as an operator uses it: a real Chromium on a real fleet.
//!
//! `tests/clients/console/console.js` drives the browser. Where Chromium or the npm packages are
//! missing, a test prints that it is skipped.

mod acted;
mod attacked;
mod browser;
mod killed;
mod made;
mod many;
mod questions;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_console_model::index::{Ages, Index};
use longshore_ledger::BatchControl;
use longshore_messages::{BatchId, Outcome, Topic, TraceContext, WireMessage, encode_batch, proto};
use time::OffsetDateTime;

use self::browser::{Console, modules};
use crate::support::{Cloud, PATIENCE, function, spec, uuid};

/// An age that nothing reaches in a test.
const NEVER: Duration = Duration::from_secs(86_400);

/// Where the screenshots are written.
fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("console-screenshots")
}

/// A directory with a function whose dependency does not exist.
fn broken(folder: &Path) -> PathBuf {
    let directory = function(folder, "never served");
    fs::write(directory.join("requirements.txt"), "functions-framework==0.0.0.dev0\n").unwrap();
    directory
}

#[tokio::test]
async fn an_operator_sees_deployments_move_and_why_they_fail() {
    let Some(modules) = modules().await else { return };
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let console = Console::start(&cloud, modules).await;

    let source = cloud.stage(&function(cloud.folder(), "one")).await;
    let mut seen = console.begin("moves", &["mover"]).await;
    seen.says("watching").await;
    let first = cloud.request(spec("mover", source)).await;
    let one = cloud.end_of(first).await.outcome;
    assert!(matches!(one, Outcome::Deployed(_)), "{one:?}");
    seen.succeeds().await;

    let again = cloud.stage(&function(cloud.folder(), "two")).await;
    let second = cloud.request(spec("mover", again)).await;
    assert!(matches!(cloud.end_of(second).await.outcome, Outcome::Deployed(_)));
    console.runs("waterfall", &["mover", &second.to_string()]).await;
    console.runs("keyboard", &["mover"]).await;

    let source = cloud.stage(&broken(cloud.folder())).await;
    let failed = cloud.request(spec("broken", source)).await;
    let Outcome::Failed(failure) = cloud.end_of(failed).await.outcome else { panic!("{failed}") };
    console.runs("failure", &["broken", &failure.code, "functions-framework==0.0.0.dev0"]).await;

    let (first, failed) = (format!("deployments/{first}"), format!("deployments/{failed}"));
    let (log, build) = (format!("{failed}/log"), format!("{first}/build"));
    let (messages, ledger) = (format!("{first}/messages"), format!("{first}/ledger"));
    let of = |name: &str| {
        format!("functions/{}/{}/{name}", cloud.settings.project, cloud.settings.region)
    };
    let mover = of("mover");
    let beside = format!("deployments/{second}?beside=last-good");
    let ask = format!("act?action=redeploy&target={second}");
    let pages = [
        ("road", ""),
        ("deployments", "deployments"),
        ("deployment", &beside),
        ("failed", &failed),
        ("log", &log),
        ("build", &build),
        ("messages", &messages),
        ("ledger", &ledger),
        ("failures", "failures"),
        ("functions", "functions"),
        ("function", &mover),
        ("batches", "batches"),
        ("parked", "parked"),
        ("quotas", "quotas"),
        ("actions", "actions"),
        ("ask", &ask),
        ("trace-file", "traces/open"),
    ];
    let paths: Vec<&str> = pages.iter().map(|(_, path)| *path).collect();
    console.runs("accessible", &paths).await;
    let named: Vec<String> = pages.iter().map(|(name, path)| format!("{name}={path}")).collect();
    let folder = pictures().display().to_string();
    let mut arguments = vec![folder.as_str()];
    arguments.extend(named.iter().map(String::as_str));
    console.runs("screenshots", &arguments).await;

    let Outcome::Deployed(one) = one else { panic!("{one:?}") };
    let at = mover.trim_start_matches("functions/");
    let command = format!("longshore rollback {at} --to {}", one.revision);
    console.runs("acts", &[&mover, "Roll back", &command, "the new one is slow"]).await;
    assert_eq!(cloud.call("mover"), (true, "one".to_owned()));
    let action = cloud.ledger.list_actions(10).await.unwrap().remove(0);
    let noted = (action.action.as_str(), action.reason.as_str());
    assert_eq!(noted, ("rollback", "the new one is slow"));
    assert!(action.by.ends_with(" in the console"), "{action:?}");
}

#[tokio::test]
async fn an_operator_acts_and_says_why() {
    let Some(modules) = modules().await else { return };
    let cloud = Cloud::start().await;
    let _submitter = cloud.worker("build-submitter");
    let console = Console::start(&cloud, modules).await;

    // No worker can read this, so it is parked.
    let unreadable = WireMessage { data: "no protobuf".into(), ..WireMessage::default() };
    cloud.publish(Topic::SourceUploaded, &unreadable).await;
    let parked = waits(async || Some(cloud.ledger.list_parked().await.unwrap().pop()?.name)).await;
    let id = parked.strip_prefix("parked/").unwrap();
    let command = format!("longshore parked replay {id}");
    console.runs("acts", &["parked", "Publish again", &command, "the schema is fixed"]).await;

    let batch = batch(&cloud).await;
    // No uploader takes what is admitted, so the batch goes on for as long as the test needs.
    let _feeder = cloud.worker("batch-feeder");
    waits(async || cloud.ledger.batch_progress(batch).await.unwrap().map(drop)).await;
    let (page, command) = (format!("batches/{batch}"), format!("longshore batch pause {batch}"));
    console.runs("acts", &[&page, "Pause", &command, "an incident"]).await;
    let control = async || Some(cloud.ledger.batch_progress(batch).await.unwrap()?.0.control);
    assert_eq!(control().await, Some(BatchControl::Paused));
    let command = format!("longshore batch resume {batch}");
    console.runs("acts", &[&page, "Resume", &command, "it is over"]).await;
    assert_eq!(control().await, Some(BatchControl::Running));

    let actions = cloud.ledger.list_actions(10).await.unwrap();
    let done: Vec<_> =
        actions.iter().map(|action| (action.action.as_str(), action.reason.as_str())).collect();
    let expected = [
        ("batch-resume", "it is over"),
        ("batch-pause", "an incident"),
        ("replay", "the schema is fixed"),
    ];
    assert_eq!(done, expected);
    assert!(actions.iter().all(|action| action.by.ends_with(" in the console")), "{actions:?}");
}

#[tokio::test]
async fn what_began_and_ended_while_no_page_was_open_is_in_the_history() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    // A page reads the index with each request. The newest deployment of a function is listed while it
    // is open, before all functions are looked at again. Parts of the ledger are never listed again.
    let ages =
        Ages { snapshot: Duration::ZERO, heads: Duration::from_secs(8), pause: NEVER, part: NEVER };
    let index = Index::new(cloud.ledger.clone(), ages);
    index.load().await;
    assert_eq!(index.fresh().await.entries.len(), 0);
    let source = cloud.stage(&function(cloud.folder(), "often")).await;
    for _ in 0..2 {
        let id = cloud.request(spec("often", source.clone())).await;
        let finished = cloud.end_of(id).await;
        assert!(!matches!(finished.outcome, Outcome::Failed(_)), "{finished:?}");
    }
    let newest = cloud.request(spec("often", source)).await;
    waits(async || index.fresh().await.entry(newest).map(drop)).await;
    waits(async || (index.fresh().await.entries.len() == 3).then_some(())).await;
}

#[tokio::test]
async fn the_first_page_after_a_pause_shows_what_has_just_ended() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let no_pause = Duration::ZERO;
    let ages = Ages { snapshot: Duration::ZERO, heads: NEVER, pause: no_pause, part: NEVER };
    let index = Index::new(cloud.ledger.clone(), ages);
    index.load().await;
    assert_eq!(index.fresh().await.entries.len(), 0);
    let source = cloud.stage(&function(cloud.folder(), "once")).await;
    let id = cloud.request(spec("once", source)).await;
    cloud.end_of(id).await;
    assert!(index.fresh().await.entry(id).is_some());
}

/// A batch of a few functions.
async fn batch(cloud: &Cloud) -> BatchId {
    let source = cloud.stage(&function(cloud.folder(), "of a batch")).await;
    let entries = (0..6).map(|number| proto::BatchEntry {
        function: Some(spec(&format!("member-{number}"), source.clone())),
        ..proto::BatchEntry::default()
    });
    let batch = proto::Batch {
        name: "runtime upgrade".to_owned(),
        entries: entries.collect(),
        waves: vec![1],
        ..proto::Batch::default()
    };
    let request = proto::BatchRequested { batch: Some(batch), ..proto::BatchRequested::default() };
    let id = uuid();
    let now = OffsetDateTime::now_utc();
    let message = encode_batch(&request, "//test", &id, &TraceContext::default(), now);
    cloud.publish(Topic::BatchRequested, &message).await;
    BatchId::requested_by("default", "//test", &id)
}

/// Waits until a read finds something.
async fn waits<T>(mut read: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = read().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("not found in time")
}
