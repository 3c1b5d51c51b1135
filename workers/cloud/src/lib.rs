//! Small object-safe traits over Google Cloud, and the official clients behind them.
//!
//! A worker holds the two or three traits that it uses. Only the private module `google` uses the
//! `google-cloud-*` crates. Their futures are boxed here, so that they are compiled once and not
//! again in every program.

mod agents;
mod build_picture;
mod builds;
mod bus;
mod clients;
mod counted;
mod endpoints;
mod error;
mod estate;
mod functions;
mod google;
mod grants;
mod identity;
mod images;
mod keys;
mod logs;
mod objects;
pub mod pacing;
mod project_roles;
pub mod refusals;
pub mod retry;
mod secrets;
mod services;
mod subscriptions;
mod tls;
mod triggers;

pub use agents::Agent;
pub use build_picture::{BuildDownload, BuildLine, BuildPart, BuildWork, ImageLayer, without_step};
pub use builds::{
    Build, BuildFailure, BuildRequest, BuildStatus, Builds, BuiltDigest, SubmittedBuild, build_id,
};
pub use bus::{Binding, Bus, Deliveries, Lease, Received, Settle};
pub use clients::{Clients, TriggerClients};
pub use counted::CountedObjects;
pub use endpoints::{EndpointError, Endpoints};
pub use error::{CloudError, ConnectError, Kind, chain};
pub use estate::{Beyond, DatedRuntime, DeployedFunction, DeployedService, Estate};
pub use functions::{
    FunctionEvent, FunctionField, FunctionProgress, FunctionShape, FunctionStage, FunctionState,
    Functions, LiveFunction, OfferedRuntime, OperationEnd, RuntimeStage, StageName, UploadPlace,
};
pub use grants::{MissingGrant, missing_grants};
pub use identity::Identity;
pub use images::{Images, without_tag};
pub use keys::Keys;
pub use logs::{ANSWERED_MAX, Answered, LogLine, Logs, Within};
pub use objects::{BucketOwner, BucketSpec, Created, ObjectMeta, Objects, Replaced};
pub use project_roles::{ProjectRole, ProjectRoles};
pub use refusals::keys::KEY_ROLE;
pub use secrets::{SecretSummary, SecretValue, Secrets};
pub use services::{
    Accepted, BuildRecord, Condition, ConditionState, HeldTraffic, LiveService, OperationState,
    Precondition, ServiceShape, Services, Traffic, TrafficShare, TrafficTarget,
};
pub use subscriptions::{SubscriptionSetting, SubscriptionSpec};
pub use tls::install_tls_provider;
pub use triggers::{
    Enqueuers, EventDestination, EventField, EventRoute, LastCall, LiveTrigger, PushBody,
    PushField, QueueField, ScheduleField, ScheduledCall, ScheduledRetry, TaskQueue, TaskRetry,
    TopicPush, TriggerShape, TriggerState, Triggers,
};
