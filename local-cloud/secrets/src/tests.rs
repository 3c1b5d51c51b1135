use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Deps, Service};
use longshore_local_kit::rest::{Call, RestError};

const VALUE: &[u8] = b"hunter2 \x00\xff";

fn open(dir: &Path) -> Arc<Service> {
    Service::open(dir, Deps { project: "p".to_owned(), project_number: 42 }).unwrap()
}

async fn call(
    service: &Arc<Service>,
    method: Method,
    path: &str,
    query: &[(&str, &str)],
    body: Value,
) -> Result<Value, RestError> {
    let (path, verb) =
        path.split_once(':').map_or((path, None), |(path, verb)| (path, Some(verb.to_owned())));
    let path = format!("v1/projects/p/secrets{path}").split('/').map(str::to_owned).collect();
    let query =
        query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    super::api(Arc::clone(service))
        .answer(&Call { method, path, verb, query, body: body.to_string().into() })
        .await
        .unwrap()
}

async fn create_with(service: &Arc<Service>, versions: usize) {
    let secret = json!({"replication": {"automatic": {}}, "labels": {"team": "a"}});
    call(service, Method::POST, "", &[("secretId", "key")], secret).await.unwrap();
    for _ in 0..versions {
        let body = json!({"payload": {"data": STANDARD.encode(VALUE), "dataCrc32c": crc32c::crc32c(VALUE).to_string()}});
        call(service, Method::POST, "/key:addVersion", &[], body).await.unwrap();
    }
}

#[tokio::test]
async fn a_value_survives_a_restart_with_its_checksum() {
    let dir = tempfile::tempdir().unwrap();
    create_with(&open(dir.path()), 2).await;
    let service = open(dir.path());
    let answer =
        call(&service, Method::GET, "/key/versions/latest:access", &[], Value::Null).await.unwrap();
    assert_eq!(answer["name"], "projects/p/secrets/key/versions/2");
    assert_eq!(STANDARD.decode(answer["payload"]["data"].as_str().unwrap()).unwrap(), VALUE);
    assert_eq!(answer["payload"]["dataCrc32c"], crc32c::crc32c(VALUE).to_string());
    let secret = call(&service, Method::GET, "/key", &[], Value::Null).await.unwrap();
    assert_eq!(
        (&secret["labels"]["team"], &secret["replication"]),
        (&json!("a"), &json!({"automatic": {}}))
    );
}

#[tokio::test]
async fn a_service_names_a_secret_by_id_or_by_full_name_with_project_id_or_number() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    create_with(&service, 1).await;
    for (project, secret) in
        [("p", "key"), ("other", "projects/p/secrets/key"), ("other", "projects/42/secrets/key")]
    {
        assert_eq!(service.value(project, secret, "latest").unwrap(), VALUE, "{project} {secret}");
    }
    for (project, secret, status) in
        [("other", "key", "NOT_FOUND"), ("p", "key/x", "INVALID_ARGUMENT")]
    {
        assert_eq!(
            RestError::from(service.value(project, secret, "1").unwrap_err()).status(),
            status,
            "{project} {secret}"
        );
    }
}

#[tokio::test]
async fn lists_come_in_pages_and_versions_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    create_with(&service, 3).await;
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let query = [("pageSize", "2"), ("pageToken", token.as_str())];
        let page = call(&service, Method::GET, "/key/versions", &query, Value::Null).await.unwrap();
        assert_eq!(page["totalSize"], 3);
        names.extend(
            page["versions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|version| version["name"].as_str().unwrap().to_owned()),
        );
        token = page["nextPageToken"].as_str().unwrap_or_default().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(
        names,
        ["3", "2", "1"].map(|number| format!("projects/p/secrets/key/versions/{number}"))
    );
    let listed = call(&service, Method::GET, "", &[], Value::Null).await.unwrap();
    assert_eq!(listed["secrets"][0]["name"], "projects/p/secrets/key");
    let filtered = async |path: &str, filter: &str| {
        call(&service, Method::GET, path, &[("filter", filter)], Value::Null).await
    };
    let all = filtered("", "name:k AND create_time>2020-01-01T00:00:00Z").await.unwrap();
    assert_eq!(all["totalSize"], 1);
    assert_eq!(filtered("", "name:x").await.unwrap()["totalSize"], Value::Null);
    let enabled = filtered("/key/versions", "state:ENABLED").await.unwrap();
    assert_eq!(enabled["totalSize"], 3);
    assert_eq!(filtered("", "name:").await.unwrap_err().status(), "INVALID_ARGUMENT");
}

