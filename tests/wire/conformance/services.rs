//! For each service, the calls that are valid.

mod artifact_registry;
mod billing;
mod cloud_build;
mod eventarc;
mod firebase;
mod functions;
mod iam;
mod kms;
mod logging;
mod pubsub;
mod resource_manager;
mod run;
mod scheduler;
mod secrets;
mod service_usage;
mod storage;
mod tasks;

use std::net::SocketAddr;

use longshore_local_cloud::Endpoints;

pub(super) use artifact_registry::ARTIFACT_REGISTRY;
pub(super) use billing::BILLING;
pub(super) use cloud_build::CLOUD_BUILD;
pub(super) use eventarc::EVENTARC;
pub(super) use firebase::FIREBASE;
pub(super) use functions::{FUNCTIONS, FUNCTIONS_V1};
pub(super) use iam::{CREDENTIALS, IAM};
pub(super) use kms::KMS;
pub(super) use logging::LOGGING;
pub(super) use pubsub::PUBSUB;
pub(super) use resource_manager::RESOURCE_MANAGER;
pub(super) use run::{RUN, RUN_V1};
pub(super) use scheduler::SCHEDULER;
pub(super) use secrets::SECRETS;
pub(super) use service_usage::SERVICE_USAGE;
pub(super) use storage::STORAGE;
pub(super) use tasks::TASKS;

/// A service. In texts, `{project}` stands for the project of the case, which is its own, and the
/// other names in braces for those of `names`.
pub(super) struct Service {
    /// The name of its files.
    pub(super) name: &'static str,
    /// As the lists of methods have it.
    pub(super) api: &'static str,
    /// The names of its discovery documents, one for each version.
    pub(super) documents: &'static [&'static str],
    pub(super) address: fn(&Endpoints) -> SocketAddr,
    /// Values of the parameters of paths.
    pub(super) names: &'static [(&'static str, &'static str)],
    /// Calls before each case: `VERB /path {"body"}`. `=> name /pointer` at the end keeps a part of
    /// the response under a name. `storage:/path`, `run:/path` and `registry:/path` are calls of these
    /// services, and `AWAIT /path` waits until an operation has ended.
    pub(super) before: &'static [&'static str],
    /// The valid calls of methods that need more than a path.
    pub(super) recipes: &'static [Recipe],
    /// Values of fields that do not take any value of their type, by their paths or last names.
    pub(super) values: &'static [(&'static str, &'static str)],
    /// Fields that only the service sets, where its document does not say so: `SCHEMA.field`.
    pub(super) output_only: &'static [&'static str],
    /// Fields of responses that change by themselves, and so between calls over two transports.
    pub(super) changing: &'static [&'static str],
    /// Numbers of the names of enums in the valid calls.
    pub(super) numbers: &'static [(&'static str, i32)],
    /// The methods to try. Empty: all.
    pub(super) only: &'static [&'static str],
    /// Served methods that the document does not have: those of other versions.
    pub(super) undescribed: &'static [&'static str],
}

/// A valid call.
pub(super) struct Recipe {
    /// The method, as the lists of methods have it: `VERB /path/{with}/parameters`.
    pub(super) rest: &'static str,
    /// The path, if the names of the service do not fit.
    pub(super) path: &'static str,
    pub(super) query: &'static str,
    pub(super) body: &'static str,
    /// What is sent with the body as `multipart/related`; empty: nothing.
    pub(super) content: &'static str,
    /// Calls after those of the service.
    pub(super) before: &'static [&'static str],
    /// The call that returns what was set, if the response does not have it. Empty: none.
    pub(super) read: &'static str,
    /// Whether a response that is no error does not end by itself.
    pub(super) streams: bool,
}

const fn recipe(rest: &'static str, query: &'static str, body: &'static str) -> Recipe {
    Recipe { rest, path: "", query, body, content: "", before: &[], read: "", streams: false }
}

impl Recipe {
    const fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    const fn with_content(self, content: &'static str) -> Self {
        Self { content, ..self }
    }

    const fn after(self, before: &'static [&'static str]) -> Self {
        Self { before, ..self }
    }

    const fn read_by(self, read: &'static str) -> Self {
        Self { read, ..self }
    }

    const fn streaming(self) -> Self {
        Self { streams: true, ..self }
    }
}
