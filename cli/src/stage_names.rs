//! Names of the stages of a deployment, as commands show them.

/// The stage that writes the service, and the outcome.
pub(crate) const LAST_STAGE: &str = "service-deployer";

/// Names of the stages that write records, in order.
pub(crate) const STAGES: [&str; 3] = ["uploader", "build-submitter", "registry-watcher"];

/// What precedes the stage in the state of a deployment that has not ended.
pub(crate) const UNDER_WAY: &str = "in ";
