//! Secrets as variables and as files, and settings that have no effect.

use axum::http::{Method, StatusCode};
use google_cloud_run_v2::model::condition::CommonReason;
use google_cloud_run_v2::model::{
    EnvVar, EnvVarSource, ResourceRequirements, Revision, SecretKeySelector, SecretVolumeSource,
    Service, VersionToPath, Volume, VolumeMount, VpcAccess,
};
use serde_json::Value;

use super::fixture::{Cloud, eventually, get, get_json, service_of, tuning, without_sandbox};

/// Returns its variable `KEY` and the file at the path of the request, and whether that file is
/// writable.
const READER: &str = r#"
import http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/crash":
            os._exit(7)
        try:
            file = open(self.path).read()
            wrote = os.access(self.path, os.W_OK) or os.access(os.path.dirname(self.path), os.W_OK)
        except OSError as error:
            file, wrote = str(error), False
        body = json.dumps({"key": os.environ.get("KEY"), "file": file, "writable": wrote, "system": os.path.exists("/etc/passwd")})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

fn with_variable(image: &str, version: &str) -> Service {
    let mut service = service_of(image);
    let key = SecretKeySelector::new().set_secret("key").set_version(version);
    let variable =
        EnvVar::new().set_name("KEY").set_value_source(EnvVarSource::new().set_secret_key_ref(key));
    service.template.as_mut().unwrap().containers[0].env = vec![variable];
    service
}

fn with_volume(image: &str, path: &str) -> Service {
    let mut service = service_of(image);
    let template = service.template.as_mut().unwrap();
    let items = [VersionToPath::new().set_path("deep/key.txt").set_version("1")];
    template.volumes = vec![
        Volume::new()
            .set_name("v")
            .set_secret(SecretVolumeSource::new().set_secret("key").set_items(items)),
    ];
    template.containers[0].volume_mounts =
        vec![VolumeMount::new().set_name("v").set_mount_path(path)];
    service
}

