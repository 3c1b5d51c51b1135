//! The messages as they are sent, generated from `messages/proto/longshore/v1`, with the proto3
//! JSON mapping as their serde implementation.
//!
//! These types are not validated: convert a received value to the validated types of this crate
//! first. To regenerate them, run `LONGSHORE_REGENERATE=1 cargo test --test house generated_code`.

pub use v1::{
    Access, ApprovalGate, Batch, BatchCounts, BatchEntry, BatchFinished, BatchGate, BatchMatrix,
    BatchOrder, BatchOutcome, BatchRequested, BatchTraffic, BatchVariant, BuildRetryRequested,
    BuildSettings, BuildSubmitted, Builder, BuiltImage, CancelRequested, DeployRequested,
    Deployment, DeploymentFinished, EarlierDeployment, Encryption, ErrorRateGate, EventFilter,
    EventTrigger, ExecutionEnvironment, Failure, FailureClass, Flavour, FunctionOperation,
    FunctionSpec, GitRevision, HttpsArchive, ImagePublished, Ingress, InlineArchive, Outcome,
    PinnedTraffic, QueueRetry, QueueTrigger, RequestGate, RevisionTraffic, Rollout, ScheduleRetry,
    ScheduleTrigger, SecretVariable, SecretVolume, ServiceSettings, ServingRevision, SharedBuild,
    Signature, Source, SourceUploaded, StorageObject, StoredSource, TopicPayload, TopicTrigger,
    Trigger, VpcAccess, batch_gate, build_submitted, source, trigger,
};

#[expect(clippy::allow_attributes, reason = "generated")]
mod v1 {
    include!("generated/longshore.v1.rs");
    include!("generated/longshore.v1.serde.rs");
}
