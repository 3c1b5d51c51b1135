//! The state of a function: its latest deployment in the ledger, its live service, and the
//! deployment that wrote the service.

use longshore_cloud::{ConditionState, LiveService};
use longshore_ledger::Head;
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, DeploymentId, FunctionRef, GENERATION_ANNOTATION, ImagePublished,
};
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output::Tone;
use crate::stages::{decode, finished, under_way};
use crate::unreadable::{UNREADABLE, Unreadable, noted};

#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) at: FunctionRef,
    /// `None` if it is unreadable.
    pub(crate) head: Option<Head>,
    pub(crate) live: Option<LiveService>,
    /// State of the latest deployment.
    pub(crate) newest: String,
    /// Whether the latest deployment is a deletion.
    pub(crate) deleting: bool,
    /// The image that the live service was written with, if this fleet wrote it.
    pub(crate) published: Option<ImagePublished>,
    /// When the deployment that wrote the live service ended.
    pub(crate) deployed_at: Option<OffsetDateTime>,
    /// Ledger entries that are missing here.
    pub(crate) unreadable: Vec<Unreadable>,
}

impl Known {
    /// Reads the state of a function whose head and live service are known, as far as it can be
    /// read. Makes five small reads.
    pub(crate) async fn read(
        target: &CloudTarget,
        at: FunctionRef,
        head: Result<Head, CliError>,
        live: Option<LiveService>,
    ) -> Result<Self, CliError> {
        let mut unreadable = Vec::new();
        let head = noted(head, &mut unreadable)?;
        let writer = live.as_ref().and_then(writer);
        let written = async {
            let Some(writer) = writer else { return (Ok(None), Ok(None)) };
            tokio::join!(
                target.ledger.stage_record(writer, "registry-watcher"),
                target.ledger.outcome(writer)
            )
        };
        let newest = async {
            match &head {
                Some(head) => newest(target, head.deployment).await,
                None => Ok((UNREADABLE.to_owned(), false)),
            }
        };
        let ((published, outcome), newest) = tokio::join!(written, newest);
        let published = noted(published.map_err(CliError::ledger), &mut unreadable)?.flatten();
        let outcome = noted(outcome.map_err(CliError::ledger), &mut unreadable)?.flatten();
        let newest = noted(newest, &mut unreadable)?;
        let (newest, deleting) = newest.unwrap_or_else(|| (UNREADABLE.to_owned(), false));
        Ok(Self {
            at,
            head,
            live,
            newest,
            deleting,
            published: published.as_ref().and_then(decode),
            deployed_at: outcome.map(|record| record.finished_at),
            unreadable,
        })
    }

    /// Whether the function was deleted and not deployed again.
    pub(crate) fn is_gone(&self) -> bool {
        self.deleting && self.live.is_none()
    }

    /// State of the live service, independent of the latest deployment.
    pub(crate) fn state(&self) -> &'static str {
        match &self.live {
            _ if self.head.is_none() => UNREADABLE,
            Some(_) if self.deleting => "deleting",
            Some(live) if !live.latest_ready_revision.is_empty() => "serving",
            Some(live) => match live.condition.state {
                ConditionState::Failed => "failed",
                ConditionState::Pending | ConditionState::Succeeded => "coming up",
            },
            None => "none",
        }
    }

    pub(crate) fn tone(&self) -> Tone {
        match self.state() {
            "serving" => Tone::Good,
            "failed" | UNREADABLE => Tone::Bad,
            "none" => Tone::Quiet,
            _ => Tone::Busy,
        }
    }

    pub(crate) fn url(&self) -> Option<String> {
        self.live.as_ref().map(|live| live.url.clone()).filter(|url| !url.is_empty())
    }

    /// The requested runtime. `None` if the builder chose it, or if it is unknown.
    pub(crate) fn runtime(&self) -> Option<String> {
        self.published.as_ref().and_then(|published| published.function.runtime.clone())
    }
}

/// State of a deployment, and whether it is a deletion.
async fn newest(target: &CloudTarget, id: DeploymentId) -> Result<(String, bool), CliError> {
    let (finished, deletion) = tokio::join!(finished(target, id), target.ledger.deletion(id));
    if deletion.map_err(CliError::ledger)?.is_some() {
        return Ok(("deletion".to_owned(), true));
    }
    match finished? {
        Some(finished) => Ok((finished.outcome.as_str().to_owned(), false)),
        None => Ok((under_way(target, id).await?, false)),
    }
}

/// The deployment that wrote a service, if a fleet wrote it.
pub(crate) fn writer(live: &LiveService) -> Option<DeploymentId> {
    live.shape.annotations.get(DEPLOYMENT_ANNOTATION)?.parse().ok()
}

/// The generation annotated on a service, or 0 if there is none.
pub(crate) fn generation(live: &LiveService) -> u64 {
    live.shape
        .annotations
        .get(GENERATION_ANNOTATION)
        .and_then(|generation| generation.parse().ok())
        .unwrap_or(0)
}
