//! A registry server, and a client that pushes to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use longshore_local_kit::keys::NoKeys;
use longshore_local_kit::listen::{self, Access};
use longshore_local_kit::{Announce, rest};
use longshore_local_registry::{self as registry, Service};
use reqwest::{Client, Response, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The topic and the data of each announced notice.
#[derive(Default)]
pub(crate) struct Notices(Mutex<Vec<(String, Value)>>);

impl Notices {
    pub(crate) fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Announce for Notices {
    fn announce(&self, topic: &str, attributes: BTreeMap<String, String>, data: Bytes) {
        assert!(attributes.is_empty(), "Artifact Registry sends no attributes: {attributes:?}");
        self.0.lock().unwrap().push((topic.to_owned(), serde_json::from_slice(&data).unwrap()));
    }
}

/// A registry on two ports of this machine.
pub(crate) struct Server {
    pub(crate) distribution: SocketAddr,
    pub(crate) api: SocketAddr,
    pub(crate) notices: Arc<Notices>,
    pub(crate) http: Client,
    tasks: [JoinHandle<()>; 2],
}

impl Server {
    /// Starts a registry with these repositories of project `p` in `europe-west1`.
    pub(crate) async fn start(dir: &Path, repositories: &[&str]) -> Self {
        // A client cannot be built without a TLS provider, even for plain HTTP. A second test finds
        // it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let notices = Arc::new(Notices::default());
        let service = {
            let announce = Arc::clone(&notices) as Arc<dyn Announce>;
            Service::open(dir, announce, Arc::new(NoKeys)).unwrap()
        };
        let (distribution, first) =
            serve(registry::distribution_router(Arc::clone(&service))).await;
        let (api, second) = serve(rest::router(vec![registry::api(service)])).await;
        let server =
            Self { distribution, api, notices, http: Client::new(), tasks: [first, second] };
        for name in repositories {
            let url = format!(
                "http://{api}/v1/projects/p/locations/europe-west1/repositories?repositoryId={name}"
            );
            let created =
                server.http.post(url).json(&json!({"format": "DOCKER"})).send().await.unwrap();
            assert_eq!(created.status(), StatusCode::OK);
        }
        server
    }

    /// Aborts the servers.
    pub(crate) async fn kill(self) {
        for task in self.tasks {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
    }

    /// The URL of a part of an image, such as `p/r/app` and `tags/list`.
    pub(crate) fn url(&self, image: &str, rest: &str) -> String {
        format!("http://{}/v2/{image}/{rest}", self.distribution)
    }

    /// The URL of a `Location` header.
    pub(crate) fn follow(&self, response: &Response) -> String {
        format!("http://{}{}", self.distribution, header_of(response, "location"))
    }

    pub(crate) async fn get(&self, image: &str, rest: &str) -> Response {
        self.http.get(self.url(image, rest)).send().await.unwrap()
    }

    /// Uploads a blob in two requests, as most clients do.
    pub(crate) async fn push_blob(&self, image: &str, bytes: &'static [u8]) -> String {
        let digest = digest_of(bytes);
        let begun = self.http.post(self.url(image, "blobs/uploads/")).send().await.unwrap();
        assert_eq!(begun.status(), StatusCode::ACCEPTED);
        let put = format!("{}?digest={digest}", self.follow(&begun));
        let done = self.http.put(put).body(bytes).send().await.unwrap();
        assert_eq!(done.status(), StatusCode::CREATED);
        digest
    }

    pub(crate) async fn push_manifest(
        &self,
        image: &str,
        reference: &str,
        manifest: &Value,
    ) -> Response {
        let media_type = manifest["mediaType"].as_str().unwrap_or(OCI_MANIFEST);
        let put = self.http.put(self.url(image, &format!("manifests/{reference}")));
        put.header(header::CONTENT_TYPE, media_type)
            .body(manifest.to_string())
            .send()
            .await
            .unwrap()
    }

    /// Pushes an image of one layer, and returns its manifest.
    pub(crate) async fn push_image(&self, image: &str, tag: &str, layer: &'static [u8]) -> Value {
        let config = self.push_blob(image, b"{}").await;
        let layer_digest = self.push_blob(image, layer).await;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer_digest, "size": layer.len()}],
        });
        let pushed = self.push_manifest(image, tag, &manifest).await;
        assert_eq!(pushed.status(), StatusCode::CREATED);
        manifest
    }
}

async fn serve(router: axum::Router) -> (SocketAddr, JoinHandle<()>) {
    let listener = listen::bind(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = async move {
        listen::serve(listener, router, Access::to_apis(&[]), std::future::pending())
            .await
            .unwrap();
    };
    (address, tokio::spawn(task))
}

pub(crate) fn digest_of(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

pub(crate) fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// Status, code and message of an error response.
pub(crate) async fn refusal(response: Response) -> (StatusCode, String, String) {
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    let error = &body["errors"][0];
    (
        status,
        error["code"].as_str().unwrap().to_owned(),
        error["message"].as_str().unwrap().to_owned(),
    )
}
