//! All deployments, as list calls return them: what a page about thousands of them shows without a
//! read of each.
//!
//! The names and times of a deployment's objects say how far it is, and the metadata of its request,
//! of its mark as open and of its outcome say the rest. What an older worker wrote has less metadata;
//! then the fields here are `None`, and the object itself is to be read.

use std::collections::BTreeMap;

use longshore_cloud::ObjectMeta;
use longshore_messages::{
    DeploymentFinished, DeploymentId, FunctionRef, Outcome, Requester, decode,
};
use time::OffsetDateTime;

use crate::happened::requester_of;
use crate::{Ledger, LedgerError, Record, names};

/// Keys of an outcome in the metadata of its object.
const OUTCOME: &str = "outcome";
const FUNCTION: &str = "function";
const GENERATION: &str = "generation";
const REVISION: &str = "revision";
const CODE: &str = "code";

/// How many parts the deployments are listed in: each first hexadecimal digit of an id is one.
pub const PARTS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/// A deployment or a deletion, as its objects' names and metadata say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDeployment {
    pub id: DeploymentId,
    /// When the first of its objects was created.
    pub first_at: OffsetDateTime,
    /// `None` for a deletion, and if only the request itself says.
    pub requester: Option<Requester>,
    pub admitted_at: Option<OffsetDateTime>,
    /// When each stage recorded what it handed off, by the name of the stage.
    pub stages: BTreeMap<String, OffsetDateTime>,
    /// When a worker took over the ending: the service is being written.
    pub ending_at: Option<OffsetDateTime>,
    /// Whether its cancellation was requested.
    pub is_cancelled: bool,
    /// Whether it is a request to delete the function.
    pub is_deletion: bool,
    /// Whether the stage that is handling it has noted a long wait.
    pub has_noted_wait: bool,
    /// How often service-deployer had to try again.
    pub delays: usize,
    /// How many of its messages were parked at any time.
    pub parked: usize,
    /// How it ended, or `None` until it has.
    pub end: Option<ListedEnd>,
}

/// How a deployment ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedEnd {
    pub at: OffsetDateTime,
    /// `None` if only the outcome itself says.
    pub known: Option<KnownEnd>,
}

/// What the metadata of an outcome says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownEnd {
    /// The name of the outcome.
    pub outcome: String,
    /// `None` if the request could not be read.
    pub function: Option<FunctionRef>,
    /// `None` if the deployment was not admitted.
    pub generation: Option<u64>,
    /// The revision that serves, or that is ready.
    pub revision: Option<String>,
    /// The code of a failure.
    pub code: Option<String>,
}

impl KnownEnd {
    /// What a list call returns of an outcome.
    #[must_use]
    pub fn of(finished: &DeploymentFinished) -> Self {
        let (revision, code) = match &finished.outcome {
            Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
                (Some(serving.revision.clone()), None)
            }
            Outcome::TrafficPinned { ready, .. } => (Some(ready.revision.clone()), None),
            Outcome::Failed(failure) => (None, Some(failure.code.clone())),
            Outcome::Superseded { .. } | Outcome::Cancelled => (None, None),
        };
        Self {
            outcome: finished.outcome.as_str().to_owned(),
            function: finished.function.parse().ok(),
            generation: finished.deployment.as_ref().map(|deployment| deployment.generation),
            revision,
            code,
        }
    }

    fn described(meta: &ObjectMeta) -> Option<Self> {
        let value = |key| meta.metadata.get(key);
        Some(Self {
            outcome: value(OUTCOME)?.clone(),
            function: value(FUNCTION).and_then(|function| function.parse().ok()),
            generation: value(GENERATION).and_then(|generation| generation.parse().ok()),
            revision: value(REVISION).cloned(),
            code: value(CODE).cloned(),
        })
    }

    fn metadata(self) -> BTreeMap<String, String> {
        let entries = [
            (OUTCOME, Some(self.outcome)),
            (FUNCTION, self.function.map(|function| function.to_string())),
            (GENERATION, self.generation.map(|generation| generation.to_string())),
            (REVISION, self.revision.filter(|revision| is_safe(revision))),
            (CODE, self.code.filter(|code| is_safe(code))),
        ];
        let entries = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        entries.collect()
    }
}

