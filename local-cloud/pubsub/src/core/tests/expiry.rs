use super::*;
use crate::core::AfterDisconnect;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn mortal() -> Subscription {
    Subscription { expires_after: Some(2 * DAY), ..subscription() }
}

fn exists(bench: &Bench) -> bool {
    bench.core.subscription(SUBSCRIPTION).is_ok()
}

#[test]
fn an_unused_subscription_expires_after_its_time_to_live() {
    let mut bench = Bench::new(mortal());
    bench.pass(Duration::ZERO);
    bench.pass(DAY);
    let holder = bench.connect(client("a"));
    bench.pass(10 * DAY);
    assert!(exists(&bench), "a client is connected");
    bench
        .run(|core, now| {
            Ok(core.disconnect(SUBSCRIPTION, holder, AfterDisconnect::KeepLeases, now))
        })
        .unwrap();
    assert_eq!(bench.core.next_wakeup(), Some(bench.now + 2 * DAY));
    bench.pass(2 * DAY - SECOND);
    assert!(exists(&bench));
    bench.pass(SECOND);
    assert!(!exists(&bench));
}

#[test]
fn downtime_does_not_count_towards_expiry() {
    let mut bench = Bench::new(mortal());
    bench.pass(Duration::ZERO);
    bench.replay_snapshot();
    bench.pass(10 * DAY);
    assert!(exists(&bench));
}
