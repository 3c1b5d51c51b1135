//! Customer-managed keys, in both flavours, with keys of the local Cloud KMS: deployed under a key,
//! refused where the bucket or the repository is under another one, and a key that is disabled
//! midway and comes back.

mod grants;

use std::collections::BTreeMap;

use longshore_cloud::BucketSpec;
use longshore_ledger::Ledger;
use longshore_messages::{
    DeploymentId, Failure, FailureClass, Outcome, StorageObject, Topic, TraceContext, proto,
};
use serde_json::{Value, json};

use crate::support::{Cloud, PATIENCE, WORKERS, Worker, function, longshore, request, rest, spec};

/// The key rings, buckets and repositories of a test.
pub(crate) struct Place<'a> {
    cloud: &'a Cloud,
    parent: String,
}

impl<'a> Place<'a> {
    /// Creates nothing.
    pub(crate) fn at(cloud: &'a Cloud) -> Self {
        let (project, region) = (&cloud.settings.project, &cloud.settings.region);
        Self { cloud, parent: format!("projects/{project}/locations/{region}") }
    }

    /// With a ring, and the keys `key` and `other` in it.
    pub(crate) async fn new(cloud: &'a Cloud) -> Self {
        let place = Self::at(cloud);
        place.post("LONGSHORE_KMS_ENDPOINT", "keyRings?keyRingId=ring", json!({})).await;
        for id in ["key", "other"] {
            let path = format!("keyRings/ring/cryptoKeys?cryptoKeyId={id}");
            place
                .post("LONGSHORE_KMS_ENDPOINT", &path, json!({"purpose": "ENCRYPT_DECRYPT"}))
                .await;
        }
        place
    }

    async fn post(&self, endpoint: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/v1/{}/{path}", self.cloud.environment[endpoint], self.parent);
        rest::send(rest::client().post(url).json(&body)).await
    }

    pub(crate) fn key(&self, id: &str) -> String {
        format!("{}/keyRings/ring/cryptoKeys/{id}", self.parent)
    }

    /// Sets the state of the key's only version.
    async fn switch_key(&self, state: &str) {
        let endpoint = &self.cloud.environment["LONGSHORE_KMS_ENDPOINT"];
        let version = format!("{}/cryptoKeyVersions/1", self.key("key"));
        let url = format!("{endpoint}/v1/{version}?updateMask=state");
        rest::send(rest::client().patch(url).json(&json!({"state": state}))).await;
    }

    pub(crate) async fn create_bucket(&self, name: &str, default_key: &str) {
        let bucket = BucketSpec {
            name: name.to_owned(),
            project: self.cloud.settings.project.clone(),
            location: self.cloud.settings.region.clone(),
            labels: BTreeMap::new(),
            default_key: default_key.to_owned(),
        };
        self.cloud.clients.objects.ensure_bucket(&bucket).await.unwrap();
    }

    pub(crate) fn repository(&self, id: &str) -> String {
        format!("{}/repositories/{id}", self.parent)
    }

    pub(crate) async fn create_repository(&self, id: &str, kms_key: &str) {
        let repository = json!({"format": "DOCKER", "kmsKeyName": kms_key});
        let path = format!("repositories?repositoryId={id}");
        self.post("LONGSHORE_ARTIFACT_REGISTRY_ENDPOINT", &path, repository).await;
    }

    /// A request of the Run flavour under the key.
    pub(crate) fn of_run(&self, name: &str, source: proto::Source) -> proto::FunctionSpec {
        let build = proto::BuildSettings {
            repository: self.repository("images"),
            ..proto::BuildSettings::default()
        };
        let encryption =
            proto::Encryption { kms_key: self.key("key"), source_bucket: "protected".to_owned() };
        proto::FunctionSpec {
            build: Some(build),
            encryption: Some(encryption),
            ..spec(name, source)
        }
    }

