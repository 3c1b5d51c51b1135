//! For each service, the calls that are valid.

mod cloud_build;
mod eventarc;
mod functions;
mod kms;
mod pubsub;
mod run;
mod scheduler;
mod secrets;
mod storage;
mod tasks;

use std::net::SocketAddr;

use longshore_local_cloud::Endpoints;

pub(super) use cloud_build::CLOUD_BUILD;
pub(super) use eventarc::EVENTARC;
pub(super) use functions::FUNCTIONS;
pub(super) use kms::KMS;
pub(super) use pubsub::PUBSUB;
pub(super) use run::RUN;
pub(super) use scheduler::SCHEDULER;
pub(super) use secrets::SECRETS;
pub(super) use storage::STORAGE;
pub(super) use tasks::TASKS;

/// A service. In texts, `{project}` stands for the project of the case, which is its own, and the
/// other names in braces for those of `names`.
pub(super) struct Service {
    /// The name of its files.
    pub(super) name: &'static str,
    /// As the lists of methods have it.
    pub(super) api: &'static str,
    /// The name of its discovery document.
    pub(super) document: &'static str,
    pub(super) address: fn(&Endpoints) -> SocketAddr,
    /// Values of the parameters of paths.
    pub(super) names: &'static [(&'static str, &'static str)],
    /// Calls before each case: `VERB /path {"body"}`. `=> name /pointer` at the end keeps a part of
    /// the response under a name. `storage:/path` and `run:/path` are calls of these services, and
    /// `AWAIT /path` waits until an operation has ended.
    pub(super) before: &'static [&'static str],
    /// The valid calls of methods that need more than a path.
    pub(super) recipes: &'static [Recipe],
    /// Values of fields that do not take any value of their type, by their paths or last names.
    pub(super) values: &'static [(&'static str, &'static str)],
    /// Fields that only the service sets, where its document does not say so: `SCHEMA.field`.
    pub(super) output_only: &'static [&'static str],
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
}

const fn recipe(rest: &'static str, query: &'static str, body: &'static str) -> Recipe {
    Recipe { rest, path: "", query, body, content: "", before: &[] }
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
}
