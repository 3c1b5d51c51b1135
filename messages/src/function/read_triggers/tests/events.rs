use super::*;
use crate::function::triggers::{EventEncoding, EventFilter, EventTrigger};

const FINALIZED: &str = "google.cloud.storage.object.v1.finalized";
const WRITTEN: &str = "google.cloud.audit.log.v1.written";
const PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

fn filter(attribute: &str, value: &str) -> proto::EventFilter {
    let (attribute, value) = (attribute.to_owned(), value.to_owned());
    proto::EventFilter { attribute, value, operator: String::new() }
}

fn pattern(attribute: &str, value: &str) -> proto::EventFilter {
    proto::EventFilter { operator: "match-path-pattern".to_owned(), ..filter(attribute, value) }
}

fn event(event_type: &str, filters: Vec<proto::EventFilter>) -> proto::EventTrigger {
    let r#type = event_type.to_owned();
    proto::EventTrigger { r#type, filters, ..proto::EventTrigger::default() }
}

fn finalized() -> proto::EventTrigger {
    event(FINALIZED, vec![filter("bucket", "pictures")])
}

fn of_events(events: impl IntoIterator<Item = proto::EventTrigger>) -> proto::FunctionSpec {
    spec(events.into_iter().map(proto::trigger::Kind::Event).collect())
}

fn only(spec: proto::FunctionSpec) -> EventTrigger {
    match read(spec).unwrap().triggers.as_slice() {
        [Trigger::Event(event)] => event.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_smallest_event_trigger_is_in_the_region_of_its_function_and_does_not_retry() {
    let bucket = EventFilter {
        attribute: "bucket".to_owned(),
        value: "pictures".to_owned(),
        is_pattern: false,
    };
    let expected = EventTrigger {
        event_type: FINALIZED.to_owned(),
        filters: vec![bucket],
        region: "europe-west1".to_owned(),
        account: None,
        channel: None,
        retries: false,
        path: None,
        topic: None,
        encoding: EventEncoding::Json,
        allows_replacement: false,
    };
    assert_eq!(only(of_events([finalized()])), expected);
}

#[test]
fn every_field_of_an_event_trigger_survives_its_protobuf() {
    for full in [
        proto::EventTrigger {
            region: "us".to_owned(),
            service_account: "caller@demo-project.iam.gserviceaccount.com".to_owned(),
            channel: "projects/demo-project/locations/europe-west1/channels/c".to_owned(),
            retry: true,
            path: "/in/box".to_owned(),
            content_type: "application/protobuf".to_owned(),
            ..event("com.example.v1.thing", vec![filter("source", "x"), pattern("subject", "/a/*")])
        },
        proto::EventTrigger { topic: "orders".to_owned(), ..event(PUBLISHED, Vec::new()) },
    ] {
        let function = read(of_events([full])).unwrap();
        let again = read(function.to_proto()).unwrap();
        assert_eq!(again, function);
    }
    let topic = proto::EventTrigger { topic: "orders".to_owned(), ..event(PUBLISHED, Vec::new()) };
    assert_eq!(only(of_events([topic])).topic.as_deref(), Some(TOPIC));
}

#[test]
fn what_is_known_of_events_is_checked_and_each_problem_names_its_field() {
    let with = |change: fn(&mut proto::EventTrigger)| {
        let mut event = finalized();
        change(&mut event);
        event
    };
    let log = |filters: Vec<proto::EventFilter>| {
        let both = [filter("serviceName", "run.googleapis.com"), filter("methodName", "x")];
        event(WRITTEN, both.into_iter().chain(filters).collect())
    };
    for (trigger, expected) in [
        (event("", Vec::new()), "type is required"),
        (event("no spaces", Vec::new()), "type must be a CloudEvents type"),
        (
            event("google.cloud.storage.object.v1.created", vec![filter("bucket", "b")]),
            "type must be google.cloud.storage.object.v1.archived or",
        ),
        (event(FINALIZED, Vec::new()), "filters must have a filter for bucket"),
        (
            event(WRITTEN, vec![filter("methodName", "x")]),
            "filters must have a filter for serviceName",
        ),
        (log(vec![filter("bucket", "b")]), "filters[2].attribute must be an attribute of"),
        (
            event(PUBLISHED, vec![filter("topic", "t")]),
            "filters[0].attribute must be an attribute of",
        ),
        (with(|e| e.filters.push(filter("bucket", "c"))), "filters[1].attribute must differ"),
        (with(|e| e.filters.push(filter("type", "c"))), "filters[1].attribute must not be type"),
        (with(|e| e.filters[0] = pattern("bucket", "b*")), "filters[0].operator must be empty"),
        (with(|e| e.filters[0].operator = "=".to_owned()), "filters[0].operator must be match"),
        (with(|e| e.filters[0].value.clear()), "filters[0].value is required"),
        (with(|e| e.filters[0].value = "\n".to_owned()), "filters[0].value must have"),
        (with(|e| e.region = "Europe".to_owned()), "region must be a region"),
        (with(|e| e.region = "global".to_owned()), "region must be the location of the bucket"),
        (with(|e| e.service_account = "me".to_owned()), "serviceAccount must be the email"),
        (with(|e| e.channel = "c".to_owned()), "channel must be projects/PROJECT"),
        (with(|e| e.path = "in".to_owned()), "path must be a path"),
        (with(|e| e.path = "/in?a=b".to_owned()), "path must be a path"),
        (with(|e| e.topic = "orders".to_owned()), "topic must be empty"),
        (with(|e| e.content_type = "text/plain".to_owned()), "contentType must be"),
    ] {
        let shown = problem(of_events([trigger]));
        assert!(shown.starts_with(&format!("function.triggers[0].event.{expected}")), "{shown}");
    }
    read(of_events([
        log(vec![pattern("resourceName", "/projects/*/topics/**")]),
        event("google.cloud.some.new.v1.thing", vec![pattern("anything", "/a/*")]),
    ]))
    .unwrap();
}

#[test]
fn two_event_triggers_differ_in_what_they_get() {
    let other = event(FINALIZED, vec![filter("bucket", "others")]);
    assert_eq!(read(of_events([finalized(), other])).unwrap().triggers.len(), 2);
    let same = proto::EventTrigger { path: "/other".to_owned(), retry: true, ..finalized() };
    let shown = problem(of_events([finalized(), same]));
    assert!(shown.starts_with("function.triggers[1].event must differ from the other"), "{shown}");
}

#[test]
fn the_order_of_filters_does_not_matter() {
    let (one, other) = (filter("serviceName", "run.googleapis.com"), filter("methodName", "x"));
    let forward = only(of_events([event(WRITTEN, vec![one.clone(), other.clone()])]));
    assert_eq!(only(of_events([event(WRITTEN, vec![other, one])])), forward);
}

fn of_functions_flavour(triggers: Vec<proto::trigger::Kind>) -> proto::FunctionSpec {
    proto::FunctionSpec {
        flavour: proto::Flavour::Functions.into(),
        runtime: "python312".to_owned(),
        signature: proto::Signature::CloudEvent.into(),
        ..spec(triggers)
    }
}

#[test]
fn the_first_event_trigger_of_a_function_that_takes_events_is_its_own_in_the_functions_flavour() {
    use proto::trigger::Kind;
    let other = event(FINALIZED, vec![filter("bucket", "others")]);
    let all = || {
        let (first, second) = (Kind::Event(finalized()), Kind::Event(other.clone()));
        vec![Kind::Topic(topic("orders")), first, second]
    };
    let function = read(of_functions_flavour(all())).unwrap();
    let own = function.own_event().unwrap();
    assert_eq!(own.filters[0].value, "pictures");

    // It is part of the function's configuration, and the others are not.
    let digest = |change: fn(&mut Function)| {
        let mut changed = function.clone();
        change(&mut changed);
        changed.config_digest("source")
    };
    let same = digest(|_| {});
    assert_eq!(digest(|function| drop(function.triggers.pop())), same);
    assert_eq!(digest(|function| drop(function.triggers.remove(0))), same);
    assert_ne!(digest(|function| drop(function.triggers.remove(1))), same);

    let http = proto::FunctionSpec { signature: 0, ..of_functions_flavour(all()) };
    assert_eq!(read(http).unwrap().own_event(), None);
    let run = proto::FunctionSpec { flavour: 0, ..of_functions_flavour(all()) };
    assert_eq!(read(run).unwrap().own_event(), None);
}

#[test]
fn an_own_trigger_has_only_what_the_functions_api_has() {
    use proto::trigger::Kind;
    let with = |event: proto::EventTrigger| of_functions_flavour(vec![Kind::Event(event)]);
    let slow = proto::FunctionSpec {
        service: Some(proto::ServiceSettings {
            timeout: Some(pbjson_types::Duration { seconds: 541, nanos: 0 }),
            ..proto::ServiceSettings::default()
        }),
        ..with(finalized())
    };
    let at = "function.triggers[0].event";
    for (spec, expected) in [
        (with(proto::EventTrigger { path: "/in".to_owned(), ..finalized() }), format!("{at}.path")),
        (
            with(proto::EventTrigger {
                content_type: "application/protobuf".to_owned(),
                ..finalized()
            }),
            format!("{at}.contentType"),
        ),
        (with(event(PUBLISHED, Vec::new())), format!("{at}.topic is required")),
        (slow, "function.service.timeout must be at most 540s".to_owned()),
        (of_functions_flavour(Vec::new()), "function.signature must be".to_owned()),
    ] {
        let shown = problem(spec);
        assert!(shown.starts_with(&expected), "{shown}");
    }
}

#[test]
fn only_an_own_trigger_may_allow_to_replace_the_function() {
    use proto::trigger::Kind;
    let replacing = || proto::EventTrigger { allow_replacement: true, ..finalized() };
    let other = event(FINALIZED, vec![filter("bucket", "others")]);
    let own = of_functions_flavour(vec![Kind::Event(replacing())]);
    assert!(read(own).unwrap().own_event().unwrap().allows_replacement);
    let second = of_functions_flavour(vec![Kind::Event(other), Kind::Event(replacing())]);
    for (spec, index) in [(second, 1), (of_events([replacing()]), 0)] {
        let shown = problem(spec);
        let expected = format!("function.triggers[{index}].event.allowReplacement must be omitted");
        assert!(shown.starts_with(&expected), "{shown}");
    }
}
