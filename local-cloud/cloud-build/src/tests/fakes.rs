//! Fakes of what the build service depends on.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use tokio::sync::mpsc;

use crate::core::{Record, Spec, Status};
use crate::image::hex_digest;
use crate::{Deps, SecretSource, Service, Source, SourceError, SourceStore};
use longshore_local_kit::Announce;
use longshore_local_kit::listen::{self, Access};
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::Pace;
use longshore_local_sandbox::Launcher;

pub(super) const REGISTRY_HOST: &str = "europe-west1-docker.pkg.dev";

/// Timeout for a build, generous for a busy machine.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Sources by object name, and logs.
#[derive(Default)]
pub(super) struct Store {
    pub(super) sources: Mutex<HashMap<String, PathBuf>>,
    pub(super) logs: Mutex<HashMap<String, String>>,
    /// If set, reading a source waits until the sender is dropped.
    pub(super) gate: Mutex<Option<std::sync::mpsc::Receiver<()>>>,
}

impl SourceStore for Store {
    fn open(&self, _bucket: &str, object: &str, generation: i64) -> Result<Source, SourceError> {
        let gate = self.gate.lock().unwrap().take();
        if let Some(gate) = gate {
            let _ = gate.recv();
        }
        let path = self.sources.lock().unwrap().get(object).cloned();
        let path = path.ok_or(SourceError::NotFound)?;
        Ok(Source {
            path,
            generation: generation.max(1),
            md5: Some("BwcHBwcHBwcHBwcHBwcHBw==".to_owned()),
        })
    }

    fn write_log(&self, bucket: &str, object: &str, content: &[u8]) -> io::Result<()> {
        let text = String::from_utf8(content.to_vec()).unwrap();
        self.logs.lock().unwrap().insert(format!("gs://{bucket}/{object}"), text);
        Ok(())
    }

    fn ensure_bucket(&self, _bucket: &str, _project: &str, _location: &str) -> io::Result<()> {
        Ok(())
    }
}

/// Secrets by the names of their versions.
#[derive(Default)]
pub(super) struct Secrets(pub(super) Mutex<HashMap<String, String>>);

impl SecretSource for Secrets {
    fn text(&self, version: &str) -> Result<String, String> {
        let found = self.0.lock().unwrap().get(version).cloned();
        found.ok_or_else(|| format!("Secret [{version}] not found or has no versions."))
    }
}

struct Announcements(mpsc::UnboundedSender<(String, String)>);

impl Announce for Announcements {
    fn announce(&self, topic: &str, attributes: BTreeMap<String, String>, data: Bytes) {
        assert_eq!(topic, "projects/demo/topics/cloud-builds");
        let build: serde_json::Value = serde_json::from_slice(&data).unwrap();
        assert_eq!(
            (&build["id"], &build["status"]),
            (&attributes["buildId"].clone().into(), &attributes["status"].clone().into())
        );
        let _ = self.0.send((attributes["buildId"].clone(), attributes["status"].clone()));
    }
}

/// Blobs and manifests by path.
pub(super) type Contents = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// The service and its fakes.
pub(super) struct Cloud {
    pub(super) service: Arc<Service>,
    pub(super) store: Arc<Store>,
    pub(super) secrets: Arc<Secrets>,
    pub(super) registry: Contents,
    announced: mpsc::UnboundedReceiver<(String, String)>,
    pub(super) deps: Deps,
    pub(super) dir: PathBuf,
}

impl Cloud {
    pub(super) async fn open(dir: &Path) -> Self {
        Self::open_with(dir, None).await
    }

    /// With this launcher, or without any.
    pub(super) async fn open_with(dir: &Path, launcher: Option<Launcher>) -> Self {
        let (store, registry) = (Arc::new(Store::default()), Contents::default());
        let listener = listen::bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = axum::Router::new().fallback(distribution).with_state(Arc::clone(&registry));
        tokio::spawn(listen::serve(listener, router, Access::to_apis(&[]), std::future::pending()));
        let (sender, announced) = mpsc::unbounded_channel();
        let source: Arc<dyn SourceStore> = Arc::clone(&store) as _;
        let announce = Arc::new(Announcements(sender));
        let secrets = Arc::new(Secrets::default());
        let cache_dir = dir.join("cache");
        let deps = Deps {
            source,
            secrets: Arc::<Secrets>::clone(&secrets),
            announce,
            registry: address,
            launcher,
            require_isolation: false,
            projects: LocalProject { id: "demo".to_owned(), number: 42 },
            pace: Pace::default(),
            cache_dir,
            shared_cache_dir: None,
        };
        let dir = dir.join("build");
        let service = Service::open(&dir, deps.clone()).unwrap();
        Self { service, store, secrets, registry, announced, deps, dir }
    }

