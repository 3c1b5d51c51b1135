use google_cloud_run_v2::model::condition::State;
use google_cloud_run_v2::model::{Container, RevisionTemplate, Service};
use serde_json::json;

use super::*;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::projects::LocalProject;

pub(super) fn moment(random: u128) -> Moment {
    Moment { now: Timestamp::clamp(1_000 + random as i64, 0), random }
}

pub(super) fn name() -> ServiceName {
    ServiceName::new("p", "r", "hello")
}

pub(super) fn with_image(image: &str) -> Service {
    Service::new()
        .set_template(RevisionTemplate::new().set_containers([Container::new().set_image(image)]))
}

fn empty() -> Services {
    Services::new(LocalProject { id: "p".to_owned(), number: 42 })
}

/// A core with the service `hello`, created from `h.dev/img:1`.
pub(super) fn created() -> Durable<Services> {
    let mut core = Durable::in_memory(empty());
    let written = core.create(&name(), with_image("h.dev/img:1"), false, &moment(1)).unwrap();
    core.commit(written.events).unwrap();
    core
}

pub(super) fn patch(
    core: &mut Durable<Services>,
    body: &Service,
    options: &PatchOptions,
    random: u128,
) -> Operation {
    let written = core.patch(&name(), body, options, &moment(random)).unwrap();
    core.commit(written.events).unwrap();
    written.operation
}

pub(super) fn finish(core: &mut Durable<Services>, verdict: &Verdict, random: u128) -> String {
    let pending = core.pending_revision(&name().to_string()).unwrap().name.clone();
    let events = core.record_verdict(&pending, verdict, &moment(random));
    core.commit(events).unwrap();
    pending
}

pub(super) fn serves() -> Verdict {
    Verdict::Serves { digest: format!("sha256:{}", "0".repeat(64)), note: String::new() }
}

pub(super) fn never_listens() -> Verdict {
    Verdict::Failed { reason: FailureReason::HealthCheck, message: "no port".to_owned() }
}

pub(super) fn service(core: &Durable<Services>) -> Service {
    core.entry(&name().to_string()).unwrap().service.clone()
}

pub(super) fn state(service: &Service) -> State {
    service.terminal_condition.clone().unwrap().state
}

#[test]
fn a_created_service_reconciles_until_its_revision_serves() {
    let mut core = created();
    let before = service(&core);
    assert!(before.reconciling && before.observed_generation < before.generation);
    assert_eq!(state(&before), State::ConditionReconciling);
    let revision = finish(&mut core, &serves(), 2);
    let after = service(&core);
    assert!(!after.reconciling);
    assert_eq!((after.generation, after.observed_generation), (1, 1));
    assert_eq!(state(&after), State::ConditionSucceeded);
    assert_eq!(after.latest_ready_revision, revision);
    assert_eq!(after.etag, before.etag, "becoming ready does not make the etag of a caller stale");
    let pinned = &core.entry(&name().to_string()).unwrap().revisions[&revision].containers[0].image;
    assert!(pinned.starts_with("h.dev/img@sha256:"), "{pinned}");
}

#[test]
fn a_second_create_already_exists() {
    let core = created();
    let error = core.create(&name(), with_image("h.dev/img:1"), false, &moment(2)).unwrap_err();
    assert!(matches!(error, Refusal::AlreadyExists(_)));
}

#[test]
fn a_stale_etag_aborts_and_an_empty_one_is_unconditional() {
    let mut core = created();
    let stale = service(&core).etag;
    let options = PatchOptions { update_mask: "description".to_owned(), ..PatchOptions::default() };
    patch(&mut core, &Service::new().set_description("a").set_etag(stale.clone()), &options, 2);
    let late = Service::new().set_description("b").set_etag(stale.clone());
    assert!(matches!(
        core.patch(&name(), &late, &options, &moment(3)).unwrap_err(),
        Refusal::Aborted(_)
    ));
    assert!(matches!(
        core.delete(&name(), &stale, false, &moment(3)).unwrap_err(),
        Refusal::Aborted(_)
    ));
    patch(&mut core, &Service::new().set_description("c"), &options, 4);
    assert_eq!(service(&core).description, "c");
}

