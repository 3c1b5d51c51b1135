//! What is deployed in a project, by whatever tool: what inventories and migrations read.

use std::collections::BTreeSet;

use async_trait::async_trait;
use time::{Date, OffsetDateTime};

use crate::{CloudError, LiveFunction, LiveService, RuntimeStage};

/// Reads what is deployed in projects, and what their APIs allow.
#[async_trait]
pub trait Estate: Send + Sync {
    /// Returns the regions of the Cloud Functions API in a project.
    async fn regions(&self, project: &str) -> Result<Vec<String>, CloudError>;

    /// Returns the functions of a project and region, of both generations. `-` stands for all regions.
    /// Each page, of up to 1000 functions, is one call.
    async fn functions(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<DeployedFunction>, CloudError>;

    /// Returns the services of a project and region, those of functions among them. Each page is one
    /// call. Cloud Run has no list of all regions.
    async fn services(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<DeployedService>, CloudError>;

    /// Returns the runtimes of a project and region, of both generations.
    async fn runtimes(&self, project: &str, region: &str) -> Result<Vec<DatedRuntime>, CloudError>;

    /// Downloads the source of a function, which must not be larger than `bytes_max`. This is the way
    /// to sources that are not in Cloud Storage, and to those of the first generation.
    ///
    /// `InvalidArgument` if the source is larger, or if the API has none.
    async fn source(&self, function: &str, bytes_max: usize) -> Result<Vec<u8>, CloudError>;

    /// Returns the names of the APIs that are enabled in a project, such as `run.googleapis.com`.
    ///
    /// Takes `serviceusage.services.list`.
    async fn enabled_apis(&self, project: &str) -> Result<BTreeSet<String>, CloudError>;

    /// Returns how much CPU the instances of all services of a project and region may have, in
    /// thousandths, or `None` if the project has no such quota.
    ///
    /// Takes `serviceusage.quotas.get`.
    async fn cpu_quota(&self, project: &str, region: &str) -> Result<Option<u64>, CloudError>;
}

/// A function of the Cloud Functions API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeployedFunction {
    pub live: LiveFunction,
    /// When it was last written.
    pub updated_at: Option<OffsetDateTime>,
    /// First generation: what the API says about an upgrade (`upgradeInfo.upgradeState`), or empty.
    pub upgrade_state: String,
    /// What it has that a specification cannot say.
    pub beyond: Vec<Beyond>,
}

/// A service of Cloud Run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedService {
    /// `projects/P/locations/R/services/S`.
    pub name: String,
    pub live: LiveService,
    /// When it was last written.
    pub updated_at: Option<OffsetDateTime>,
    /// What it has that a specification cannot say.
    pub beyond: Vec<Beyond>,
}

/// A setting that a specification of a function cannot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Beyond {
    /// All traffic of the function leaves through the network, not only that to private addresses.
    AllEgress,
    BinaryAuthorization,
    /// Cloud Run may patch the base image without a build.
    BaseImageUpdates,
    /// Requests do not all go to the newest revision.
    PinnedTraffic,
    Sidecars,
    /// Volumes other than those of secrets.
    OtherVolumes,
    /// Probes other than the one that Cloud Run sets.
    Probes,
    /// A command or arguments of the container, or its working directory.
    Command,
    /// A port other than 8080, or HTTP/2.
    Port,
    Gpu,
    SessionAffinity,
    ServiceMesh,
    CustomAudiences,
    IdentityAwareProxy,
    MultiRegion,
    /// Instances of the service as a whole, beside those of a revision.
    ServiceScaling,
    /// The URL of Cloud Run is disabled.
    NoDefaultUrl,
    /// CPU outside of requests.
    AlwaysCpu,
    /// What happens when the key is revoked.
    KeyRevocation,
}

/// A runtime with the dates of its support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedRuntime {
    /// Such as `python313`.
    pub id: String,
    pub is_first_generation: bool,
    pub stage: RuntimeStage,
    /// From then on it gets no updates. Where Google has only a month, its first day.
    pub deprecated_on: Option<Date>,
    /// From then on it cannot be deployed.
    pub decommissioned_on: Option<Date>,
}