#[tokio::test]
async fn a_variable_has_the_newest_value_when_its_instance_starts() {
    let cloud = Cloud::open(tuning()).await;
    cloud.add_secret("key", "first").await;
    let service = cloud.deployed(with_variable(&cloud.push(READER), "latest")).await;
    assert_eq!(get_json(&service.uri).await["key"], "first");
    cloud.add_secret("key", "second").await;
    assert_eq!(
        get_json(&service.uri).await["key"],
        "first",
        "an instance that runs keeps what it has"
    );
    assert_eq!(get(&format!("{}/crash", service.uri)).await.0, StatusCode::SERVICE_UNAVAILABLE);
    eventually("the crash is noticed", || cloud.pool().instances() == 0).await;
    assert_eq!(get_json(&service.uri).await["key"], "second");
    let shown = cloud
        .call(Method::GET, &format!("v2/{}", service.latest_ready_revision), &[], Value::Null)
        .await
        .unwrap();
    let log = cloud.log().await;
    assert!(
        !format!("{shown} {log:?}").contains("second"),
        "a value is neither in a resource nor in a log"
    );
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_missing_secret_fails_the_revision_by_name() {
    let cloud = Cloud::open(tuning()).await;
    let image = cloud.push(READER);
    for (service, name) in [
        (
            with_variable(&image, "1"),
            "containers[0].env[0].value_from.secret_key_ref.name: Secret projects/p/secrets/key/versions/1",
        ),
        (
            with_volume(&image, "/keys"),
            "volumes[0].secret.secretName: Secret projects/p/secrets/key/versions/1",
        ),
    ] {
        let done = cloud.deploy(service).await;
        let message = done["error"]["message"].as_str().unwrap();
        assert!(message.contains(&format!("{name} was not found")), "{message}");
        let condition = cloud.get().await.terminal_condition.unwrap();
        assert_eq!(condition.reason(), Some(&CommonReason::SecretsAccessCheckFailed));
    }
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_volume_is_a_read_only_directory_wherever_it_is_mounted() {
    let cloud = Cloud::open(tuning()).await;
    if cloud.service.host.launcher.missing_sandbox().is_some() {
        println!("skipped: no sandbox is available");
        return;
    }
    cloud.add_secret("key", "the value").await;
    let image = cloud.push(READER);
    for path in ["/keys", "/etc/keys", "/workspace/keys", "/tmp/keys"] {
        let service = cloud.deployed(with_volume(&image, path)).await;
        let answer = get_json(&format!("{}{path}/deep/key.txt", service.uri)).await;
        assert_eq!(
            (&answer["file"], &answer["writable"]),
            (&"the value".into(), &false.into()),
            "{path}: {answer}"
        );
        assert_eq!(answer["system"], true, "{path}");
    }
    cloud.service.stop().await;
    let left = std::fs::read_dir(cloud.path("run/secrets")).unwrap().count();
    assert_eq!(left, 0, "nothing stays behind");
}

#[tokio::test]
async fn the_files_of_latest_follow_a_rotation_and_pinned_ones_do_not() {
    let cloud = Cloud::open(tuning()).await;
    if cloud.service.host.launcher.missing_sandbox().is_some() {
        println!("skipped: no sandbox is available");
        return;
    }
    cloud.add_secret("key", "first").await;
    let item = |path: &str, version: &str| VersionToPath::new().set_path(path).set_version(version);
    let volume = |name: &str, items: [VersionToPath; 2]| {
        let source = SecretVolumeSource::new().set_secret("key").set_items(items);
        Volume::new().set_name(name).set_secret(source)
    };
    let mount = |name: &str, path: &str| VolumeMount::new().set_name(name).set_mount_path(path);
    let mut service = service_of(&cloud.push(READER));
    let template = service.template.as_mut().unwrap();
    template.volumes = vec![
        volume("outer", [item("a", "latest"), item("b", "1")]),
        volume("inner", [item("a", ""), item("b", "1")]),
    ];
    template.containers[0].volume_mounts =
        vec![mount("outer", "/keys"), mount("inner", "/keys/inner")];
    let service = cloud.deployed(service).await;
    for value in ["first", "a second and longer value", "3rd"] {
        if value != "first" {
            cloud.add_secret("key", value).await;
        }
        for (path, expected) in [
            ("/keys/a", value),
            ("/keys/b", "first"),
            ("/keys/inner/a", value),
            ("/keys/inner/b", "first"),
        ] {
            let answer = get_json(&format!("{}{path}", service.uri)).await;
            assert_eq!((&answer["file"], &answer["writable"]), (&expected.into(), &false.into()));
        }
    }
    assert_eq!(cloud.pool().instances(), 1);
    cloud.service.stop().await;
}

#[tokio::test]
async fn without_a_sandbox_a_volume_is_rejected_with_the_reason() {
    let cloud = Cloud::with(tuning(), without_sandbox()).await;
    cloud.add_secret("key", "the value").await;
    let done = cloud.deploy(with_volume(&cloud.push(READER), "/keys")).await;
    let message = done["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("secret volumes cannot be mounted without a sandbox (a test)"),
        "{message}"
    );
    cloud.service.stop().await;
}

#[tokio::test]
async fn settings_without_effect_are_listed_in_the_revision_and_in_the_log() {
    let cloud = Cloud::open(tuning()).await;
    let mut service = service_of(&cloud.push(READER));
    let template = service.template.as_mut().unwrap();
    template.vpc_access =
        Some(VpcAccess::new().set_connector("projects/p/locations/r/connectors/c"));
    template.containers[0].resources =
        Some(ResourceRequirements::new().set_cpu_idle(true).set_startup_cpu_boost(true));
    let service = cloud.deployed(service).await;
    let revision = cloud
        .call(Method::GET, &format!("v2/{}", service.latest_ready_revision), &[], Value::Null)
        .await
        .unwrap();
    let revision: Revision = serde_json::from_value(revision).unwrap();
    assert!(revision.vpc_access.is_some());
    let healthy = revision
        .conditions
        .iter()
        .find(|condition| condition.r#type == "ContainerHealthy")
        .unwrap();
    assert!(
        healthy.message.ends_with("no effect in the local cloud: CPU boost, VPC access"),
        "{}",
        healthy.message
    );
    let log = cloud.log().await;
    assert!(
        log.iter().any(|entry| entry["textPayload"]
            .as_str()
            .is_some_and(|text| text.contains("CPU boost"))),
        "{log:?}"
    );
    cloud.service.stop().await;
}
