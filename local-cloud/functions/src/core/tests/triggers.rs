//! The triggers of event functions.

use super::*;

#[test]
fn an_event_function_serves_before_its_trigger_is_made() {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[("/eventTrigger", of_bucket(FINALIZED))]));
    let steps = proceed(&mut core, &operation, None);
    let [
        ..,
        Step::Build(order),
        Step::AwaitBuild { .. },
        Step::Serve(serving),
        Step::Trigger(trigger),
    ] = &steps[..]
    else {
        panic!("{steps:#?}")
    };
    assert_eq!(order.environment["GOOGLE_FUNCTION_SIGNATURE_TYPE"], "cloudevent");
    let template = &serving.document["template"];
    assert_eq!(template["annotations"]["cloudfunctions.googleapis.com/trigger-type"], FINALIZED);
    let environment = template["containers"][0]["env"].to_string();
    assert!(environment.contains("cloudevent"), "{environment}");
    assert!(environment.contains("EVENTARC_CLOUD_EVENT_SOURCE"), "{environment}");
    let prefix = "projects/p/locations/europe-west1/triggers/helloworld-";
    assert_eq!(trigger.name.strip_prefix(prefix).unwrap().len(), 6, "{}", trigger.name);
    assert_eq!(trigger.account, "42-compute@developer.gserviceaccount.com");
    assert_eq!(trigger.filters, [("bucket".to_owned(), "b".to_owned(), String::new())]);
    assert!(!trigger.retries);
    let shown = shown(&core);
    assert_eq!(shown.state(), State::Active);
    assert_eq!(shown.event_trigger.unwrap().pubsub_topic, TOPIC);
}

#[test]
fn a_trigger_is_updated_replaced_and_removed_with_its_function() {
    let mut core = with_trigger();
    let first = shown(&core).event_trigger.unwrap().trigger;
    let retried = json!({"eventType": FINALIZED, "retryPolicy": "RETRY_POLICY_RETRY"});
    let operation = update(&mut core, &[("/eventTrigger", retried)], "event_trigger");
    let steps = proceed(&mut core, &operation, None);
    let Some(Step::Trigger(trigger)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!((trigger.name.as_str(), trigger.retries), (first.as_str(), true));

    let deleted = "google.cloud.storage.object.v1.deleted";
    let operation = update(&mut core, &[("/eventTrigger", of_bucket(deleted))], "event_trigger");
    let steps = proceed(&mut core, &operation, None);
    let [.., Step::Trigger(trigger), Step::DeleteTriggers(old)] = &steps[..] else {
        panic!("{steps:#?}")
    };
    assert_ne!(trigger.name, first);
    assert_eq!(*old, [first]);
    let second = trigger.name.clone();

    let elsewhere = json!({"eventType": deleted, "triggerRegion": "eu"});
    let elsewhere = function(&[("/eventTrigger", elsewhere)]);
    let refused = core.patched(&name(), &elsewhere, &["eventTrigger".to_owned()], &moment(2));
    assert!(refused.unwrap_err().to_string().contains("trigger_region"));

    let operation = update(&mut core, &[], "event_trigger");
    let steps = proceed(&mut core, &operation, None);
    assert_eq!(steps.last(), Some(&Step::DeleteTriggers(vec![second])));
    assert_eq!(shown(&core).event_trigger, None);
}

#[test]
fn a_deletion_removes_the_trigger_first() {
    let mut core = with_trigger();
    let trigger = shown(&core).event_trigger.unwrap().trigger;
    let (operation, events) = core.delete(&name(), &moment(5)).unwrap();
    apply(&mut core, events);
    let steps = proceed(&mut core, &operation.name, None);
    assert_eq!(steps.first(), Some(&Step::DeleteTriggers(vec![trigger])));
    assert!(matches!(steps.get(1), Some(Step::DeleteService { .. })));
    assert!(core.entry(&name()).is_err());
}

#[test]
fn a_trigger_that_cannot_be_made_returns_to_what_served() {
    let mut core = deployed();
    let operation = update(&mut core, &[("/eventTrigger", of_bucket(FINALIZED))], "event_trigger");
    proceed(&mut core, &operation, Some(Phase::Trigger));
    let failure = Failure { code: 3, message: "no such bucket".to_owned() };
    let events = core.fail(&operation, failure, &moment(4));
    apply(&mut core, events);
    proceed(&mut core, &operation, None);
    let shown = shown(&core);
    assert_eq!((shown.state(), shown.event_trigger), (State::Active, None));
    assert!(shown.state_messages[0].message.contains("no such bucket"));
}

#[test]
fn an_event_function_has_at_most_nine_minutes() {
    let changes = [
        ("/eventTrigger", of_bucket(FINALIZED)),
        ("/serviceConfig", json!({"timeoutSeconds": 541})),
    ];
    let refused = Desired::new(&name(), function(&changes), true, &moment(1)).unwrap_err();
    assert!(refused.to_string().contains("timeout_seconds"), "{refused}");
}
