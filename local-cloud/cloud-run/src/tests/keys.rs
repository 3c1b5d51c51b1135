//! Customer-managed keys of revisions.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use google_cloud_run_v2::model::condition::{CommonReason, State};
use google_cloud_run_v2::model::{Revision, Service};
use serde_json::Value;

use super::fixture::{Cloud, SERVER, eventually, get, get_json, tuning, with_template};

const KEY: &str = "projects/p/locations/r/keyRings/k/cryptoKeys/k";

fn under_a_key(image: &str) -> Service {
    with_template(image, |template| template.set_encryption_key(KEY))
}

#[tokio::test]
async fn no_instance_starts_while_the_key_is_disabled() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(under_a_key(&cloud.push(SERVER))).await;
    cloud.keys.are_disabled.store(true, Ordering::Relaxed);
    get_json(&service.uri).await;
    assert_eq!(get(&format!("{}/crash", service.uri)).await.0, StatusCode::SERVICE_UNAVAILABLE);
    eventually("the crash is noticed", || cloud.pool().instances() == 0).await;
    let (status, text) = get(&service.uri).await;
    assert!(status.is_server_error(), "{status}: {text}");
    assert_eq!(cloud.pool().instances(), 0);
    cloud.keys.are_disabled.store(false, Ordering::Relaxed);
    get_json(&service.uri).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_revision_fails_whose_key_the_service_agent_of_its_project_may_not_use() {
    let cloud = Cloud::open(tuning()).await;
    cloud.keys.are_denied.store(true, Ordering::Relaxed);
    let done = cloud.deploy(under_a_key(&cloud.push(SERVER))).await;
    let message = done["error"]["message"].as_str().unwrap();
    let denied = format!("useToEncrypt' denied on resource '{KEY}'");
    assert!(message.contains(&denied), "{message}");
    let condition = cloud.get().await.terminal_condition.unwrap();
    assert_eq!(condition.reason(), Some(&CommonReason::EncryptionKeyPermissionDenied));
    cloud.keys.are_denied.store(false, Ordering::Relaxed);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_revision_whose_key_is_disabled_fails_and_the_one_before_keeps_serving() {
    let cloud = Cloud::open(tuning()).await;
    let image = cloud.push(SERVER);
    let before = cloud.deployed(under_a_key(&image)).await;
    let serving = get_json(&before.uri).await["revision"].clone();

    cloud.keys.are_disabled.store(true, Ordering::Relaxed);
    let changed = with_template(&image, |template| {
        template.set_encryption_key(KEY).set_labels([("generation", "2")])
    });
    let done = cloud.deploy(changed.clone()).await;
    let message = done["error"]["message"].as_str().unwrap();
    let state = format!("{KEY}/cryptoKeyVersions/1 is not enabled, current state is: DISABLED.");
    assert!(message.contains(&state), "{message}");
    let service = cloud.get().await;
    let condition = service.terminal_condition.unwrap();
    assert_eq!(condition.reason(), Some(&CommonReason::EncryptionKeyCheckFailed));
    assert!(condition.message.contains(&state), "{}", condition.message);
    let path = format!("v2/{}", service.latest_created_revision);
    let revision = cloud.call(axum::http::Method::GET, &path, &[], Value::Null).await.unwrap();
    let revision: Revision = serde_json::from_value(revision).unwrap();
    assert_eq!(revision.encryption_key, KEY);
    let ready = revision.conditions.iter().find(|condition| condition.r#type == "Ready").unwrap();
    assert_eq!(ready.state, State::ConditionFailed);
    assert_eq!(ready.reason(), Some(&CommonReason::EncryptionKeyCheckFailed));
    assert_eq!(get_json(&before.uri).await["revision"], serving);

    cloud.keys.are_disabled.store(false, Ordering::Relaxed);
    let again = with_template(&image, |template| {
        template.set_encryption_key(KEY).set_labels([("generation", "3")])
    });
    let after = cloud.deployed(again).await;
    assert_ne!(get_json(&after.uri).await["revision"], serving);
    cloud.service.stop().await;
}
