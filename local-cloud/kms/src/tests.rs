use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Deps, Service};
use longshore_local_kit::keys::{CustomerKeys as _, KeyError, KeyUser};

const RINGS: &str = "projects/p/locations/l/keyRings";
const KEY: &str = "projects/p/locations/l/keyRings/r/cryptoKeys/k";

const STORAGE: KeyUser<'_> = KeyUser::storage("p");

fn open(dir: &Path) -> Arc<Service> {
    Service::open(dir, Deps { project: "p".to_owned(), project_number: 42 }).unwrap()
}

async fn call(
    service: &Arc<Service>,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/v1/{path}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = super::router(Arc::clone(service)).oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn post(service: &Arc<Service>, path: &str, body: Value) -> Value {
    let (status, answer) = call(service, Method::POST, path, body).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

/// A service with one key, which has one version.
async fn with_key(dir: &Path) -> Arc<Service> {
    let service = open(dir);
    post(&service, &format!("{RINGS}?keyRingId=r"), json!({})).await;
    let key = json!({"purpose": "ENCRYPT_DECRYPT", "destroyScheduledDuration": "86400s"});
    post(&service, &format!("{RINGS}/r/cryptoKeys?cryptoKeyId=k"), key).await;
    service
}

fn materials(dir: &Path) -> BTreeMap<Vec<u8>, u32> {
    fs::read_dir(dir.join("material"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            (fs::read(path).unwrap(), mode)
        })
        .collect()
}

#[tokio::test]
async fn a_ciphertext_survives_a_restart_and_a_rotation() {
    let dir = tempfile::tempdir().unwrap();
    let service = with_key(dir.path()).await;
    let (text, context) = (STANDARD.encode("hello"), STANDARD.encode("context"));
    let body = json!({
        "plaintext": text,
        "plaintextCrc32c": crc32c::crc32c(b"hello").to_string(),
        "additionalAuthenticatedData": context,
    });
    let encrypted = post(&service, &format!("{KEY}:encrypt"), body).await;
    assert_eq!(encrypted["name"], format!("{KEY}/cryptoKeyVersions/1"));
    assert_eq!(encrypted["verifiedPlaintextCrc32c"], true);
    let ciphertext = STANDARD.decode(encrypted["ciphertext"].as_str().unwrap()).unwrap();
    let checksum = crc32c::crc32c(&ciphertext).to_string();
    assert_eq!(encrypted["ciphertextCrc32c"], checksum.as_str());

    post(&service, &format!("{KEY}/cryptoKeyVersions"), json!({})).await;
    let primary = json!({"cryptoKeyVersionId": "2"});
    let key = post(&service, &format!("{KEY}:updatePrimaryVersion"), primary).await;
    assert_eq!(key["primary"]["name"], format!("{KEY}/cryptoKeyVersions/2"));
    drop(service);

    let service = open(dir.path());
    let body = json!({
        "ciphertext": encrypted["ciphertext"],
        "ciphertextCrc32c": checksum,
        "additionalAuthenticatedData": context,
    });
    let decrypted = post(&service, &format!("{KEY}:decrypt"), body).await;
    assert_eq!(decrypted["plaintext"], text);
    assert_eq!(decrypted["usedPrimary"], Value::Null, "false is omitted");
    let again = post(&service, &format!("{KEY}:encrypt"), json!({"plaintext": text})).await;
    assert_eq!(again["name"], format!("{KEY}/cryptoKeyVersions/2"));
}

#[tokio::test]
async fn a_wrong_checksum_context_or_key_is_refused_in_googles_words() {
    let dir = tempfile::tempdir().unwrap();
    let service = with_key(dir.path()).await;
    let key = json!({"purpose": "ENCRYPT_DECRYPT"});
    post(&service, &format!("{RINGS}/r/cryptoKeys?cryptoKeyId=other"), key).await;
    let body = json!({"plaintext": STANDARD.encode("hello")});
    let encrypted = post(&service, &format!("{KEY}:encrypt"), body).await;
    let ciphertext = &encrypted["ciphertext"];
    for (path, body, expected) in [
        (
            format!("{KEY}:encrypt"),
            json!({"plaintext": STANDARD.encode("hello"), "plaintextCrc32c": "1"}),
            "plaintext_crc32c did not match",
        ),
        (
            format!("{KEY}:decrypt"),
            json!({"ciphertext": ciphertext, "ciphertextCrc32c": "1"}),
            "ciphertext_crc32c did not match",
        ),
        (
            format!("{KEY}:decrypt"),
            json!({"ciphertext": ciphertext, "additionalAuthenticatedData": "YQ=="}),
            "Decryption failed: the ciphertext is invalid.",
        ),
        (
            format!("{RINGS}/r/cryptoKeys/other:decrypt"),
            json!({"ciphertext": ciphertext}),
            "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
        ),
        (
            format!("{KEY}:decrypt"),
            json!({"ciphertext": "aGVsbG8="}),
            "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
        ),
        (format!("{KEY}:encrypt"), json!({"plaintext": "not base64!"}), "request body"),
        (
            format!("{KEY}:encrypt"),
            json!({"plaintext": STANDARD.encode(vec![0; 65_537])}),
            "plaintext: must be at most 65536 bytes",
        ),
    ] {
        let (status, answer) = call(&service, Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("not base64!"), "an error quotes the plaintext");
    }
}

#[tokio::test]
async fn a_disabled_version_is_refused_with_googles_violation() {
    let dir = tempfile::tempdir().unwrap();
    let service = with_key(dir.path()).await;
    let version = format!("{KEY}/cryptoKeyVersions/1");
    assert_eq!(service.usable_version(KEY, STORAGE).unwrap(), version);
    assert_eq!(service.usable_version(&KEY.replace("/p/", "/42/"), STORAGE).unwrap(), version);
    let patch = format!("{version}?updateMask=state");
    let (status, answer) =
        call(&service, Method::PATCH, &patch, json!({"state": "DISABLED"})).await;
    assert_eq!((status, &answer["state"]), (StatusCode::OK, &json!("DISABLED")));
    let (status, answer) =
        call(&service, Method::POST, &format!("{KEY}:encrypt"), json!({"plaintext": "YQ=="})).await;
    assert_eq!(
        (status, &answer["error"]["status"]),
        (StatusCode::BAD_REQUEST, &json!("FAILED_PRECONDITION"))
    );
    assert_eq!(
        answer["error"]["message"],
        format!("{version} is not enabled, current state is: DISABLED.")
    );
    assert_eq!(
        answer["error"]["details"][0],
        json!({
            "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
            "violations": [{"type": "KEY_DISABLED", "subject": version}],
        })
    );
    for name in [KEY, &version] {
        let refused = service.usable_version(name, STORAGE).unwrap_err();
        let expected = KeyError::NotEnabled { version: version.clone(), state: "DISABLED" };
        assert_eq!(refused, expected, "{name}");
    }
}

#[tokio::test]
async fn a_new_key_lets_the_service_agents_of_its_project_use_it_until_the_binding_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let service = with_key(dir.path()).await;
    let version = format!("{KEY}/cryptoKeyVersions/1");
    let denied = Err(KeyError::Denied(KEY.to_owned()));
    for agent in KeyUser::AGENTS {
        let usable = service.usable_version(KEY, KeyUser { agent, project: "p" });
        assert_eq!(usable.as_ref(), Ok(&version), "{agent}");
        assert_eq!(service.usable_version(KEY, KeyUser { agent, project: "42" }), usable);
        let other = KeyUser { agent, project: "other" };
        assert_eq!(service.usable_version(KEY, other), denied, "{agent}");
    }

    let initial = call(&service, Method::GET, &format!("{KEY}:getIamPolicy"), Value::Null).await.1;
    let role = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
    assert_eq!(initial["bindings"][0]["role"], role);
    let members = initial["bindings"][0]["members"].as_array().unwrap();
    let storage = "serviceAccount:service-42@gs-project-accounts.iam.gserviceaccount.com";
    assert!(members.contains(&json!(storage)), "{members:?}");
    let set = async |resource: &str, members: Value| {
        let policy = json!({"bindings": [{"role": role, "members": members}]});
        let path = format!("{resource}:setIamPolicy");
        post(&service, &path, json!({"policy": policy})).await;
    };
    set(KEY, json!([])).await;
    assert_eq!(service.usable_version(KEY, STORAGE), denied);
    assert_eq!(service.usable_version(&version, STORAGE), denied);
    assert_eq!(service.usable_version(KEY, KeyUser::run("p")), denied);

    // A grant on the ring is enough.
    set(&format!("{RINGS}/r"), json!([storage])).await;
    assert_eq!(service.usable_version(KEY, STORAGE), Ok(version.clone()));
    assert_eq!(service.usable_version(KEY, KeyUser::run("p")), denied);
    drop(service);
    assert_eq!(open(dir.path()).usable_version(KEY, STORAGE), Ok(version));
}

#[tokio::test]
async fn material_is_readable_by_its_owner_only_and_never_in_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let service = with_key(dir.path()).await;
    post(&service, &format!("{KEY}/cryptoKeyVersions"), json!({})).await;
    let found = materials(dir.path());
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|(material, mode)| material.len() == 32 && *mode == 0o600));
    let journal = fs::read(dir.path().join("journal")).unwrap();
    for material in found.keys() {
        assert!(!journal.windows(material.len()).any(|window| window == material));
    }
    let folder = fs::metadata(dir.path().join("material")).unwrap().permissions().mode();
    assert_eq!(folder & 0o777, 0o700);
}

