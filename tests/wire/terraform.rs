//! The calls that Terraform's provider for Google Cloud makes for a function, for a service and, in
//! `resources`, for what they need, in its order and with its bodies: create, read, plan again, update,
//! destroy. The provider itself is not needed: what counts for it are the API's responses.
//!
//! It follows `google_cloudfunctions2_function` and `google_cloud_run_v2_service`
//! (<https://github.com/hashicorp/terraform-provider-google>, `google/services/cloudfunctions2` and
//! `google/services/cloudrunv2`). A second plan is empty if each field of the configuration is read as
//! it was sent, and if no field that the provider does not compute has a value otherwise.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

mod resources;

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::clients::{create_repository_under, local_cloud, push_image};
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
        Self::under(address, "v2/")
    }

    fn under(address: std::net::SocketAddr, path: &str) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { client, base: format!("http://{address}/{path}") }
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
        // A deletion in Cloud Storage has no content.
        let body = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
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

/// What the provider keeps in its state of a service without knowing it from the configuration. An
/// update sends it back.
const COMPUTED_OF_TEMPLATE: [&str; 4] =
    ["scaling", "timeout", "serviceAccount", "maxInstanceRequestConcurrency"];
const COMPUTED_OF_CONTAINER: [&str; 3] = ["resources", "ports", "startupProbe"];

/// The body of an update: the configuration, completed by what was computed.
fn completed(wanted: &Value, read: &Value) -> Value {
    let mut body = wanted.clone();
    let complete = |to: &mut Value, from: &Value, fields: &[&str]| {
        for field in fields {
            if to.get(field).is_none() && from.get(field).is_some() {
                to[field] = from[field].clone();
            }
        }
    };
    complete(&mut body, read, &["ingress", "launchStage", "traffic", "labels", "annotations"]);
    complete(&mut body["template"], &read["template"], &COMPUTED_OF_TEMPLATE);
    let container = &read["template"]["containers"][0];
    complete(&mut body["template"]["containers"][0], container, &COMPUTED_OF_CONTAINER);
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_creates_plans_nothing_updates_and_destroys_a_service() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    create_repository_under(&endpoints, "functions", "").await;
    let image = push_image(&endpoints, "functions", "hello").await;

    let run = Api::at(endpoints.run);
    let name = format!("{PARENT}/services/from-terraform");
    // A configuration that leaves to the API what it may, and one that sets it.
    let minimal = json!({
        "template": {"containers": [{"image": image}]},
        "labels": {"goog-terraform-provisioned": "true"},
    });
    let full = json!({
        "description": "a service",
        "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY",
        "customAudiences": ["https://audience.example"],
        "template": {
            "labels": {"team": "a"},
            "scaling": {"maxInstanceCount": 3},
            "timeout": "60s",
            "serviceAccount": "runner@local-project.iam.gserviceaccount.com",
            "maxInstanceRequestConcurrency": 7,
            "containers": [{
                "image": image,
                "env": [{"name": "VERSION", "value": "1"}, {"name": "MODE", "value": "a"}],
                "resources": {
                    "limits": {"cpu": "1", "memory": "256Mi"},
                    "cpuIdle": true,
                    "startupCpuBoost": true,
                },
            }],
        },
        "traffic": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
        "labels": {"goog-terraform-provisioned": "true", "team": "a"},
        "annotations": {"example.com/owner": "a"},
    });
    let not_configured = [
        "/client",
        "/clientVersion",
        "/binaryAuthorization",
        "/template/annotations",
        "/template/encryptionKey",
        "/template/executionEnvironment",
        "/template/revision",
        "/template/sessionAffinity",
        "/template/volumes",
        "/template/vpcAccess",
        "/template/containers/0/args",
        "/template/containers/0/command",
        "/template/containers/0/dependsOn",
        "/template/containers/0/livenessProbe",
        "/template/containers/0/name",
        "/template/containers/0/volumeMounts",
        "/template/containers/0/workingDir",
    ];
    let of_minimal = [
        "/description",
        "/customAudiences",
        "/annotations",
        "/template/labels",
        "/template/containers/0/env",
    ];
    let create = format!("{PARENT}/services?serviceId=from-terraform");
    for (mut wanted, unset) in [(minimal, &of_minimal[..]), (full, &[])] {
        run.write(Method::POST, &create, Some(&wanted)).await;
        let created = run.get(&name).await;
        assert_reads(&created, &wanted, "created");
        assert_unset(&created, &not_configured);
        assert_unset(&created, unset);
        assert_eq!(created["terminalCondition"]["state"], "CONDITION_SUCCEEDED");
        assert_eq!(run.get(&name).await, created, "a second plan reads something else");

        // The provider sends everything, without a mask.
        wanted["description"] = json!("another description");
        wanted["template"]["containers"][0]["env"] = json!([{"name": "VERSION", "value": "2"}]);
        run.write(Method::PATCH, &name, Some(&completed(&wanted, &created))).await;
        let updated = run.get(&name).await;
        assert_reads(&updated, &completed(&wanted, &created), "updated");
        assert_unset(&updated, &not_configured);
        assert_ne!(updated["latestReadyRevision"], created["latestReadyRevision"]);
        assert_eq!(run.get(&name).await, updated, "a plan after an update reads something else");

        run.write(Method::DELETE, &name, None).await;
        assert_eq!(run.send(Method::GET, &name, None).await.0, 404);
    }
    cloud.stop().await;
}
