//! The desired state of a function: the validated form of `FunctionSpec`.

mod changes;
mod read;
mod read_encryption;
mod read_functions_flavour;
mod read_secrets;
mod read_service;
mod read_settings;
mod read_triggers;
mod source;
mod spec;
mod storage;
mod triggers;
mod url;
mod write;
mod write_service;
mod write_triggers;

pub(crate) use read::{is_rollback, read_function};
pub use source::{EarlierDeployment, GitRevision, HttpsArchive, INLINE_MAX_BYTES, Source};
pub use spec::{
    Access, BuildSettings, Defaults, Encryption, ExecutionEnvironment, Flavour, Function, Ingress,
    Received, Rollout, SecretVersion, SecretVolume, ServiceSettings, Signature, VpcAccess,
};
pub use storage::StorageObject;
pub use triggers::{
    Attempts, DeadLetters, EventEncoding, EventFilter, EventTrigger, Member, Method, Payload,
    QueueRetry, QueueTrigger, Rate, ScheduleRetry, ScheduleTrigger, TopicTrigger, Trigger,
    TriggerKind, TriggerOwner, write_event,
};
pub use url::{HttpsUrl, UrlError};

#[cfg(test)]
mod tests;
