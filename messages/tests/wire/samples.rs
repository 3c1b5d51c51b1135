//! One message of each kind, with every field set.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use longshore_messages::{
    Access, Attempts, BatchId, BuildKey, BuildRef, BuildRetryRequested, BuildSettings,
    BuildSubmitted, Builder, BuiltImage, ConfigDigest, DeadLetters, DeployRequest, Deployment,
    DeploymentFinished, DeploymentId, Encryption, EventEncoding, EventFilter, EventTrigger,
    ExecutionEnvironment, Failure, FailureClass, Flavour, Function, FunctionImage,
    FunctionOperation, FunctionPublished, FunctionRef, FunctionRetryRequested, ImagePublished,
    Ingress, Member, Method, OperationStarted, Outcome, Payload, PinnedTraffic, QueueRetry,
    QueueTrigger, Rate, Received, RevisionTraffic, ScheduleRetry, ScheduleTrigger, SecretVersion,
    SecretVolume, ServiceSettings, Serving, SharedBuild, Signature, Source, SourceUploaded,
    StorageObject, StoredSource, TopicTrigger, TraceContext, Trigger, VpcAccess,
};
use time::OffsetDateTime;

pub(crate) fn id() -> DeploymentId {
    DeploymentId::of("//ci.example.com/pipelines", "run-42")
}

/// `seconds` after 2026-01-02T03:04:05.000000006Z.
pub(crate) fn time(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(1_767_323_045_000_000_006).unwrap()
        + time::Duration::seconds(seconds)
}

pub(crate) fn trace() -> TraceContext {
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
    TraceContext { traceparent: Some(traceparent), tracestate: Some("vendor=1".to_owned()) }
}

fn map(name: &str, value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(name.to_owned(), value.to_owned())])
}

