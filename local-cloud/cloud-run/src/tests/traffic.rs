use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use google_cloud_run_v2::model::{Service as ServiceResource, TrafficTarget};
use serde_json::json;

use super::fixture::{
    Cloud, SERVER, SERVICE, eventually, get, get_json, service_of, tuning, with_template,
};

fn target(revision: &str, percent: i32, tag: &str) -> TrafficTarget {
    TrafficTarget::new().set_revision(revision).set_percent(percent).set_tag(tag)
}

/// Two revisions, `hello-v1` and `hello-v2`, with this traffic.
async fn two_revisions(cloud: &Cloud, traffic: Vec<TrafficTarget>) -> ServiceResource {
    let image = cloud.push(SERVER);
    cloud.deployed(with_template(&image, |template| template.set_revision("hello-v1"))).await;
    let second = with_template(&image, |template| {
        template.set_revision("hello-v2").set_labels([("version", "2")])
    });
    cloud.deployed(second.set_traffic(traffic)).await
}

async fn move_traffic(cloud: &Cloud, traffic: Vec<TrafficTarget>) -> ServiceResource {
    let body = json!(ServiceResource::new().set_traffic(traffic));
    let query = [("updateMask", "traffic")];
    let operation =
        cloud.call(Method::PATCH, &format!("v2/{SERVICE}"), &query, body).await.unwrap();
    let wait = format!("v2/{}:wait", operation["name"].as_str().unwrap());
    let done = cloud.call(Method::POST, &wait, &[], json!({"timeout": "60s"})).await.unwrap();
    assert!(done["done"] == true && done.get("error").is_none(), "{done}");
    serde_json::from_value(done["response"].clone()).unwrap()
}

async fn answering(url: &str) -> String {
    get_json(url).await["revision"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn requests_are_split_and_a_tag_has_a_url_of_its_own() {
    let cloud = Cloud::open(tuning()).await;
    let service = two_revisions(
        &cloud,
        vec![target("hello-v1", 50, ""), target("", 50, ""), target("hello-v2", 0, "next")],
    )
    .await;
    let mut seen = BTreeSet::new();
    // With half of the requests for each revision, one of them gets none of 200 once in 10^60 runs.
    for _ in 0..200 {
        seen.insert(answering(&service.uri).await);
        if seen.len() == 2 {
            break;
        }
    }
    assert_eq!(seen, ["hello-v1".to_owned(), "hello-v2".to_owned()].into());
    let tagged = &service.traffic_statuses[2];
    assert!(tagged.tag == "next" && tagged.uri != service.uri, "{tagged:?}");
    for _ in 0..5 {
        assert_eq!(answering(&tagged.uri).await, "hello-v2");
    }
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_rollback_starts_the_old_revision_again_and_retires_the_new_one() {
    let cloud = Cloud::open(tuning()).await;
    let service = two_revisions(&cloud, vec![target("", 100, "")]).await;
    assert_eq!(answering(&service.uri).await, "hello-v2");
    let front = std::sync::Arc::clone(&cloud.service.site(SERVICE).unwrap().front);
    eventually("the first revision is retired", || front.traffic.pools().len() == 1).await;
    let rolled_back = move_traffic(&cloud, vec![target("hello-v1", 100, "")]).await;
    assert_eq!(rolled_back.latest_ready_revision, service.latest_ready_revision);
    for _ in 0..5 {
        assert_eq!(answering(&service.uri).await, "hello-v1");
    }
    eventually("the second revision is retired", || front.traffic.pools().len() == 1).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn traffic_and_tags_survive_a_restart_and_a_removed_tag_has_no_url() {
    let cloud = Cloud::open(tuning()).await;
    let traffic = vec![target("hello-v1", 100, "stable"), target("", 0, "next")];
    let before = two_revisions(&cloud, traffic).await;
    let cloud = cloud.restarted().await;
    assert_eq!(cloud.get().await, before);
    for (url, expected) in [
        (&before.uri, "hello-v1"),
        (&before.traffic_statuses[0].uri, "hello-v1"),
        (&before.traffic_statuses[1].uri, "hello-v2"),
    ] {
        assert_eq!(answering(url).await, expected, "{url}");
    }
    let after = move_traffic(&cloud, vec![target("hello-v1", 100, "stable")]).await;
    assert_eq!(after.traffic_statuses[0].uri, before.traffic_statuses[0].uri);
    let gone = before.traffic_statuses[1].uri.trim_start_matches("http://").to_owned();
    eventually("the tag's port is closed", || std::net::TcpStream::connect(&gone).is_err()).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_service_without_a_ready_revision_answers_503_at_once() {
    let cloud = Cloud::open(tuning()).await;
    let failed = cloud.deploy(service_of(&cloud.push("raise SystemExit(1)\n"))).await;
    assert_eq!(failed["error"]["code"], 9, "{failed}");
    assert_eq!(get(&cloud.get().await.uri).await.0, StatusCode::SERVICE_UNAVAILABLE);
    cloud.service.stop().await;
}
