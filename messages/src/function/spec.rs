//! The validated types. Their fields' rules are in `rules`; the protos document them for
//! requesters.

use std::collections::BTreeMap;
use std::time::Duration;

use super::source::Source;
use crate::ids::FunctionRef;
use crate::invalid::{Findings, Invalid};
use crate::proto;

/// What a fleet fills in where a request leaves project or region empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Google Cloud project id.
    pub project: String,
    /// Google Cloud region.
    pub region: String,
}

/// A function as it should be: where it lives, what it is made of, how it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Where it lives.
    pub at: FunctionRef,
    /// Runtime id as Google names it; `None`: the builder chooses by the source.
    pub runtime: Option<String>,
    /// The function's name in the source.
    pub entry_point: String,
    /// How it wants to be called.
    pub signature: Signature,
    /// Where its source is.
    pub source: Source,
    /// How the source becomes an image.
    pub build: BuildSettings,
    /// How the image is served.
    pub service: ServiceSettings,
}

impl Function {
    /// Checks a specification, and fills in the fleet's defaults.
    ///
    /// # Errors
    /// With every problem at once. It stays wrong until the requester changes it.
    pub fn from_proto(spec: proto::FunctionSpec, defaults: &Defaults) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let function = super::read_function(Some(spec), defaults, &mut findings);
        findings.finish(function)
    }
}

/// The Functions Framework's signature types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signature {
    /// Takes an HTTP request.
    Http,
    /// Takes a CloudEvent.
    CloudEvent,
    /// Takes and returns a declared type.
    Typed,
}

impl Signature {
    /// What the Functions Framework reads in `FUNCTION_SIGNATURE_TYPE`.
    /// <https://github.com/GoogleCloudPlatform/functions-framework>
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::CloudEvent => "cloudevent",
            Self::Typed => "typed",
        }
    }
}

/// How the source becomes an image. An empty text leaves the choice to Google.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildSettings {
    /// Environment of the build.
    pub environment: BTreeMap<String, String>,
    /// `projects/P/serviceAccounts/EMAIL`.
    pub service_account: String,
    /// `projects/P/locations/R/workerPools/W`.
    pub worker_pool: String,
    /// Cloud Build machine type.
    pub machine_type: String,
    /// Base image of the build.
    pub base_image: String,
    /// `projects/P/locations/R/repositories/NAME`; `None`: `cloud-run-source-deploy` of the
    /// function's project and region.
    pub repository: Option<String>,
}

/// How the image is served. `None` leaves a field to Cloud Run's default and to whoever else
/// manages the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSettings {
    /// Environment of the function.
    pub environment: BTreeMap<String, String>,
    /// Memory limit as Kubernetes writes it.
    pub memory: Option<String>,
    /// CPU limit as Kubernetes writes it.
    pub cpu: Option<String>,
    /// Time that one request may take.
    pub timeout: Option<Duration>,
    /// Requests that one instance handles at once.
    pub concurrency: Option<i32>,
    /// Instances that are kept when nobody calls.
    pub min_instances: Option<i32>,
    /// Instances at most.
    pub max_instances: Option<i32>,
    /// Email address of the function's identity.
    pub service_account: Option<String>,
    /// Labels of the service.
    pub labels: BTreeMap<String, String>,
    /// Who may call; `None` leaves an existing service as it is, and a new one is not public.
    pub access: Option<Access>,
    /// Free text.
    pub description: Option<String>,
    /// Variables whose values are kept in Secret Manager, by their names.
    pub secret_environment: BTreeMap<String, SecretVersion>,
    /// Directories whose files are kept in Secret Manager, by their absolute paths.
    pub secret_volumes: BTreeMap<String, SecretVolume>,
    /// Where requests may come from.
    pub ingress: Option<Ingress>,
    /// Sandbox generation.
    pub execution_environment: Option<ExecutionEnvironment>,
    /// More CPU while an instance starts.
    pub cpu_boost: Option<bool>,
    /// Way into a VPC.
    pub vpc: Option<VpcAccess>,
}

