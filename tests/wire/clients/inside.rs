//! What a deployed function can do with the APIs of the local cloud: a program that sends what its
//! caller asks for, in a network of its own.

use std::path::Path;

use longshore_local_cloud::{Endpoints, LocalCloud, sandbox_of};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::fixtures::{create_repository, push_program};
use super::local_cloud;

const PROJECT: &str = "local-project";

/// Sends the request that is the JSON of its query: method, address and body. Its variables lead to
/// the APIs.
const SENDER: &str = r#"
import http.server, json, os, urllib.parse, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        method, url, body = json.loads(urllib.parse.unquote(self.path.partition("?")[2]))
        url = url.replace("STORAGE", os.environ["STORAGE_EMULATOR_HOST"])
        url = url.replace("PUBSUB", "http://" + os.environ["PUBSUB_EMULATOR_HOST"])
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Metadata-Flavor": "Google"}
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                answer = {"status": response.status, "body": response.read().decode()}
        except urllib.error.HTTPError as error:
            answer = {"status": error.code, "body": error.read().decode()}
        except OSError as error:
            answer = {"error": str(error)}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())
    def log_message(self, *args):
        pass
http.server.HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"#;

/// A local cloud and the URL of the function; `None` where functions have no networks of their own.
async fn function(dir: &Path) -> Option<(LocalCloud, String)> {
    let guard = Path::new(env!("CARGO_BIN_EXE_longshore"));
    if let Some(why) = sandbox_of(guard).missing_networks() {
        println!("skipped: {why}");
        return None;
    }
    let cloud = local_cloud(dir).await;
    let endpoints = cloud.endpoints();
    create_repository(&endpoints, "functions").await;
    let image = push_program(&endpoints, "functions", "sender", SENDER).await;
    let parent = format!("projects/{PROJECT}/locations/europe-west1");
    let run = format!("http://{}/v2", endpoints.run);
    let service = json!({"invokerIamDisabled": true, "template": {
        "containers": [{"image": image}],
        "serviceAccount": format!("sender@{PROJECT}.iam.gserviceaccount.com"),
    }});
    let created =
        send(Method::POST, format!("{run}/{parent}/services?serviceId=sender"), &service).await;
    let operation = format!("{run}/{}:wait", created["name"].as_str().unwrap());
    let done = send(Method::POST, operation, &json!({"timeout": "60s"})).await;
    let url = done["response"]["uri"].as_str().unwrap_or_else(|| panic!("{done}")).to_owned();
    Some((cloud, url))
}

async fn send(method: Method, url: String, body: &Value) -> Value {
    let response = Client::new().request(method, &url).json(body).send().await.unwrap();
    assert!(response.status().is_success(), "{url}: {}", response.text().await.unwrap());
    response.json().await.unwrap()
}

async fn outcome(url: &str, method: &str, target: &str, body: Value) -> (u64, String) {
    let request = json!([method, target, body]).to_string();
    let request: String = request.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let answer = Client::new().get(format!("{url}/?{request}")).send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    (answer["status"].as_u64().unwrap_or_default(), text("body") + &text("error"))
}

