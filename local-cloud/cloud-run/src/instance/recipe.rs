//! What every instance of a revision is started from.

use std::collections::BTreeMap;
use std::time::Duration;

use google_cloud_run_v2::model::{Container, Volume};

use crate::core::{HTTP2_PORT, ServiceName};
use crate::image::Unpacked;

/// Everything that the instances of a revision have in common.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) service: ServiceName,
    /// The revision's short name.
    pub(crate) revision: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) image: Unpacked,
    /// The email of the service account.
    pub(crate) service_account: String,
    pub(crate) container: Container,
    /// Volumes that the container may mount.
    pub(crate) volumes: Vec<Volume>,
    /// Full name of the Cloud KMS key without which no instance starts; empty: none.
    pub(crate) encryption_key: String,
    /// Settings that have no effect here, for messages.
    pub(crate) ignored_settings: Vec<&'static str>,
    /// How long the instance may take until it listens.
    pub(crate) startup: Duration,
    pub(crate) memory_bytes: Option<u64>,
    /// Thousandths of a processor.
    pub(crate) milli_cpus: Option<u64>,
    /// The value of `PORT` on Google, for messages.
    pub(crate) declared_port: i32,
}

impl Recipe {
    /// Whether the container's port is named for HTTP/2 without TLS.
    pub(crate) fn is_port_http2(&self) -> bool {
        self.container.ports.first().is_some_and(|port| port.name == HTTP2_PORT)
    }
}