/// Whether a text can be metadata as it is: metadata travels in headers.
fn is_safe(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What a list call returns of the record of an outcome.
pub(crate) fn outcome_metadata(record: &Record) -> BTreeMap<String, String> {
    let finished = decode::<DeploymentFinished>(&record.message).ok();
    finished.map(|finished| KnownEnd::of(&finished).metadata()).unwrap_or_default()
}

impl ListedDeployment {
    /// The stage that is handling the deployment: the one after the last that handed it off. `None`
    /// if it has ended.
    #[must_use]
    pub fn stage(&self) -> Option<&'static str> {
        const STAGES: [&str; 3] = ["uploader", "build-submitter", "registry-watcher"];
        if self.end.is_some() {
            return None;
        }
        let handed = |stage: &&str| !self.stages.contains_key(*stage);
        Some(STAGES.into_iter().find(handed).unwrap_or("service-deployer"))
    }

    /// Since when that stage has been handling it.
    #[must_use]
    pub fn in_stage_since(&self) -> OffsetDateTime {
        self.stages.values().copied().max().unwrap_or(self.first_at)
    }

    /// From the objects of one deployment. `None` if there is only a request to cancel it: every
    /// publisher of cancellations can create one for an unknown id.
    fn of(id: DeploymentId, objects: &[(&str, &ObjectMeta)]) -> Option<Self> {
        if objects.iter().all(|(name, _)| *name == "cancel") {
            return None;
        }
        let first_at = objects.iter().map(|(_, meta)| meta.created_at).min()?;
        let find = |name: &str| objects.iter().find(|(found, _)| *found == name).map(|(_, m)| *m);
        let at = |name: &str| find(name).map(|meta| meta.created_at);
        let below = |folder: &str| objects.iter().filter(|(n, _)| n.starts_with(folder)).count();
        let stages = ["uploader", "build-submitter", "registry-watcher"];
        let stages = stages.into_iter().filter_map(|name| Some((name.to_owned(), at(name)?)));
        let listed = Self {
            id,
            first_at,
            requester: find("request").and_then(requester_of),
            admitted_at: at("admission"),
            stages: stages.collect(),
            ending_at: at("ending"),
            is_cancelled: find("cancel").is_some(),
            is_deletion: find("deletion").is_some(),
            has_noted_wait: false,
            delays: below("delays/"),
            parked: below("parked/"),
            end: find("outcome")
                .map(|meta| ListedEnd { at: meta.created_at, known: KnownEnd::described(meta) }),
        };
        let noted = |stage| below(&format!("waits/{stage}/")) > 0;
        Some(Self { has_noted_wait: listed.stage().is_some_and(noted), ..listed })
    }
}

/// Groups the objects of deployments, which are sorted by name.
fn grouped(listed: &[ObjectMeta]) -> Vec<ListedDeployment> {
    let mut deployments = Vec::new();
    let mut objects: Vec<(&str, &ObjectMeta)> = Vec::new();
    let mut current = None;
    for meta in listed {
        let Some((id, name)) = names::in_deployment(&meta.name) else { continue };
        if current != Some(id) {
            deployments.extend(current.and_then(|id| ListedDeployment::of(id, &objects)));
            objects.clear();
            current = Some(id);
        }
        objects.push((name, meta));
    }
    deployments.extend(current.and_then(|id| ListedDeployment::of(id, &objects)));
    deployments
}

impl Ledger {
    /// The deployments and deletions whose ids begin with this digit, one of [`PARTS`]. Takes one
    /// list call per thousand objects, of which a deployment has some ten.
    pub async fn list_deployments(&self, part: char) -> Result<Vec<ListedDeployment>, LedgerError> {
        Ok(grouped(&self.list(&format!("{}{part}", names::DEPLOYMENTS)).await?))
    }

