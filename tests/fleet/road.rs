//! From a request to a served URL, with the programs of all four workers.

use crate::support::{Cloud, function, request, spec};
use longshore_messages::{Outcome, Topic, TraceContext};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_passes_every_topic_in_one_trace_until_the_function_serves() {
    let cloud = Cloud::start().await;
    let mut listeners = Vec::new();
    for topic in [
        Topic::SourceUploaded,
        Topic::BuildSubmitted,
        Topic::ImagePublished,
        Topic::DeploymentFinished,
    ] {
        listeners.push((topic, cloud.listen(topic).await));
    }
    let fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "hello from the road")).await;
    let trace = TraceContext {
        traceparent: Some(format!("00-{TRACE}-b7ad6b7169203331-01")),
        tracestate: None,
    };
    let (id, wire) = request(spec("road", source), trace);
    cloud.publish(Topic::DeployRequested, &wire).await;

    let finished = cloud.end_of(id).await;
    let Outcome::Deployed(serving) = &finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };
    assert!(serving.image.contains("@sha256:"), "{serving:?}");
    assert_eq!(cloud.call("road"), (true, "hello from the road".to_owned()));
    for (topic, listener) in &mut listeners {
        let message = listener.next().await;
        assert_eq!(message.attributes["deployment"], id.to_string(), "{topic}");
        let trace = TraceContext::from_attributes(&message.attributes);
        assert_eq!(trace.trace_id(), Some(TRACE), "{topic}");
        assert!(message.attributes.contains_key("googclient_traceparent"), "{topic}");
    }
    for worker in fleet {
        assert!(worker.stop(), "a worker did not stop gracefully");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_unchanged_and_a_new_variable_needs_no_build() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let directory = function(cloud.folder(), "once");

    let first = spec("again", cloud.stage(&directory).await);
    let deployed = cloud.end_of(cloud.request(first.clone()).await).await;
    let Outcome::Deployed(before) = deployed.outcome else {
        panic!("{deployed:?}\n{}", cloud.logs())
    };

    let again = cloud.end_of(cloud.request(first.clone()).await).await;
    assert_eq!(again.outcome, Outcome::Unchanged(before.clone()));

    let mut changed = first;
    changed
        .service
        .get_or_insert_default()
        .environment
        .insert("GREETING".to_owned(), "hi".to_owned());
    let changed = cloud.end_of(cloud.request(changed).await).await;
    let Outcome::Deployed(after) = changed.outcome else { panic!("{changed:?}\n{}", cloud.logs()) };
    assert_eq!(after.image, before.image);
    assert_ne!(after.revision, before.revision);
    assert_eq!(cloud.builds().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_goes_to_the_named_repository_of_another_project_and_region() {
    let mut cloud = Cloud::start().await;
    cloud.trust("repositories = [\"*\"]\n");
    let _fleet = cloud.fleet();
    let mut named = spec("elsewhere", cloud.stage(&function(cloud.folder(), "from afar")).await);
    named.build.get_or_insert_default().repository =
        "projects/shared-images/locations/us-central1/repositories/team".to_owned();

    let missing = cloud.end_of(cloud.request(named.clone()).await).await;
    let Outcome::Failed(failure) = missing.outcome else { panic!("{missing:?}") };
    assert_eq!(failure.code, "repository-missing", "{failure:?}");
    assert!(
        failure.advice.contains(
            "gcloud artifacts repositories create team --project shared-images --location us-central1"
        ),
        "{failure:?}"
    );

    cloud.clients.images.ensure_repository("shared-images", "us-central1", "team").await.unwrap();
    let deployed = cloud.end_of(cloud.request(named).await).await;
    let Outcome::Deployed(serving) = deployed.outcome else {
        panic!("{deployed:?}\n{}", cloud.logs())
    };
    let image = "us-central1-docker.pkg.dev/shared-images/team/elsewhere@sha256:";
    assert!(serving.image.starts_with(image), "{serving:?}");
    assert_eq!(cloud.call("elsewhere"), (true, "from afar".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_that_only_the_sweep_finds_are_announced_once_by_three_watchers() {
    let mut cloud = Cloud::start().await;
    cloud.trust("source_buckets = [\"*\"]\n");
    let mut outcomes = cloud.listen(Topic::DeploymentFinished).await;
    let _fleet = cloud.fleet();
    let _more = [cloud.worker("registry-watcher"), cloud.worker("registry-watcher")];
    let mut ids = Vec::new();
    for number in 1..=4 {
        let source = cloud.stage(&function(cloud.folder(), &format!("far {number}"))).await;
        let mut spec = spec(&format!("far-{number}"), source);
        // Cloud Build's notifications are read in the fleet's own project only.
        spec.project = "other-project".to_owned();
        let id = cloud.request(spec).await;
        let finished = cloud.end_of(id).await;
        assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
        ids.push(id.to_string());
    }
    let mut announced = Vec::new();
    for _ in &ids {
        announced.push(outcomes.next().await.attributes["deployment"].clone());
    }
    ids.sort_unstable();
    announced.sort_unstable();
    assert_eq!(announced, ids, "the end of a later one announces no earlier one again");
}
