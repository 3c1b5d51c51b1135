//! Builds that deployments share: the claim, the submissions and the result.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::{Build, Created, ObjectMeta};
use longshore_messages::{
    BuildKey, BuildRef, BuildSubmitted, Builder, DeploymentId, Failure, FunctionRef, TraceContext,
    WireMessage,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{Ledger, LedgerError, names};

/// Maximum number of attempts for a build that the platform loses.
pub const ATTEMPTS_MAX: u32 = 3;

/// Time after which a claimed build without a submission is submitted by another worker, even if its
/// claimant has not ended: its message may be parked. A claimant submits within a minute, even if it
/// waits for quota.
pub const SUBMISSION_GRACE: Duration = Duration::from_secs(5 * 60);

/// The claim of a deployment to submit a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub deployment: DeploymentId,
    pub function: FunctionRef,
    /// The handling of the deployment's message that made the claim: a duplicate that is handled
    /// concurrently has another one.
    pub handler: String,
    #[serde(with = "time::serde::rfc3339")]
    pub claimed_at: OffsetDateTime,
    /// The image without tag: named after the first service that requested it.
    pub image: String,
    /// The claimant's `BuildSubmitted` message, which goes to build-submitter again if the platform
    /// loses the build.
    pub submitted: WireMessage,
}

/// The result of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The build is ours to submit.
    Ours,
    /// Another handling claimed the build first.
    Theirs(Box<Claim>),
}

/// A submitted attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Cloud Build's name for the attempt.
    pub build_name: String,
    /// The image that it is built on, as Cloud Run resolved it. Empty if the response was lost.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base_image: String,
    #[serde(with = "time::serde::rfc3339")]
    pub submitted_at: OffsetDateTime,
    /// Whether the claimant submitted it, and waits for the build from now on. It needs no waiter:
    /// the claim repeats its message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimant_waits: bool,
}

/// Keys of a submitted attempt in the metadata of its object, so that a list call returns it.
const BUILD_NAME: &str = "build-name";
const BASE_IMAGE: &str = "base-image";
const SUBMITTED_AT: &str = "submitted-at";
const CLAIMANT_WAITS: &str = "claimant-waits";

impl Submission {
    fn metadata(&self) -> BTreeMap<String, String> {
        let submitted_at = self.submitted_at.format(&Rfc3339).unwrap_or_default();
        let entries = [
            (BUILD_NAME, self.build_name.clone()),
            (BASE_IMAGE, self.base_image.clone()),
            (SUBMITTED_AT, submitted_at),
        ];
        let waits = self.claimant_waits.then(|| (CLAIMANT_WAITS, "true".to_owned()));
        entries.into_iter().chain(waits).map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// `None` if the metadata does not say, because an older version wrote the object.
    fn of(meta: &ObjectMeta) -> Option<Self> {
        let value = |key| meta.metadata.get(key).cloned();
        Some(Self {
            build_name: value(BUILD_NAME)?,
            base_image: value(BASE_IMAGE)?,
            submitted_at: OffsetDateTime::parse(&value(SUBMITTED_AT)?, &Rfc3339).ok()?,
            claimant_waits: meta.metadata.contains_key(CLAIMANT_WAITS),
        })
    }
}

/// How a build ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concluded {
    /// The image is in the registry.
    Image {
        /// `sha256:…`.
        digest: String,
    },
    /// There will be no image. Boxed: it is much larger than a digest.
    Failed(Box<Failure>),
}

/// The result of a build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuildResult {
    /// Cloud Build's name for the attempt that ended the build.
    pub build_name: String,
    pub concluded: Concluded,
    /// What built the image. An older version does not say.
    #[serde(default, skip_serializing_if = "Builder::is_unknown")]
    pub builder: Builder,
    /// When a worker saw the end of the build.
    #[serde(with = "time::serde::rfc3339")]
    pub concluded_at: OffsetDateTime,
}

/// What exists of a build, as far as the names of its objects say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildState {
    pub build: BuildRef,
    /// The number of the last submitted attempt, or 0.
    pub attempts: u32,
    /// Whether the build has ended.
    pub has_result: bool,
}

/// What was done for a claimed build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildHistory {
    /// The submitted attempts, oldest first.
    pub attempts: Vec<Submission>,
    /// Whether the build has ended.
    pub has_result: bool,
    /// Whether the claimant waits without a waiter, or `None` if the first attempt, which says so, is
    /// not noted yet.
    pub claimant_waits: Option<bool>,
}

/// Another handling that submits an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The handling of the message that asked for the attempt.
    pub handler: String,
    #[serde(with = "time::serde::rfc3339")]
    pub claimed_at: OffsetDateTime,
}

impl Claim {
    /// The claimant's `BuildSubmitted` message, and its trace.
    pub fn decode(&self) -> Result<(BuildSubmitted, TraceContext), LedgerError> {
        decode_submitted(&self.submitted)
    }

    /// Whether this can be an attempt of the claim that is not noted yet: it is in the claim's
    /// project and region, carries the tags of the fleet and of the build, and pushes the claim's
    /// image. Anyone who may start builds in that project can make another one, so a build that is
    /// noted takes precedence.
    #[must_use]
    pub fn could_be(&self, build: BuildRef, fleet_tag: &str, seen: &Build) -> bool {
        let tag = build.tag();
        let is_tagged = [fleet_tag, &tag].into_iter().all(|tag| seen.tags.iter().any(|t| t == tag));
        let image = format!("{}:{build}", self.image);
        let pushes =
            seen.targets.contains(&image) || seen.images.iter().any(|pushed| pushed.name == image);
        self.is_in_place(seen) && is_tagged && pushes
    }

