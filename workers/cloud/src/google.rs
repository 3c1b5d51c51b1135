//! The official clients behind the traits, one file for each trait.
//!
//! They share three modules: [`call`] runs one request with a time limit and names it in the error,
//! [`status`] alone maps a client's error to a kind, and [`profile`] holds every number that the
//! clients are set up with.

mod builds;
mod bus;
mod call;
mod estate;
mod event_triggers;
#[cfg(test)]
pub(crate) mod fake;
mod function_shape;
mod functions;
mod identity;
mod images;
mod keys;
mod late;
mod layers;
mod logs;
mod masked;
mod objects;
mod plain;
mod plain_policy;
mod policy_members;
mod policy_writes;
mod profile;
mod queue_triggers;
mod quota_project;
mod quotas;
mod request_span;
mod schedule_triggers;
mod secrets;
mod service_policy;
mod service_shape;
mod services;
mod status;
mod subscription;
mod timestamps;
mod topic_triggers;
mod transfer;
mod upload;

pub(crate) use builds::GoogleBuilds;
pub(crate) use bus::GoogleBus;
pub(crate) use estate::GoogleEstate;
pub(crate) use event_triggers::GoogleEventTriggers;
pub(crate) use functions::GoogleFunctions;
pub(crate) use identity::OwnIdentity;
pub(crate) use images::GoogleImages;
pub(crate) use keys::GoogleKeys;
pub(crate) use logs::GoogleLogs;
pub(crate) use objects::GoogleObjects;
pub(crate) use profile::Profile;
pub(crate) use queue_triggers::GoogleQueueTriggers;
pub(crate) use quotas::ServiceUsage;
pub(crate) use schedule_triggers::GoogleScheduleTriggers;
pub(crate) use secrets::GoogleSecrets;
pub(crate) use services::GoogleServices;
pub(crate) use topic_triggers::GoogleTopicTriggers;
