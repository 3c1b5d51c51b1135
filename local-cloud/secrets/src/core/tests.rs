use google_cloud_secretmanager_v1::model::replication::user_managed::Replica;
use google_cloud_secretmanager_v1::model::replication::{Automatic, UserManaged};
use google_cloud_secretmanager_v1::model::secret_version::State;
use google_cloud_secretmanager_v1::model::{Replication, Rotation};

use super::*;
use longshore_local_kit::rest::RestError;

fn moment(random: u128) -> Moment {
    Moment { now: Timestamp::clamp(1_000, 0), random: random << 72 | random }
}

fn name() -> SecretName {
    SecretName::new("p", "key")
}

fn secret() -> Secret {
    Secret::new().set_replication(Replication::new().set_automatic(Automatic::new()))
}

/// A core with one secret that has this many versions.
fn core(versions: u128) -> Secrets {
    let mut core = Secrets::default();
    let (_, events) = core.create(&name(), secret(), &moment(1)).unwrap();
    apply(&mut core, events);
    for number in 0..versions {
        let (_, events) = core.add_version(&name(), b"value", None, &moment(number + 2)).unwrap();
        apply(&mut core, events);
    }
    core
}

fn apply(core: &mut Secrets, events: Vec<Event>) {
    events.into_iter().for_each(|event| core.apply(event));
}

fn status<T>(result: Result<T, Refusal>) -> &'static str {
    result.err().map_or("OK", |refusal| RestError::from(refusal).status())
}

#[test]
fn versions_are_numbered_and_found_by_number_by_alias_and_as_latest() {
    let mut core = core(2);
    let aliased = Secret::new().set_version_aliases([("stable", 1_i64)]);
    let (_, events) = core.update(&name(), aliased, "versionAliases", &moment(9)).unwrap();
    apply(&mut core, events);
    for (version, number) in [("1", "1"), ("2", "2"), ("latest", "2"), ("stable", "1")] {
        let found = core.version(&name().version(version)).unwrap();
        assert_eq!(
            found.resource.name,
            format!("projects/p/secrets/key/versions/{number}"),
            "{version}"
        );
    }
    for missing in ["0", "3", "other", "-1"] {
        assert_eq!(status(core.version(&name().version(missing))), "NOT_FOUND", "{missing}");
    }
}

#[test]
fn only_an_enabled_version_can_be_accessed_and_destruction_is_permanent() {
    use Transition::{Destroy, Disable, Enable};
    for (transitions, state, access) in [
        (&[][..], State::Enabled, "OK"),
        (&[Disable], State::Disabled, "FAILED_PRECONDITION"),
        (&[Disable, Enable], State::Enabled, "OK"),
        (&[Destroy], State::Destroyed, "FAILED_PRECONDITION"),
    ] {
        let mut core = core(1);
        for transition in transitions {
            let (_, events) =
                core.change(&name().version("1"), *transition, "", &moment(9)).unwrap();
            apply(&mut core, events);
        }
        let version = core.version(&name().version("latest")).unwrap();
        assert_eq!(version.resource.state, state);
        assert_eq!(status(core.access(&name().version("latest"))), access, "{transitions:?}");
        let expected = if state == State::Destroyed { "FAILED_PRECONDITION" } else { "OK" };
        assert_eq!(status(core.change(&name().version("1"), Enable, "", &moment(9))), expected);
        assert_eq!(
            core.payloads().count(),
            usize::from(state != State::Destroyed),
            "{transitions:?}"
        );
    }
}

#[test]
fn invalid_and_unsupported_requests_are_rejected() {
    let core = core(1);
    let fresh = |id: &str, secret: Secret| {
        status(core.create(&SecretName::new("p", id), secret, &moment(9)))
    };
    assert_eq!(fresh("other", secret()), "OK");
    assert_eq!(fresh("key", secret()), "ALREADY_EXISTS");
    assert_eq!(fresh("other", Secret::new()), "INVALID_ARGUMENT");
    assert_eq!(fresh("other", secret().set_rotation(Rotation::new())), "UNIMPLEMENTED");
    for id in ["", "a.b", "a/b", &"a".repeat(256)] {
        assert_eq!(fresh(id, secret()), "INVALID_ARGUMENT", "{id}");
    }
    let add = |data: &[u8], checksum| status(core.add_version(&name(), data, checksum, &moment(9)));
    assert_eq!(add(b"value", Some(i64::from(crc32c::crc32c(b"value")))), "OK");
    assert_eq!(add(b"value", Some(1)), "INVALID_ARGUMENT");
    assert_eq!(add(b"", None), "INVALID_ARGUMENT");
    assert_eq!((add(&[0; 65_536], None), add(&[0; 65_537], None)), ("OK", "INVALID_ARGUMENT"));
    assert_eq!(status(core.update(&name(), Secret::new(), "", &moment(9))), "INVALID_ARGUMENT");
    assert_eq!(status(core.update(&name(), Secret::new(), "topics", &moment(9))), "UNIMPLEMENTED");
}

