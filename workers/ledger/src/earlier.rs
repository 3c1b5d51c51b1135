//! What deployments left, so that a later one can go back to it.
//!
//! Of a deployment of this fleet everything is recorded anyway: its image, its specification, its
//! revision and its traffic. Only what another tool had deployed before the first deployment of the
//! fleet is noted by itself, before the service is written for the first time.

use longshore_messages::{
    DeploymentFinished, DeploymentId, Outcome, Published, RevisionTraffic, Serving, decode,
};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, names};

/// The stage whose record names the image.
const WATCHER: &str = "registry-watcher";

/// What a deployment left.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// Its specification, its source and its image.
    pub published: Published,
    /// The revision that it made.
    pub serving: Serving,
    /// The targets of the traffic, or empty if its revision got all requests.
    pub traffic: Vec<RevisionTraffic>,
}

/// A deployment, as something to go back to.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    Earlier(Box<Earlier>),
    /// It has not ended, or has no image.
    Unfinished,
    /// It ended without a revision that is up.
    NotUp {
        /// The name of its outcome.
        outcome: &'static str,
    },
}

/// What served before the fleet wrote a service for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Name of the newest ready revision.
    pub revision: String,
    /// The targets of the traffic, or empty if that revision got all requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traffic: Vec<BeforeTarget>,
}

/// A target of the traffic of that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeTarget {
    pub revision: String,
    /// Share of all requests, in percent.
    pub percent: i32,
    /// Tag, or empty.
    pub tag: String,
}

impl Ledger {
    /// What a deployment left. Takes two reads.
    ///
    /// # Errors
    /// Also if a newer version recorded it in a way that this one cannot read.
    pub async fn earlier(&self, id: DeploymentId) -> Result<Left, LedgerError> {
        let (published, outcome) = tokio::join!(self.stage_record(id, WATCHER), self.outcome(id));
        let (Some(published), Some(outcome)) = (published?, outcome?) else {
            return Ok(Left::Unfinished);
        };
        let finished: DeploymentFinished =
            decode(&outcome.message).map_err(LedgerError::Message)?;
        let (serving, traffic) = match finished.outcome {
            Outcome::Deployed(serving) | Outcome::Unchanged(serving) => (serving, Vec::new()),
            Outcome::TrafficPinned { ready, traffic } => (ready, traffic.targets),
            outcome @ (Outcome::Failed(_) | Outcome::Superseded { .. } | Outcome::Cancelled) => {
                return Ok(Left::NotUp { outcome: outcome.as_str() });
            }
        };
        let published = decode(&published.message).map_err(LedgerError::Message)?;
        Ok(Left::Earlier(Box::new(Earlier { published, serving, traffic })))
    }

    /// The specification, the source and the image of a deployment, or `None` if it has no image.
    pub async fn published(&self, id: DeploymentId) -> Result<Option<Published>, LedgerError> {
        let record = self.stage_record(id, WATCHER).await?;
        let published = record.map(|record| decode(&record.message)).transpose();
        published.map_err(LedgerError::Message)
    }

    /// Notes what serves before a deployment writes a service that another tool made. The first note
    /// counts.
    pub async fn note_before(&self, id: DeploymentId, before: &Before) -> Result<(), LedgerError> {
        self.create(&names::before(id), before).await.map(drop)
    }

    /// What served before a deployment wrote its service, if another tool had made it.
    pub async fn before(&self, id: DeploymentId) -> Result<Option<Before>, LedgerError> {
        Ok(self.read(&names::before(id)).await?.map(|(before, _)| before))
    }
}
