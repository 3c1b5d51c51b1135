//! Service settings in a request reach the function: secrets, timeout and access.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use longshore_messages::{Outcome, proto};

use crate::support::{Cloud, longshore, spec, uuid};

/// Responds with the variable `KEY` at `/variable`, and with the file at every other path. `/sleep`
/// responds only after the caller's timeout.
const FUNCTION: &str = r#"
import os
import time

import functions_framework


@functions_framework.http
def hello(request):
    if request.path == "/sleep":
        time.sleep(30)
    if request.path == "/variable":
        return os.environ["KEY"]
    return open(request.path).read()
"#;

fn function(folder: &Path) -> PathBuf {
    let directory = folder.join(uuid());
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("main.py"), FUNCTION).unwrap();
    directory
}

/// Sets a secret through standard input, as a password manager would.
fn set_secret(cloud: &Cloud, name: &str, value: &str) -> String {
    let mut command = longshore(&cloud.environment);
    let mut child = command
        .args(["secrets", "set", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn called(cloud: &Cloud, path: &str) -> Output {
    longshore(&cloud.environment).args(["call", "fields", "--path", path]).output().unwrap()
}

fn answer(cloud: &Cloud, path: &str) -> String {
    let output = called(cloud, path);
    assert!(
        output.status.success(),
        "{path}: {}\n{}",
        String::from_utf8_lossy(&output.stderr),
        cloud.logs()
    );
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

async fn status_with(url: &str, token: Option<&str>) -> u16 {
    let request =
        reqwest::Client::builder().no_proxy().build().unwrap().get(format!("{url}/variable"));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_timeout_and_access_follow_the_request() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    assert!(set_secret(&cloud, "key", "first").ends_with("/secrets/key/versions/1"));
    assert!(set_secret(&cloud, "key", "the newest").ends_with("/secrets/key/versions/2"));
    let listed = longshore(&cloud.environment).args(["secrets", "list"]).output().unwrap();
    assert!(
        String::from_utf8_lossy(&listed.stdout).lines().any(|line| line.starts_with("key  ")),
        "{listed:?}"
    );

    let mut wanted = spec("fields", cloud.stage(&function(cloud.folder())).await);
    let service = wanted.service.get_or_insert_default();
    service.access = proto::Access::Authenticated.into();
    service.timeout = Some(std::time::Duration::from_secs(2).into());
    let variable = proto::SecretVariable {
        name: "KEY".to_owned(),
        secret: "key".to_owned(),
        version: String::new(),
    };
    service.secret_environment = vec![variable];
    let sandboxed = !cloud.logs().contains("without a sandbox");
    if sandboxed {
        let files = [("deep/key.txt".to_owned(), "1".to_owned())].into();
        service.secret_volumes = vec![proto::SecretVolume {
            mount_path: "/etc/keys".to_owned(),
            secret: "key".to_owned(),
            files,
        }];
    } else {
        println!("secret volumes are skipped: there is no sandbox on this machine");
    }
    let finished = cloud.end_of(cloud.request(wanted.clone()).await).await;
    let Outcome::Deployed(serving) = finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };

    assert_eq!(answer(&cloud, "/variable"), "the newest");
    if sandboxed {
        assert_eq!(answer(&cloud, "/etc/keys/deep/key.txt"), "first");
    }
    let late = called(&cloud, "/sleep");
    assert_eq!(late.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&late.stderr).contains("status 504"), "{late:?}");

    assert_eq!(status_with(&serving.url, None).await, 403);
    assert_eq!(status_with(&serving.url, Some("any")).await, 401);
    let owner = cloud.clients.identity.id_token(&serving.url).await.unwrap().unwrap();
    assert_eq!(status_with(&serving.url, Some(&owner)).await, 200);
    let elsewhere = cloud.clients.identity.id_token("http://127.0.0.1:1").await.unwrap().unwrap();
    assert_eq!(status_with(&serving.url, Some(&elsewhere)).await, 401);

    let again = cloud.end_of(cloud.request(wanted.clone()).await).await;
    assert!(matches!(again.outcome, Outcome::Unchanged(_)), "{again:?}");
    assert!(
        longshore(&cloud.environment)
            .args(["secrets", "delete", "key"])
            .status()
            .unwrap()
            .success()
    );
    wanted.service.get_or_insert_default().cpu_boost = Some(true);
    let broken = cloud.end_of(cloud.request(wanted).await).await;
    let Outcome::Failed(failure) = &broken.outcome else { panic!("{broken:?}") };
    assert!(failure.reason.contains("secrets/key/versions/latest was not found"), "{failure:?}");
    assert_eq!(
        status_with(&serving.url, Some(&owner)).await,
        200,
        "the previous revision keeps serving"
    );
    assert!(!cloud.logs().contains("the newest"), "a value is in a log");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_protocol_of_the_container_follows_the_request() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&crate::support::function(cloud.folder(), "over HTTP/1")).await;
    let mut wanted = spec("protocol", source);
    for use_http2 in [true, false] {
        wanted.service.get_or_insert_default().use_http2 = Some(use_http2);
        let finished = cloud.end_of(cloud.request(wanted.clone()).await).await;
        assert_eq!(finished.outcome.as_str(), "deployed", "{finished:?}\n{}", cloud.logs());
        let (project, region) = (&cloud.settings.project, &cloud.settings.region);
        let name = format!("projects/{project}/locations/{region}/services/protocol");
        let live = cloud.clients.services.get(&name).await.unwrap().unwrap();
        assert_eq!(live.shape.settings.use_http2, Some(use_http2));
        // The framework speaks HTTP/1 only.
        let (is_answered, text) = cloud.call("protocol");
        assert_eq!((is_answered, text == "over HTTP/1"), (!use_http2, !use_http2), "{text}");
    }
    let unset = cloud.end_of(cloud.request(spec_without(wanted)).await).await;
    assert_eq!(unset.outcome.as_str(), "unchanged", "{unset:?}");
}

/// The same, with the protocol left as it is.
fn spec_without(mut wanted: proto::FunctionSpec) -> proto::FunctionSpec {
    wanted.service.get_or_insert_default().use_http2 = None;
    wanted
}