pub(crate) fn function() -> Function {
    Function {
        at: FunctionRef {
            project: "demo-project".into(),
            region: "europe-west1".into(),
            name: "hello".into(),
        },
        flavour: Flavour::Run,
        runtime: Some("python312".into()),
        entry_point: "hello_http".into(),
        signature: Signature::CloudEvent,
        source: Source::Storage(StorageObject {
            bucket: "demo-sources".into(),
            object: "hello.zip".into(),
            generation: 1_767_323_045_000_001,
        }),
        build: BuildSettings {
            environment: map("GOOGLE_PYTHON_PACKAGE_MANAGER", "uv"),
            service_account:
                "projects/demo-project/serviceAccounts/builder@demo-project.iam.gserviceaccount.com"
                    .into(),
            worker_pool: "projects/demo-project/locations/europe-west1/workerPools/private".into(),
            machine_type: "e2-standard-2".into(),
            base_image:
                "europe-west1-docker.pkg.dev/serverless-runtimes/google-22/runtimes/python312"
                    .into(),
            repository: Some(
                "projects/demo-project/locations/europe-west1/repositories/images".into(),
            ),
        },
        service: ServiceSettings {
            environment: map("GREETING", "Ahoy\nthere"),
            memory: Some("512Mi".into()),
            cpu: Some("1".into()),
            timeout: Some(Duration::from_millis(30_500)),
            concurrency: Some(80),
            min_instances: Some(0),
            max_instances: Some(10),
            service_account: Some("runner@demo-project.iam.gserviceaccount.com".into()),
            labels: map("team", "shore"),
            access: Some(Access::Public),
            description: Some("Says ahoy.".into()),
            secret_environment: BTreeMap::from([(
                "API_KEY".to_owned(),
                SecretVersion { secret: "api-key".into(), version: "latest".into() },
            )]),
            secret_volumes: BTreeMap::from([(
                "/etc/keys".to_owned(),
                SecretVolume {
                    secret: "projects/key-project/secrets/pem".into(),
                    files: map("key.pem", "3"),
                },
            )]),
            ingress: Some(Ingress::Internal),
            execution_environment: Some(ExecutionEnvironment::Gen2),
            cpu_boost: Some(false),
            use_http2: Some(false),
            vpc: Some(VpcAccess::Direct { network: "default".into(), subnetwork: "inner".into() }),
        },
        encryption: Some(Encryption {
            kms_key:
                "projects/demo-project/locations/europe-west1/keyRings/shore/cryptoKeys/sources"
                    .into(),
            source_bucket: Some("demo-protected".into()),
        }),
        triggers: vec![
            Trigger::Topic(TopicTrigger {
                topic: "projects/demo-project/topics/orders".into(),
                filter: "attributes:kind".into(),
                ordered: true,
                ack_deadline: Some(Duration::from_secs(60)),
                minimum_backoff: Some(Duration::from_millis(1_500)),
                maximum_backoff: Some(Duration::from_secs(30)),
                dead_letters: Some(DeadLetters {
                    topic: "projects/demo-project/topics/dead".into(),
                    max_delivery_attempts: 7,
                }),
                account: Some("caller@demo-project.iam.gserviceaccount.com".into()),
                payload: Payload::Unwrapped,
            }),
            Trigger::Event(EventTrigger {
                event_type: "com.example.v1.thing".into(),
                filters: vec![EventFilter {
                    attribute: "subject".into(),
                    value: "/things/*".into(),
                    is_pattern: true,
                }],
                region: "us".into(),
                account: Some("caller@demo-project.iam.gserviceaccount.com".into()),
                channel: Some("projects/demo-project/locations/us-central1/channels/c".into()),
                retries: true,
                path: Some("/things".into()),
                topic: None,
                encoding: EventEncoding::Protobuf,
                allows_replacement: false,
            }),
            Trigger::Schedule(ScheduleTrigger {
                name: "nightly".into(),
                schedule: "0 3 * * mon-fri".into(),
                time_zone: Some("Europe/Zurich".into()),
                method: Method::Put,
                path: "/jobs?kind=nightly".into(),
                body: b"{}".into(),
                headers: map("Content-Type", "application/json"),
                attempt_deadline: Some(Duration::from_secs(60)),
                retry: ScheduleRetry {
                    count: 3,
                    max_duration: Some(Duration::from_secs(600)),
                    minimum_backoff: Some(Duration::from_millis(1_500)),
                    maximum_backoff: Some(Duration::from_secs(30)),
                    max_doublings: Some(4),
                },
                account: Some("caller@demo-project.iam.gserviceaccount.com".into()),
            }),
            Trigger::Queue(QueueTrigger {
                name: "emails".into(),
                max_dispatches_per_second: Rate::new(2.5),
                max_concurrent_dispatches: Some(10),
                retry: QueueRetry {
                    max_attempts: Some(Attempts::Unlimited),
                    max_duration: Some(Duration::from_secs(600)),
                    minimum_backoff: Some(Duration::from_secs(1)),
                    maximum_backoff: Some(Duration::from_secs(30)),
                    max_doublings: Some(4),
                },
                enqueuers: BTreeSet::from([Member::service_account(
                    "shop@demo-project.iam.gserviceaccount.com",
                )]),
                account: Some("caller@demo-project.iam.gserviceaccount.com".into()),
            }),
        ],
        callers: BTreeSet::from([Member::service_account(
            "workflow@demo-project.iam.gserviceaccount.com",
        )]),
        rollout: None,
        received: Received::default(),
    }
}

pub(crate) fn batch() -> BatchId {
    BatchId::requested_by("default", "//ci.example.com/pipelines", "nightly")
}

pub(crate) fn request() -> DeployRequest {
    let retry_of = DeploymentId::of("//ci.example.com/pipelines", "run-41");
    DeployRequest {
        function: function(),
        deadline: Some(Duration::from_secs(1800)),
        retry_of: Some(retry_of),
        batch: Some(batch()),
    }
}

fn deployment() -> Deployment {
    Deployment { id: id(), generation: 3, admitted_at: time(0), deadline_at: time(1800) }
}

fn source() -> StoredSource {
    let object = StorageObject {
        bucket: "run-sources-demo-project-europe-west1".into(),
        object: "services/hello/a.zip".into(),
        generation: 9,
    };
    StoredSource { object, sha256: "ab".repeat(32), size_bytes: 1234 }
}

fn build() -> BuildRef {
    BuildRef { key: BuildKey::of(&["python312", "europe-west1"]), number: 2 }
}

const IMAGE: &str = "europe-west1-docker.pkg.dev/demo-project/images/hello";

pub(crate) fn source_uploaded() -> SourceUploaded {
    SourceUploaded { deployment: deployment(), function: function(), source: source() }
}

pub(crate) fn build_submitted() -> BuildSubmitted {
    let build = SharedBuild { build: build(), image: IMAGE.into() };
    BuildSubmitted { deployment: deployment(), function: function(), source: source(), build }
}

pub(crate) fn build_retry_requested() -> BuildRetryRequested {
    BuildRetryRequested {
        submitted: build_submitted(),
        attempt: 2,
        reason: "INTERNAL_ERROR: worker went away".into(),
    }
}

