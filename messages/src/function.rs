//! The desired state of a function: the validated form of `FunctionSpec`, and the request that
//! carries it.

mod cancel;
mod changes;
mod read;
mod read_encryption;
mod read_functions_flavour;
mod read_secrets;
mod read_service;
mod read_settings;
mod read_triggers;
mod request;
mod source;
mod spec;
mod storage;
mod triggers;
mod url;
mod write;
mod write_service;
mod write_triggers;

pub use cancel::CancelRequest;
pub(crate) use read::read_function;
pub(crate) use request::rollback_problems;
pub use request::{DEADLINE_MAX, DEADLINE_MIN, DeployRequest};
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