    /// Whether a build is in the claim's project and region.
    #[must_use]
    pub fn is_in_place(&self, seen: &Build) -> bool {
        seen.name == self.attempt_name(seen.id())
    }

    /// The resource name of an attempt of the claim, by its id in Cloud Build.
    #[must_use]
    pub fn attempt_name(&self, id: &str) -> String {
        let FunctionRef { project, region, .. } = &self.function;
        format!("projects/{project}/locations/{region}/builds/{id}")
    }
}

pub(crate) fn decode_submitted(
    message: &WireMessage,
) -> Result<(BuildSubmitted, TraceContext), LedgerError> {
    let submitted = longshore_messages::decode(message).map_err(LedgerError::Message)?;
    Ok((submitted, TraceContext::from_attributes(&message.attributes)))
}

impl Ledger {
    /// The newest claimed build of a key. Takes one list call, however many deployments wait.
    pub async fn latest_build(&self, key: BuildKey) -> Result<Option<BuildState>, LedgerError> {
        let prefix = names::builds(key);
        let listed = self.list(&prefix).await?;
        let mut latest: Option<BuildState> = None;
        for meta in &listed {
            let Some((number, rest)) =
                meta.name.strip_prefix(&prefix).and_then(|name| name.split_once('/'))
            else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            if rest == "claim" && latest.is_none_or(|latest| latest.build.number < number) {
                latest = Some(BuildState::of(BuildRef { key, number }, &listed));
            }
        }
        Ok(latest)
    }

    /// What was done for a build. Takes one list call.
    pub async fn build_history(&self, build: BuildRef) -> Result<BuildHistory, LedgerError> {
        let listed = self.list(&names::build(build)).await?;
        let BuildState { attempts: last, has_result, .. } = BuildState::of(build, &listed);
        let is_woken = listed.iter().any(|meta| meta.name == names::woken(build));
        let (mut attempts, mut claimant_waits) = (Vec::new(), None);
        for number in 1..=last {
            let name = names::submission(build, number);
            let meta = listed.iter().find(|meta| meta.name == name);
            let described = meta.and_then(Submission::of);
            let noted = match described {
                None if meta.is_some() => self.submission(build, number).await?,
                described => described,
            };
            if number == 1 {
                claimant_waits = noted.as_ref().map(|first| first.claimant_waits && !is_woken);
            }
            attempts.extend(noted);
        }
        Ok(BuildHistory { attempts, has_result, claimant_waits })
    }

    /// Claims a build. Idempotent for the same handler.
    pub async fn claim(&self, build: BuildRef, claim: &Claim) -> Result<Claimed, LedgerError> {
        let (found, created) = self.create_or_read(&names::claim(build), claim).await?;
        Ok(match created {
            Created::New(_) => Claimed::Ours,
            Created::Exists if found.handler == claim.handler => Claimed::Ours,
            Created::Exists => Claimed::Theirs(Box::new(found)),
        })
    }

    pub async fn claim_of(&self, build: BuildRef) -> Result<Option<Claim>, LedgerError> {
        Ok(self.read(&names::claim(build)).await?.map(|(claim, _)| claim))
    }

    /// Records a submitted attempt. If it is recorded already, returns the first record.
    pub async fn write_submission(
        &self,
        build: BuildRef,
        attempt: u32,
        submission: &Submission,
    ) -> Result<Submission, LedgerError> {
        let (name, metadata) = (names::submission(build, attempt), submission.metadata());
        Ok(self.create_described_or_read(&name, submission, metadata).await?.0)
    }

    /// Notes that the claimant of a build is woken, so that a later wake leaves it out. Needed only if
    /// the build stays marked, because others are not woken yet.
    pub async fn note_woken(&self, build: BuildRef) -> Result<(), LedgerError> {
        self.create(&names::woken(build), &()).await.map(drop)
    }

    pub async fn submission(
        &self,
        build: BuildRef,
        attempt: u32,
    ) -> Result<Option<Submission>, LedgerError> {
        Ok(self.read(&names::submission(build, attempt)).await?.map(|(submission, _)| submission))
    }

    /// Claims the submission of an attempt that another worker asked for. Idempotent for the same
    /// handler. Returns the first claim.
    pub async fn claim_retry(
        &self,
        build: BuildRef,
        attempt: u32,
        retry: &Retry,
    ) -> Result<Retry, LedgerError> {
        Ok(self.create_or_read(&names::retry(build, attempt), retry).await?.0)
    }

    /// Records the result of a build. If there is one already, returns that one.
    pub async fn write_result(
        &self,
        build: BuildRef,
        result: &BuildResult,
    ) -> Result<BuildResult, LedgerError> {
        Ok(self.create_or_read(&names::result(build), result).await?.0)
    }

    /// The result of a build, or `None` until it has ended.
    pub async fn result(&self, build: BuildRef) -> Result<Option<BuildResult>, LedgerError> {
        Ok(self.read(&names::result(build)).await?.map(|(result, _)| result))
    }
}

impl BuildState {
    fn of(build: BuildRef, listed: &[ObjectMeta]) -> Self {
        let prefix = names::build(build);
        let own = || listed.iter().filter_map(|meta| meta.name.strip_prefix(&prefix));
        let attempts = own().filter_map(|name| name.strip_prefix("submitted/")?.parse().ok()).max();
        Self {
            build,
            attempts: attempts.unwrap_or(0),
            has_result: own().any(|name| name == "result"),
        }
    }
}
