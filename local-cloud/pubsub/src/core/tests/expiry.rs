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
fn a_subscription_expires_when_nobody_has_used_it_for_its_time() {
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
fn a_process_that_was_not_there_lets_nothing_expire() {
    let mut bench = Bench::new(mortal());
    bench.pass(Duration::ZERO);
    bench.replay_snapshot();
    bench.pass(10 * DAY);
    assert!(exists(&bench));
}
