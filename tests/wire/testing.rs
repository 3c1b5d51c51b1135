//! The API for tests against the local cloud, as docs/testing.md describes it.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

mod faults;
mod page;
mod parallel;
mod running;
mod states;

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use longshore_local_cloud::{Endpoints, LocalCloud};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const LOCATION: &str = "locations/europe-west1";

/// A caller of all APIs.
#[derive(Clone)]
struct Caller {
    client: Client,
    endpoints: Endpoints,
}

impl Caller {
    fn of(cloud: &LocalCloud) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { client, endpoints: cloud.endpoints() }
    }

    async fn call(
        &self,
        method: Method,
        address: SocketAddr,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let mut request = self.client.request(method, format!("http://{address}/{path}"));
        if !body.is_null() {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }

    /// A call that must succeed.
    async fn done(&self, method: Method, address: SocketAddr, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method.clone(), address, path, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer:#}");
        answer
    }

    async fn post(&self, address: SocketAddr, path: &str, body: Value) -> Value {
        self.done(Method::POST, address, path, &body).await
    }

    async fn get(&self, address: SocketAddr, path: &str) -> Value {
        self.done(Method::GET, address, path, &Value::Null).await
    }

    /// A call of the API for tests.
    async fn testing(&self, path: &str, body: Value) -> Value {
        self.post(self.endpoints.testing, &format!("longshore/v1/{path}"), body).await
    }

    async fn publish(&self, project: &str, text: &str) {
        let message = json!({"messages": [{"data": STANDARD.encode(text)}]});
        let path = format!("v1/projects/{project}/topics/topic:publish");
        self.post(self.endpoints.pubsub, &path, message).await;
    }

    /// The text of the one message that is ready.
    async fn pull(&self, project: &str) -> String {
        let path = format!("v1/projects/{project}/subscriptions/sub:pull");
        let pulled = self.post(self.endpoints.pubsub, &path, json!({"maxMessages": 10})).await;
        let messages = pulled["receivedMessages"].as_array().unwrap();
        assert_eq!(messages.len(), 1, "{pulled:#}");
        let data = messages[0]["message"]["data"].as_str().unwrap();
        String::from_utf8(STANDARD.decode(data).unwrap()).unwrap()
    }

    /// Creates one resource of each service that needs no image, with content that names the
    /// project.
    async fn fill(&self, project: &str) {
        let at = self.endpoints;
        let of = format!("projects/{project}");
        let topic = format!("{of}/topics/topic");
        self.done(Method::PUT, at.pubsub, &format!("v1/{topic}"), &json!({})).await;
        let subscription = format!("v1/{of}/subscriptions/sub");
        self.done(Method::PUT, at.pubsub, &subscription, &json!({"topic": topic})).await;
        self.publish(project, project).await;
        let bucket = json!({"name": format!("bucket-of-{project}")});
        self.post(at.storage, &format!("storage/v1/b?project={project}"), bucket).await;
        let upload = format!("upload/storage/v1/b/bucket-of-{project}/o?uploadType=media&name=o");
        self.post(at.storage, &upload, json!(project)).await;
        let replication = json!({"replication": {"automatic": {}}});
        self.post(at.secrets, &format!("v1/{of}/secrets?secretId=s"), replication).await;
        let value = json!({"payload": {"data": STANDARD.encode(project)}});
        self.post(at.secrets, &format!("v1/{of}/secrets/s:addVersion"), value).await;
        let ring = format!("v1/{of}/{LOCATION}/keyRings");
        self.post(at.kms, &format!("{ring}?keyRingId=r"), json!({})).await;
        let key = json!({"purpose": "ENCRYPT_DECRYPT"});
        self.post(at.kms, &format!("{ring}/r/cryptoKeys?cryptoKeyId=k"), key).await;
        let queue = json!({"name": format!("{of}/{LOCATION}/queues/q")});
        self.post(at.tasks, &format!("v2/{of}/{LOCATION}/queues"), queue).await;
        let job = json!({
            "name": format!("{of}/{LOCATION}/jobs/j"), "schedule": "0 0 29 2 *",
            "pubsubTarget": {"topicName": topic, "data": STANDARD.encode("tick")},
        });
        self.post(at.scheduler, &format!("v1/{of}/{LOCATION}/jobs"), job).await;
        let repositories = format!("v1/{of}/{LOCATION}/repositories?repositoryId=r");
        self.post(at.artifact_registry, &repositories, json!({"format": "DOCKER"})).await;
    }

    /// How many of the resources of [`Caller::fill`] the lists of a project have.
    async fn count(&self, project: &str) -> usize {
        let at = self.endpoints;
        let of = format!("projects/{project}");
        let mut count = 0;
        for (address, path, field) in [
            (at.pubsub, format!("v1/{of}/topics"), "topics"),
            (at.pubsub, format!("v1/{of}/subscriptions"), "subscriptions"),
            (at.storage, format!("storage/v1/b?project={project}"), "items"),
            (at.secrets, format!("v1/{of}/secrets"), "secrets"),
            (at.kms, format!("v1/{of}/{LOCATION}/keyRings"), "keyRings"),
            (at.tasks, format!("v2/{of}/{LOCATION}/queues"), "queues"),
            (at.scheduler, format!("v1/{of}/{LOCATION}/jobs"), "jobs"),
            (at.artifact_registry, format!("v1/{of}/{LOCATION}/repositories"), "repositories"),
        ] {
            let listed = self.get(address, &path).await;
            count += listed[field].as_array().map_or(0, Vec::len);
        }
        count
    }

    /// The contents are those of [`Caller::fill`].
    async fn assert_contents(&self, project: &str) {
        let at = self.endpoints;
        assert_eq!(self.pull(project).await, project);
        let object = format!("storage/v1/b/bucket-of-{project}/o/o?alt=media");
        assert_eq!(self.get(at.storage, &object).await, json!(project));
        let version = format!("v1/projects/{project}/secrets/s/versions/1:access");
        let accessed = self.get(at.secrets, &version).await;
        assert_eq!(accessed["payload"]["data"], STANDARD.encode(project));
    }
}

/// What [`Caller::fill`] creates.
const FILLED: usize = 8;
