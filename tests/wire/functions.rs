//! Cloud Functions from a source to a response, over REST: what clients of Google's API do.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

mod called;
mod events;
mod gcloud;

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::time::Duration;

use longshore_local_cloud::{Endpoints, LocalCloud};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::clients::local_cloud;

const PARENT: &str = "projects/local-project/locations/europe-west1";

/// A build installs packages from the network.
const OPERATION_LIMIT: Duration = Duration::from_secs(240);

/// The archive of an example.
pub(crate) fn example(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.is_file() && !path.ends_with("longshore.yaml"));
    archive(files.map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).unwrap())
    }))
}

fn archive(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A function that answers with this text.
pub(crate) fn python(text: &str) -> Vec<u8> {
    let source = format!("def hello(request):\n    return {text:?}\n");
    archive([("main.py".to_owned(), source.into_bytes())])
}

/// A caller of the API.
struct Caller {
    client: Client,
    endpoints: Endpoints,
}

impl Caller {
    fn of(cloud: &LocalCloud) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { client, endpoints: cloud.endpoints() }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let url = format!("http://{}/v2/{path}", self.endpoints.functions);
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, value) = self.call(Method::GET, path, None).await;
        assert_eq!(status, 200, "{value}");
        value
    }

    /// Uploads an archive as Google's tools do, and returns its `storageSource`.
    async fn upload(&self, archive: Vec<u8>) -> Value {
        let path = format!("{PARENT}/functions:generateUploadUrl");
        let (status, place) = self.call(Method::POST, &path, Some(json!({}))).await;
        assert_eq!(status, 200, "{place}");
        let request = self.client.put(place["uploadUrl"].as_str().unwrap());
        let request = request.header("content-type", "application/zip").body(archive);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        place["storageSource"].clone()
    }

    /// Waits for an operation, and returns it.
    async fn ended(&self, (status, operation): (StatusCode, Value)) -> Value {
        assert_eq!(status, 200, "{operation}");
        let name = operation["name"].as_str().unwrap().to_owned();
        let done = async {
            loop {
                let operation = self.get(&name).await;
                if operation["done"] == true {
                    return operation;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(OPERATION_LIMIT, done).await.unwrap()
    }

    async fn create(&self, id: &str, function: Value) -> (StatusCode, Value) {
        let path = format!("{PARENT}/functions?functionId={id}");
        self.call(Method::POST, &path, Some(function)).await
    }

    async fn patch(&self, id: &str, mask: &str, function: Value) -> (StatusCode, Value) {
        let path = format!("{PARENT}/functions/{id}?updateMask={mask}");
        self.call(Method::PATCH, &path, Some(function)).await
    }

    /// Lets everyone call the service of a function.
    async fn publish(&self, service: &str) {
        let url = format!("http://{}/v2/{service}:setIamPolicy", self.endpoints.run);
        let policy = json!({"policy": {"bindings": [
            {"role": "roles/run.invoker", "members": ["allUsers"]},
        ]}});
        let response = self.client.post(url).json(&policy).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }

    async fn run(&self, service: &str) -> Value {
        let url = format!("http://{}/v2/{service}", self.endpoints.run);
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// What a function answers. A grant takes a moment to become effective, as on Google.
    async fn text(&self, url: &str) -> String {
        let answered = async {
            loop {
                let response = self.client.get(url).send().await.unwrap();
                if response.status() != StatusCode::FORBIDDEN {
                    return response.text().await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(OPERATION_LIMIT, answered).await.unwrap()
    }
}

/// A function of the runtime of this machine.
fn function(source: &Value) -> Value {
    json!({
        "buildConfig": {
            "runtime": "python313", "entryPoint": "hello", "source": {"storageSource": source},
        },
        "serviceConfig": {"availableMemory": "512Mi", "availableCpu": "1"},
    })
}

fn stages(operation: &Value) -> Vec<(&str, &str)> {
    let stages = operation["metadata"]["stages"].as_array().unwrap();
    stages
        .iter()
        .map(|stage| (stage["name"].as_str().unwrap(), stage["state"].as_str().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_becomes_a_function_that_answers() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let source = caller.upload(example("python-http")).await;
    assert_eq!(source["bucket"], "gcf-v2-uploads-42-europe-west1.cloudfunctions.appspot.com");
    let mut wanted = function(&source);
    wanted["labels"] = json!({"team": "a"});
    let created = caller.create("helloWorld", wanted).await;
    assert_eq!(created.1["metadata"]["target"], format!("{PARENT}/functions/helloWorld"));
    let ended = caller.ended(created).await;
    assert!(ended.get("error").is_none(), "{ended:#}");
    assert_eq!(stages(&ended), [("BUILD", "COMPLETE"), ("SERVICE", "COMPLETE")]);
    let found = caller.get(&format!("{PARENT}/functions/helloWorld")).await;
    let response = ended["response"].as_object().unwrap();
    for (field, value) in found.as_object().unwrap() {
        assert_eq!(response.get(field), Some(value), "{field}");
    }
    assert_eq!(found["state"], "ACTIVE");
    let build = &found["buildConfig"];
    assert_eq!(
        build["source"]["storageSource"],
        json!({
            "bucket": "gcf-v2-sources-42-europe-west1", "object": "helloWorld/function-source.zip",
        })
    );
    assert_eq!(build["build"], ended["metadata"]["buildName"]);
    assert_eq!(build["dockerRepository"], format!("{PARENT}/repositories/gcf-artifacts"));

    let service_name = found["serviceConfig"]["service"].as_str().unwrap();
    assert_eq!(service_name, format!("{PARENT}/services/helloworld"));
    let service = caller.run(service_name).await;
    assert_eq!(
        service["labels"],
        json!({
            "team": "a",
            "goog-managed-by": "cloudfunctions",
            "goog-cloudfunctions-runtime": "python313",
            "goog-drz-cloudfunctions-id": "helloworld",
            "goog-drz-cloudfunctions-location": "europe-west1",
        })
    );
    assert_eq!(service["annotations"]["cloudfunctions.googleapis.com/function-id"], "helloWorld");
    assert_eq!(
        service["template"]["containers"][0]["image"],
        "europe-west1-docker.pkg.dev/local-project/gcf-artifacts/local--project__europe--west1__hello_world:version_1"
    );
    let generation = build["sourceProvenance"]["resolvedStorageSource"]["generation"].as_str();
    assert_eq!(
        service["buildConfig"]["sourceLocation"],
        format!(
            "gs://gcf-v2-sources-42-europe-west1/helloWorld/function-source.zip#{}",
            generation.unwrap()
        )
    );
    caller.publish(service_name).await;
    let url = found["url"].as_str().unwrap();
    assert_eq!(caller.text(url).await, "Hello, world!\n");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_update_returns_to_the_revision_before_and_a_deleted_function_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let name = format!("{PARENT}/functions/hello");
    let source = caller.upload(python("one")).await;
    let ended = caller.ended(caller.create("hello", function(&source)).await).await;
    let service = ended["response"]["serviceConfig"]["service"].as_str().unwrap();
    let url = ended["response"]["url"].as_str().unwrap();
    caller.publish(service).await;
    assert_eq!(caller.text(url).await, "one");

    let broken = archive([("main.py".to_owned(), b"raise SystemExit('no')\n".to_vec())]);
    let source = caller.upload(broken).await;
    let mut patch = function(&source);
    patch["labels"] = json!({"version": "2"});
    let mask = "buildConfig.source,labels";
    let failed = caller.ended(caller.patch("hello", mask, patch.clone()).await).await;
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("Could not create or update Cloud Run service hello, "),
        "{message}"
    );
    assert_eq!(stages(&failed).last(), Some(&("SERVICE_ROLLBACK", "COMPLETE")));
    let after = caller.get(&name).await;
    assert_eq!((&after["state"], after.get("labels")), (&json!("ACTIVE"), None));
    assert_eq!(after["stateMessages"][0]["message"], message);
    assert_eq!(caller.text(url).await, "one");

    let unbuildable = archive([("requirements.txt".to_owned(), b"no such package".to_vec())]);
    patch["buildConfig"]["source"]["storageSource"] = caller.upload(unbuildable).await;
    let failed = caller.ended(caller.patch("hello", mask, patch.clone()).await).await;
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("Build failed with status: FAILURE"), "{message}");
    assert_eq!(caller.text(url).await, "one");

    patch["buildConfig"]["source"]["storageSource"] = caller.upload(python("two")).await;
    let ended = caller.ended(caller.patch("hello", mask, patch).await).await;
    assert_eq!(ended["response"]["labels"], json!({"version": "2"}), "{ended:#}");
    assert_eq!(caller.text(url).await, "two");
    let (_, place) =
        caller.call(Method::POST, &format!("{name}:generateDownloadUrl"), Some(json!({}))).await;
    let downloaded = caller.client.get(place["downloadUrl"].as_str().unwrap()).send().await;
    assert_eq!(downloaded.unwrap().bytes().await.unwrap(), python("two"));

    let deleted = caller.ended(caller.call(Method::DELETE, &name, None).await).await;
    assert!(deleted.get("error").is_none(), "{deleted}");
    assert_eq!(caller.call(Method::GET, &name, None).await.0, 404);
    assert_eq!(caller.run(service).await["error"]["code"], 404);
    let images = format!(
        "http://{}/v1/{PARENT}/repositories/gcf-artifacts/packages",
        caller.endpoints.artifact_registry
    );
    let images: Value = caller.client.get(images).send().await.unwrap().json().await.unwrap();
    assert!(images["packages"].as_array().is_none_or(Vec::is_empty), "{images}");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_continues_after_a_restart_of_the_cloud() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let source = caller.upload(python("after")).await;
    let (status, operation) = caller.create("hello", function(&source)).await;
    cloud.stop().await;

    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let ended = caller.ended((status, operation)).await;
    assert_eq!(ended["response"]["state"], "ACTIVE", "{ended:#}");
    let listed = caller.get(&format!("{PARENT}/operations?filter=done=true")).await;
    assert_eq!(listed["operations"].as_array().unwrap().len(), 1);
    let builds = format!(
        "http://{}/v1/projects/local-project/locations/europe-west1/builds",
        caller.endpoints.build
    );
    let builds: Value = caller.client.get(builds).send().await.unwrap().json().await.unwrap();
    assert_eq!(builds["builds"].as_array().unwrap().len(), 1, "no second build");
    caller.publish(ended["response"]["serviceConfig"]["service"].as_str().unwrap()).await;
    assert_eq!(caller.text(ended["response"]["url"].as_str().unwrap()).await, "after");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_url_takes_one_type_of_content_and_no_credentials() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let path = format!("{PARENT}/functions:generateUploadUrl");
    let (_, place) = caller.call(Method::POST, &path, Some(json!({"environment": "GEN_2"}))).await;
    let url = place["uploadUrl"].as_str().unwrap();
    let put = |headers: &[(&str, &str)]| {
        let request = headers
            .iter()
            .fold(caller.client.put(url), |request, (name, value)| request.header(*name, *value));
        request.body(python("x")).send()
    };
    let zip = ("content-type", "application/zip");
    assert_eq!(put(&[("content-type", "text/plain")]).await.unwrap().status(), 403);
    assert_eq!(put(&[zip, ("authorization", "Bearer x")]).await.unwrap().status(), 403);
    let accepted = put(&[zip]).await.unwrap();
    assert_eq!(accepted.status(), 200);
    assert!(accepted.headers().contains_key("x-goog-generation"));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_under_a_key_is_deployed_and_not_while_the_key_is_disabled() {
    const KEY: &str = "keyRings/r/cryptoKeys/k";
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let kms = async |method: Method, path: &str, body: Value| {
        let url = format!("http://{}/v1/{PARENT}/{path}", caller.endpoints.kms);
        let response = caller.client.request(method, url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    };
    kms(Method::POST, "keyRings?keyRingId=r", json!({})).await;
    let key = json!({"purpose": "ENCRYPT_DECRYPT"});
    kms(Method::POST, "keyRings/r/cryptoKeys?cryptoKeyId=k", key).await;
    let repositories = format!(
        "http://{}/v1/{PARENT}/repositories?repositoryId=images",
        caller.endpoints.artifact_registry
    );
    let repository = json!({"format": "DOCKER", "kmsKeyName": format!("{PARENT}/{KEY}")});
    let created = caller.client.post(repositories).json(&repository).send().await.unwrap();
    assert_eq!(created.status(), 200);

    let source = caller.upload(python("sealed")).await;
    let function = json!({
        "kmsKeyName": format!("{PARENT}/{KEY}"),
        "buildConfig": {
            "runtime": "python313",
            "entryPoint": "hello",
            "source": {"storageSource": source},
            "dockerRepository": format!("{PARENT}/repositories/images"),
        },
    });
    let state = |state: &str| json!({"state": state});
    let version = format!("{KEY}/cryptoKeyVersions/1?updateMask=state");
    kms(Method::PATCH, &version, state("DISABLED")).await;
    let (status, refused) = caller.create("sealed", function.clone()).await;
    assert_eq!(
        (status.as_u16(), &refused["error"]["status"]),
        (400, &"FAILED_PRECONDITION".into())
    );
    let refusal = refused["error"]["message"].as_str().unwrap();
    assert!(refusal.contains("is not enabled, current state is: DISABLED"), "{refused}");

    kms(Method::PATCH, &version, state("ENABLED")).await;
    let done = caller.ended(caller.create("sealed", function).await).await;
    assert!(done.get("error").is_none(), "{done}");
    let made = caller.get(&format!("{PARENT}/functions/sealed")).await;
    let bucket = made["buildConfig"]["source"]["storageSource"]["bucket"].as_str().unwrap();
    assert!(bucket.starts_with("gcf-sources-"), "{bucket}");
    let service = caller.run(made["serviceConfig"]["service"].as_str().unwrap()).await;
    assert_eq!(service["template"]["encryptionKey"], format!("{PARENT}/{KEY}"), "{service}");
    cloud.stop().await;
}