    /// The same in the Functions flavour.
    pub(crate) fn of_functions(&self, name: &str, source: proto::Source) -> proto::FunctionSpec {
        let mut spec = self.of_run(name, source);
        spec.flavour = proto::Flavour::Functions.into();
        spec.runtime = python();
        spec.encryption.as_mut().unwrap().source_bucket.clear();
        spec
    }

    async fn stage(&self, text: &str) -> proto::Source {
        self.cloud.stage(&function(self.cloud.folder(), text)).await
    }
}

/// Google's id of the runtime that this machine's Python is.
fn python() -> String {
    let program = "import sys; print('python%d%d' % sys.version_info[:2])";
    let version = std::process::Command::new("python3").args(["-c", program]).output().unwrap();
    String::from_utf8(version.stdout).unwrap().trim().to_owned()
}

/// The workers of a fleet, by name.
fn fleet(cloud: &Cloud) -> BTreeMap<&'static str, Worker> {
    WORKERS.iter().map(|(name, _)| (*name, cloud.worker(name))).collect()
}

/// Waits until a worker has handed a deployment to the next one.
async fn handed_on(cloud: &Cloud, ledger: &Ledger, id: DeploymentId, worker: &str) {
    let handed = async {
        while ledger.stage_record(id, worker).await.unwrap().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let handed = tokio::time::timeout(PATIENCE, handed).await;
    assert!(handed.is_ok(), "{worker} did not hand {id} on\n{}", cloud.logs());
}

async fn failure_of(cloud: &Cloud, id: DeploymentId) -> Failure {
    let finished = cloud.end_of(id).await;
    let Outcome::Failed(failure) = finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };
    failure
}

/// A failure because the key is disabled, with the key and the command that enables it.
fn assert_disabled(failure: &Failure, stage: &str, place: &Place<'_>) {
    let found = (failure.class, failure.code.as_str(), failure.stage.as_str());
    assert_eq!(found, (FailureClass::System, "key-unusable", stage), "{failure:?}");
    let (project, region) = (&place.cloud.settings.project, &place.cloud.settings.region);
    let flags = format!("--key key --keyring ring --location {region} --project {project}`");
    assert!(failure.advice.contains(&place.key("key")), "{failure:?}");
    assert!(failure.advice.contains("gcloud kms keys versions enable "), "{failure:?}");
    assert!(failure.advice.contains(&flags), "{failure:?}");
    assert!(failure.reason.to_lowercase().contains("disabled"), "{failure:?}");
}

