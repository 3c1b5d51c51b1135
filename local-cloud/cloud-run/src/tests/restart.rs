use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::fixture::{Cloud, SERVER, SERVICE, client, get_json, service_of, tuning};

#[tokio::test]
async fn after_a_restart_the_service_answers_at_the_same_url() {
    let cloud = Cloud::open(tuning()).await;
    let before = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let cloud = cloud.restarted().await;
    assert_eq!(cloud.get().await, before);
    let answer = get_json(&before.uri).await;
    assert!(before.latest_ready_revision.ends_with(answer["revision"].as_str().unwrap()));
    cloud.service.stop().await;
}

#[tokio::test]
async fn an_unfinished_reconciliation_continues_after_a_restart() {
    let cloud = Cloud::open(tuning()).await;
    // It cannot become ready before the restart, because the instance never listens.
    let image = cloud.push("import time\ntime.sleep(600)\n");
    let query = [("serviceId", "hello")];
    let operation = cloud
        .call(Method::POST, "v2/projects/p/locations/r/services", &query, json!(service_of(&image)))
        .await
        .unwrap();
    let cloud = cloud.restarted().await;
    assert!(cloud.get().await.reconciling);
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    get_json(&service.uri).await;
    let operation = cloud
        .call(Method::GET, &format!("v2/{}", operation["name"].as_str().unwrap()), &[], Value::Null)
        .await
        .unwrap();
    assert_eq!(operation["done"], true);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_taken_port_changes_the_url() {
    let cloud = Cloud::open(tuning()).await;
    let before = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    cloud.service.stop().await;
    let taken =
        tokio::net::TcpListener::bind(before.uri.trim_start_matches("http://")).await.unwrap();
    let cloud = cloud.restarted().await;
    let after = cloud.get().await;
    assert_ne!(before.uri, after.uri);
    assert_eq!(after.urls, std::slice::from_ref(&after.uri));
    get_json(&after.uri).await;
    drop(taken);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_deleted_service_is_gone_with_its_url_and_its_processes() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let pool = cloud.pool();
    let done =
        cloud.call(Method::DELETE, &format!("v2/{SERVICE}"), &[], Value::Null).await.unwrap();
    assert_eq!(done["done"], true);
    let gone =
        cloud.call(Method::GET, &format!("v2/{SERVICE}"), &[], Value::Null).await.unwrap_err();
    assert_eq!(gone.status(), "NOT_FOUND");
    let listed = cloud
        .call(Method::GET, "v2/projects/p/locations/r/services", &[], Value::Null)
        .await
        .unwrap();
    assert!(listed.get("services").is_none(), "{listed}");
    let answer = client().get(&service.uri).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    cloud.service.stop().await;
    assert_eq!(pool.instances(), 0);
    assert!(client().get(&service.uri).send().await.is_err());
}

#[tokio::test]
async fn images_with_the_same_layers_are_unpacked_once_and_kept_as_long_as_one_is_needed() {
    let cloud = Cloud::open(tuning()).await;
    let roots = |cloud: &Cloud| {
        let images = std::fs::read_dir(cloud.path("run/images")).unwrap().flatten();
        images.filter(|image| image.path().join("rootfs").exists()).count()
    };
    let from_image = async |uri: &str| get_json(uri).await["env"]["FROM_IMAGE"].clone();
    let first = cloud.deployed(service_of(&cloud.push_as("first", SERVER, |_| {}))).await;
    assert_eq!(from_image(&first.uri).await, "first");
    let second = cloud.push_as("second", SERVER, |_| {});
    let service = cloud.deployed(service_of(&second)).await;
    assert_eq!(from_image(&service.uri).await, "second");
    assert_eq!((cloud.images(), roots(&cloud)), (2, 1));

    // The first image is needed only for its files.
    let revision = first.latest_ready_revision;
    cloud.call(Method::DELETE, &format!("v2/{revision}"), &[], Value::Null).await.unwrap();
    let cloud = cloud.restarted().await;
    assert_eq!((cloud.images(), roots(&cloud)), (2, 1));
    assert_eq!(from_image(&service.uri).await, "second");
    let third = cloud.push_as("third", SERVER, |_| {});
    let service = cloud.deployed(service_of(&third)).await;
    assert_eq!(from_image(&service.uri).await, "third");
    assert_eq!(roots(&cloud), 1, "known after a restart");

    let images = std::fs::read_dir(cloud.path("run/images")).unwrap().flatten();
    let mut unpacked = images.map(|image| image.path().join("rootfs")).filter(|root| root.exists());
    std::fs::remove_dir_all(unpacked.next().unwrap()).unwrap();
    let cloud = cloud.restarted().await;
    assert_eq!(from_image(&service.uri).await, "third", "unpacked again");
    assert_eq!(roots(&cloud), 1);
    cloud.call(Method::DELETE, &format!("v2/{SERVICE}"), &[], Value::Null).await.unwrap();
    let cloud = cloud.restarted().await;
    assert_eq!(cloud.images(), 0);
    cloud.service.stop().await;
}

#[tokio::test]
async fn unused_images_are_removed_at_a_restart() {
    let cloud = Cloud::open(tuning()).await;
    cloud.deployed(service_of(&cloud.push(SERVER))).await;
    assert_eq!(cloud.images(), 1);
    let cloud = cloud.restarted().await;
    assert_eq!(cloud.images(), 1);
    cloud.call(Method::DELETE, &format!("v2/{SERVICE}"), &[], Value::Null).await.unwrap();
    let cloud = cloud.restarted().await;
    assert_eq!(cloud.images(), 0);
    cloud.service.stop().await;
}
