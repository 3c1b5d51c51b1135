use super::*;
use crate::core::{Binding, Policy};

fn granting(role: &str, etag: Vec<u8>) -> Policy {
    let binding =
        Binding { role: role.to_owned(), members: vec!["allUsers".to_owned()], condition: None };
    Policy { version: 1, bindings: vec![binding], etag }
}

#[test]
fn a_policy_is_stored_and_protected_by_its_etag() {
    let mut bench = Bench::new(subscription());
    let unset = bench.core.policy(TOPIC).unwrap();
    assert!(unset.bindings.is_empty() && !unset.etag.is_empty());
    let set = |bench: &mut Bench, policy: Policy| {
        bench.ask(|core, now| core.set_policy(TOPIC, policy, now))
    };
    let first = set(&mut bench, granting("roles/pubsub.publisher", unset.etag.clone())).unwrap();
    assert_eq!(bench.core.policy(TOPIC), Ok(first.clone()));
    let stale = set(&mut bench, granting("roles/pubsub.viewer", unset.etag));
    assert!(matches!(stale, Err(Refusal::Aborted(_))), "{stale:?}");
    let blind = set(&mut bench, granting("roles/pubsub.viewer", Vec::new())).unwrap();
    assert_ne!(blind.etag, first.etag);
    bench.replay_snapshot();
    assert_eq!(bench.core.policy(TOPIC), Ok(blind));
}

#[test]
fn a_policy_is_deleted_with_its_resource() {
    let mut bench = Bench::new(subscription());
    bench
        .ask(|core, now| {
            core.set_policy(SUBSCRIPTION, granting("roles/pubsub.viewer", Vec::new()), now)
        })
        .unwrap();
    bench.run(|core, _| core.delete_subscription(SUBSCRIPTION)).unwrap();
    assert!(matches!(bench.core.policy(SUBSCRIPTION), Err(Refusal::NotFound(_))));
    bench.run(|core, _| core.create_subscription(subscription())).unwrap();
    assert_eq!(bench.core.policy(SUBSCRIPTION), Ok(Policy::default()));
}
