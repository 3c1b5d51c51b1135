//! Outages that last longer than a few deliveries. No time passes: what counts is the number of
//! deliveries that Pub/Sub makes in that time.

use std::time::Duration;

use crate::support::fakes::Fault;
use crate::support::post::Settled;
use crate::support::stages::{REGION, Said, Stages, words};
use longshore_build_submitter::build_key;
use longshore_cloud::{BuildStatus, Kind};
use longshore_messages::{BuildRef, SourceUploaded, Topic, decode};
use longshore_runner::COPIED_AT_ATTEMPT;

const FLEET: &str = include_str!("../../deploy/fleet.toml");

/// The value of a setting in `deploy/fleet.toml`.
fn setting(name: &str) -> u64 {
    let line = FLEET.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix('='));
    line.unwrap().trim().parse().unwrap()
}

/// The number of deliveries that fail in an outage: the backoff doubles up to its maximum.
fn deliveries_in(outage: Duration) -> u32 {
    let maximum = Duration::from_secs(setting("maximum_backoff_s"));
    let (mut backoff, mut passed) = (Duration::from_millis(setting("minimum_backoff_ms")), 0);
    let (mut deliveries, limit_ms) = (1, outage.as_millis());
    loop {
        passed += backoff.as_millis();
        if passed >= limit_ms {
            return deliveries;
        }
        deliveries += 1;
        backoff = (backoff * 2).min(maximum);
    }
}

/// Delivers a message to a stage that cannot reach Cloud Build, some time after the delivery before.
async fn fails(bench: &Stages, said: &Said, attempt: u32) -> Settled {
    bench.builds.fail_next(Fault::Refused(Kind::Unavailable));
    let settled = bench.pass_on_at(said, attempt).await;
    let uploaded: SourceUploaded = decode(&said.message).unwrap();
    let key = build_key(&uploaded.function, &uploaded.source);
    bench.age_claim(BuildRef { key, number: 1 }).await;
    settled
}

/// A source that is ready for build-submitter, as the message that says so.
async fn uploaded(bench: &Stages) -> Said {
    bench.admit("f", REGION, 1).await;
    let message = bench.recorded("f", "uploader").await;
    Said { words: String::new(), topic: Topic::SourceUploaded, message }
}

#[tokio::test]
async fn a_deployment_with_a_deadline_of_6_hours_survives_an_outage_of_3() {
    let bench = Stages::start();
    let said = uploaded(&bench).await;
    let deliveries = deliveries_in(Duration::from_secs(3 * 3_600));
    assert!(deliveries > 20, "{deliveries}");
    for attempt in 1..=deliveries {
        assert_eq!(fails(&bench, &said, attempt).await, Settled::Nack, "{attempt}");
    }
    assert!(bench.take_parked().await.is_empty());
    assert!(bench.take().is_empty());

    assert_eq!(bench.pass_on_at(&said, deliveries + 1).await, Settled::Ack);
    let submitted = bench.take();
    assert_eq!(words(&submitted), ["f waits for build 1"]);
    assert_eq!(bench.pass_on(&submitted[0]).await, Settled::Ack);
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    let image = bench.announce(&running).await;
    assert_eq!(bench.pass_on(&image[0]).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["f ended deployed"]);
}

#[tokio::test]
async fn retries_go_on_in_a_copy_before_pubsub_gives_up() {
    assert!(u64::from(COPIED_AT_ATTEMPT) < setting("max_delivery_attempts"));
    let bench = Stages::start();
    let said = uploaded(&bench).await;
    assert_eq!(fails(&bench, &said, COPIED_AT_ATTEMPT - 1).await, Settled::Nack);
    assert!(bench.take().is_empty());
    assert_eq!(fails(&bench, &said, COPIED_AT_ATTEMPT).await, Settled::Ack);
    let [copy] = &bench.take()[..] else { panic!("one copy") };
    assert_eq!((copy.topic, &copy.message), (said.topic, &said.message));
    // Pub/Sub counts the deliveries of the copy from 1.
    assert_eq!(bench.pass_on(copy).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["f waits for build 1"]);
    assert!(bench.take_parked().await.is_empty());
}
