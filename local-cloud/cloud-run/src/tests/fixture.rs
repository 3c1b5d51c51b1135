//! A Cloud Run in a temporary directory, and the registry that it pulls from.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use base64::Engine as _;
use bytes::Bytes;
use google_cloud_run_v2::model::{Container, RevisionTemplate, Service as ServiceResource};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::inside::Reach;
use crate::pool::Pool;
use crate::service::{Deps, Service};
use crate::tuning::Tuning;
use longshore_local_identity as identity;
use longshore_local_kit::keys::{CustomerKeys, KeyError, KeyUser};
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::Pace;
use longshore_local_kit::rest::{Call, Query, RestApi, RestError};
use longshore_local_sandbox::{Guard, Launcher, testing};
use longshore_local_secrets as secrets;

pub(super) const SERVICE: &str = "projects/p/locations/r/services/hello";
const REGISTRY_HOST: &str = "r-docker.pkg.dev";

/// Returns its identity and its environment. Reads a request body to its end before it answers;
/// `/crash` ends the process; `/eat` allocates 300 MiB and keeps them.
pub(super) const SERVER: &str = r#"
import http.server, json, os, signal, sys, time, uuid
def leave(*_):
    print("leaves politely", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
ME = str(uuid.uuid4())
KEPT = []
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/eat":
            KEPT.append(bytearray(os.urandom(1 << 20) * 300))
            time.sleep(60)
        if self.path == "/crash":
            os._exit(7)
        self.answer({"me": ME, "revision": os.environ["K_REVISION"], "env": dict(os.environ), "cwd": os.getcwd(),
                     "host": self.headers["Host"], "home": os.path.exists(os.environ.get("LOOK_FOR", "/nowhere"))})
    def do_POST(self):
        while True:
            size = int(self.rfile.readline(), 16)
            self.rfile.read(size + 2)
            if size == 0:
                break
        self.answer({"me": ME})
    def answer(self, value):
        print("answers " + self.path, flush=True)
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
print(json.dumps({"severity": "WARNING", "message": "starts", "port": os.environ["PORT"]}), file=sys.stderr, flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

pub(super) type LayerBuilder = tar::Builder<flate2::write::GzEncoder<Vec<u8>>>;

type Blobs = Arc<Mutex<HashMap<String, Bytes>>>;

pub(super) struct Cloud {
    pub(super) service: Arc<Service>,
    api: Arc<dyn RestApi>,
    blobs: Blobs,
    /// How many requests the registry answers with an error from now on.
    pub(super) registry_failures: Arc<AtomicUsize>,
    secrets: Arc<secrets::Service>,
    pub(super) keys: Arc<Keys>,
    registry: SocketAddr,
    launcher: Launcher,
    reach: Option<Reach>,
    tuning: Tuning,
    dir: TempDir,
}

fn guard() -> Guard {
    testing::stand_in("tests::stands_in_for_the_guard")
}

/// The sandbox of this machine, if it has one.
pub(super) fn sandbox() -> Launcher {
    static FOUND: LazyLock<Launcher> =
        LazyLock::new(|| Launcher::probe(guard(), &std::env::var_os("PATH").unwrap_or_default()));
    FOUND.clone()
}

pub(super) fn without_sandbox() -> Launcher {
    Launcher::without_sandbox(guard(), "a test")
}

/// Tuning for tests: instances do not go idle, and requests do not queue for long.
pub(super) fn tuning() -> Tuning {
    Tuning {
        idle: Duration::from_secs(3600),
        queue: Duration::from_millis(200),
        ..Tuning::default()
    }
}

impl Cloud {
    pub(super) async fn open(tuning: Tuning) -> Self {
        Self::with(tuning, sandbox()).await
    }

    pub(super) async fn with(tuning: Tuning, launcher: Launcher) -> Self {
        Self::reaching(Some(Reach::new(Vec::new())), tuning, launcher).await
    }

    /// `reach`: what instances reach, in networks of their own.
    pub(super) async fn reaching(reach: Option<Reach>, tuning: Tuning, launcher: Launcher) -> Self {
        let blobs = Blobs::default();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let registry = listener.local_addr().unwrap();
        let registry_failures = Arc::new(AtomicUsize::new(0));
        let state = (Arc::clone(&blobs), Arc::clone(&registry_failures));
        let router = Router::new().fallback(serve_blob).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let dir = tempfile::tempdir().unwrap();
        let deps = secrets::Deps { project: "p".to_owned(), project_number: 42 };
        let secrets = secrets::Service::open(&prepared(&dir, "secrets"), deps).unwrap();
        let keys = Arc::new(Keys::default());
        let service =
            open(&dir, registry, &launcher, (&secrets, &keys), reach.clone(), tuning).await;
        Self {
            api: crate::api(Arc::clone(&service)),
            service,
            blobs,
            registry_failures,
            secrets,
            keys,
            registry,
            launcher,
            reach,
            tuning,
            dir,
        }
    }

    /// Stops everything and opens the same directory again.
    pub(super) async fn restarted(self) -> Self {
        self.service.stop().await;
        let service = open(
            &self.dir,
            self.registry,
            &self.launcher,
            (&self.secrets, &self.keys),
            self.reach.clone(),
            self.tuning,
        )
        .await;
        Self { api: crate::api(Arc::clone(&service)), service, ..self }
    }

    /// Number of unpacked images.
    pub(super) fn images(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("run/images")).unwrap().count()
    }

    /// Pushes an image whose program is this Python script; returns its reference.
    pub(super) fn push(&self, script: &str) -> String {
        self.push_with(script, |_| {})
    }

    /// The same, with more in its layer.
    pub(super) fn push_with(&self, script: &str, add: impl FnOnce(&mut LayerBuilder)) -> String {
        self.push_as("yes", script, add)
    }

    /// The same, with this value of a variable in its configuration.
    pub(super) fn push_as(
        &self,
        from_image: &str,
        script: &str,
        add: impl FnOnce(&mut LayerBuilder),
    ) -> String {
        let mut layer = tar::Builder::new(flate2::write::GzEncoder::new(
            Vec::new(),
            flate2::Compression::fast(),
        ));
        let mut header = tar::Header::new_gnu();
        header.set_size(script.len() as u64);
        header.set_mode(0o644);
        layer.append_data(&mut header, "workspace/main.py", script.as_bytes()).unwrap();
        add(&mut layer);
        let layer = self.blob("blobs", layer.into_inner().unwrap().finish().unwrap());
        let config = json!({"config": {
            "Entrypoint": ["/usr/bin/python3", "/workspace/main.py"],
            "Env": [format!("FROM_IMAGE={from_image}"), "OVERRIDDEN=image"],
            "WorkingDir": "/workspace",
        }});
        let config = self.blob("blobs", config.to_string().into_bytes());
        let manifest = json!({"schemaVersion": 2, "config": {"digest": config}, "layers": [{"digest": layer}]});
        format!(
            "{REGISTRY_HOST}/p/repo/img@{}",
            self.blob("manifests", manifest.to_string().into_bytes())
        )
    }

    fn blob(&self, kind: &str, content: Vec<u8>) -> String {
        let hex: String =
            Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        self.blobs
            .lock()
            .unwrap()
            .insert(format!("/v2/p/repo/img/{kind}/sha256:{hex}"), content.into());
        format!("sha256:{hex}")
    }

    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Value,
    ) -> Result<Value, RestError> {
        let (path, verb) =
            path.split_once(':').map_or((path, None), |(path, verb)| (path, Some(verb.to_owned())));
        let path = path.split('/').map(str::to_owned).collect();
        let query = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.api
            .answer(&Call { method, path, verb, query, body: body.to_string().into() })
            .await
            .unwrap()
    }

    /// Writes all fields of the service, waits until the operation is done, and returns it.
    pub(super) async fn deploy(&self, service: ServiceResource) -> Value {
        self.deploy_as(SERVICE, service).await
    }

    pub(super) async fn deploy_as(&self, name: &str, service: ServiceResource) -> Value {
        let query = [("allowMissing", "true")];
        let operation =
            self.call(Method::PATCH, &format!("v2/{name}"), &query, json!(service)).await.unwrap();
        let path = format!("v2/{}:wait", operation["name"].as_str().unwrap());
        // A call waits for a minute at most, and a busy machine may need more for many services.
        let mut done = Value::Null;
        for _ in 0..5 {
            done = self.call(Method::POST, &path, &[], json!({"timeout": "60s"})).await.unwrap();
            if done["done"] == true {
                return done;
            }
        }
        panic!("not done: {done}");
    }

    pub(super) async fn deployed(&self, service: ServiceResource) -> ServiceResource {
        let done = self.deploy(service).await;
        assert!(done.get("error").is_none(), "{done}");
        self.get().await
    }

    pub(super) async fn get(&self) -> ServiceResource {
        let service =
            self.call(Method::GET, &format!("v2/{SERVICE}"), &[], Value::Null).await.unwrap();
        serde_json::from_value(service).unwrap()
    }

    pub(super) fn pool(&self) -> Arc<Pool> {
        let mut pools = self.service.site(SERVICE).unwrap().front.traffic.pools();
        assert_eq!(pools.len(), 1, "one revision serves");
        pools.remove(0).1
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// An identity token for a service's URL.
    pub(super) fn token(&self, email: &str, url: &str) -> String {
        let signer = identity::open_key(&prepared(&self.dir, "identity")).unwrap();
        signer.id_token(email, url, std::time::SystemTime::now()).unwrap()
    }

    /// Lets only these members call the service.
    pub(super) async fn set_invokers(&self, members: &[&str]) {
        let policy =
            json!({"policy": {"bindings": [{"role": "roles/run.invoker", "members": members}]}});
        self.call(Method::POST, &format!("v2/{SERVICE}:setIamPolicy"), &[], policy).await.unwrap();
    }

    /// Adds a version to a secret, which is created if needed. Returns the name of the version.
    pub(super) async fn add_secret(&self, id: &str, value: &str) -> String {
        let path = |path: &str| path.split('/').map(str::to_owned).collect();
        let call = |path, verb: Option<&str>, query, body: Value| Call {
            method: Method::POST,
            path,
            verb: verb.map(str::to_owned),
            query,
            body: body.to_string().into(),
        };
        let create = call(
            path("v1/projects/p/secrets"),
            None,
            Query::from([("secretId".to_owned(), id.to_owned())]),
            json!({"replication": {"automatic": {}}}),
        );
        // The secret may exist already.
        let _ = secrets::api(Arc::clone(&self.secrets)).answer(&create).await.unwrap();
        let data = base64::engine::general_purpose::STANDARD.encode(value);
        let add = call(
            path(&format!("v1/projects/p/secrets/{id}")),
            Some("addVersion"),
            Query::default(),
            json!({"payload": {"data": data}}),
        );
        let version = secrets::api(Arc::clone(&self.secrets)).answer(&add).await.unwrap().unwrap();
        version["name"].as_str().unwrap().to_owned()
    }

    /// The log entries of the service, oldest first.
    pub(super) async fn log(&self) -> Vec<Value> {
        let mut entries = Vec::new();
        let admits = |label: &str, value: &str| label != "service_name" || value == "hello";
        self.service.read_logs("p", &admits, &mut |entry| entries.push(entry)).unwrap();
        entries
    }
}

async fn open(
    dir: &TempDir,
    registry: SocketAddr,
    launcher: &Launcher,
    (secrets, keys): (&Arc<secrets::Service>, &Arc<Keys>),
    reach: Option<Reach>,
    tuning: Tuning,
) -> Arc<Service> {
    let signer = Arc::new(identity::open_key(&prepared(dir, "identity")).unwrap());
    let launcher = launcher.clone();
    let deps = Deps {
        registry,
        launcher,
        require_isolation: false,
        projects: LocalProject { id: "p".to_owned(), number: 42 },
        pace: Pace::default(),
        signer,
        secrets: Arc::clone(secrets),
        keys: Arc::<Keys>::clone(keys),
        grants: None,
        reach,
    };
    Service::open_with(&dir.path().join("run"), deps, tuning).await.unwrap()
}

/// Keys that can be used, until they are disabled.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) are_disabled: AtomicBool,
    /// Whether Cloud Run's service agent has no role on them.
    pub(super) are_denied: AtomicBool,
}

