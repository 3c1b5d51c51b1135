//! Many services on one machine.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::fixture::{Cloud, SERVER, SERVICE, eventually, get, get_json, service_of, tuning};
use crate::machine::Bounds;
use crate::tuning::Tuning;

fn name(number: usize) -> String {
    format!("projects/p/locations/r/services/hello{number}")
}

fn running(cloud: &Cloud, services: usize) -> Vec<usize> {
    let pools = |number| cloud.service.site(&name(number)).unwrap().front.traffic.pools();
    (0..services)
        .map(|number| pools(number).iter().map(|(_, pool)| pool.instances()).sum())
        .collect()
}

async fn url(cloud: &Cloud, number: usize) -> String {
    let path = format!("v2/{}", name(number));
    let service = cloud.call(Method::GET, &path, &[], Value::Null).await;
    service.unwrap()["uri"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_instance_that_was_idle_longest_makes_room_for_another_service() {
    let bounds = Some(Bounds { descriptors: 1024, instances: 2 });
    let cloud = Cloud::open(Tuning { bounds, ..tuning() }).await;
    let image = cloud.push(SERVER);
    for number in 0..3 {
        let done = cloud.deploy_as(&name(number), service_of(&image)).await;
        assert!(done.get("error").is_none(), "{done}");
    }
    assert_eq!(running(&cloud, 3), [0, 1, 1]);
    // Idle again, but used last.
    get_json(&url(&cloud, 1).await).await;
    get_json(&url(&cloud, 0).await).await;
    assert_eq!(running(&cloud, 3), [1, 1, 0]);
    for number in [2, 1, 0] {
        get_json(&url(&cloud, number).await).await;
    }
    assert_eq!(running(&cloud, 3).iter().sum::<usize>(), 2);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_request_is_refused_while_all_instances_of_the_machine_are_busy() {
    let bounds = Some(Bounds { descriptors: 1024, instances: 1 });
    let cloud = Cloud::open(Tuning { bounds, ..tuning() }).await;
    let image = cloud.push(SERVER);
    for number in 0..2 {
        cloud.deploy_as(&name(number), service_of(&image)).await;
    }
    let (busy, other) = (url(&cloud, 1).await, url(&cloud, 0).await);
    let pool = cloud.service.site(&name(1)).unwrap().front.traffic.pools().remove(0).1;
    let lease = pool.lease().await;
    let (status, text) = get(&other).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
    assert!(text.contains("no room for another instance"), "{text}");
    drop(lease);
    get_json(&other).await;
    get_json(&busy).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_commit_wakes_only_the_reconciler_of_the_service_that_it_changes() {
    let cloud = Cloud::open(tuning()).await;
    let image = cloud.push(SERVER);
    cloud.deploy_as(&name(0), service_of(&image)).await;
    let other = cloud.service.site(&name(0)).unwrap().changes();
    cloud.deploy(service_of(&image)).await;
    assert!(!other.has_changed().unwrap());
    let own = cloud.service.site(SERVICE).unwrap().changes();
    cloud.set_invokers(&["user:me@example.com"]).await;
    assert!(own.has_changed().unwrap() && !other.has_changed().unwrap());
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_service_whose_url_would_take_the_last_descriptors_is_refused() {
    // Half of these are reserved, and what three instances need.
    let bounds = Some(Bounds { descriptors: 2 * (3 * 18 + 2), instances: 10 });
    let cloud = Cloud::open(Tuning { bounds, shares_listener: false, ..tuning() }).await;
    let image = cloud.push(SERVER);
    for number in 0..2 {
        let done = cloud.deploy_as(&name(number), service_of(&image)).await;
        assert!(done.get("error").is_none(), "{done}");
    }
    let write = async |number| {
        let (path, body) = (format!("v2/{}", name(number)), json!(service_of(&image)));
        cloud.call(Method::PATCH, &path, &[("allowMissing", "true")], body).await
    };
    let refused = write(2).await.unwrap_err();
    assert_eq!(refused.status(), "RESOURCE_EXHAUSTED", "{refused}");
    assert!(refused.to_string().contains("ulimit -n"), "{refused}");
    write(1).await.unwrap();
    cloud.call(Method::DELETE, &format!("v2/{}", name(0)), &[], Value::Null).await.unwrap();
    eventually("the URL is closed", || cloud.service.check_room(&name(2)).is_ok()).await;
    cloud.deploy_as(&name(2), service_of(&image)).await;
    get_json(&url(&cloud, 2).await).await;
    cloud.service.stop().await;
}

/// Answers each request, and starts fast.
const SMALL_SERVER: &str = r#"
import os, socket
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(os.environ["PORT"])))
listener.listen()
while True:
    connection, _ = listener.accept()
    if connection.recv(65536):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    connection.close()
"#;

#[tokio::test]
async fn services_without_a_port_of_their_own_share_one_and_keep_their_urls() {
    // Half of these are reserved, and what three instances need.
    let bounds = Some(Bounds { descriptors: 2 * (3 * 18 + 2), instances: 10 });
    let cloud = Cloud::open(Tuning { bounds, ..tuning() }).await;
    if !cloud.service.host.tuning.shares_listener {
        println!("skipped: the kernel does not restrict a socket to an interface");
        return;
    }
    let image = cloud.push(SERVER);
    let mut urls = Vec::new();
    for number in 0..5 {
        let done = cloud.deploy_as(&name(number), service_of(&image)).await;
        assert!(done.get("error").is_none(), "{done}");
        urls.push(url(&cloud, number).await);
    }
    let shared = |url: &String| url.starts_with("http://127.1.0.");
    assert_eq!(urls.iter().map(shared).collect::<Vec<_>>(), [false, false, true, true, true]);
    let port = |url: &String| url.rsplit_once(':').unwrap().1.to_owned();
    assert!(urls[2..].iter().all(|url| port(url) == port(&urls[2])), "{urls:?}");
    for (number, url) in urls.iter().enumerate() {
        let revision = get_json(url).await["revision"].as_str().unwrap().to_owned();
        assert!(revision.starts_with(&format!("hello{number}-")), "{url} {revision}");
    }
    let unknown = format!("http://127.0.0.1:{}", port(&urls[2]));
    assert_eq!(get(&unknown).await.0, StatusCode::NOT_FOUND);
    cloud.call(Method::DELETE, &format!("v2/{}", name(3)), &[], Value::Null).await.unwrap();
    let is_closed = async || get(&urls[3]).await.0 == StatusCode::NOT_FOUND;
    while !is_closed().await {
        tokio::task::yield_now().await;
    }

    let cloud = cloud.restarted().await;
    for number in [0, 1, 2, 4] {
        assert_eq!(url(&cloud, number).await, urls[number]);
        get_json(&urls[number]).await;
    }
    cloud.deploy_as(&name(5), service_of(&image)).await;
    let added = url(&cloud, 5).await;
    assert!(shared(&added) && !urls.contains(&added), "{added}");
    get_json(&added).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_start_that_waits_for_room_gets_it_once_another_instance_is_up() {
    let bounds = Some(Bounds { descriptors: 1024, instances: 1 });
    // Nothing but the first instance makes room in time.
    let room = Duration::from_secs(24 * 3_600);
    let cloud = Cloud::open(Tuning { bounds, room, ..tuning() }).await;
    let image = cloud.push(SERVER);
    let names = [name(0), name(1), name(2)];
    let deployed = names.iter().map(|name| cloud.deploy_as(name, service_of(&image)));
    for done in futures::future::join_all(deployed).await {
        assert!(done.get("error").is_none(), "{done}");
    }
    cloud.service.stop().await;
}

/// Deploys services and calls them.
async fn deploy_and_call(services: usize) {
    // A request waits until an idle instance has made room.
    let queue = Duration::from_secs(3_600);
    let cloud = Cloud::open(Tuning { queue, ..tuning() }).await;
    let image = cloud.push(SMALL_SERVER);
    let names: Vec<String> = (0..services).map(name).collect();
    for some in names.chunks(4) {
        let deployed = some.iter().map(|name| cloud.deploy_as(name, service_of(&image)));
        for done in futures::future::join_all(deployed).await {
            assert!(done.get("error").is_none(), "{done}");
        }
    }
    for number in 0..services {
        assert_eq!(get(&url(&cloud, number).await).await.1, "ok", "{number}");
    }
    cloud.service.stop().await;
}

/// Runs an ignored test in a process that can open so many files.
fn run_with(open_files: u32, test: &str) {
    let run =
        format!("ulimit -n {open_files} && exec \"$0\" --ignored --exact tests::many::{test}");
    let this = std::env::current_exe().unwrap();
    let output = std::process::Command::new("sh").arg("-c").arg(run).arg(this).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Not a test: runs in a process that can open few files.
#[tokio::test]
#[ignore = "is started by another test"]
async fn deploys_and_calls_sixty_services() {
    deploy_and_call(60).await;
}

#[test]
fn sixty_services_are_deployed_and_called_with_256_open_files() {
    run_with(256, "deploys_and_calls_sixty_services");
}

/// Not a test: runs in a process that can open few files.
#[tokio::test]
#[ignore = "is started by another test"]
async fn deploys_and_calls_more_services_than_files() {
    deploy_and_call(140).await;
}

#[test]
fn more_services_than_open_files_are_deployed_and_called() {
    run_with(128, "deploys_and_calls_more_services_than_files");
}
