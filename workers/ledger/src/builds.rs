//! Builds that deployments share: who submits, what was submitted, how it ended, who waits.
//!
//! **Nobody sleeps for ever.** Whoever wants to wait creates its waiter *and then* reads the
//! result; whoever learns the result creates it *and then* lists the waiters. In whatever order the
//! four steps fall, one of the two sees the other.

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

/// Which deployment submits a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its function.
    pub function: FunctionRef,
    /// Which handling of the deployment's message made the claim: a duplicate that is handled at
    /// the same time has another.
    pub handler: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub claimed_at: OffsetDateTime,
    /// Where the image goes, without tag: named after the first service that asked for it.
    pub image: String,
    /// The `BuildSubmitted` message of the claimant: what to send to the submitter when the
    /// platform loses the build.
    pub submitted: WireMessage,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is ours: submit.
    Ours,
    /// Somebody else had it.
    Theirs(Box<Claim>),
}

/// An attempt that was submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Cloud Build's name of it.
    pub build_name: String,
    /// When.
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
    /// There is no image, and there will be none. Boxed: it is much larger than a digest.
    Failed(Box<Failure>),
}

/// The result of a build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuildResult {
    /// Cloud Build's name of the build that counts.
    pub build_name: String,
    /// How it ended.
    pub concluded: Concluded,
    /// When that was seen.
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
    /// The newest build of a key that somebody claimed, or `None`.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn latest_build(&self, key: BuildKey) -> Result<Option<BuildRef>, LedgerError> {
        let prefix = names::builds(key);
        let listed = self.list(&prefix).await?;
        let numbers = listed.iter().filter_map(|meta| {
            let (number, rest) = meta.name.strip_prefix(&prefix)?.split_once('/')?;
            (rest == "claim").then(|| number.parse().ok()).flatten()
        });
        Ok(numbers.max().map(|number| BuildRef { key, number }))
    }

    /// Claims a build. Asking again with the same claim finds it.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn claim(&self, build: BuildRef, claim: &Claim) -> Result<Claimed, LedgerError> {
        let (found, created) = self.create_or_read(&names::claim(build), claim).await?;
        Ok(match created {
            Created::New(_) => Claimed::Ours,
            Created::Exists if found.handler == claim.handler => Claimed::Ours,
            Created::Exists => Claimed::Theirs(Box::new(found)),
        })
    }

    /// The claim of a build, or `None`.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn claim_of(&self, build: BuildRef) -> Result<Option<Claim>, LedgerError> {
        Ok(self.read(&names::claim(build)).await?.map(|(claim, _)| claim))
    }

    /// Writes down that an attempt was submitted; returns what counts, should two have done so.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn write_submission(
        &self,
        build: BuildRef,
        attempt: u32,
        submission: &Submission,
    ) -> Result<Submission, LedgerError> {
        Ok(self.create_or_read(&names::submission(build, attempt), submission).await?.0)
    }

    /// A submitted attempt, or `None`.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn submission(
        &self,
        build: BuildRef,
        attempt: u32,
    ) -> Result<Option<Submission>, LedgerError> {
        Ok(self.read(&names::submission(build, attempt)).await?.map(|(submission, _)| submission))
    }

    /// The number of the last attempt that was submitted; 0 when none was.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn attempts(&self, build: BuildRef) -> Result<u32, LedgerError> {
        let prefix = names::submissions(build);
        let listed = self.list(&prefix).await?;
        Ok(listed
            .iter()
            .filter_map(|meta| meta.name.strip_prefix(&prefix)?.parse().ok())
            .max()
            .unwrap_or(0))
    }

    /// Writes down how a build ended; returns what counts, should two say different things.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn write_result(
        &self,
        build: BuildRef,
        result: &BuildResult,
    ) -> Result<BuildResult, LedgerError> {
        Ok(self.create_or_read(&names::result(build), result).await?.0)
    }

    /// How a build ended, or `None` while it has not.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn result(&self, build: BuildRef) -> Result<Option<BuildResult>, LedgerError> {
        Ok(self.read(&names::result(build)).await?.map(|(result, _)| result))
    }

    /// Joins those who wait for a build. Read the result afterwards.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn wait_for(
        &self,
        build: BuildRef,
        id: DeploymentId,
        waiter: &Waiter,
    ) -> Result<(), LedgerError> {
        self.create(&names::waiter(build, id), waiter).await.map(drop)
    }

    /// All who wait for a build, to be called after its result was written.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn waiters(&self, build: BuildRef) -> Result<Vec<Waiter>, LedgerError> {
        let listed = self.list(&names::waiters(build)).await?;
        let read = stream::iter(listed).map(async |meta| self.read::<Waiter>(&meta.name).await);
        let read = read.buffered(READS_AT_ONCE).try_collect::<Vec<_>>().await?;
        Ok(read.into_iter().flatten().map(|(waiter, _)| waiter).collect())
    }
}