#[test]
fn only_a_changed_template_creates_a_revision() {
    let cases: [(&str, Service, bool, usize); 6] = [
        ("annotations", Service::new().set_annotations([("fleet/generation", "2")]), false, 1),
        (
            "labels,description",
            Service::new().set_labels([("a", "b")]).set_description("d"),
            false,
            1,
        ),
        ("template", with_image("h.dev/img:1"), false, 1),
        ("template", with_image("h.dev/img:2"), false, 2),
        ("template", with_image("h.dev/img:1"), true, 2),
        ("", with_image("h.dev/img:1"), false, 1),
    ];
    for (mask, body, force_new_revision, revisions) in cases {
        let mut core = created();
        finish(&mut core, &serves(), 2);
        let options = PatchOptions {
            update_mask: mask.to_owned(),
            force_new_revision,
            ..PatchOptions::default()
        };
        let operation = patch(&mut core, &body, &options, 3);
        let entry = core.entry(&name().to_string()).unwrap();
        assert_eq!(entry.revisions.len(), revisions, "{mask} {body:?}");
        assert_eq!(
            operation.is_pending(),
            revisions == 2,
            "{mask}: nothing to wait for without a new revision"
        );
        assert_eq!(entry.service.generation, 2, "{mask}");
        assert_eq!(entry.service.observed_generation == 2, revisions == 1, "{mask}");
    }
}

#[test]
fn a_revision_name_that_is_taken_by_another_template_already_exists() {
    let mut core = created();
    let named = |image: &str| {
        let mut body = with_image(image);
        body.template.as_mut().unwrap().revision = "hello-v1".to_owned();
        body
    };
    patch(&mut core, &named("h.dev/img:1"), &PatchOptions::default(), 2);
    assert_eq!(service(&core).latest_created_revision, name().revision("hello-v1"));
    let again = patch(&mut core, &named("h.dev/img:1"), &PatchOptions::default(), 3);
    assert!(
        again.is_pending(),
        "the same revision under the same name: waits for it, creates none"
    );
    assert_eq!(core.entry(&name().to_string()).unwrap().revisions.len(), 2);
    let error = core
        .patch(&name(), &named("h.dev/img:2"), &PatchOptions::default(), &moment(4))
        .unwrap_err();
    assert!(matches!(error, Refusal::AlreadyExists(_)));
}

#[test]
fn a_failed_revision_leaves_the_previous_one_serving() {
    let mut core = created();
    let first = finish(&mut core, &serves(), 2);
    let operation = patch(&mut core, &with_image("h.dev/img:2"), &PatchOptions::default(), 3);
    let second = finish(&mut core, &never_listens(), 4);
    let service = service(&core);
    assert_eq!(
        (service.latest_ready_revision.as_str(), service.latest_created_revision.as_str()),
        (first.as_str(), second.as_str())
    );
    assert_eq!(state(&service), State::ConditionFailed);
    assert_eq!(service.observed_generation, service.generation);
    let wire = core.operation(&operation.name).unwrap().wire();
    assert_eq!(wire["error"]["code"], 9);
    assert!(wire["error"]["message"].as_str().unwrap().ends_with("no port"), "{wire}");
}

#[test]
fn a_newer_template_ends_the_older_operation_and_a_late_verdict_is_ignored() {
    let mut core = created();
    let first = core.pending_revision(&name().to_string()).unwrap().name.clone();
    let older = patch(&mut core, &with_image("h.dev/img:2"), &PatchOptions::default(), 2);
    let newer = patch(&mut core, &with_image("h.dev/img:3"), &PatchOptions::default(), 3);
    assert_eq!(core.operation(&older.name).unwrap().wire()["error"]["code"], 10);
    assert!(core.record_verdict(&first, &serves(), &moment(4)).is_empty());
    finish(&mut core, &serves(), 5);
    assert_eq!(core.operation(&newer.name).unwrap().wire()["done"], true);
}

#[test]
fn a_patch_that_allows_it_creates_a_missing_service() {
    let core = empty();
    let body = with_image("h.dev/img:1");
    assert!(matches!(
        core.patch(&name(), &body, &PatchOptions::default(), &moment(1)).unwrap_err(),
        Refusal::NotFound(_)
    ));
    let options =
        PatchOptions { allow_missing: true, validate_only: true, ..PatchOptions::default() };
    let validated = core.patch(&name(), &body, &options, &moment(1)).unwrap();
    assert!(validated.events.is_empty() && !validated.operation.is_pending());
    let options = PatchOptions { validate_only: false, ..options };
    assert!(!core.patch(&name(), &body, &options, &moment(1)).unwrap().events.is_empty());
}