#[tokio::test]
async fn a_start_removes_material_that_no_version_names() {
    let dir = tempfile::tempdir().unwrap();
    drop(with_key(dir.path()).await);
    let left_over = dir.path().join("material").join(uuid::Uuid::new_v4().to_string());
    fs::write(&left_over, [0; 32]).unwrap();
    let service = open(dir.path());
    assert!(!left_over.exists());
    assert_eq!(materials(dir.path()).len(), 1);
    service.usable_version(KEY, STORAGE).unwrap();
}

#[tokio::test]
async fn lists_come_in_pages() {
    let dir = tempfile::tempdir().unwrap();
    let service = with_key(dir.path()).await;
    for _ in 0..11 {
        post(&service, &format!("{KEY}/cryptoKeyVersions"), json!({})).await;
    }
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("{KEY}/cryptoKeyVersions?pageSize=5&pageToken={token}");
        let (_, page) = call(&service, Method::GET, &path, Value::Null).await;
        assert_eq!(page["totalSize"], 12);
        let versions = page["cryptoKeyVersions"].as_array().unwrap();
        names.extend(versions.iter().map(|version| version["name"].as_str().unwrap().to_owned()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    let expected: Vec<String> =
        (1..=12).map(|number| format!("{KEY}/cryptoKeyVersions/{number}")).collect();
    assert_eq!(names, expected);
    let (_, rings) = call(&service, Method::GET, RINGS, Value::Null).await;
    assert_eq!(rings["keyRings"][0]["name"], format!("{RINGS}/r"));
    let (status, _) = call(&service, Method::GET, &format!("{RINGS}?filter=x"), Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for (filter, total) in [("state=ENABLED", 12), ("name=*/3", 1), ("name=3", 1), ("state:DES", 0)]
    {
        let list = format!("{KEY}/cryptoKeyVersions?filter={filter}");
        let (_, page) = call(&service, Method::GET, &list, Value::Null).await;
        assert_eq!(page["totalSize"].as_i64().unwrap_or_default(), total, "{filter}: {page}");
    }
}
