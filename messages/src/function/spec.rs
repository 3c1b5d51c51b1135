//! The validated types. `rules` has the rules of their fields, and the protos document them for
//! requesters.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;

use super::source::Source;
use super::triggers::{EventTrigger, Member, Trigger};
use crate::ids::FunctionRef;
use crate::proto;
use crate::resource_names::source_bucket;

/// The fleet's values for a request that leaves the project or the region empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Google Cloud project id.
    pub project: String,
    /// Google Cloud region.
    pub region: String,
}

/// The desired state of a function: where it runs, what it is built from, and how it is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub at: FunctionRef,
    pub flavour: Flavour,
    /// Google's id of the runtime; `None` lets the builder choose by the source.
    pub runtime: Option<String>,
    /// The function's name in the source.
    pub entry_point: String,
    pub signature: Signature,
    pub source: Source,
    pub build: BuildSettings,
    pub service: ServiceSettings,
    /// `None` lets Google manage the keys.
    pub encryption: Option<Encryption>,
    /// What calls the function, in the order of the request. No two have the same identity.
    pub triggers: Vec<Trigger>,
    /// Who may call the function although it is not public.
    pub callers: BTreeSet<Member>,
    /// `None` moves all traffic to the new revision at once.
    pub rollout: Option<Rollout>,
    /// What a message said beyond this.
    pub received: Received,
}

/// The new revision serves under a tag, and the traffic stays where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    pub tag: String,
}

impl Function {
    /// The event trigger that the function itself has in the Functions flavour: the first one, if the
    /// function takes CloudEvents. All others are made beside the function.
    #[must_use]
    pub fn own_event(&self) -> Option<&EventTrigger> {
        let is_own = self.flavour == Flavour::Functions && self.signature == Signature::CloudEvent;
        let mut events = self.triggers.iter().filter_map(|trigger| match trigger {
            Trigger::Event(event) => Some(event),
            Trigger::Topic(_) | Trigger::Schedule(_) | Trigger::Queue(_) => None,
        });
        events.next().filter(|_| is_own)
    }

    /// The bucket that the uploader stores the source in, in the Run flavour: the one that the
    /// requester names under a key, or else the default one.
    #[must_use]
    pub fn source_bucket(&self) -> String {
        let named =
            self.encryption.as_ref().and_then(|encryption| encryption.source_bucket.clone());
        named.unwrap_or_else(|| source_bucket(&self.at.project, &self.at.region))
    }
}

/// A specification as it was received, if it says more than this version understands. A stage does
/// not change a specification, so the next one gets these bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Received(Option<Bytes>);

impl Debug for Received {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(bytes) => write!(f, "Received({} bytes)", bytes.len()),
            None => f.write_str("Received(nothing more)"),
        }
    }
}

impl Function {
    /// The key of Cloud KMS, if the requester names one.
    pub fn kms_key(&self) -> Option<&str> {
        self.encryption.as_ref().map(|encryption| encryption.kms_key.as_str())
    }

    /// Keeps the protobuf that the function was read from, if it differs from what the function
    /// would be written as.
    pub(crate) fn keep_received(&mut self, received: Bytes) {
        let says_more = received != self.to_proto().encode_to_vec();
        self.received = Received(says_more.then_some(received));
    }

    /// The protobuf that the function was read from, if it says more, and the function is still
    /// what it says.
    pub(crate) fn as_received(&self) -> Option<&Bytes> {
        let received = self.received.0.as_ref()?;
        let spec = proto::FunctionSpec::decode(received.clone()).ok()?;
        let read = Self::from_proto(spec, &Defaults::default()).ok()?;
        let same = Self { received: self.received.clone(), ..read } == *self;
        same.then_some(received)
    }
}

/// Google's two methods of deploying a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// Cloud Run Admin API: the fleet stores the source, submits the build and writes the service.
    #[default]
    Run,
    /// Cloud Functions API v2: one operation builds and deploys the function.
    Functions,
}

impl Flavour {
    /// The word for the flavour on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Functions => "functions",
        }
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
    /// Takes an event and its context.
    Event,
}

impl Signature {
    /// The value of `FUNCTION_SIGNATURE_TYPE` for the Functions Framework.
    /// <https://github.com/GoogleCloudPlatform/functions-framework>
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::CloudEvent => "cloudevent",
            Self::Typed => "typed",
            Self::Event => "event",
        }
    }
}

/// How the source becomes an image. An empty string leaves the choice to Google.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildSettings {
    pub environment: BTreeMap<String, String>,
    /// `projects/P/serviceAccounts/EMAIL`.
    pub service_account: String,
    /// `projects/P/locations/R/workerPools/W`.
    pub worker_pool: String,
    pub machine_type: String,
    pub base_image: String,
    /// `projects/P/locations/R/repositories/NAME`; `None` for `cloud-run-source-deploy` in the
    /// function's project and region.
    pub repository: Option<String>,
}

/// Customer-managed encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// `projects/P/locations/R/keyRings/K/cryptoKeys/C`, in the region of the function.
    pub kms_key: String,
    /// The bucket of the source. Set in the Run flavour, and not in the Functions flavour.
    pub source_bucket: Option<String>,
}

/// How the image is served. `None` leaves a field to Cloud Run's default and to other tools that
/// manage the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSettings {
    pub environment: BTreeMap<String, String>,
    /// Memory limit, as a Kubernetes quantity.
    pub memory: Option<String>,
    /// CPU limit, as a Kubernetes quantity.
    pub cpu: Option<String>,
    /// Request timeout.
    pub timeout: Option<Duration>,
    /// Maximum number of concurrent requests of an instance.
    pub concurrency: Option<i32>,
    /// Minimum number of instances.
    pub min_instances: Option<i32>,
    /// Maximum number of instances.
    pub max_instances: Option<i32>,
    /// Email address of the function's identity.
    pub service_account: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// `None` leaves an existing service as it is; a new service is not public.
    pub access: Option<Access>,
    pub description: Option<String>,
    /// Variables whose values are in Secret Manager, by name.
    pub secret_environment: BTreeMap<String, SecretVersion>,
    /// Directories whose files are in Secret Manager, by absolute path.
    pub secret_volumes: BTreeMap<String, SecretVolume>,
    /// Where requests may come from.
    pub ingress: Option<Ingress>,
    /// Sandbox generation.
    pub execution_environment: Option<ExecutionEnvironment>,
    /// Additional CPU while an instance starts.
    pub cpu_boost: Option<bool>,
    /// Access to a VPC network.
    pub vpc: Option<VpcAccess>,
    /// Whether the container gets HTTP/2 without TLS instead of HTTP/1.
    pub use_http2: Option<bool>,
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
            use_http2,
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
            && unset_or_same(use_http2.as_ref(), live.use_http2.as_ref())
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
    /// The id of the secret, or `projects/P/secrets/S` in another project.
    pub secret: String,
    /// A number, an alias, or `latest`.
    pub version: String,
}

/// A directory whose files are versions of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVolume {
    /// The id of the secret, or `projects/P/secrets/S` in another project.
    pub secret: String,
    /// Version of each file, by relative path. At least one.
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

/// Access to a VPC network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VpcAccess {
    /// Through a serverless VPC connector, `projects/P/locations/R/connectors/C`.
    Connector(String),
    /// Direct VPC egress. One of the two names may be empty.
    Direct { network: String, subnetwork: String },
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
    /// Callers with Cloud Run's invoker role.
    Authenticated,
    /// Everyone.
    Public,
}