impl CustomerKeys for Keys {
    fn usable_version(&self, key: &str, user: KeyUser<'_>) -> Result<String, KeyError> {
        if user != KeyUser::run("p") || self.are_denied.load(Ordering::Relaxed) {
            return Err(KeyError::Denied(key.to_owned()));
        }
        let version = format!("{key}/cryptoKeyVersions/1");
        if self.are_disabled.load(Ordering::Relaxed) {
            return Err(KeyError::NotEnabled { version, state: "DISABLED" });
        }
        Ok(version)
    }
}

fn prepared(dir: &TempDir, name: &str) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

async fn serve_blob(
    State((blobs, failures)): State<(Blobs, Arc<AtomicUsize>)>,
    request: Request,
) -> (StatusCode, Bytes) {
    assert_eq!(request.headers()["host"], REGISTRY_HOST, "the registry is chosen by its name");
    let fails = |left: usize| left.checked_sub(1);
    if failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fails).is_ok() {
        return (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new());
    }
    match blobs.lock().unwrap().get(request.uri().path()) {
        Some(blob) => (StatusCode::OK, blob.clone()),
        None => (StatusCode::NOT_FOUND, Bytes::new()),
    }
}

/// A public service of this image.
pub(super) fn service_of(image: &str) -> ServiceResource {
    ServiceResource::new()
        .set_invoker_iam_disabled(true)
        .set_template(RevisionTemplate::new().set_containers([Container::new().set_image(image)]))
}

pub(super) fn with_template(
    image: &str,
    change: impl FnOnce(RevisionTemplate) -> RevisionTemplate,
) -> ServiceResource {
    let mut service = service_of(image);
    service.template = service.template.map(change);
    service
}

pub(super) async fn get(url: &str) -> (StatusCode, String) {
    let response = client().get(url).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

pub(super) async fn get_json(url: &str) -> Value {
    let (status, text) = get(url).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

pub(super) fn client() -> reqwest::Client {
    // Fails if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Polls, because the test cannot wait for the processes.
pub(super) async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
