//! Events for reports: one for each transition, whatever is delivered again, and none that a
//! deployment waits for.

use std::collections::BTreeSet;

use longshore_cloud::{BuildStatus, Kind};
use longshore_messages::{DeploymentEvent, WireMessage};

use crate::forgery::{published, request_of};
use crate::support::post::Settled;
use crate::support::stages::{Stages, words};

fn read(messages: &[WireMessage]) -> Vec<DeploymentEvent> {
    messages.iter().map(|message| serde_json::from_slice(&message.data).unwrap()).collect()
}

#[tokio::test]
async fn each_transition_has_an_event_and_a_redelivery_repeats_it() {
    let bench = Stages::start();
    let request = published(&request_of("f", "text"), "1");
    let mut events = Vec::new();

    assert_eq!(bench.request(&request).await, Settled::Ack);
    events.extend(bench.post.take_events());
    let uploaded = bench.take();
    assert_eq!(bench.pass_on(&uploaded[0]).await, Settled::Ack);
    events.extend(bench.post.take_events());
    let submitted = bench.take();
    assert_eq!(bench.pass_on(&submitted[0]).await, Settled::Ack);
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    bench.announce_quietly(&running).await;
    events.extend(bench.post.take_events());
    let image = bench.take();
    assert_eq!(bench.pass_on(&image[0]).await, Settled::Ack);
    events.extend(bench.post.take_events());
    assert_eq!(words(&bench.take()), ["f ended deployed"]);

    let events = read(&events);
    let transitions: Vec<_> =
        events.iter().map(|event| (event.stage.as_str(), event.transition.as_str())).collect();
    let expected = [
        ("uploader", "source-uploaded"),
        ("build-submitter", "build-submitted"),
        ("registry-watcher", "image-published"),
        ("service-deployer", "deployment-finished"),
    ];
    assert_eq!(transitions, expected);
    let ids: BTreeSet<&str> = events.iter().map(|event| event.event_id.as_str()).collect();
    assert_eq!(ids.len(), events.len());
    assert!(events.iter().all(|event| event.generation == Some(1)), "{events:?}");

    assert_eq!(bench.pass_on_at(&image[0], 2).await, Settled::Ack);
    let again = read(&bench.post.take_events());
    assert_eq!(again, [events[3].clone()]);
}

#[tokio::test]
async fn a_fleet_without_the_topic_of_events_deploys_and_an_outage_of_it_is_a_retry() {
    let bench = Stages::start();
    for (kind, settled, messages) in [
        (Some(Kind::NotFound), Settled::Ack, 1),
        (Some(Kind::PermissionDenied), Settled::Ack, 1),
        (Some(Kind::Unavailable), Settled::Nack, 1),
        (None, Settled::Ack, 1),
    ] {
        bench.post.fail_events(kind);
        let name = format!("{kind:?}").to_lowercase().replace(['(', ')'], "-");
        let request = published(&request_of(&format!("f-{}", name.len()), "text"), &name);
        assert_eq!(bench.request(&request).await, settled, "{kind:?}");
        assert_eq!(bench.take().len(), messages, "{kind:?}");
    }
}
