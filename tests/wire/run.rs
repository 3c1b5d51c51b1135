//! Google's Cloud Run client against the local cloud: the wire format, the poller and etags, with a
//! real process behind the URL.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by where it panics")]

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use google_cloud_auth::credentials::anonymous;
use google_cloud_lro::Poller as _;
use google_cloud_run_v2::client::Services;
use google_cloud_run_v2::model::{
    Condition, Container, RevisionTemplate, Service, condition::State as ConditionState,
};
use longshore_local_cloud::sandbox_of;
use longshore_local_cloud_run::{self as run, Deps, Service as CloudRun};
use longshore_local_identity as identity;
use longshore_local_kit::keys::NoKeys;
use longshore_local_kit::listen::{self, Access};
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::rest;
use longshore_local_secrets as secrets;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const PARENT: &str = "projects/p/locations/europe-west1";
const IMAGE_PATH: &str = "/v2/p/repo/hello";

const FUNCTION: &str = r#"
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(("hello from " + os.environ["K_REVISION"]).encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

#[tokio::test]
async fn googles_client_creates_and_updates_a_service_and_a_stale_etag_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let (registry, image) = registry_with_the_function().await;
    let secret_deps = secrets::Deps { project: "p".to_owned(), project_number: 42 };
    let secrets = secrets::Service::open(&dir.path().join("secrets"), secret_deps).unwrap();
    let signer = Arc::new(identity::Signer::in_memory().unwrap());
    let deps = Deps {
        registry,
        launcher: sandbox_of(Path::new(env!("CARGO_BIN_EXE_longshore"))),
        require_isolation: false,
        projects: LocalProject { id: "p".to_owned(), number: 42 },
        signer,
        secrets,
        keys: Arc::new(NoKeys),
        grants: None,
        reach: None,
        pace: longshore_local_kit::quotas::Pace::default(),
    };
    let cloud = CloudRun::open(&dir.path().join("run"), deps).await.unwrap();
    let client = client_of(&cloud).await;

    let template = RevisionTemplate::new().set_containers([Container::new().set_image(image)]);
    let wanted = Service::new().set_template(template).set_invoker_iam_disabled(true);
    let create =
        client.create_service().set_parent(PARENT).set_service_id("hello").set_service(wanted);
    let created = create.poller().until_done().await.unwrap();
    assert!(
        !created.reconciling && created.observed_generation == created.generation,
        "{created:?}"
    );
    assert_eq!(state(created.terminal_condition.as_ref()), ConditionState::ConditionSucceeded);
    let revision = created.latest_ready_revision.rsplit('/').next().unwrap();
    assert!(body_of(&created.uri).await.ends_with(&format!("hello from {revision}")));

    let got =
        client.get_service().set_name(format!("{PARENT}/services/hello")).send().await.unwrap();
    assert_eq!(got, created);

    let annotated = got.clone().set_annotations([("fleet/generation", "2")]);
    let updated =
        client.update_service().set_service(annotated).poller().until_done().await.unwrap();
    assert_eq!(
        updated.latest_created_revision, created.latest_created_revision,
        "metadata makes no revision"
    );
    assert_ne!(updated.etag, got.etag);

    let stale = got.set_annotations([("fleet/generation", "1")]);
    let error = client.update_service().set_service(stale).send().await.unwrap_err();
    assert_eq!(error.status().unwrap().code.name(), "ABORTED", "{error:?}");
    cloud.stop().await;
}

async fn client_of(cloud: &Arc<CloudRun>) -> Services {
    // Fails if another test has installed a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = listen::bind(0).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(listen::serve(
        listener,
        rest::router(vec![run::api(Arc::clone(cloud))]),
        Access::to_apis(&[]),
        std::future::pending(),
    ));
    let credentials = anonymous::Builder::new().build();
    Services::builder().with_endpoint(endpoint).with_credentials(credentials).build().await.unwrap()
}

fn state(condition: Option<&Condition>) -> ConditionState {
    condition.unwrap().state.clone()
}

/// The response to a plain HTTP/1.1 request, with head and body.
async fn body_of(url: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    // The body may be one chunk, framed by its length and an empty chunk.
    answer.trim_end().trim_end_matches('0').trim_end().to_owned()
}

/// A registry that serves one image, and the reference of the image.
async fn registry_with_the_function() -> (SocketAddr, String) {
    let mut content = HashMap::new();
    let mut add = |kind: &str, bytes: Vec<u8>| {
        let hex: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        content.insert(format!("{IMAGE_PATH}/{kind}/sha256:{hex}"), bytes);
        format!("sha256:{hex}")
    };
    let mut layer =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(FUNCTION.len() as u64);
    header.set_mode(0o644);
    layer.append_data(&mut header, "workspace/main.py", FUNCTION.as_bytes()).unwrap();
    let layer = add("blobs", layer.into_inner().unwrap().finish().unwrap());
    let config = json!({"config": {"Entrypoint": ["/usr/bin/python3", "/workspace/main.py"], "WorkingDir": "/workspace"}});
    let config = add("blobs", config.to_string().into_bytes());
    let manifest =
        json!({"schemaVersion": 2, "config": {"digest": config}, "layers": [{"digest": layer}]});
    let digest = add("manifests", manifest.to_string().into_bytes());

    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(serve_content).with_state(Arc::new(content));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, format!("europe-west1-docker.pkg.dev/p/repo/hello@{digest}"))
}

async fn serve_content(
    State(content): State<Arc<HashMap<String, Vec<u8>>>>,
    request: Request,
) -> (StatusCode, Vec<u8>) {
    match content.get(request.uri().path()) {
        Some(bytes) => (StatusCode::OK, bytes.clone()),
        None => (StatusCode::NOT_FOUND, Vec::new()),
    }
}
