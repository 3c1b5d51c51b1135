//! The calls that Terraform's provider for Google Cloud makes for a function, in its order and with
//! its bodies: create, read, plan again, update, destroy. The provider itself is not needed: what
//! counts for it are the API's responses.
//!
//! It follows `google_cloudfunctions2_function`
//! (<https://github.com/hashicorp/terraform-provider-google>, `google/services/cloudfunctions2`). A
//! second plan is empty if each field of the configuration is read as it was sent, and if no field
//! that the provider does not compute has a value otherwise.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::clients::local_cloud;
use crate::functions::python;

const PARENT: &str = "projects/local-project/locations/europe-west1";

/// A build installs packages from the network.
const OPERATION_LIMIT: Duration = Duration::from_secs(240);

/// One of the provider's base paths.
struct Api {
    client: Client,
    base: String,
}

impl Api {
    fn at(address: std::net::SocketAddr) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { client, base: format!("http://{address}/v2/") }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        // The provider asks for JSON in this way.
        let mark = if path.contains('?') { '&' } else { '?' };
        let mut request = self.client.request(method, format!("{}{path}{mark}alt=json", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, found) = self.send(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {found:#}");
        found
    }

    /// Sends a write, and polls its operation by its name until it has ended well.
    async fn write(&self, method: Method, path: &str, body: Option<&Value>) {
        let (status, operation) = self.send(method, path, body).await;
        assert_eq!(status, 200, "{path}: {operation:#}");
        let name = operation["name"].as_str().unwrap();
        let ended = async {
            loop {
                let operation = self.get(name).await;
                if operation["done"] == true {
                    return operation;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let ended = tokio::time::timeout(OPERATION_LIMIT, ended).await.unwrap();
        assert!(ended.get("error").is_none(), "{path}: {ended:#}");
        assert!(ended.get("response").is_some(), "{path}: {ended:#}");
    }
}

/// Each field that was sent must be read as it was sent.
fn assert_reads(found: &Value, sent: &Value, at: &str) {
    match (sent, found) {
        (Value::Object(sent), _) => {
            for (field, value) in sent {
                assert_reads(&found[field], value, &format!("{at}.{field}"));
            }
        }
        (Value::Array(sent), Value::Array(found)) => {
            assert_eq!(sent.len(), found.len(), "{at}: {found:?}");
            for (index, (sent, found)) in sent.iter().zip(found).enumerate() {
                assert_reads(found, sent, &format!("{at}[{index}]"));
            }
        }
        // Numbers of 64 bits are texts in JSON.
        (Value::Number(sent), Value::String(found)) => assert_eq!(&sent.to_string(), found, "{at}"),
        (sent, found) => assert_eq!(found, sent, "{at}"),
    }
}

/// These fields must have no value, because the configuration does not set them.
fn assert_unset(found: &Value, pointers: &[&str]) {
    for pointer in pointers {
        let is_unset = match found.pointer(pointer) {
            None | Some(Value::Null | Value::Bool(false)) => true,
            Some(Value::Number(number)) => number.as_f64() == Some(0.0),
            Some(Value::String(text)) => text.is_empty() || text.ends_with("_UNSPECIFIED"),
            Some(Value::Array(values)) => values.is_empty(),
            Some(Value::Object(values)) => values.is_empty(),
            Some(Value::Bool(true)) => false,
        };
        assert!(is_unset, "{pointer}: {:?}", found.pointer(pointer));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_creates_plans_nothing_updates_and_destroys_a_function() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    // google_storage_bucket and google_storage_bucket_object.
    let storage = format!("http://{}", endpoints.storage);
    let client = Client::builder().no_proxy().build().unwrap();
    let bucket = client.post(format!("{storage}/storage/v1/b?project=local-project"));
    let bucket = bucket.json(&json!({"name": "terraform", "location": "EUROPE-WEST1"}));
    assert_eq!(bucket.send().await.unwrap().status(), 200);
    for (object, text) in [("one.zip", "one"), ("two.zip", "two")] {
        let url =
            format!("{storage}/upload/storage/v1/b/terraform/o?uploadType=media&name={object}");
        let upload = client.post(url).header("content-type", "application/zip");
        let uploaded = upload.body(python(text)).send().await.unwrap();
        assert_eq!(uploaded.status(), 200);
    }

    let functions = Api::at(endpoints.functions);
    let name = format!("{PARENT}/functions/from-terraform");
    let mut wanted = json!({
        "name": name,
        "description": "a function",
        "buildConfig": {
            "runtime": "python313",
            "entryPoint": "hello",
            "environmentVariables": {"BUILD": "yes"},
            "source": {"storageSource": {"bucket": "terraform", "object": "one.zip"}},
        },
        "serviceConfig": {
            "timeoutSeconds": 60,
            "availableMemory": "256M",
            "maxInstanceCount": 1,
            "environmentVariables": {"SERVICE": "yes"},
            "ingressSettings": "ALLOW_ALL",
            "allTrafficOnLatestRevision": true,
        },
        "labels": {"goog-terraform-provisioned": "true", "team": "a"},
    });
    let create = format!("{PARENT}/functions?functionId=from-terraform");
    functions.write(Method::POST, &create, Some(&wanted)).await;

    // The state keeps the configured source, because the API answers with its own copy.
    let as_configured = |wanted: &Value| {
        let mut read = wanted.clone();
        read["buildConfig"].as_object_mut().unwrap().remove("source");
        read
    };
    let not_configured = [
        "/eventTrigger",
        "/kmsKeyName",
        "/buildConfig/workerPool",
        "/serviceConfig/binaryAuthorizationPolicy",
        "/serviceConfig/minInstanceCount",
        "/serviceConfig/secretEnvironmentVariables",
        "/serviceConfig/secretVolumes",
        "/serviceConfig/vpcConnector",
        "/serviceConfig/vpcConnectorEgressSettings",
    ];
    let created = functions.get(&name).await;
    assert_reads(&created, &as_configured(&wanted), "created");
    assert_unset(&created, &not_configured);
    assert_eq!((&created["environment"], &created["state"]), (&json!("GEN_2"), &json!("ACTIVE")));
    assert_eq!(functions.get(&name).await, created, "a second plan reads something else");

    // The configuration changes, and the mask names the blocks that differ.
    wanted["serviceConfig"]["environmentVariables"]["SERVICE"] = json!("changed");
    wanted["buildConfig"]["source"]["storageSource"]["object"] = json!("two.zip");
    wanted["description"] = json!("another description");
    let update = format!("{name}?updateMask=description,buildConfig,serviceConfig");
    let mut body = wanted.clone();
    body.as_object_mut().unwrap().remove("name");
    functions.write(Method::PATCH, &update, Some(&body)).await;
    let updated = functions.get(&name).await;
    assert_reads(&updated, &as_configured(&wanted), "updated");
    assert_unset(&updated, &not_configured);
    let source = |function: &Value| function["buildConfig"]["sourceProvenance"].clone();
    assert_ne!(source(&updated), source(&created));

    functions.write(Method::DELETE, &name, None).await;
    assert_eq!(functions.send(Method::GET, &name, None).await.0, 404);
    cloud.stop().await;
}
