use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use google_cloud_run_v2::model::condition::{CommonReason, RevisionReason};
use google_cloud_run_v2::model::{ResourceRequirements, Revision, Service};
use serde_json::{Value, json};

use super::fixture::{
    Cloud, SERVER, SERVICE, eventually, get, get_json, service_of, tuning, without_sandbox,
};
use crate::tuning::Tuning;

async fn latest_revision(cloud: &Cloud, service: &Service) -> Revision {
    let revision = cloud
        .call(Method::GET, &format!("v2/{}", service.latest_created_revision), &[], Value::Null)
        .await
        .unwrap();
    serde_json::from_value(revision).unwrap()
}

#[tokio::test]
async fn a_revision_that_never_listens_fails_and_the_previous_one_keeps_serving() {
    let cloud = Cloud::open(Tuning { startup_limit: Duration::from_secs(5), ..tuning() }).await;
    let first = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let quick = json!({"template": {"containers": [{
        "image": cloud.push("import time\nprint('sleeps', flush=True)\ntime.sleep(600)\n"),
        "startupProbe": {"timeoutSeconds": 1, "failureThreshold": 1, "tcpSocket": {"port": 8080}},
    }]}, "invokerIamDisabled": true});
    let done = cloud.deploy(serde_json::from_value(quick).unwrap()).await;
    assert_eq!(done["error"]["code"], 9);
    let message = done["error"]["message"].as_str().unwrap();
    assert!(
        message.contains(
            "failed to start and listen on the port defined provided by the PORT=8080 environment"
        ),
        "{message}"
    );
    let service = cloud.get().await;
    assert_eq!(service.latest_ready_revision, first.latest_ready_revision);
    let revision = latest_revision(&cloud, &service).await;
    assert_eq!(
        revision.conditions[0].revision_reason(),
        Some(&RevisionReason::HealthCheckContainerError)
    );
    let answer = get_json(&service.uri).await;
    assert!(first.latest_ready_revision.ends_with(answer["revision"].as_str().unwrap()));
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_process_that_exits_before_it_listens_fails_at_once_and_its_output_is_logged() {
    let cloud = Cloud::open(tuning()).await;
    let done = cloud
        .deploy(service_of(
            &cloud.push("import sys\nprint('cannot', file=sys.stderr)\nsys.exit(3)\n"),
        ))
        .await;
    let message = done["error"]["message"].as_str().unwrap();
    assert!(message.contains("exit status: 3"), "{message}");
    let service = cloud.get().await;
    assert!(service.latest_ready_revision.is_empty());
    let (status, _) = get(&service.uri).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let log = cloud.log().await;
    assert!(log.iter().any(|entry| entry["textPayload"] == "cannot"), "{log:?}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn an_image_that_is_not_in_the_registry_is_a_missing_container() {
    let cloud = Cloud::open(tuning()).await;
    for image in [
        "r-docker.pkg.dev/p/repo/img:nowhere".to_owned(),
        format!("r-docker.pkg.dev/p/repo/img@sha256:{}", "0".repeat(64)),
    ] {
        let done = cloud.deploy(service_of(&image)).await;
        assert_eq!(done["error"]["code"], 9, "{done}");
        let condition = cloud.get().await.terminal_condition.unwrap();
        assert_eq!(condition.reason(), Some(&CommonReason::ContainerMissing), "{condition:?}");
    }
    cloud.service.stop().await;
}

#[tokio::test]
async fn after_a_crash_the_next_request_starts_another_instance() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let first = get_json(&service.uri).await;
    assert_eq!(get(&format!("{}/crash", service.uri)).await.0, StatusCode::SERVICE_UNAVAILABLE);
    eventually("the crash is noticed", || cloud.pool().instances() == 0).await;
    let second = get_json(&service.uri).await;
    assert_ne!(first["me"], second["me"]);
    cloud.service.stop().await;
}

#[tokio::test]
async fn an_instance_beyond_its_memory_limit_is_killed() {
    let cloud = Cloud::open(tuning()).await;
    let limit = ResourceRequirements::new().set_limits([("memory", "128Mi")]);
    let mut service = service_of(&cloud.push(SERVER));
    service.template.as_mut().unwrap().containers[0].resources = Some(limit);
    let service = cloud.deployed(service).await;
    assert_eq!(get(&format!("{}/eat", service.uri)).await.0, StatusCode::SERVICE_UNAVAILABLE);
    eventually("the kill is noticed", || cloud.pool().instances() == 0).await;
    let log = cloud.log().await;
    let said = |entry: &Value| {
        entry["textPayload"]
            .as_str()
            .is_some_and(|text| text.contains("Memory limit of 128 MiB exceeded"))
    };
    assert!(log.iter().any(said), "{log:?}");
    get_json(&service.uri).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_newer_template_supersedes_a_starting_revision() {
    let cloud = Cloud::open(tuning()).await;
    let body = json!(service_of(&cloud.push("import time\ntime.sleep(600)\n")));
    let query = [("allowMissing", "true")];
    let stuck = cloud.call(Method::PATCH, &format!("v2/{SERVICE}"), &query, body).await.unwrap();
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    get_json(&service.uri).await;
    let stuck = cloud
        .call(Method::GET, &format!("v2/{}", stuck["name"].as_str().unwrap()), &[], Value::Null)
        .await
        .unwrap();
    assert_eq!(stuck["error"]["code"], 10);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_newer_template_takes_over_an_image_that_is_being_unpacked() {
    let cloud = Cloud::open(tuning()).await;
    // Unpacking this takes longer than superseding the revision.
    let image = cloud.push_with(SERVER, |layer| {
        for number in 0..20_000 {
            let mut header = tar::Header::new_gnu();
            header.set_size(0);
            header.set_mode(0o644);
            layer.append_data(&mut header, format!("many/{number}"), std::io::empty()).unwrap();
        }
    });
    let query = [("allowMissing", "true")];
    let body = json!(service_of(&image));
    cloud.call(Method::PATCH, &format!("v2/{SERVICE}"), &query, body).await.unwrap();
    let images = cloud.path("run/images");
    eventually("the first revision is being unpacked", || {
        let entries = std::fs::read_dir(&images).unwrap();
        entries.flatten().any(|entry| entry.path().join("rootfs/many").exists())
    })
    .await;
    let mut newer = service_of(&image);
    newer.template.as_mut().unwrap().labels.insert("round".to_owned(), "2".to_owned());
    let service = cloud.deployed(newer).await;
    get_json(&service.uri).await;
    assert_eq!(cloud.images(), 1, "unpacked once");
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_failure_of_this_machine_is_retried() {
    let cloud = Cloud::open(tuning()).await;
    let service = service_of(&cloud.push(SERVER));
    cloud.registry_failures.store(1, Ordering::Relaxed);
    let service = cloud.deployed(service).await;
    assert_eq!(cloud.registry_failures.load(Ordering::Relaxed), 0);
    get_json(&service.uri).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_failure_of_this_machine_that_lasts_is_internal() {
    let tuning = Tuning { machine_patience: Duration::ZERO, ..tuning() };
    let cloud = Cloud::open(tuning).await;
    let service = service_of(&cloud.push(SERVER));
    cloud.registry_failures.store(usize::MAX, Ordering::Relaxed);
    let done = cloud.deploy(service).await;
    let condition = cloud.get().await.terminal_condition.unwrap();
    assert_eq!(condition.reason(), Some(&CommonReason::Internal), "{done}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn an_image_that_cannot_be_unpacked_is_not_an_internal_failure() {
    let cloud = Cloud::open(tuning()).await;
    let image = cloud.push_with(SERVER, |layer| {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..7].copy_from_slice(b"../away");
        header.set_size(0);
        header.set_cksum();
        layer.append(&header, std::io::empty()).unwrap();
    });
    let done = cloud.deploy(service_of(&image)).await;
    let condition = cloud.get().await.terminal_condition.unwrap();
    assert_eq!(condition.reason(), Some(&CommonReason::ContainerMissing), "{done}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn an_instance_whose_port_was_taken_starts_on_another_one() {
    let cloud = Cloud::with(tuning(), without_sandbox()).await;
    let marker = cloud.path("marker");
    let script = format!(
        "import os, sys\nif not os.path.exists({marker:?}):\n    open({marker:?}, 'w').close()\n    \
         sys.exit('OSError: [Errno 98] Address already in use')\n{SERVER}"
    );
    let service = cloud.deployed(service_of(&cloud.push(&script))).await;
    assert!(marker.exists());
    get_json(&service.uri).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_program_that_takes_its_own_port_fails_its_health_check() {
    let cloud = Cloud::open(tuning()).await;
    let script = "import sys\nsys.exit('listen tcp: bind: address already in use')\n";
    cloud.deploy(service_of(&cloud.push(script))).await;
    let service = cloud.get().await;
    let revision = latest_revision(&cloud, &service).await;
    let reason = revision.conditions.iter().find_map(|condition| condition.revision_reason());
    assert_eq!(reason, Some(&RevisionReason::HealthCheckContainerError), "{revision:?}");
    cloud.service.stop().await;
}