impl ServiceSettings {
    /// Whether a service with the settings `live` already serves as these request: everything that
    /// is set here has its value there, and the environment and the secrets are exactly these.
    /// Labels that other tools add do not count, nor what Cloud Run fills in.
    #[must_use]
    pub fn are_met_by(&self, live: &Self) -> bool {
        fn unset_or_same<T: PartialEq>(requested: Option<&T>, live: Option<&T>) -> bool {
            requested.is_none() || requested == live
        }
        // Without `..`, so that a new field cannot be forgotten here.
        let Self {
            environment,
            memory,
            cpu,
            timeout,
            concurrency,
            min_instances,
            max_instances,
            service_account,
            labels,
            access,
            description,
            secret_environment,
            secret_volumes,
            ingress,
            execution_environment,
            cpu_boost,
            vpc,
        } = self;
        labels.iter().all(|(name, value)| live.labels.get(name) == Some(value))
            && *environment == live.environment
            && *secret_environment == live.secret_environment
            && *secret_volumes == live.secret_volumes
            && unset_or_same(ingress.as_ref(), live.ingress.as_ref())
            && unset_or_same(execution_environment.as_ref(), live.execution_environment.as_ref())
            && unset_or_same(cpu_boost.as_ref(), live.cpu_boost.as_ref())
            && vpc.as_ref().is_none_or(|requested| {
                live.vpc.as_ref().is_some_and(|live| requested.is_met_by(live))
            })
            && unset_or_same(description.as_ref(), live.description.as_ref())
            && unset_or_same(access.as_ref(), live.access.as_ref())
            && unset_or_same(memory.as_ref(), live.memory.as_ref())
            && unset_or_same(cpu.as_ref(), live.cpu.as_ref())
            && unset_or_same(timeout.as_ref(), live.timeout.as_ref())
            && unset_or_same(concurrency.as_ref(), live.concurrency.as_ref())
            && unset_or_same(min_instances.as_ref(), live.min_instances.as_ref())
            && unset_or_same(max_instances.as_ref(), live.max_instances.as_ref())
            && unset_or_same(service_account.as_ref(), live.service_account.as_ref())
    }
}

/// One version of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVersion {
    /// The secret's id, or `projects/P/secrets/S` of another project.
    pub secret: String,
    /// Number, alias, or `latest`.
    pub version: String,
}

/// A directory whose files are versions of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVolume {
    /// The secret's id, or `projects/P/secrets/S` of another project.
    pub secret: String,
    /// Relative path of each file to its version. At least one.
    pub files: BTreeMap<String, String>,
}

/// Where requests may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ingress {
    /// From anywhere.
    All,
    /// From inside the project's network.
    Internal,
    /// From inside, or through a load balancer.
    InternalAndLoadBalancer,
}

/// Sandbox generation of Cloud Run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExecutionEnvironment {
    /// First generation.
    Gen1,
    /// Second generation.
    Gen2,
}

/// Way into a VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VpcAccess {
    /// Through a serverless VPC connector, `projects/P/locations/R/connectors/C`.
    Connector(String),
    /// Directly: network and subnetwork, one of which may be empty.
    Direct {
        /// Network.
        network: String,
        /// Subnetwork.
        subnetwork: String,
    },
}

impl VpcAccess {
    /// Cloud Run fills in the network or the subnetwork that a request leaves empty.
    fn is_met_by(&self, live: &Self) -> bool {
        match (self, live) {
            (Self::Connector(requested), Self::Connector(live)) => requested == live,
            (
                Self::Direct { network, subnetwork },
                Self::Direct { network: live_network, subnetwork: live_subnetwork },
            ) => {
                let same = |requested: &str, live: &str| requested.is_empty() || requested == live;
                same(network, live_network) && same(subnetwork, live_subnetwork)
            }
            (Self::Connector(_), Self::Direct { .. })
            | (Self::Direct { .. }, Self::Connector(_)) => false,
        }
    }
}

/// Who may call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Who has Cloud Run's invoker role.
    Authenticated,
    /// Anybody.
    Public,
}
