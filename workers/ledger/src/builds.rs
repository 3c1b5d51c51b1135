//! Builds that deployments share: the claim, the submissions, the result and the waiters.
//!
//! **No deployment waits forever.** A deployment that waits creates its waiter *and then* reads the
//! result; a worker that concludes a build creates the result *and then* lists the waiters. However
//! the four steps interleave, one of the two sees the other.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::Created;
use longshore_messages::{
    BuildKey, BuildRef, BuildSubmitted, DeploymentId, Failure, FunctionRef, TraceContext,
    WireMessage,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::store::READS_AT_ONCE;
use crate::{Ledger, LedgerError, names};

/// Maximum number of attempts for a build that the platform loses.
pub const ATTEMPTS_MAX: u32 = 3;

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
    /// When a worker saw the end of the build.
    #[serde(with = "time::serde::rfc3339")]
    pub concluded_at: OffsetDateTime,
}

/// A deployment that waits for a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiter {
    /// Its `BuildSubmitted` message, with its trace.
    pub submitted: WireMessage,
}

impl Claim {
    /// The claimant's `BuildSubmitted` message, and its trace.
    pub fn decode(&self) -> Result<(BuildSubmitted, TraceContext), LedgerError> {
        decode_submitted(&self.submitted)
    }
}

impl Waiter {
    /// The waiting deployment's `BuildSubmitted` message, and its trace.
    pub fn decode(&self) -> Result<(BuildSubmitted, TraceContext), LedgerError> {
        decode_submitted(&self.submitted)
    }
}

fn decode_submitted(message: &WireMessage) -> Result<(BuildSubmitted, TraceContext), LedgerError> {
    let submitted = longshore_messages::decode(message).map_err(LedgerError::Message)?;
    Ok((submitted, TraceContext::from_attributes(&message.attributes)))
}

impl Ledger {
    /// The newest claimed build of a key.
    pub async fn latest_build(&self, key: BuildKey) -> Result<Option<BuildRef>, LedgerError> {
        let prefix = names::builds(key);
        let listed = self.list(&prefix).await?;
        let numbers = listed.iter().filter_map(|meta| {
            let (number, rest) = meta.name.strip_prefix(&prefix)?.split_once('/')?;
            (rest == "claim").then(|| number.parse().ok()).flatten()
        });
        Ok(numbers.max().map(|number| BuildRef { key, number }))
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
        Ok(self.create_or_read(&names::submission(build, attempt), submission).await?.0)
    }

    pub async fn submission(
        &self,
        build: BuildRef,
        attempt: u32,
    ) -> Result<Option<Submission>, LedgerError> {
        Ok(self.read(&names::submission(build, attempt)).await?.map(|(submission, _)| submission))
    }

    /// The number of the last submitted attempt, or 0.
    pub async fn attempts(&self, build: BuildRef) -> Result<u32, LedgerError> {
        let prefix = names::submissions(build);
        let listed = self.list(&prefix).await?;
        Ok(listed
            .iter()
            .filter_map(|meta| meta.name.strip_prefix(&prefix)?.parse().ok())
            .max()
            .unwrap_or(0))
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

    /// Adds a waiter to a build. Read the result afterwards.
    pub async fn wait_for(
        &self,
        build: BuildRef,
        id: DeploymentId,
        waiter: &Waiter,
    ) -> Result<(), LedgerError> {
        self.create(&names::waiter(build, id), waiter).await.map(drop)
    }

    /// All waiters of a build. Call this after its result is written.
    pub async fn waiters(&self, build: BuildRef) -> Result<Vec<Waiter>, LedgerError> {
        let listed = self.list(&names::waiters(build)).await?;
        let read = stream::iter(listed).map(async |meta| self.read::<Waiter>(&meta.name).await);
        let read = read.buffered(READS_AT_ONCE).try_collect::<Vec<_>>().await?;
        Ok(read.into_iter().flatten().map(|(waiter, _)| waiter).collect())
    }
}
