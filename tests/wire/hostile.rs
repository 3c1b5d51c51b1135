//! What an attacker can send to the local cloud. Each attempt is refused for its own reason, and the
//! next honest request works.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

mod exhaustion;
mod pages;
mod parsers;
mod random;
mod requests;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use longshore_local_cloud::Endpoints;

use super::clients::local_cloud;

/// Maximum time without a byte of an answer. After that, a listener is stuck.
const SILENCE: Duration = Duration::from_secs(40);

/// The services of a local cloud, each with one resource in it.
#[derive(Clone, Copy)]
struct Target(Endpoints);

/// The services, each with a request that an honest client sends, and that succeeds.
const HONEST: [(&str, &str, &str); 16] = [
    ("pubsub", "GET", "/v1/projects/local-project/topics/corpus"),
    ("storage", "GET", "/storage/v1/b/corpus/o/object"),
    ("run", "GET", "/v2/projects/local-project/locations/europe-west1/services"),
    ("build", "GET", "/v1/projects/local-project/builds"),
    ("functions", "GET", "/v2/projects/local-project/locations/-/functions"),
    (
        "artifact_registry",
        "GET",
        "/v1/projects/local-project/locations/europe-west1/repositories/corpus",
    ),
    ("registry", "GET", "/v2/"),
    ("logging", "POST", "/v2/entries:list"),
    ("identity", "GET", "/oauth2/v3/certs"),
    ("secrets", "GET", "/v1/projects/local-project/secrets/corpus"),
    ("eventarc", "GET", "/v1/projects/local-project/locations/europe-west1/triggers"),
    ("kms", "GET", "/v1/projects/local-project/locations/europe-west1/keyRings"),
    ("scheduler", "GET", "/v1/projects/local-project/locations/europe-west1/jobs"),
    ("tasks", "GET", "/v2/projects/local-project/locations/europe-west1/queues/corpus"),
    ("projects", "GET", "/v1/projects/local-project"),
    ("testing", "GET", "/longshore/v1/clock"),
];

/// Runs an attack on a local cloud of its own. Attacks use plain blocking sockets, so that no
/// client corrects what they send.
async fn attack(attempt: impl FnOnce(Target) + Send + 'static) {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let target = Target(cloud.endpoints());
    let attempted = tokio::task::spawn_blocking(move || {
        target.furnish();
        attempt(target);
    });
    if let Err(failed) = attempted.await {
        std::panic::resume_unwind(failed.into_panic());
    }
    cloud.stop().await;
}

impl Target {
    fn furnish(self) {
        let repositories = "/v1/projects/local-project/locations/europe-west1/repositories";
        let repository = format!("{repositories}?repositoryId=corpus");
        let object = "/upload/storage/v1/b/corpus/o?uploadType=media&name=object";
        let queues = "/v2/projects/local-project/locations/europe-west1/queues";
        let secrets = "/v1/projects/local-project/secrets?secretId=corpus";
        for (service, method, path, body) in [
            ("pubsub", "PUT", "/v1/projects/local-project/topics/corpus", "{}"),
            ("storage", "POST", "/storage/v1/b?project=local-project", r#"{"name": "corpus"}"#),
            ("storage", "POST", object, "content"),
            ("artifact_registry", "POST", &repository, r#"{"format": "DOCKER"}"#),
            ("secrets", "POST", secrets, r#"{"replication": {"automatic": {}}}"#),
            ("tasks", "POST", queues, &format!(r#"{{"name": "{}/corpus"}}"#, &queues[4..])),
        ] {
            self.succeeds(service, method, path, body);
        }
    }

    fn address(self, service: &str) -> SocketAddr {
        let Endpoints {
            pubsub,
            storage,
            run,
            build,
            functions,
            eventarc,
            artifact_registry,
            registry,
            logging,
            identity,
            secrets,
            kms,
            scheduler,
            tasks,
            projects,
            firebase,
            testing,
            // It has no requests of its own.
            gateway: _,
        } = self.0;
        match service {
            "pubsub" => pubsub,
            "storage" => storage,
            "run" => run,
            "build" => build,
            "functions" => functions,
            "eventarc" => eventarc,
            "artifact_registry" => artifact_registry,
            "registry" => registry,
            "logging" => logging,
            "identity" => identity,
            "secrets" => secrets,
            "kms" => kms,
            "scheduler" => scheduler,
            "tasks" => tasks,
            "projects" => projects,
            "firebase" => firebase,
            "testing" => testing,
            other => panic!("{other} is no service"),
        }
    }

    #[track_caller]
    fn succeeds(self, service: &str, method: &str, path: &str, body: &str) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = send(self.address(service), request.as_bytes());
        let is_success = answer.starts_with("HTTP/1.1 20");
        assert!(is_success, "{service}: {method} {path}: {answer}");
    }

    /// The service answers the next honest request.
    #[track_caller]
    fn still_serves(self, service: &str) {
        let (_, method, path) = HONEST.iter().find(|(name, ..)| *name == service).unwrap();
        let body =
            if *method == "POST" { r#"{"resourceNames": ["projects/local-project"]}"# } else { "" };
        self.succeeds(service, method, path, body);
    }
}

/// Sends these bytes, and returns what comes back until the listener closes the connection.
fn send(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    stream.set_write_timeout(Some(SILENCE)).unwrap();
    // A listener may answer and close before it has read everything.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error)
            if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {}
        Err(error) => panic!("{address}: no end of the answer: {error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}