    /// Restarts the service.
    pub(super) async fn restart(&mut self) {
        self.service.stop().await;
        self.service = Service::open(&self.dir, self.deps.clone()).unwrap();
    }

    /// Submits a build of the archive.
    pub(super) fn submit(&self, archive: &Path, environment: &[(&str, &str)]) -> Record {
        self.submit_with(archive, environment, &[])
    }

    /// The same, with the versions of secrets for these variables.
    pub(super) fn submit_with(
        &self,
        archive: &Path,
        environment: &[(&str, &str)],
        secrets: &[(&str, &str)],
    ) -> Record {
        self.submit_as("hello", archive, environment, secrets)
    }

    /// The same, for the function with this name.
    pub(super) fn submit_as(
        &self,
        function: &str,
        archive: &Path,
        environment: &[(&str, &str)],
        secrets: &[(&str, &str)],
    ) -> Record {
        self.store
            .sources
            .lock()
            .unwrap()
            .insert(archive.display().to_string(), archive.to_owned());
        let owned = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let (environment, secrets) = (owned(environment), owned(secrets));
        let spec = Spec {
            project: "demo".to_owned(),
            region: "europe-west1".to_owned(),
            bucket: "sources".to_owned(),
            object: archive.display().to_string(),
            image: format!("{REGISTRY_HOST}/demo/repo/{function}:v1"),
            environment,
            secrets,
            ..Spec::default()
        };
        self.service.submit(spec).unwrap()
    }

    /// Waits until the build is announced with this status.
    pub(super) async fn announced(&mut self, id: &str, status: Status) {
        let waiting = async {
            while let Some((announced, name)) = self.announced.recv().await {
                if announced == id && name == status.name() {
                    return;
                }
            }
        };
        tokio::time::timeout(TIMEOUT, waiting).await.unwrap();
    }

    /// Waits until the build has ended.
    pub(super) async fn ended(&mut self, id: &str) -> Record {
        let waiting = async {
            loop {
                let record = self.service.get(id).unwrap();
                if record.status.is_terminal() {
                    return record;
                }
                self.announced.recv().await.unwrap();
            }
        };
        tokio::time::timeout(TIMEOUT, waiting).await.unwrap()
    }

    pub(super) fn log_of(&self, id: &str) -> String {
        self.store
            .logs
            .lock()
            .unwrap()
            .get(&format!("gs://42-europe-west1-cloudbuild-logs/log-{id}.txt"))
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn blob(&self, digest: &str) -> Bytes {
        self.registry.lock().unwrap()[&format!("/v2/demo/repo/hello/blobs/{digest}")].clone()
    }
}

/// The part of OCI distribution that a push uses, as strict about digests as the real registry.
async fn distribution(State(contents): State<Contents>, request: Request) -> Response {
    assert_eq!(request.headers()[header::HOST], REGISTRY_HOST);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let body = to_bytes(Body::new(request.into_body()), usize::MAX).await.unwrap();
    let path = uri.path().to_owned();
    match method {
        Method::HEAD if contents.lock().unwrap().contains_key(&path) => {
            StatusCode::OK.into_response()
        }
        Method::POST => {
            let location = format!("https://{REGISTRY_HOST}{path}some-upload?state=1");
            (StatusCode::ACCEPTED, [(header::LOCATION, location)]).into_response()
        }
        Method::PUT => {
            let digest = format!("sha256:{}", hex_digest(&body));
            let target = match path.strip_suffix("uploads/some-upload") {
                Some(blobs) => {
                    let asked = format!("digest={}", digest.replace(':', "%3A"));
                    assert!(uri.query().unwrap().ends_with(&asked), "{uri}");
                    format!("{blobs}{digest}")
                }
                None => path,
            };
            contents.lock().unwrap().insert(target, body);
            (StatusCode::CREATED, [("Docker-Content-Digest", digest)]).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