/// The files below a directory, with their contents.
fn files(dir: &Path) -> Vec<(u32, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((
                entry.metadata().unwrap().permissions().mode() & 0o777,
                fs::read(entry.path()).unwrap(),
            ));
        }
    }
    found
}

#[tokio::test]
async fn values_are_readable_by_their_owner_only_and_removed_when_destroyed_or_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    create_with(&service, 2).await;
    let holds =
        |(_, content): &(u32, Vec<u8>)| content.windows(7).any(|window| window == b"hunter2");
    assert_eq!(
        files(dir.path()).iter().filter(|file| holds(file)).count(),
        2,
        "one file for each version, and not the journal"
    );
    assert!(files(dir.path()).iter().all(|(mode, _)| *mode == 0o600));

    call(&service, Method::POST, "/key/versions/1:destroy", &[], json!({})).await.unwrap();
    assert_eq!(files(dir.path()).iter().filter(|file| holds(file)).count(), 1);
    call(&service, Method::DELETE, "/key", &[], Value::Null).await.unwrap();
    assert_eq!(files(dir.path()).iter().filter(|file| holds(file)).count(), 0);
}

#[tokio::test]
async fn no_error_contains_a_value() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    create_with(&service, 0).await;
    for body in [
        json!({"payload": {"data": "hunter2!"}}),
        json!({"payload": {"data": "aHVudGVyMg==", "dataCrc32c": "1"}}),
    ] {
        let error = call(&service, Method::POST, "/key:addVersion", &[], body).await.unwrap_err();
        assert_eq!(error.status(), "INVALID_ARGUMENT");
        assert!(
            !error.to_string().contains("hunter2") && !error.to_string().contains("aHVudGVyMg"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_damaged_journal_deletes_no_value_but_those_that_are_destroyed() {
    let dir = tempfile::tempdir().unwrap();
    create_with(&open(dir.path()), 3).await;
    let journal = dir.path().join("journal");
    let mut damaged = fs::read(&journal).unwrap();
    // In the last event, which added the third version.
    let last = damaged.len() - 2;
    damaged[last] ^= 1;
    fs::write(&journal, damaged).unwrap();
    let values = || fs::read_dir(dir.path().join("payloads")).unwrap().count();
    for _ in 0..2 {
        open(dir.path());
        assert_eq!(values(), 3);
    }
    let destroy = "/key/versions/1:destroy";
    call(&open(dir.path()), Method::POST, destroy, &[], json!({})).await.unwrap();
    assert_eq!(values(), 2);
}

#[tokio::test]
async fn the_policy_of_a_secret_is_returned_as_it_was_set_until_the_secret_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    create_with(&service, 1).await;
    let get = async |service: &Arc<Service>| {
        call(service, Method::GET, "/key:getIamPolicy", &[], Value::Null).await
    };
    let before = get(&service).await.unwrap();
    assert_eq!(before, json!({"etag": "ACAB"}));

    let accessor = json!({
        "role": "roles/secretmanager.secretAccessor",
        "members": ["serviceAccount:a@p.iam.gserviceaccount.com"],
    });
    let set = async |etag: &Value, bindings: Value| {
        let policy = json!({"policy": {"version": 3, "bindings": bindings, "etag": etag}});
        call(&service, Method::POST, "/key:setIamPolicy", &[], policy).await
    };
    let after = set(&before["etag"], json!([accessor])).await.unwrap();
    assert_eq!(after["bindings"], json!([accessor]));
    assert_ne!(after["etag"], before["etag"]);
    let stale = set(&before["etag"], json!([])).await.unwrap_err();
    assert_eq!(stale.status(), "ABORTED");
    let nameless = set(&after["etag"], json!([{"members": ["allUsers"]}])).await.unwrap_err();
    assert_eq!(nameless.status(), "INVALID_ARGUMENT");

    drop(service);
    let service = open(dir.path());
    assert_eq!(get(&service).await.unwrap(), after, "it survives a restart");
    call(&service, Method::DELETE, "/key", &[], Value::Null).await.unwrap();
    assert_eq!(get(&service).await.unwrap_err().status(), "NOT_FOUND");
    create_with(&service, 0).await;
    assert_eq!(get(&service).await.unwrap(), before, "another secret of that name has its own");
}
