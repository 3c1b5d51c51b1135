//! The vocabulary of the fleet: stage messages as validated types, ids, topic names, and the wire
//! encoding.
//!
//! Reading order: [`proto`] holds the generated messages, `function` and `stages` the validated
//! types that the workers use, `wire` converts between the two, and `rules` validates the fields of
//! a function. Nothing here does input or output.

mod batch;
mod events;
mod function;
mod ids;
mod invalid;
mod manifest;
mod marks;
pub mod proto;
mod requests;
mod resource_names;
mod rules;
mod stages;
mod topics;
mod wire;

pub use batch::{
    BATCH_MEMBERS_MAX, BatchCounts, BatchFinished, BatchGate, BatchOrder, BatchOutcome,
    BatchRequest, BatchSettings, BatchTraffic, EntryProblem, ErrorRate, ErrorRateGate, Expansion,
    GATE_TAG, LineProblem, RequestGate, StoredEntries, expand, merged, read_entries, size_of,
    write_entries,
};
pub use events::DeploymentEvent;
pub use function::{
    Access, Attempts, BuildSettings, DeadLetters, Defaults, EarlierDeployment, Encryption,
    EventEncoding, EventFilter, EventTrigger, ExecutionEnvironment, Flavour, Function, GitRevision,
    HttpsArchive, HttpsUrl, INLINE_MAX_BYTES, Ingress, Member, Method, Payload, QueueRetry,
    QueueTrigger, Rate, Received, Rollout, ScheduleRetry, ScheduleTrigger, SecretVersion,
    SecretVolume, ServiceSettings, Signature, Source, StorageObject, TopicTrigger, Trigger,
    TriggerKind, TriggerOwner, UrlError, VpcAccess, write_event,
};
pub use ids::{
    BatchId, BuildKey, BuildRef, ConfigDigest, DeploymentId, FunctionRef, IdError, service_id,
};
pub use invalid::{Invalid, Problem};
pub use manifest::{ManifestError, read_manifest};
pub use marks::{
    BY_IAM_POLICY, CONFIG_LABEL, DEPLOYMENT_ANNOTATION, DEPLOYMENT_LABEL, FLEET_LABEL,
    FUNCTION_LABEL, GENERATION_ANNOTATION, GENERATION_LABEL, HELD_ANNOTATION, PUBLIC_BY_ANNOTATION,
    REGION_LABEL, SOURCE_LABEL, fleet_tag, source_label,
};
pub use requests::{CancelRequest, DEADLINE_MAX, DEADLINE_MIN, DeployRequest};
pub use resource_names::{
    SOURCE_PREFIX, SOURCE_REPOSITORY, image_name, project_in_bucket, repository_name,
    source_bucket, source_digest, source_object,
};
pub use stages::{
    BuildRetryRequested, BuildSubmitted, Builder, BuiltImage, DISK_FULL, Deployment,
    DeploymentFinished, FREE_SPACE, Failure, FailureClass, FunctionImage, FunctionOperation,
    FunctionPublished, FunctionRetryRequested, ImagePublished, OperationStarted, Outcome,
    PinnedTraffic, Published, RetryRequested, RevisionTraffic, Serving, SharedBuild,
    SourceUploaded, StoredSource, Submitted,
};
pub use topics::{CLOUD_BUILDS_TOPIC, DEFAULT_REQUESTER, REGISTRY_TOPIC, Topic, subscription_id};
pub use wire::{
    ContentType, DecodeError, Event, EventError, MAX_DATA_BYTES, Requester, StageMessage,
    TraceContext, WireMessage, decode, decode_batch, decode_request, encode, encode_batch,
    encode_cancel, encode_outcome, encode_request,
};
