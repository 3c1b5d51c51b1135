//! Keys of Cloud KMS, and what they protect in the other services.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::net::SocketAddr;

use longshore_local_cloud::Endpoints;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::clients::{create_repository_under, local_cloud, push_image};

const LOCATION: &str = "projects/local-project/locations/europe-west1";
const KEY: &str = "projects/local-project/locations/europe-west1/keyRings/r/cryptoKeys/k";
const DISABLED: &str = "Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.";

struct Caller(Client);

impl Caller {
    async fn call(
        &self,
        method: Method,
        address: SocketAddr,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request = self.0.request(method, format!("http://{address}/{path}")).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn done(&self, method: Method, address: SocketAddr, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, address, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn create_key(&self, cloud: &Endpoints) {
        let rings = format!("v1/{LOCATION}/keyRings");
        self.done(Method::POST, cloud.kms, &format!("{rings}?keyRingId=r"), json!({})).await;
        let keys = format!("{rings}/r/cryptoKeys?cryptoKeyId=k");
        self.done(Method::POST, cloud.kms, &keys, json!({"purpose": "ENCRYPT_DECRYPT"})).await;
    }

    async fn switch_key(&self, cloud: &Endpoints, state: &str) {
        let path = format!("v1/{KEY}/cryptoKeyVersions/1?updateMask=state");
        self.done(Method::PATCH, cloud.kms, &path, json!({"state": state})).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_under_a_disabled_key_is_refused_as_google_does() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    let caller = Caller(Client::builder().no_proxy().build().unwrap());
    caller.create_key(&endpoints).await;
    let storage = endpoints.storage;
    let bucket = json!({
        "name": "protected",
        "location": "europe-west1",
        "encryption": {"defaultKmsKeyName": KEY},
    });
    let buckets = "storage/v1/b?project=local-project";
    let created = caller.done(Method::POST, storage, buckets, bucket).await;
    assert_eq!(created["encryption"]["defaultKmsKeyName"], KEY);
    let upload = "upload/storage/v1/b/protected/o?uploadType=media&name=a";
    let written = caller.done(Method::POST, storage, upload, json!("content")).await;
    assert_eq!(written["kmsKeyName"], format!("{KEY}/cryptoKeyVersions/1"));

    caller.switch_key(&endpoints, "DISABLED").await;
    let download = "storage/v1/b/protected/o/a?alt=media";
    for (method, path) in
        [(Method::GET, download), (Method::POST, upload), (Method::GET, "protected/a")]
    {
        let (status, answer) = caller.call(method, storage, path, Value::Null).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {answer}");
        match &answer {
            Value::String(xml) => assert!(xml.contains(DISABLED), "{xml}"),
            json => {
                assert_eq!(json["error"]["message"], DISABLED);
                assert_eq!(json["error"]["errors"][0]["reason"], "cloudKmsDisabledKey");
            }
        }
    }
    let metadata = "storage/v1/b/protected/o/a";
    caller.done(Method::GET, storage, metadata, Value::Null).await;

    caller.switch_key(&endpoints, "ENABLED").await;
    let content = caller.done(Method::GET, storage, download, Value::Null).await;
    assert_eq!(content, json!("content"));
    // A key of another location.
    let elsewhere = KEY.replace("europe-west1", "global");
    let elsewhere = format!("{upload}&kmsKeyName={elsewhere}");
    let (status, answer) = caller.call(Method::POST, storage, &elsewhere, json!("x")).await;
    assert_eq!(
        (status, &answer["error"]["errors"][0]["reason"]),
        (StatusCode::BAD_REQUEST, &json!("cloudKmsKeyLocationNotAllowed"))
    );
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_gets_its_key_over_grpc_and_its_objects_name_the_version() {
    use google_cloud_auth::credentials::anonymous;
    use google_cloud_storage::client::{Storage, StorageControl};
    use google_cloud_storage::model::Bucket;
    use google_cloud_storage::model::bucket::Encryption;

    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    let caller = Caller(Client::builder().no_proxy().build().unwrap());
    caller.create_key(&endpoints).await;
    let base = format!("http://{}", endpoints.storage);
    let credentials = || anonymous::Builder::new().build();
    let control = StorageControl::builder().with_endpoint(&base).with_credentials(credentials());
    let control = control.build().await.unwrap();
    let storage = Storage::builder().with_endpoint(&base).with_credentials(credentials());
    let storage = storage.build().await.unwrap();
    let create = |name: &str, key: &str| {
        let bucket = Bucket::new()
            .set_project("projects/local-project")
            .set_location("europe-west1")
            .set_encryption(Encryption::new().set_default_kms_key(key));
        control
            .create_bucket()
            .set_parent("projects/_")
            .set_bucket_id(name)
            .set_bucket(bucket)
            .send()
    };
    create("sealed", KEY).await.unwrap();
    let name = "projects/_/buckets/sealed";
    let found = control.get_bucket().set_name(name).send().await.unwrap();
    assert_eq!(found.encryption.unwrap().default_kms_key, KEY);
    storage.write_object(name, "a", "content").send_buffered().await.unwrap();
    let object = control.get_object().set_bucket(name).set_object("a").send().await.unwrap();
    assert_eq!(object.kms_key, format!("{KEY}/cryptoKeyVersions/1"));

    let elsewhere = create("elsewhere", &KEY.replace("europe-west1", "global")).await.unwrap_err();
    assert!(elsewhere.to_string().contains("Cloud KMS key location not allowed"), "{elsewhere}");
    caller.switch_key(&endpoints, "DISABLED").await;
    let disabled = create("disabled", KEY).await.unwrap_err();
    assert!(disabled.to_string().contains(DISABLED), "{disabled}");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_under_a_disabled_key_is_neither_pushed_pulled_nor_started() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    let caller = Caller(Client::builder().no_proxy().build().unwrap());
    caller.create_key(&endpoints).await;
    create_repository_under(&endpoints, "functions", KEY).await;
    let image = push_image(&endpoints, "functions", "hello").await;
    let manifest = "v2/local-project/functions/hello/manifests/v1";
    caller.done(Method::GET, endpoints.registry, manifest, Value::Null).await;

    caller.switch_key(&endpoints, "DISABLED").await;
    let uploads = "v2/local-project/functions/hello/blobs/uploads/";
    for (method, path) in [(Method::GET, manifest), (Method::POST, uploads)] {
        let (status, answer) = caller.call(method, endpoints.registry, path, Value::Null).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
        assert_eq!(answer["errors"][0]["code"], "DENIED");
    }
    let repositories = format!("v1/{LOCATION}/repositories?repositoryId=other");
    let other = json!({"format": "DOCKER", "kmsKeyName": KEY});
    let (status, answer) =
        caller.call(Method::POST, endpoints.artifact_registry, &repositories, other).await;
    assert_eq!(
        (status, &answer["error"]["status"]),
        (StatusCode::BAD_REQUEST, &json!("FAILED_PRECONDITION"))
    );

    let service = json!({
        "template": {"containers": [{"image": image}], "encryptionKey": KEY},
        "invokerIamDisabled": true,
    });
    let services = format!("v2/{LOCATION}/services?serviceId=hello");
    let operation = caller.done(Method::POST, endpoints.run, &services, service).await;
    let wait = format!("v2/{}:wait", operation["name"].as_str().unwrap());
    let done = caller.done(Method::POST, endpoints.run, &wait, json!({"timeout": "60s"})).await;
    assert!(
        done["error"]["message"].as_str().unwrap().contains("current state is: DISABLED"),
        "{done}"
    );
    cloud.stop().await;
}
