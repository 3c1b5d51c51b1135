//! A worker whose clock is off compares deadlines by the ledger's clock, and ends nothing that no
//! message asks it to end.

use std::sync::Arc;

use crate::support::sim::SimObjects;
use crate::support::stages::{REGION, Stages, words};
use time::{Duration, OffsetDateTime};

/// An hour and a half: a deployment with an hour left is past its deadline by a clock that is ahead
/// by this much.
const WRONG: Duration = Duration::minutes(90);

#[tokio::test]
async fn times_are_read_by_the_clock_of_the_bucket() {
    let objects = SimObjects::new();
    for ahead in [Duration::ZERO, WRONG, -WRONG] {
        let ledger = objects.ahead_by(ahead).ledger();
        let measured = ledger.measure_clock().await.unwrap();
        assert!((measured - ahead).abs() < Duration::seconds(5), "{measured}");
        let now = ledger.now() - OffsetDateTime::now_utc();
        assert!((now - ahead).abs() < Duration::seconds(5), "{now}");
        assert_eq!(ledger.is_clock_sound(), ahead.is_zero());
        let another = ledger.clone();
        assert_eq!(another.is_clock_sound(), ahead.is_zero(), "one measurement for all handles");
    }
    assert!(objects.ledger().is_clock_sound(), "until it is measured");
}

#[tokio::test]
async fn a_worker_whose_clock_is_off_ends_no_deployment() {
    for (ahead, ended) in [(Duration::ZERO, 1), (WRONG, 0)] {
        let bench = Stages::start_on(SimObjects::new().ahead_by(ahead), Arc::default());
        bench.open("a", REGION, OffsetDateTime::now_utc() - Duration::minutes(1)).await;
        bench.measure_clock().await;
        assert_eq!(words(&bench.sweep().await).len(), ended, "{ahead}");
    }
}
