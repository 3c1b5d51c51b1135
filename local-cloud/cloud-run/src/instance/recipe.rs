//! What every instance of a revision is started from.

use std::time::Duration;

use google_cloud_run_v2::model::{Container, Volume};

use crate::core::ServiceName;
use crate::image::Unpacked;

/// Everything that does not change between the instances of a revision.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) service: ServiceName,
    /// The revision's short name.
    pub(crate) revision: String,
    pub(crate) image: Unpacked,
    pub(crate) container: Container,
    /// Volumes that the container may mount.
    pub(crate) volumes: Vec<Volume>,
    /// What was asked for and does nothing here, for people.
    pub(crate) ignored_settings: Vec<&'static str>,
    /// How long the first connection to its port may take.
    pub(crate) startup: Duration,
    pub(crate) memory_bytes: Option<u64>,
    /// What Google would tell the container as `PORT`, for messages.
    pub(crate) declared_port: i32,
}