#[test]
fn after_a_replay_an_unfinished_reconciliation_continues_with_the_same_port() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut core = Durable::open(&path, empty()).unwrap();
    let written = core.create(&name(), with_image("h.dev/img:1"), false, &moment(1)).unwrap();
    core.commit(written.events).unwrap();
    let address = "127.0.0.1:4711".parse().unwrap();
    let events = core.record_address(&name().to_string(), address);
    core.commit(events).unwrap();
    let before = service(&core);
    drop(core);

    let mut core = Durable::open(&path, empty()).unwrap();
    assert_eq!(service(&core), before);
    assert_eq!(service(&core).uri, "http://127.0.0.1:4711");
    assert!(core.record_address(&name().to_string(), address).is_empty());
    finish(&mut core, &serves(), 2);
    assert_eq!(core.operation(&written.operation.name).unwrap().wire()["done"], true);
}

#[test]
fn a_snapshot_rebuilds_the_state() {
    let mut core = created();
    finish(&mut core, &serves(), 2);
    patch(&mut core, &with_image("h.dev/img:2"), &PatchOptions::default(), 3);
    let mut copy = empty();
    for event in core.snapshot() {
        copy.apply(event);
    }
    assert_eq!(json!(copy.snapshot()), json!(core.snapshot()));
}

#[test]
fn finished_operations_are_evicted_but_pending_ones_never() {
    let mut core = created();
    for random in 2..(OPERATIONS_KEPT as u128 + 10) {
        patch(
            &mut core,
            &Service::new(),
            &PatchOptions { update_mask: "labels".to_owned(), ..PatchOptions::default() },
            random,
        );
    }
    assert!(core.operations.values().all(Operation::is_pending));
    finish(&mut core, &serves(), 9_999);
    for random in 20_000..20_020 {
        patch(
            &mut core,
            &Service::new(),
            &PatchOptions { update_mask: "labels".to_owned(), ..PatchOptions::default() },
            random,
        );
    }
    assert!(core.operations.len() <= OPERATIONS_KEPT + 1, "{}", core.operations.len());
}

#[test]
fn policies_have_etags_and_can_make_a_service_public() {
    let mut core = created();
    let set = |core: &Durable<Services>, etag: &str| {
        let body = json!({"policy": {"etag": etag, "bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}]}});
        core.set_policy(&name(), serde_json::from_value(body).unwrap())
    };
    assert!(!core.entry(&name().to_string()).unwrap().is_public());
    let (policy, events) = set(&core, "ACAB").unwrap();
    core.commit(events).unwrap();
    assert!(core.entry(&name().to_string()).unwrap().is_public());
    assert_eq!(core.entry(&name().to_string()).unwrap().policy, policy);
    assert!(matches!(set(&core, "ACAB").unwrap_err(), Refusal::Aborted(_)));
}

#[test]
fn a_revision_that_serves_or_is_the_latest_cannot_be_deleted() {
    let mut core = created();
    let first = finish(&mut core, &serves(), 2);
    let delete = |core: &Durable<Services>, full: &str| {
        core.delete_revision(&name(), short(full), "", &moment(9))
    };
    assert!(matches!(delete(&core, &first).unwrap_err(), Refusal::FailedPrecondition(_)));
    patch(&mut core, &with_image("h.dev/img:2"), &PatchOptions::default(), 3);
    finish(&mut core, &serves(), 4);
    let written = delete(&core, &first).unwrap();
    core.commit(written.events).unwrap();
    assert!(matches!(delete(&core, &first).unwrap_err(), Refusal::NotFound(_)));
}

#[test]
fn the_default_account_is_that_of_the_services_own_project() {
    let mut core = Durable::in_memory(empty());
    let other = LocalProject::default().number_of("other");
    for (project, number) in [("p", 42), ("other", other)] {
        let name = ServiceName::new(project, "r", "hello");
        let written = core.create(&name, with_image("h.dev/img:1"), false, &moment(1)).unwrap();
        core.commit(written.events).unwrap();
        let service = core.entry(&name.to_string()).unwrap().service.clone();
        let account = service.template.unwrap().service_account;
        assert_eq!(account, format!("{number}-compute@developer.gserviceaccount.com"));
    }
}

#[test]
fn the_address_of_a_url_is_written_only_if_it_is_not_the_usual_one() {
    for (ip, text) in [
        ("127.0.0.1", r#"{"Port":{"service":"s","port":4711}}"#),
        ("127.1.0.7", r#"{"Port":{"service":"s","port":4711,"ip":"127.1.0.7"}}"#),
    ] {
        let event = Event::at("s", SocketAddrV4::new(ip.parse().unwrap(), 4711));
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
        let read: Event = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}
