//! What Google's front end does for every API, on the ports of the local cloud.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use flate2::Compression;
use flate2::write::GzEncoder;
use longshore_local_cloud::{Endpoints, LocalCloud};
use reqwest::Method;
use serde_json::{Value, json};

use crate::clients::local_cloud;

struct Front {
    cloud: LocalCloud,
    client: reqwest::Client,
    _dir: tempfile::TempDir,
}

impl Front {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cloud = local_cloud(dir.path()).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { cloud, client, _dir: dir }
    }

    fn endpoints(&self) -> Endpoints {
        self.cloud.endpoints()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// A request with a compressed document.
    fn gzip(&self, address: SocketAddr, path: &str, document: &Value) -> reqwest::RequestBuilder {
        self.client
            .post(format!("http://{address}{path}"))
            .header("content-type", "application/json")
            .header("content-encoding", "gzip")
            .body(compressed(document.to_string().as_bytes()))
    }

    async fn get(&self, address: SocketAddr, path: &str) -> Value {
        let request = self.client.get(format!("http://{address}{path}"));
        let (status, text) = self.send(request).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

fn compressed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const REGION: &str = "/v1/projects/local-project/locations/europe-west1";

/// A resource that one call creates.
struct Resource {
    address: SocketAddr,
    create: String,
    document: Value,
    read: String,
    /// Where its labels are changed, if it has any.
    labels: Option<String>,
}

fn resources(at: Endpoints) -> Vec<Resource> {
    let secrets = "/v1/projects/local-project/secrets";
    let queues = "/v2/projects/local-project/locations/europe-west1/queues";
    let queue = "projects/local-project/locations/europe-west1/queues/q";
    vec![
        Resource {
            address: at.storage,
            create: "/storage/v1/b?project=local-project".to_owned(),
            document: json!({"name": "compressed"}),
            read: "/storage/v1/b/compressed".to_owned(),
            labels: Some("/storage/v1/b/compressed".to_owned()),
        },
        Resource {
            address: at.secrets,
            create: format!("{secrets}?secretId=s"),
            document: json!({"replication": {"automatic": {}}}),
            read: format!("{secrets}/s"),
            labels: Some(format!("{secrets}/s?updateMask=labels")),
        },
        Resource {
            address: at.artifact_registry,
            create: format!("{REGION}/repositories?repositoryId=r"),
            document: json!({"format": "DOCKER"}),
            read: format!("{REGION}/repositories/r"),
            labels: Some(format!("{REGION}/repositories/r?updateMask=labels")),
        },
        Resource {
            address: at.tasks,
            create: queues.to_owned(),
            document: json!({"name": queue}),
            read: format!("{queues}/q"),
            labels: None,
        },
        Resource {
            address: at.kms,
            create: format!("{REGION}/keyRings?keyRingId=k"),
            document: json!({}),
            read: format!("{REGION}/keyRings/k"),
            labels: None,
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_api_takes_compressed_documents_and_overridden_methods_and_selects_fields() {
    let front = Front::start().await;
    for resource in resources(front.endpoints()) {
        let Resource { address, create, document, read, labels } = resource;
        let (status, text) = front.send(front.gzip(address, &create, &document)).await;
        assert_eq!(status, 200, "{create}: {text}");
        let whole = front.get(address, &read).await;
        assert!(whole["name"].is_string() && whole.as_object().unwrap().len() > 1, "{whole}");
        let selected = front.get(address, &format!("{read}?$fields=name&key=K&quotaUser=u")).await;
        assert_eq!(selected, json!({"name": whole["name"]}), "{read}");
        let pretty = format!("http://{address}{read}?prettyPrint=true&fields=name");
        let (_, text) = front.send(front.client.get(pretty)).await;
        assert!(text.starts_with("{\n  \"name\": "), "{text}");
        if let Some(path) = labels {
            let document = json!({"labels": {"a": "b"}});
            let request = front.gzip(address, &path, &document);
            let request = request.header("x-http-method-override", "PATCH");
            let (status, text) = front.send(request).await;
            assert_eq!(status, 200, "{path}: {text}");
            assert_eq!(front.get(address, &read).await["labels"], document["labels"], "{path}");
        }
    }
    front.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_api_refuses_formats_that_it_does_not_serve_by_name() {
    let front = Front::start().await;
    let at = front.endpoints();
    let every = [
        (at.pubsub, "/v1/projects/local-project/topics"),
        (at.storage, "/storage/v1/b?project=local-project"),
        (at.run, "/v2/projects/local-project/locations/europe-west1/services"),
        (at.build, "/v1/projects/local-project/builds"),
        (at.functions, "/v2/projects/local-project/locations/europe-west1/functions"),
        (at.eventarc, "/v1/projects/local-project/locations/europe-west1/triggers"),
        (at.artifact_registry, "/v1/projects/local-project/locations"),
        (at.secrets, "/v1/projects/local-project/secrets"),
        (at.kms, "/v1/projects/local-project/locations"),
        (at.scheduler, "/v1/projects/local-project/locations/europe-west1/jobs"),
        (at.tasks, "/v2/projects/local-project/locations/europe-west1/queues"),
        (at.projects, "/v3/projects/local-project"),
    ];
    for (address, path) in every {
        let join = if path.contains('?') { '&' } else { '?' };
        let table = [
            ("alt=proto", 501, "alt=proto"),
            ("callback=f", 501, "callback"),
            ("alt=csv", 400, "csv"),
        ];
        for (query, expected, named) in table {
            let request = front.client.get(format!("http://{address}{path}{join}{query}"));
            let (status, text) = front.send(request).await;
            assert_eq!(status, expected, "{path} {query}: {text}");
            assert!(text.contains(named), "{path} {query}: {text}");
        }
        let request = front
            .client
            .get(format!("http://{address}{path}{join}alt=proto"))
            .header("user-agent", "google-cloud-sdk gcloud/531.0.0 command/gcloud.x");
        assert_eq!(front.send(request).await.0, 400, "gcloud does not repeat a 400");
        front.get(address, &format!("{path}{join}alt=json&$.xgafv=2")).await;
    }
    front.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enums_of_repositories_are_names_unless_numbers_are_requested() {
    let front = Front::start().await;
    let address = front.endpoints().artifact_registry;
    let keep = json!({"format": "DOCKER", "cleanupPolicies": {"keep": {
        "id": "keep", "action": "KEEP", "condition": {"tagState": "TAGGED"},
    }}});
    let create = format!("{REGION}/repositories?repositoryId=r");
    let (status, text) = front.send(front.gzip(address, &create, &keep)).await;
    assert_eq!(status, 200, "{text}");
    let named = front.get(address, &format!("{REGION}/repositories/r")).await;
    assert_eq!(
        (&named["format"], &named["mode"]),
        (&json!("DOCKER"), &json!("STANDARD_REPOSITORY"))
    );
    assert_eq!(named["cleanupPolicies"]["keep"]["action"], "KEEP");
    let query = "$alt=json;enum-encoding=int";
    let numbered = front.get(address, &format!("{REGION}/repositories/r?{query}")).await;
    assert_eq!((&numbered["format"], &numbered["mode"]), (&json!(1), &json!(1)));
    front.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_decompressed_by_the_json_api_and_kept_by_the_xml_api() {
    let front = Front::start().await;
    let at = front.endpoints().storage;
    let bucket = json!({"name": "compressed"});
    front.send(front.gzip(at, "/storage/v1/b?project=local-project", &bucket)).await;
    let content = compressed(b"hello");
    let upload = |method: Method, path: &str| {
        front
            .client
            .request(method, format!("http://{at}{path}"))
            .header("content-type", "text/plain")
            .header("content-encoding", "gzip")
            .body(content.clone())
    };
    let media = "/upload/storage/v1/b/compressed/o?uploadType=media&name=plain&fields=size";
    let (_, answer) = front.send(upload(Method::POST, media)).await;
    assert_eq!(answer, "{\"size\":\"5\"}");
    let (status, _) = front.send(upload(Method::PUT, "/compressed/gzip")).await;
    assert_eq!(status, 200);
    let kept = front.get(at, "/storage/v1/b/compressed/o/gzip").await;
    assert_eq!(kept["contentEncoding"], "gzip");
    assert_eq!(kept["size"], content.len().to_string());
    front.cloud.stop().await;
}

/// The client would get EPIPE, and never read the answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reads_the_body_before_it_answers() {
    const LENGTH: usize = 24 << 20;
    let front = Front::start().await;
    let at = front.endpoints();
    let table = [
        // Refused before any API sees it.
        (at.storage, "/upload/storage/v1/b/x/o?uploadType=media", "evil.example", "421"),
        // Refused by the front, the router and a service.
        (at.secrets, "/v1/projects/local-project/secrets?callback=f", "localhost", "501"),
        (at.run, "/v9/nothing", "localhost", "501"),
        (at.storage, "/upload/storage/v1/b/x/o?uploadType=resumable", "localhost", "400"),
    ];
    for (address, path, host, expected) in table {
        let (path, host) = (path.to_owned(), host.to_owned());
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
                 content-length: {LENGTH}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            // As a client that looks for the answer only when it has sent everything.
            stream.write_all(&vec![b'x'; LENGTH]).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{answer}");
    }
    front.cloud.stop().await;
}

/// A bomb costs its sender less than the server, so it is stopped at the limit of the document.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_limited_after_it_is_decompressed() {
    let front = Front::start().await;
    let at = front.endpoints();
    let bomb = compressed(&vec![b' '; 64 << 20]);
    for (address, path) in [
        (at.storage, "/storage/v1/b?project=local-project"),
        (at.storage, "/upload/storage/v1/b/x/o?uploadType=resumable"),
        (at.secrets, "/v1/projects/local-project/secrets?secretId=s"),
        (at.run, "/v2/projects/local-project/locations/europe-west1/services?serviceId=s"),
    ] {
        let request = front
            .client
            .post(format!("http://{address}{path}"))
            .header("content-type", "application/json")
            .header("content-encoding", "gzip")
            .body(bomb.clone());
        let (status, text) = front.send(request).await;
        assert_eq!(status, 400, "{path}: {text}");
        assert!(text.contains("Request payload size exceeds the limit: "), "{path}: {text}");
    }
    front.cloud.stop().await;
}