    /// One of them, or `None` if the ledger has nothing of it. Takes one list call.
    pub async fn listed_deployment(
        &self,
        id: DeploymentId,
    ) -> Result<Option<ListedDeployment>, LedgerError> {
        Ok(grouped(&self.list(&names::deployment(id)).await?).pop())
    }

    /// All objects of a deployment, in the order of their names.
    pub async fn objects_of(&self, id: DeploymentId) -> Result<Vec<ObjectMeta>, LedgerError> {
        self.list(&names::deployment(id)).await
    }

    /// The content of an object of a deployment, by its name below the deployment, for people.
    pub async fn object_of(
        &self,
        id: DeploymentId,
        name: &str,
    ) -> Result<Option<serde_json::Value>, LedgerError> {
        let name = format!("{}{name}", names::deployment(id));
        Ok(self.read(&name).await?.map(|(content, _)| content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str, second: i64, metadata: &[(&str, &str)]) -> ObjectMeta {
        let entries = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        ObjectMeta {
            name: name.to_owned(),
            generation: 1,
            size_bytes: 1,
            created_at: OffsetDateTime::from_unix_timestamp(second).unwrap(),
            metadata: entries.collect(),
            kms_key_version: String::new(),
        }
    }

    #[test]
    fn the_names_of_its_objects_say_how_far_a_deployment_is() {
        let (one, two) = ("0".repeat(32), "1".repeat(32));
        let name = |id: &str, rest: &str| format!("deployments/{id}/{rest}");
        let end = [
            ("outcome", "deployed"),
            ("function", "project-a/europe-west1/f"),
            ("generation", "3"),
        ];
        let listed = grouped(&[
            object(&name(&one, "build-submitter"), 12, &[]),
            object(&name(&one, "delays/00000000000001"), 15, &[]),
            object(&name(&one, "request"), 10, &[]),
            object(&name(&one, "uploader"), 11, &[]),
            object(&name(&one, "waits/build-submitter/00000000000001"), 11, &[]),
            object(&name(&two, "outcome"), 30, &end),
            object(&name(&two, "request"), 20, &[]),
            object("deployments/other", 1, &[]),
        ]);
        let [first, second] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!(first.stage(), Some("registry-watcher"));
        assert_eq!(first.in_stage_since().unix_timestamp(), 12);
        assert!(!first.has_noted_wait, "that of a stage that has handed it off is over");
        assert_eq!((first.delays, first.first_at.unix_timestamp()), (1, 10));
        assert_eq!(second.stage(), None);
        let known = second.end.as_ref().unwrap().known.as_ref().unwrap();
        assert_eq!((known.outcome.as_str(), known.generation), ("deployed", Some(3)));
        assert_eq!(known.function.as_ref().unwrap().name, "f");
    }

    #[test]
    fn what_was_only_cancelled_is_no_deployment() {
        let name = |rest: &str| format!("deployments/{}/{rest}", "0".repeat(32));
        let cancel = object(&name("cancel"), 10, &[]);
        assert!(grouped(std::slice::from_ref(&cancel)).is_empty());
        let listed = grouped(&[cancel, object(&name("request"), 12, &[])]);
        assert!(listed[0].is_cancelled);
    }

    #[test]
    fn the_end_in_metadata_is_the_end_that_was_written() {
        let end = KnownEnd {
            outcome: "failed".to_owned(),
            function: "project-a/europe-west1/f".parse().ok(),
            generation: Some(2),
            revision: None,
            code: Some("build-failed".to_owned()),
        };
        let meta = ObjectMeta { metadata: end.clone().metadata(), ..object("o", 1, &[]) };
        assert_eq!(KnownEnd::described(&meta), Some(end.clone()));
        let unsafe_code = KnownEnd { code: Some("a\nb".to_owned()), ..end };
        assert!(!unsafe_code.metadata().contains_key(CODE));
    }
}
