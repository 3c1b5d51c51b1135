//! The grants that Google's service agents need on a key, looked up before anything is uploaded.
//!
//! Only a grant that is missing for certain refuses a request. The fleet needs no permission to read
//! IAM policies: what it may not read is for Google's services to refuse.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use longshore_cloud::refusals;
use longshore_cloud::{
    Agent, BucketOwner, CloudError, KEY_ROLE, Keys, Kind, MissingGrant, Objects, missing_grants,
};
use longshore_messages::{Failure, FailureClass, Flavour, Function};
use longshore_runner::telemetry::chain;
use parking_lot::Mutex;

use crate::{NAME, UploadError};

/// How long a key is not looked up again whose grants were complete. Many functions share a key, and
/// Cloud KMS allows 300 reads in a minute (<https://cloud.google.com/kms/quotas>).
const FRESH: Duration = Duration::from_secs(60);

/// Looks up grants.
pub(crate) struct Grants {
    keys: Arc<dyn Keys>,
    objects: Arc<dyn Objects>,
    /// When the grants of a key were complete.
    complete: Mutex<BTreeMap<Lookup, Instant>>,
}

/// A key, and the agents that have to use it, each of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lookup {
    key: String,
    agents: Vec<(Agent, String)>,
}

impl Grants {
    pub(crate) fn new(keys: Arc<dyn Keys>, objects: Arc<dyn Objects>) -> Self {
        Self { keys, objects, complete: Mutex::default() }
    }

    /// Refuses a function under a key that one of Google's service agents may not use.
    pub(crate) async fn check(&self, function: &Function) -> Result<(), UploadError> {
        let Some(key) = function.kms_key() else { return Ok(()) };
        let agents = agents(function, self.has_own_bucket(function).await);
        let lookup = Lookup { key: key.to_owned(), agents };
        self.complete.lock().retain(|_, at| at.elapsed() < FRESH);
        if self.complete.lock().contains_key(&lookup) {
            return Ok(());
        }
        let agents: Vec<_> =
            lookup.agents.iter().map(|(agent, project)| (*agent, project.as_str())).collect();
        match missing_grants(&*self.keys, key, &agents).await {
            Ok(missing) if missing.is_empty() => {
                self.complete.lock().insert(lookup, Instant::now());
                Ok(())
            }
            Ok(missing) => Err(refused(lacking(key, &missing))),
            Err(error) if is_missing_key(&error, key) => Err(refused(no_key(&error, key))),
            Err(error) => {
                let reason = chain(&error);
                tracing::info!(key, reason, "it is not known which service agents may use the key");
                Ok(())
            }
        }
    }

    /// Whether the bucket that the requester names belongs to the project of the function. The agent
    /// of another project is not known.
    async fn has_own_bucket(&self, function: &Function) -> bool {
        let named =
            function.encryption.as_ref().and_then(|encryption| encryption.source_bucket.as_ref());
        let Some(bucket) = named else { return false };
        let owner = self.objects.bucket_owner(bucket, &function.at.project).await;
        matches!(owner, Ok(BucketOwner::Project))
    }
}

/// The service agents that use the key of a function: those of the resources that are under it. Pure.
fn agents(function: &Function, has_own_bucket: bool) -> Vec<(Agent, String)> {
    let project = &function.at.project;
    let of_project = |agent| (agent, project.clone());
    match function.flavour {
        Flavour::Run => {
            let repository = function.build.repository.as_deref();
            let of_repository = repository.and_then(|name| name.split('/').nth(1));
            let registry = (Agent::Registry, of_repository.unwrap_or(project).to_owned());
            let storage = has_own_bucket.then(|| of_project(Agent::Storage));
            storage.into_iter().chain([registry, of_project(Agent::Run)]).collect()
        }
        // <https://cloud.google.com/functions/docs/securing/cmek#granting_service_accounts_access_to_the_key>
        Flavour::Functions => {
            [Agent::Functions, Agent::Registry, Agent::Storage, Agent::Run, Agent::Eventarc]
                .map(of_project)
                .to_vec()
        }
    }
}

fn is_missing_key(error: &CloudError, key: &str) -> bool {
    error.kind == Kind::NotFound && error.resource == key
}

fn refused(failure: Failure) -> UploadError {
    UploadError::Refused(Box::new(failure))
}

/// The failure of a key that does not exist.
fn no_key(error: &CloudError, key: &str) -> Failure {
    let refusal = refusals::keys::of_missing(key);
    Failure::new(NAME, refusal.class, refusal.code, chain(error), &refusal.advice)
}

/// The failure of a key with missing grants.
fn lacking(key: &str, missing: &[MissingGrant]) -> Failure {
    let agents: Vec<_> = missing.iter().map(ToString::to_string).collect();
    let commands: Vec<_> = missing.iter().map(|one| format!("`{}`", one.command())).collect();
    let reason = format!("{KEY_ROLE} on the key {key} is not granted to: {}", agents.join(", "));
    let advice = format!("grant it with {}, and deploy again", commands.join(", "));
    Failure::new(NAME, FailureClass::System, "key-role", reason, &advice)
}

#[cfg(test)]
mod tests;