/// In two projects, and what the fleet works with.
async fn create_resources(endpoints: &Endpoints) {
    for (project, bucket) in [
        (PROJECT, "mine"),
        ("other", "theirs"),
        (PROJECT, "local-project-longshore-ledger"),
        (PROJECT, "run-sources-local-project-europe-west1"),
    ] {
        let url = format!("http://{}/storage/v1/b?project={project}", endpoints.storage);
        send(Method::POST, url, &json!({"name": bucket})).await;
    }
    for topic in [
        "projects/local-project/topics/mine",
        "projects/other/topics/theirs",
        "projects/local-project/topics/longshore.deploy-requested",
    ] {
        send(Method::PUT, format!("http://{}/v1/{topic}", endpoints.pubsub), &json!({})).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_uses_what_belongs_to_its_project_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let Some((cloud, url)) = function(dir.path()).await else { return };
    create_resources(&cloud.endpoints()).await;
    let messages = json!({"messages": [{"data": "aGk="}]});
    let upload = "upload/storage/v1/b";
    let media = "o?uploadType=media&name=x";
    let cases = [
        (200, "POST", format!("STORAGE/{upload}/mine/{media}"), json!("content")),
        (200, "GET", "STORAGE/storage/v1/b/mine/o/x?alt=media".to_owned(), Value::Null),
        (200, "GET", "STORAGE/storage/v1/b?project=local-project".to_owned(), Value::Null),
        (200, "GET", "STORAGE/mine/x".to_owned(), Value::Null),
        (
            200,
            "POST",
            "STORAGE/storage/v1/b?project=local-project".to_owned(),
            json!({"name": "new-one"}),
        ),
        (403, "GET", "STORAGE/storage/v1/b?project=other".to_owned(), Value::Null),
        (403, "POST", format!("STORAGE/{upload}/theirs/{media}"), json!("content")),
        (403, "GET", "STORAGE/storage/v1/b/theirs/o".to_owned(), Value::Null),
        (403, "GET", "STORAGE/theirs/x".to_owned(), Value::Null),
        // As a method of gRPC whose body says that it is none.
        (415, "POST", "STORAGE/google.storage.v2.Storage/DeleteObject".to_owned(), json!({})),
        (403, "POST", "STORAGE/storage/v1/b/mine/o/x/rewriteTo/b/theirs/o/x".to_owned(), json!({})),
        (
            403,
            "GET",
            "STORAGE/storage/v1/b/local-project-longshore-ledger/o".to_owned(),
            Value::Null,
        ),
        (
            403,
            "POST",
            format!("STORAGE/{upload}/run-sources-local-project-europe-west1/{media}"),
            json!(""),
        ),
        (
            200,
            "POST",
            "PUBSUB/v1/projects/local-project/topics/mine:publish".to_owned(),
            messages.clone(),
        ),
        (
            200,
            "PUT",
            "PUBSUB/v1/projects/local-project/subscriptions/mine".to_owned(),
            json!({"topic": "projects/local-project/topics/mine"}),
        ),
        (
            403,
            "POST",
            "PUBSUB/v1/projects/other/topics/theirs:publish".to_owned(),
            messages.clone(),
        ),
        (
            403,
            "PUT",
            "PUBSUB/v1/projects/local-project/subscriptions/more".to_owned(),
            json!({"topic": "projects/other/topics/theirs"}),
        ),
        (
            403,
            "PUT",
            "PUBSUB/v1/projects/local-project/subscriptions/more".to_owned(),
            json!({
                "topic": "projects/local-project/topics/mine", "pushConfig": {"pushEndpoint": "http://127.0.0.1:1"},
            }),
        ),
        (
            403,
            "POST",
            "PUBSUB/v1/projects/local-project/topics/longshore.deploy-requested:publish".to_owned(),
            messages,
        ),
    ];
    for (expected, method, target, body) in cases {
        let (status, text) = outcome(&url, method, &target, body).await;
        assert_eq!(status, expected, "{method} {target}: {text}");
    }
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_reaches_no_admin_port_of_the_local_cloud() {
    let dir = tempfile::tempdir().unwrap();
    let Some((cloud, url)) = function(dir.path()).await else { return };
    let ports = std::fs::read(dir.path().join("ports.json")).unwrap();
    let ports: Value = serde_json::from_slice(&ports).unwrap();
    let mut refused = 0;
    for (service, address) in ports.as_object().unwrap() {
        let (status, text) =
            outcome(&url, "GET", &format!("http://{}/", address.as_str().unwrap()), Value::Null)
                .await;
        if service == "pubsub" || service == "storage" {
            assert_eq!(status, 403, "{service}: {text}");
        } else {
            assert_eq!(
                (status, text.contains("Connection refused")),
                (0, true),
                "{service}: {text}"
            );
            refused += 1;
        }
    }
    assert!(refused >= 7, "{ports}");
    let account = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/email";
    let (_, email) = outcome(&url, "GET", account, Value::Null).await;
    assert_eq!(email, "sender@local-project.iam.gserviceaccount.com");
    cloud.stop().await;
}
