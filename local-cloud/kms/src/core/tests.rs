use longshore_local_kit::durable::Core as _;

use super::*;

const NOW: time::OffsetDateTime = time::OffsetDateTime::UNIX_EPOCH;
const DAY: time::Duration = time::Duration::days(1);

fn key_name() -> KeyName {
    KeyName::parse("projects/p/locations/l/keyRings/r/cryptoKeys/k").unwrap()
}

fn id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

fn apply(core: &mut Kms, events: Vec<Event>) {
    events.into_iter().for_each(|event| core.apply(event));
}

/// A core with one key, which has one version.
fn with_key(new: NewKey) -> Kms {
    let mut core = Kms::default();
    let events = core.create_ring(&key_name().ring, NOW).unwrap().1;
    apply(&mut core, events);
    let events = core.create_key(&key_name(), new, id(1), NOW).unwrap().1;
    apply(&mut core, events);
    core
}

fn change(core: &mut Kms, number: u64, transition: Transition) -> Result<State, Refusal> {
    let (version, events) = core.change_version(&key_name().version(number), transition, NOW)?;
    apply(core, events);
    Ok(version.state)
}

#[test]
fn each_transition_starts_from_the_states_that_google_documents() {
    use Transition::{Destroy, Disable, Enable, Restore};
    let scheduled = State::DestroyScheduled { destroy_at: NOW + 30 * DAY };
    for (steps, end) in [
        (vec![Disable], Some(State::Disabled)),
        (vec![Disable, Disable], Some(State::Disabled)),
        (vec![Disable, Enable], Some(State::Enabled)),
        (vec![Destroy], Some(scheduled)),
        (vec![Disable, Destroy], Some(scheduled)),
        (vec![Destroy, Restore], Some(State::Disabled)),
        (vec![Destroy, Enable], None),
        (vec![Destroy, Disable], None),
        (vec![Destroy, Destroy], None),
        (vec![Restore], None),
    ] {
        let mut core = with_key(NewKey::default());
        let last = steps.iter().map(|step| change(&mut core, 1, *step)).last().unwrap();
        match end {
            Some(end) => assert_eq!(last, Ok(end), "{steps:?}"),
            None => assert!(matches!(last, Err(Refusal::State(_))), "{steps:?}: {last:?}"),
        }
    }
}

#[test]
fn a_version_is_destroyed_when_its_time_has_come_and_not_before() {
    let mut core =
        with_key(NewKey { destroy_after_seconds: Some(DAY.whole_seconds()), ..NewKey::default() });
    change(&mut core, 1, Transition::Destroy).unwrap();
    assert!(core.due(NOW + DAY - time::Duration::SECOND, || id(9)).is_empty());
    assert_eq!(core.materials().count(), 1);
    let due = core.due(NOW + DAY, || id(9));
    apply(&mut core, due);
    let state = core.version(&key_name().version(1)).unwrap().state;
    assert_eq!(state, State::Destroyed { scheduled_for: NOW + DAY, at: NOW + DAY });
    assert_eq!(core.materials().count(), 0);
    assert!(change(&mut core, 1, Transition::Restore).is_err());
    assert!(core.due(NOW + 2 * DAY, || id(9)).is_empty());
}

#[test]
fn a_rotation_makes_a_new_primary_version_and_keeps_its_schedule() {
    let mut core = with_key(NewKey {
        rotation: Rotation { period_seconds: Some(DAY.whole_seconds()), next_at: Some(NOW + DAY) },
        ..NewKey::default()
    });
    assert!(core.due(NOW, || id(2)).is_empty());
    // Three rotations were missed, and made up for by one.
    let due = core.due(NOW + 3 * DAY + DAY / 2, || id(2));
    apply(&mut core, due);
    let entry = core.entry(&key_name()).unwrap();
    assert_eq!((entry.key.primary, entry.versions.len()), (Some(2), 2));
    assert_eq!(entry.key.rotation.next_at, Some(NOW + 4 * DAY));
    assert_eq!(core.enabled_primary(&key_name()).unwrap().1.material, id(2));
    assert!(core.version_with(&key_name(), Some(id(1))).is_ok(), "old versions still decrypt");
}

#[test]
fn a_version_that_is_not_enabled_is_refused_in_googles_words() {
    let mut core = with_key(NewKey::default());
    change(&mut core, 1, Transition::Disable).unwrap();
    let refused = core.enabled_primary(&key_name()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1 is not enabled, \
         current state is: DISABLED."
    );
    assert!(core.version_with(&key_name(), Some(id(1))).is_err());
    assert!(core.set_primary(&key_name().version(1)).is_err());
}

#[test]
fn settings_outside_of_googles_limits_are_refused() {
    let core = with_key(NewKey::default());
    let other = key_name().ring.key("other").unwrap();
    let rotation = |period: time::Duration, next_at| Rotation {
        period_seconds: Some(period.whole_seconds()),
        next_at,
    };
    for new in [
        NewKey { rotation: rotation(DAY / 2, Some(NOW)), ..NewKey::default() },
        NewKey { rotation: rotation(36_501 * DAY, Some(NOW)), ..NewKey::default() },
        NewKey { rotation: rotation(DAY, None), ..NewKey::default() },
        NewKey { destroy_after_seconds: Some(86_399), ..NewKey::default() },
        NewKey { destroy_after_seconds: Some(121 * 86_400), ..NewKey::default() },
    ] {
        let refused = core.create_key(&other, new.clone(), id(3), NOW).unwrap_err();
        assert!(matches!(refused, Refusal::Invalid(_)), "{new:?}: {refused}");
    }
}

#[test]
fn names_are_parsed_as_google_writes_them() {
    for (name, valid) in [
        ("projects/p/locations/l/keyRings/r/cryptoKeys/k", true),
        ("projects/p/locations/global/keyRings/R_1/cryptoKeys/K-2", true),
        ("projects/p/locations/l/keyRings/r/cryptoKeys/", false),
        ("projects/p/locations/l/keyRings/r/cryptoKeys/k/x", false),
        ("projects/p/locations/l/keyRings/r.x/cryptoKeys/k", false),
        ("projects/p/locations/L/keyRings/r/cryptoKeys/k", false),
        ("projects//locations/l/keyRings/r/cryptoKeys/k", false),
        ("k", false),
    ] {
        let parsed = KeyName::parse(name);
        assert_eq!(parsed.is_ok(), valid, "{name}");
        if let Ok(parsed) = parsed {
            assert_eq!(parsed.to_string(), name);
        }
    }
    let long = "x".repeat(64);
    assert!(key_name().ring.key(&long).is_err() && key_name().ring.key(&long[1..]).is_ok());
}

#[test]
fn the_snapshot_rebuilds_the_state() {
    let mut core = with_key(NewKey::default());
    change(&mut core, 1, Transition::Destroy).unwrap();
    let policy = core.set_policy(&key_name().to_string(), Policy::default(), id(4)).unwrap().1;
    apply(&mut core, policy);
    let mut rebuilt = Kms::default();
    apply(&mut rebuilt, core.snapshot());
    assert_eq!(format!("{core:?}"), format!("{rebuilt:?}"));
}