pub(crate) fn image_published() -> ImagePublished {
    let image = BuiltImage {
        name: IMAGE.into(),
        digest: format!("sha256:{}", "cd".repeat(32)),
        build_name:
            "projects/123/locations/europe-west1/builds/00000000-0000-4000-8000-000000000001".into(),
        build: build(),
        builder: builder(),
    };
    ImagePublished { deployment: deployment(), function: function(), source: source(), image }
}

fn builder() -> Builder {
    Builder {
        image: "gcr.io/buildpacks/builder@sha256:ef".into(),
        base_image: "europe-west1-docker.pkg.dev/serverless-runtimes/google-22/runtimes/python312"
            .into(),
        runtime_versions: vec!["3.12.4".into()],
    }
}

pub(crate) fn finished(deployment: Option<Deployment>, outcome: Outcome) -> DeploymentFinished {
    DeploymentFinished {
        deployment,
        id: id(),
        function: function().at.to_string(),
        outcome,
        finished_at: time(90),
    }
}

pub(crate) fn deployed() -> DeploymentFinished {
    let image = image_published().image.reference();
    let serving = Serving {
        url: "https://hello-123.europe-west1.run.app".into(),
        revision: "hello-00003-abc".into(),
        image,
        builder: builder(),
    };
    finished(Some(deployment()), Outcome::Deployed(serving))
}

/// Rejected before admission.
pub(crate) fn refused() -> DeploymentFinished {
    let failure = Failure {
        stage: "uploader".into(),
        class: FailureClass::User,
        code: "request-invalid".into(),
        reason: "function.name is required".into(),
        advice: "Correct the named fields and publish the request under a new id.".into(),
        log_tail: vec!["one".into(), "two".into()],
        log_url: "https://console.cloud.google.com/logs".into(),
    };
    finished(None, Outcome::Failed(failure))
}

pub(crate) fn pinned_traffic() -> PinnedTraffic {
    let target = |revision: &str, percent, tag: &str, url: &str| RevisionTraffic {
        revision: revision.into(),
        percent,
        tag: tag.into(),
        url: url.into(),
    };
    PinnedTraffic {
        percent: 10,
        targets: vec![
            target("hello-00001-abc", 90, "", ""),
            target("hello-00002-def", 10, "next", "https://next---hello.example.com"),
        ],
        command: "gcloud run services update-traffic hello --to-latest".into(),
    }
}

/// In the Functions flavour, with every setting that its API has.
pub(crate) fn function_of_functions_flavour() -> Function {
    let mut function = function();
    function.flavour = Flavour::Functions;
    function.at.name = "Hello_World".into();
    function.signature = Signature::Http;
    function.encryption.as_mut().unwrap().source_bucket = None;
    function.build.machine_type = String::new();
    function.build.base_image = String::new();
    function.service.timeout = Some(Duration::from_secs(30));
    function.service.execution_environment = None;
    function.service.cpu_boost = None;
    function.service.use_http2 = None;
    let connector = "projects/demo-project/locations/europe-west1/connectors/inner";
    function.service.vpc = Some(VpcAccess::Connector(connector.into()));
    function
}

pub(crate) fn operation_started() -> OperationStarted {
    OperationStarted {
        deployment: deployment(),
        function: function_of_functions_flavour(),
        source: source(),
        operation: FunctionOperation {
            name: Some("projects/demo-project/locations/europe-west1/operations/op-1".into()),
            config: ConfigDigest::of(&["python312", "europe-west1"]),
            unchanged: false,
        },
    }
}

pub(crate) fn function_retry_requested() -> FunctionRetryRequested {
    FunctionRetryRequested {
        started: operation_started(),
        attempt: 2,
        reason: "an older deployment overwrote the function".into(),
    }
}

pub(crate) fn function_published() -> FunctionPublished {
    let started = operation_started();
    let image = FunctionImage {
        name: "europe-west1-docker.pkg.dev/demo-project/gcf-artifacts/demo--project__europe--west1__hello"
            .into(),
        digest: format!("sha256:{}", "cd".repeat(32)),
        build_name: image_published().image.build_name,
        operation: FunctionOperation { name: None, unchanged: true, ..started.operation },
        builder: Builder::default(),
    };
    let (deployment, function, source) = (started.deployment, started.function, started.source);
    FunctionPublished { deployment, function, source, image }
}
