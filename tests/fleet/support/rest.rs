//! Google's REST APIs of the local cloud, without any client of the fleet: what a test reads over
//! them does not depend on how the fleet reads it.

use crate::support::{Cloud, uuid};
use longshore_messages::{WireMessage, fleet_tag};
use serde_json::{Value, json};

/// Messages in one pull: Pub/Sub's limit.
const PULL_MAX: u32 = 1_000;

/// A subscription of the test. It keeps its messages without a subscriber, also while the cloud is
/// down.
pub(crate) struct Subscription {
    url: String,
    client: reqwest::Client,
}

impl Subscription {
    /// Creates a subscription to a topic, given by its full name.
    pub(crate) async fn create(cloud: &Cloud, topic: &str) -> Self {
        let (client, endpoint) = (client(), &cloud.environment["PUBSUB_EMULATOR_HOST"]);
        let name = format!("projects/{}/subscriptions/test-{}", cloud.settings.project, uuid());
        let url = format!("http://{endpoint}/v1/{name}");
        send(client.put(&url).json(&json!({ "topic": topic }))).await;
        Self { url, client }
    }

    /// Takes the messages that are there, if any, and acknowledges them.
    pub(crate) async fn pull(&self) -> Vec<WireMessage> {
        let body = json!({ "maxMessages": PULL_MAX, "returnImmediately": true });
        let url = format!("{}:pull", self.url);
        let pulled = send(self.client.post(url).json(&body)).await;
        let received = pulled["receivedMessages"].as_array().cloned().unwrap_or_default();
        if !received.is_empty() {
            let ids: Vec<&Value> = received.iter().map(|one| &one["ackId"]).collect();
            let url = format!("{}:acknowledge", self.url);
            send(self.client.post(url).json(&json!({ "ackIds": ids }))).await;
        }
        let read = |one: &Value| serde_json::from_value(one["message"].clone()).unwrap();
        received.iter().map(read).collect()
    }
}

/// Calls a method of Pub/Sub, which has to succeed. `path` is the name of a resource, perhaps with a
/// verb.
pub(crate) async fn pubsub(
    cloud: &Cloud,
    method: reqwest::Method,
    path: &str,
    body: Option<Value>,
) -> Value {
    let url = format!("http://{}/v1/{path}", cloud.environment["PUBSUB_EMULATOR_HOST"]);
    let request = client().request(method, url);
    send(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

/// A Cloud Run service in the region of the fleet, or `None` if there is none.
pub(crate) async fn service(cloud: &Cloud, project: &str, name: &str) -> Option<Value> {
    resource(cloud, "RUN", project, &format!("services/{name}")).await
}

/// A function of the Cloud Functions API in the region of the fleet, or `None` if there is none.
pub(crate) async fn function(cloud: &Cloud, project: &str, name: &str) -> Option<Value> {
    resource(cloud, "FUNCTIONS", project, &format!("functions/{name}")).await
}

async fn resource(cloud: &Cloud, api: &str, project: &str, name: &str) -> Option<Value> {
    let endpoint = &cloud.environment[&format!("LONGSHORE_{api}_ENDPOINT")];
    let region = &cloud.settings.region;
    let url = format!("{endpoint}/v2/projects/{project}/locations/{region}/{name}");
    let response = client().get(url).send().await.unwrap();
    match response.status().as_u16() {
        404 => None,
        200 => Some(response.json().await.unwrap()),
        status => panic!("{name}: {status}"),
    }
}

/// Calls a public service at its address, and returns its response or the error.
pub(crate) async fn call(service: &Value) -> String {
    let Some(url) = service["uri"].as_str() else { return "no address".to_owned() };
    match client().get(url).send().await {
        Ok(response) if response.status().is_success() => response.text().await.unwrap(),
        Ok(response) => response.status().to_string(),
        Err(error) => error.to_string(),
    }
}

/// All builds of a fleet in a project, in the region of the fleet.
pub(crate) async fn builds(cloud: &Cloud, project: &str, fleet: &str) -> Vec<Value> {
    let region = &cloud.settings.region;
    let endpoint = &cloud.environment["LONGSHORE_BUILD_ENDPOINT"];
    let parent = format!("{endpoint}/v1/projects/{project}/locations/{region}");
    let (mut builds, mut page) = (Vec::new(), String::new());
    loop {
        let filter = format!("tags%3D%22{}%22", fleet_tag(fleet));
        let url = format!("{parent}/builds?filter={filter}&pageToken={page}");
        let listed = send(client().get(url)).await;
        builds.extend(listed["builds"].as_array().cloned().unwrap_or_default());
        page = listed["nextPageToken"].as_str().unwrap_or_default().to_owned();
        if page.is_empty() {
            return builds;
        }
    }
}

/// Sends a request that has to succeed, and returns the document of its response.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// A client that ignores the proxies of the environment: the cloud is on loopback.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