async fn assert_deployed(cloud: &Cloud, id: DeploymentId) {
    let finished = cloud.end_of(id).await;
    let is_deployed = matches!(finished.outcome, Outcome::Deployed(_));
    assert!(is_deployed, "{finished:?}\n{}", cloud.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_operation_is_noticed_without_a_sweep_wherever_its_image_lies() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    place.create_repository("images", &place.key("key")).await;
    let settings = [("LONGSHORE_SWEEP_INTERVAL_MS".to_owned(), "86400000".to_owned())].into();
    let start = |(name, _): &(&str, &str)| cloud.worker_with(name, &settings);
    let _fleet: Vec<Worker> = WORKERS.iter().map(start).collect();
    let spec = place.of_functions("Sealed_2", place.stage("one").await);
    assert_deployed(&cloud, cloud.request(spec).await).await;
}

/// The JSON that a command prints.
fn printed(cloud: &Cloud, arguments: &[&str]) -> Value {
    let output =
        longshore(&cloud.environment).args(["--output", "json"]).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}\n{}", cloud.logs());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_deployed_under_a_key_and_fails_while_the_key_is_disabled() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    let key = place.key("key");
    place.create_bucket("protected", &key).await;
    place.create_repository("images", &key).await;
    let mut fleet = fleet(&cloud);

    let first = place.of_run("sealed", place.stage("one").await);
    assert_deployed(&cloud, cloud.request(first.clone()).await).await;
    let project = &cloud.settings.project;
    let service = rest::service(&cloud, project, "sealed").await.unwrap();
    assert_eq!(service["template"]["encryptionKey"], key.as_str(), "{service}");
    let described = printed(&cloud, &["describe", "sealed"]);
    assert_eq!(described["service"]["kmsKey"], key.as_str());
    assert!(described["service"]["image"].as_str().unwrap().contains("/images/sealed@"));
    let stored = described["source"]["archive"].as_str().unwrap();
    assert!(stored.starts_with("gs://protected/longshore/"), "{stored}");
    let again = cloud.end_of(cloud.request(first).await).await;
    assert!(matches!(again.outcome, Outcome::Unchanged(_)), "{again:?}");

    // Disabled before the service is written.
    fleet.remove("service-deployer").unwrap().kill();
    let two = function(cloud.folder(), "two");
    let second = cloud.request(place.of_run("sealed", cloud.stage(&two).await)).await;
    handed_on(&cloud, &cloud.ledger, second, "registry-watcher").await;
    place.switch_key("DISABLED").await;
    fleet.insert("service-deployer", cloud.worker("service-deployer"));
    assert_disabled(&failure_of(&cloud, second).await, "service-deployer", &place);
    place.switch_key("ENABLED").await;
    assert_eq!(cloud.call("sealed"), (true, "one".to_owned()));

    // The next attempt, by the command line.
    let directory = two.display().to_string();
    let repository = place.repository("images");
    let flags = ["--kms-key", &key, "--source-bucket", "protected", "--repository", &repository];
    let mut arguments = vec!["deploy", &directory, "--name", "sealed", "--runtime", "python3"];
    arguments.extend(flags);
    arguments.push("--public");
    let deployed = printed(&cloud, &arguments);
    assert_eq!(deployed[0]["outcome"], "deployed", "{deployed}");
    assert_eq!(cloud.call("sealed"), (true, "two".to_owned()));

    // Disabled before the build fetches the source.
    fleet.remove("build-submitter").unwrap().kill();
    let third = place.of_run("sealed", place.stage("three").await);
    let id = cloud.request(third.clone()).await;
    handed_on(&cloud, &cloud.ledger, id, "uploader").await;
    place.switch_key("DISABLED").await;
    fleet.insert("build-submitter", cloud.worker("build-submitter"));
    assert_disabled(&failure_of(&cloud, id).await, "registry-watcher", &place);

    // Disabled before the source is stored.
    let fourth = place.of_run("sealed", place.stage("four").await);
    let id = cloud.request(fourth).await;
    assert_disabled(&failure_of(&cloud, id).await, "uploader", &place);

    place.switch_key("ENABLED").await;
    assert_eq!(cloud.call("sealed"), (true, "two".to_owned()));
    assert_deployed(&cloud, cloud.request(third).await).await;
    assert_eq!(cloud.call("sealed"), (true, "three".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_deployed_under_a_key_and_fails_while_the_key_is_disabled() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    let key = place.key("key");
    place.create_repository("images", &key).await;
    let mut fleet = fleet(&cloud);

    let first = place.of_functions("Sealed_1", place.stage("one").await);
    assert_deployed(&cloud, cloud.request(first.clone()).await).await;
    let described = printed(&cloud, &["describe", "Sealed_1"]);
    assert_eq!(described["service"]["kmsKey"], key.as_str());
    let kept = described["function"]["source"].as_str().unwrap();
    assert!(kept.starts_with("gs://gcf-sources-"), "{kept}");
    assert!(described["service"]["image"].as_str().unwrap().contains("/images/"), "{described}");
    let again = cloud.end_of(cloud.request(first).await).await;
    assert!(matches!(again.outcome, Outcome::Unchanged(_)), "{again:?}");

    // Disabled before the operation is started.
    fleet.remove("build-submitter").unwrap().kill();
    let second = place.of_functions("Sealed_1", place.stage("two").await);
    let id = cloud.request(second.clone()).await;
    handed_on(&cloud, &cloud.ledger, id, "uploader").await;
    place.switch_key("DISABLED").await;
    fleet.insert("build-submitter", cloud.worker("build-submitter"));
    assert_disabled(&failure_of(&cloud, id).await, "build-submitter", &place);

    // Neither the URL that the API signs nor Cloud Storage itself gives the archive away.
    let functions = &cloud.environment["LONGSHORE_FUNCTIONS_ENDPOINT"];
    let url = format!("{functions}/v2/{}/functions/Sealed_1:generateDownloadUrl", place.parent);
    let signed = rest::send(rest::client().post(url).json(&json!({}))).await;
    let (kept, _) = kept.strip_prefix("gs://").unwrap().split_once('#').unwrap();
    let (bucket, object) = kept.split_once('/').unwrap();
    let object = object.replace('/', "%2F");
    let storage = &cloud.environment["STORAGE_EMULATOR_HOST"];
    let storage = storage.strip_prefix("http://").unwrap_or(storage);
    let media = format!("http://{storage}/storage/v1/b/{bucket}/o/{object}?alt=media");
    let signed = signed["downloadUrl"].as_str().unwrap().to_owned();
    for url in [&signed, &media] {
        let refused = rest::client().get(url).send().await.unwrap();
        assert_eq!(refused.status(), 400, "{url}");
        let text = refused.text().await.unwrap();
        assert!(text.contains("Cloud KMS key is disabled, destroyed"), "{url}: {text}");
    }

    place.switch_key("ENABLED").await;
    for url in [&signed, &media] {
        assert_eq!(rest::client().get(url).send().await.unwrap().status(), 200, "{url}");
    }
    assert_eq!(cloud.call("Sealed_1"), (true, "one".to_owned()));
    assert_deployed(&cloud, cloud.request(second).await).await;
    assert_eq!(cloud.call("Sealed_1"), (true, "two".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_another_key_is_refused_before_anything_is_stored() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    let (key, other) = (place.key("key"), place.key("other"));
    place.create_bucket("protected", &key).await;
    place.create_bucket("otherwise", &other).await;
    place.create_bucket("plain", "").await;
    place.create_repository("images", &key).await;
    place.create_repository("others", &other).await;
    place.create_repository("plain", "").await;
    let _uploader = cloud.worker("uploader");
    let source = place.stage("any").await;

    let with_bucket = |bucket: &str| {
        let mut spec = place.of_run("refused", source.clone());
        spec.encryption.as_mut().unwrap().source_bucket = bucket.to_owned();
        spec
    };
    let with_repository = |mut spec: proto::FunctionSpec, id: &str| {
        spec.build.as_mut().unwrap().repository = place.repository(id);
        spec
    };
    let of_run = || place.of_run("refused", source.clone());
    let of_functions = || place.of_functions("refused", source.clone());
    let buckets = "gcloud storage buckets update gs://";
    let repositories = "gcloud artifacts repositories create NAME";
    let (bucket, repository) = ("function.encryption.sourceBucket", "function.build.repository");
    for (spec, code, parts) in [
        (with_bucket("otherwise"), "key-mismatch", [bucket, &other, &key, buckets]),
        (with_bucket("plain"), "key-mismatch", [bucket, "has no default key", &key, buckets]),
        (
            with_bucket("nowhere"),
            "source-bucket-missing",
            [bucket, "nowhere", &key, "gcloud storage buckets create gs://nowhere"],
        ),
        (
            with_repository(of_run(), "others"),
            "key-mismatch",
            [repository, &other, &key, repositories],
        ),
        (
            with_repository(of_functions(), "plain"),
            "key-mismatch",
            [repository, "is under none", &key, repositories],
        ),
        (
            with_repository(of_functions(), "nowhere"),
            "repository-missing",
            ["repositories/nowhere", "does not exist", &key, "repositories create nowhere"],
        ),
        (
            with_bucket(&cloud.settings.ledger_bucket()),
            "not-permitted",
            [bucket, "must not be the bucket of the ledger", "", ""],
        ),
    ] {
        let failure = failure_of(&cloud, cloud.request(spec).await).await;
        let found = (failure.class, failure.code.as_str(), failure.stage.as_str());
        assert_eq!(found, (FailureClass::User, code, "uploader"), "{failure:?}");
        let text = format!("{} {}", failure.reason, failure.advice);
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    for bucket in ["protected", "otherwise", "plain"] {
        assert_eq!(cloud.clients.objects.list(bucket, "").await.unwrap(), [], "{bucket}");
    }
    assert!(cloud.ledger.list_parked().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_stored_under_no_key_is_not_used() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    place.create_bucket("protected", "").await;
    place.create_repository("images", &place.key("key")).await;
    let directory = function(cloud.folder(), "early");
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    let object = longshore_messages::source_object(&packed.sha256);
    let objects = &cloud.clients.objects;
    objects.upload("protected", &object, packed.file.path(), BTreeMap::new()).await.unwrap();
    let storage = &cloud.environment["STORAGE_EMULATOR_HOST"];
    let storage = storage.strip_prefix("http://").unwrap_or(storage);
    let url = format!("http://{storage}/storage/v1/b/protected");
    let encryption = json!({"encryption": {"defaultKmsKeyName": place.key("key")}});
    rest::send(rest::client().patch(url).json(&encryption)).await;
    let _uploader = cloud.worker("uploader");
    let spec = place.of_run("early", cloud.stage(&directory).await);
    let failure = failure_of(&cloud, cloud.request(spec).await).await;
    assert_eq!(failure.code, "key-mismatch", "{failure:?}");
    let stored = StorageObject { bucket: "protected".into(), object, generation: 0 };
    assert!(failure.reason.contains(&stored.to_string()), "{failure:?}");
    assert!(failure.advice.contains("gcloud storage objects update"), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inline_source_under_a_key_needs_topics_and_a_ledger_under_a_key() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    let key = place.key("key");
    place.create_bucket("protected", &key).await;
    place.create_repository("images", &key).await;
    let directory = function(cloud.folder(), "inline");
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    let archive = std::fs::read(packed.file.path()).unwrap();
    let inline = proto::InlineArchive { archive };
    let source = proto::Source { place: Some(proto::source::Place::Inline(inline)) };
    let spec = place.of_run("inline", source);

    let uploader = cloud.worker("uploader");
    let failure = failure_of(&cloud, cloud.request(spec.clone()).await).await;
    assert_eq!(failure.code, "inline-source-unprotected", "{failure:?}");
    assert!(failure.reason.contains(&cloud.topic(Topic::DeployRequested)), "{failure:?}");
    assert!(failure.advice.contains("longshore provision --kms-key"), "{failure:?}");
    uploader.kill();

    // A ledger that exists keeps its objects under the key that they have.
    let provision = |fleet: &str| {
        let mut command = longshore(&cloud.environment);
        command.env("LONGSHORE_FLEET", fleet).args(["provision", "--kms-key", &key]);
        command.output().unwrap()
    };
    let refused = provision(&cloud.settings.fleet);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{words}");
    assert!(words.contains("gcloud storage buckets update gs://"), "{words}");

    let provisioned = provision("sealed");
    assert!(provisioned.status.success(), "{}", String::from_utf8_lossy(&provisioned.stderr));
    let project = &cloud.settings.project;
    let topic = Topic::DeployRequested.full_name(project, "sealed");
    let made = rest::pubsub(&cloud, reqwest::Method::GET, &topic, None).await;
    assert_eq!(made["kmsKeyName"], key.as_str(), "{made}");
    let fleet = BTreeMap::from([("LONGSHORE_FLEET".to_owned(), "sealed".to_owned())]);
    let _uploader = cloud.worker_with("uploader", &fleet);
    let (id, wire) = request(spec, TraceContext::default());
    cloud.clients.bus.publish(&topic, wire).await.unwrap();
    let objects = std::sync::Arc::clone(&cloud.clients.objects);
    let ledger = Ledger::new(objects, format!("{project}-sealed-ledger"));
    handed_on(&cloud, &ledger, id, "uploader").await;
}