#[test]
fn a_stale_etag_rejects_every_write() {
    let core = core(1);
    let etag = core.entry(&name()).unwrap().secret.etag.clone();
    assert_eq!(
        (status(core.delete(&name(), "other")), status(core.delete(&name(), &etag))),
        ("ABORTED", "OK")
    );
    assert_eq!(
        status(core.update(&name(), Secret::new().set_etag("other"), "labels", &moment(9))),
        "ABORTED"
    );
    assert_eq!(
        status(core.change(&name().version("1"), Transition::Disable, "other", &moment(9))),
        "ABORTED"
    );
}

#[test]
fn a_snapshot_rebuilds_the_state() {
    let mut core = core(3);
    let (_, events) =
        core.change(&name().version("2"), Transition::Destroy, "", &moment(9)).unwrap();
    apply(&mut core, events);
    let mut other = Secrets::default();
    apply(&mut other, core.snapshot());
    assert_eq!(format!("{core:?}"), format!("{other:?}"));
    let mut empty = core;
    let events = empty.delete(&name(), "").unwrap();
    apply(&mut empty, events);
    assert_eq!((empty.of_project("p").count(), empty.payloads().count()), (0, 0));
}

#[test]
fn an_alias_is_no_number_and_no_name_of_a_version() {
    let core = core(2);
    for alias in ["1", "2nd", "latest", "NEW", "", "-a", "a b", "ä", &"a".repeat(64)] {
        let aliased = Secret::new().set_version_aliases([(alias, 1_i64)]);
        let refused = core.update(&name(), aliased.clone(), "version_aliases", &moment(9));
        assert_eq!(status(refused), "INVALID_ARGUMENT", "{alias}");
        let created = secret().set_version_aliases([(alias, 1_i64)]);
        let other = SecretName::new("p", "other");
        assert_eq!(status(core.create(&other, created, &moment(9))), "INVALID_ARGUMENT", "{alias}");
    }
    let longest = "a".repeat(63);
    let aliased = Secret::new().set_version_aliases([("Blue_1-x", 1_i64), (&*longest, 2)]);
    assert_eq!(status(core.update(&name(), aliased, "version_aliases", &moment(9))), "OK");
}

/// A journal of an earlier build may have such an alias.
#[test]
fn the_number_of_a_version_comes_before_an_alias() {
    let mut core = core(2);
    let mut stored = core.entry(&name()).unwrap().secret.clone();
    stored.version_aliases.insert("1".to_owned(), 2);
    core.apply(Event::Secret(Box::new(stored)));
    let found = core.version(&name().version("1")).unwrap();
    assert_eq!(found.resource.name, "projects/p/secrets/key/versions/1");
}

#[test]
fn a_replication_says_where_the_secret_is() {
    let core = Secrets::default();
    let created = |replication: Replication| {
        core.create(&name(), Secret::new().set_replication(replication), &moment(1))
    };
    let in_locations = |locations: &[&str]| {
        let replica = |location: &&str| Replica::new().set_location(*location);
        let managed = UserManaged::new().set_replicas(locations.iter().map(replica));
        Replication::new().set_user_managed(managed)
    };
    assert_eq!(status(created(Replication::new())), "INVALID_ARGUMENT");
    assert_eq!(status(created(in_locations(&[]))), "INVALID_ARGUMENT");
    assert_eq!(status(created(in_locations(&[""]))), "INVALID_ARGUMENT");
    assert_eq!(status(created(in_locations(&["europe-west1"]))), "OK");
}

#[test]
fn a_secret_is_gone_when_its_time_to_live_is_over() {
    let mut core = Secrets::default();
    let short = secret().set_ttl(google_cloud_wkt::Duration::clamp(59, 0));
    assert_eq!(status(core.create(&name(), short, &moment(1))), "INVALID_ARGUMENT");
    let hour = secret().set_ttl(google_cloud_wkt::Duration::clamp(3600, 0));
    let (created, events) = core.create(&name(), hour, &moment(1)).unwrap();
    assert_eq!(created.expire_time().map(|at| at.seconds()), Some(4_600));
    assert!(created.ttl().is_none(), "it is only an input");
    apply(&mut core, events);
    assert!(core.expire(Timestamp::clamp(4_599, 999_999_999)).is_empty());
    let never = Secret::new();
    let (kept, _) = core.update(&name(), never, "ttl", &moment(2)).unwrap();
    assert!(kept.expiration.is_none());
    let events = core.expire(Timestamp::clamp(4_600, 0));
    apply(&mut core, events);
    assert_eq!(status(core.entry(&name())), "NOT_FOUND");
}
