//! Waiters: however the end of a build and the start of a wait interleave, the deployment is woken
//! exactly once.

use crate::support::sim::SimObjects;
use longshore_ledger::{BuildResult, Concluded, Ledger, Record, Submission, Waiter};
use longshore_messages::{BuildKey, BuildRef, Builder, DeploymentId, WireMessage};
use time::OffsetDateTime;

/// The two steps of each side, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Join,
    ReadResult,
    WriteResult,
    ListWaiters,
}

/// All interleavings of two sides with two steps each.
const INTERLEAVINGS: [[Step; 4]; 6] = {
    use Step::{Join, ListWaiters, ReadResult, WriteResult};
    [
        [WriteResult, ListWaiters, Join, ReadResult],
        [WriteResult, Join, ListWaiters, ReadResult],
        [WriteResult, Join, ReadResult, ListWaiters],
        [Join, WriteResult, ListWaiters, ReadResult],
        [Join, WriteResult, ReadResult, ListWaiters],
        [Join, ReadResult, WriteResult, ListWaiters],
    ]
};

fn build() -> BuildRef {
    BuildRef { key: BuildKey::of(&["waited for"]), number: 1 }
}

fn deployment() -> DeploymentId {
    DeploymentId::of("test", "waiter")
}

/// Records the handoff as the runner does for both sides. Returns 1 if this side must publish,
/// because its record is the first.
async fn wake(ledger: &Ledger, input: &str) -> usize {
    let now = OffsetDateTime::now_utc();
    let record = Record {
        stage: "registry-watcher".to_owned(),
        input: input.to_owned(),
        topic: "projects/demo-project/topics/longshore.image-published".to_owned(),
        message: WireMessage::default(),
        published_at: now,
        started_at: now,
        finished_at: now,
        attempt: None,
        waited_ms: 0,
        waited_for: None,
    };
    let recorded = ledger.record_stage(deployment(), &record).await.unwrap();
    usize::from(recorded.record.input == input)
}

async fn write_result(ledger: &Ledger) {
    let concluded = Concluded::Image { digest: "sha256:0".to_owned() };
    let concluded_at = OffsetDateTime::now_utc();
    let result = BuildResult {
        build_name: "b".to_owned(),
        concluded,
        builder: Builder::default(),
        concluded_at,
    };
    ledger.write_result(build(), &result).await.unwrap();
}

#[tokio::test]
async fn a_build_that_ends_before_between_or_after_the_waiters_steps_wakes_it_once() {
    for interleaving in INTERLEAVINGS {
        let ledger = SimObjects::new().ledger();
        let mut published = 0;
        for step in interleaving {
            match step {
                Step::Join => ledger
                    .wait_for(build(), deployment(), &Waiter { submitted: WireMessage::default() })
                    .await
                    .unwrap(),
                Step::ReadResult => {
                    if ledger.result(build()).await.unwrap().is_some() {
                        published += wake(&ledger, "the waiter's own input").await;
                    }
                }
                Step::WriteResult => write_result(&ledger).await,
                Step::ListWaiters => {
                    for _ in ledger.waiters(build()).await.unwrap() {
                        published += wake(&ledger, "the notification").await;
                    }
                }
            }
        }
        assert_eq!(published, 1, "{interleaving:?}");
    }
}

/// The claimant of a build joins by noting its submission, and has no waiter.
#[tokio::test]
async fn a_build_that_ends_before_between_or_after_the_steps_of_its_claimant_wakes_it_once() {
    for interleaving in INTERLEAVINGS {
        let ledger = SimObjects::new().ledger();
        let mut published = 0;
        // What concludes a build reads its history first. What is noted by then is not read again.
        let noted = ledger.build_history(build()).await.unwrap().claimant_waits;
        assert_eq!(noted, None);
        for step in interleaving {
            match step {
                Step::Join => {
                    let submission = Submission {
                        build_name: "b".to_owned(),
                        base_image: String::new(),
                        submitted_at: OffsetDateTime::now_utc(),
                        claimant_waits: true,
                    };
                    ledger.write_submission(build(), 1, &submission).await.unwrap();
                }
                Step::ReadResult => {
                    if ledger.result(build()).await.unwrap().is_some() {
                        published += wake(&ledger, "the claimant's own input").await;
                    }
                }
                Step::WriteResult => write_result(&ledger).await,
                Step::ListWaiters => {
                    let first = ledger.submission(build(), 1).await.unwrap();
                    if first.is_some_and(|first| first.claimant_waits) {
                        published += wake(&ledger, "the notification").await;
                    }
                }
            }
        }
        assert_eq!(published, 1, "{interleaving:?}");
    }
}
