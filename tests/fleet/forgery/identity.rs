//! Requests under the `ce-source` and `ce-id` of another request.

use super::{published, request_of};
use crate::support::post::Settled;
use crate::support::stages::{Said, Stages, words};
use longshore_ledger::names;
use longshore_messages::{
    ContentType, DeploymentFinished, DeploymentId, Outcome, SourceUploaded, WireMessage, decode,
};

fn first() -> DeploymentId {
    DeploymentId::of("//ci.example.com", "build-1")
}

/// Delivers a request, and returns what is published.
async fn deliver(bench: &Stages, request: &WireMessage) -> Vec<Said> {
    assert_eq!(bench.request(request).await, Settled::Ack);
    bench.take()
}

/// Takes an uploaded deployment to its end, and returns its outcome.
async fn deploy(bench: &Stages, uploaded: &Said) -> Said {
    let uploaded: SourceUploaded = decode(&uploaded.message).unwrap();
    let image = bench.build(&uploaded).await;
    assert_eq!(bench.pass_on(&image).await, Settled::Ack);
    bench.take().remove(0)
}

/// Checks that the outcome is that of a reused identity, and answers `request` and no other one.
fn is_reused(outcome: &Said, request: &WireMessage) {
    let finished: DeploymentFinished = decode(&outcome.message).unwrap();
    assert_ne!(finished.id, first(), "not to be confused with the first request's outcome");
    let Outcome::Failed(failure) = &finished.outcome else { panic!("{finished:?}") };
    assert!(failure.reason.contains(&first().to_string()), "{failure:?}");
    let attributes = &outcome.message.attributes;
    assert_eq!(attributes["deployment"], finished.id.to_string());
    assert_eq!(attributes["requestsource"], "//ci.example.com");
    assert_eq!(attributes["requestid"], "build-1");
    assert_eq!(attributes["requestsha256"], request.sha256());
}

#[tokio::test]
async fn an_honest_request_after_a_forged_one_under_its_identity_fails_at_any_time() {
    let forged = published(&request_of("attackers", "evil"), "build-1");
    let honest = published(&request_of("honest", "good"), "build-1");
    for first_has_ended in [false, true] {
        let bench = Stages::start();
        let uploaded = deliver(&bench, &forged).await;
        assert_eq!(words(&uploaded), ["attackers is uploaded"]);
        if first_has_ended {
            deploy(&bench, &uploaded[0]).await;
        }
        // At-least-once: the redelivery has the same outcome.
        let mut said = deliver(&bench, &honest).await;
        said.extend(deliver(&bench, &honest).await);
        assert_eq!(words(&said), ["honest failed: user identity-reused"; 2], "{first_has_ended}");
        is_reused(&said[0], &honest);
        assert_eq!(said[0].message, said[1].message);
        assert!(bench.take_parked().await.is_empty());
        assert_eq!(bench.ledger.request(first()).await.unwrap().unwrap().message, forged);
    }
}

#[tokio::test]
async fn a_forged_request_under_an_honest_identity_leaves_the_honest_deployment_alone() {
    let honest = published(&request_of("honest", "good"), "build-1");
    let other_content = published(&request_of("honest", "evil"), "build-1");
    let other_function = published(&request_of("victim", "good"), "build-1");
    let mut other_deadline = request_of("honest", "good");
    other_deadline.deadline = Some(std::time::Duration::from_secs(60).into());
    let other_deadline = published(&other_deadline, "build-1");
    let mut unreadable = honest.clone();
    unreadable.data = bytes::Bytes::from_static(b"\xff\xff\xff");
    let mut other_type = honest.clone();
    other_type.attributes.insert("ce-type".to_owned(), "dev.longshore.other.v1".to_owned());

    let bench = Stages::start();
    let uploaded = deliver(&bench, &honest).await;
    for forged in [other_content, other_function, other_deadline, unreadable] {
        let said = deliver(&bench, &forged).await;
        assert_eq!(said.len(), 1, "{:?}", words(&said));
        assert!(said[0].words.ends_with("failed: user identity-reused"), "{}", said[0].words);
        is_reused(&said[0], &forged);
    }
    let said = deliver(&bench, &other_type).await;
    assert_eq!(said.len(), 1, "{:?}", words(&said));
    assert!(said[0].words.ends_with("failed: user identity-reused"), "{}", said[0].words);

    let outcome = deploy(&bench, &uploaded[0]).await;
    assert_eq!(outcome.words, "honest ended deployed");
    assert_eq!(outcome.message.attributes["requestsha256"], honest.sha256());
    assert_eq!(outcome.message.attributes["deployment"], first().to_string());
    assert_eq!(words(&deliver(&bench, &honest).await), ["honest ended deployed"]);
}

#[tokio::test]
async fn the_same_request_in_another_encoding_is_the_same_deployment() {
    let request = request_of("honest", "good");
    let protobuf = published(&request, "build-1");
    let mut json = protobuf.clone();
    json.data = serde_json::to_vec(&request).unwrap().into();
    let media_type = ContentType::Json.as_str().to_owned();
    json.attributes.insert("content-type".to_owned(), media_type);
    for [one, other] in [[&protobuf, &json], [&json, &protobuf]] {
        let bench = Stages::start();
        let uploaded = deliver(&bench, one).await;
        assert_eq!(words(&uploaded), ["honest is uploaded"]);
        let again = deliver(&bench, other).await;
        assert_eq!(words(&again), ["honest is uploaded"]);
        assert_eq!(uploaded[0].message, again[0].message);
        deploy(&bench, &uploaded[0]).await;
        assert_eq!(words(&deliver(&bench, other).await), ["honest ended deployed"]);
    }
}

#[tokio::test]
async fn an_invalid_request_holds_its_identity_too() {
    let bench = Stages::start();
    let invalid = published(&request_of("INVALID", "evil"), "build-1");
    let honest = published(&request_of("honest", "good"), "build-1");
    assert!(deliver(&bench, &invalid).await[0].words.ends_with("failed: user invalid-request"));
    let said = deliver(&bench, &honest).await;
    assert_eq!(words(&said), ["honest failed: user identity-reused"]);
    is_reused(&said[0], &honest);
}

#[tokio::test]
async fn of_two_concurrent_requests_under_one_identity_one_is_deployed() {
    let bench = Stages::start();
    let requests = ["one", "two"].map(|name| published(&request_of(name, name), "build-1"));
    let (one, two) = tokio::join!(bench.request(&requests[0]), bench.request(&requests[1]));
    assert_eq!((one, two), (Settled::Ack, Settled::Ack));
    let said = bench.take();
    let said = words(&said);
    let expected = [
        ["one failed: user identity-reused", "two is uploaded"],
        ["one is uploaded", "two failed: user identity-reused"],
    ];
    assert!(expected.iter().any(|expected| said == *expected), "{said:?}");
    let open = bench.ledger.open(first()).await.unwrap().unwrap();
    let deployed = said.iter().find_map(|words| words.strip_suffix(" is uploaded")).unwrap();
    assert_eq!(open.function.name, deployed);
}

#[tokio::test]
async fn an_outcome_names_a_request_that_an_older_worker_recorded() {
    let bench = Stages::start();
    let request = published(&request_of("a", "one"), "build-1");
    let uploaded = deliver(&bench, &request).await;
    bench.undescribe(&names::request(first())).await;
    let outcome = deploy(&bench, &uploaded[0]).await;
    assert_eq!(outcome.words, "a ended deployed");
    assert_eq!(outcome.message.attributes["requestid"], "build-1");
    assert_eq!(outcome.message.attributes["requestsha256"], request.sha256());
}
