//! What is known of a function: its newest deployment in the ledger, the live service, and the
//! deployment that wrote that.

use longshore_cloud::{ConditionState, LiveService};
use longshore_ledger::{Head, Record};
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, DeploymentFinished, DeploymentId, FunctionRef, GENERATION_ANNOTATION,
    ImagePublished, StageMessage,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::CliError;
use crate::follow::STAGES;
use crate::output::Tone;
use crate::place::Place;

/// A function.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) at: FunctionRef,
    pub(crate) head: Head,
    pub(crate) live: Option<LiveService>,
    /// State of the newest deployment.
    pub(crate) newest: String,
    /// Whether what is newest is a deletion.
    pub(crate) deleting: bool,
    /// What the live service was made of, where this fleet wrote it.
    pub(crate) published: Option<ImagePublished>,
    /// When the deployment that wrote the live service ended.
    pub(crate) deployed_at: Option<OffsetDateTime>,
}

impl Known {
    /// Everything that is known of a function, from its head and its live service. Five small
    /// reads.
    pub(crate) async fn read(
        place: &Place,
        at: FunctionRef,
        head: Head,
        live: Option<LiveService>,
    ) -> Result<Self, CliError> {
        let writer = live.as_ref().and_then(writer);
        let written = async {
            let Some(writer) = writer else { return Ok((None, None)) };
            let (published, outcome) = tokio::join!(
                place.ledger.stage_record(writer, "registry-watcher"),
                place.ledger.outcome(writer)
            );
            Ok::<_, CliError>((
                published.map_err(CliError::Ledger)?,
                outcome.map_err(CliError::Ledger)?,
            ))
        };
        let (written, newest) = tokio::join!(written, newest(place, head.deployment));
        let (published, outcome) = written?;
        let (newest, deleting) = newest?;
        Ok(Self {
            at,
            head,
            live,
            newest,
            deleting,
            published: published.as_ref().and_then(decode),
            deployed_at: outcome.map(|record| record.finished_at),
        })
    }

    /// Whether it was deleted, and nothing came after that.
    pub(crate) fn is_gone(&self) -> bool {
        self.deleting && self.live.is_none()
    }

    /// How the function stands, whatever its newest deployment does.
    pub(crate) fn state(&self) -> &'static str {
        match &self.live {
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
            "failed" => Tone::Bad,
            "none" => Tone::Quiet,
            _ => Tone::Busy,
        }
    }

    pub(crate) fn url(&self) -> Option<String> {
        self.live.as_ref().map(|live| live.url.clone()).filter(|url| !url.is_empty())
    }

    /// The runtime that was asked for; `None`: the builder chose, or it is not known.
    pub(crate) fn runtime(&self) -> Option<String> {
        self.published.as_ref().and_then(|published| published.function.runtime.clone())
    }
}

/// State of a deployment, and whether it is a deletion.
async fn newest(place: &Place, id: DeploymentId) -> Result<(String, bool), CliError> {
    let (outcome, deletion) = tokio::join!(place.ledger.outcome(id), place.ledger.deletion(id));
    if deletion.map_err(CliError::Ledger)?.is_some() {
        return Ok(("deletion".to_owned(), true));
    }
    let finished =
        outcome.map_err(CliError::Ledger)?.as_ref().and_then(decode::<DeploymentFinished>);
    match finished {
        Some(finished) => Ok((finished.outcome.as_str().to_owned(), false)),
        None => Ok((under_way(place, id).await?, false)),
    }
}

/// The stage that has a deployment in hand: the one behind the last that handed it on.
pub(crate) async fn under_way(place: &Place, id: DeploymentId) -> Result<String, CliError> {
    for stage in STAGES {
        if place.ledger.stage_record(id, stage).await.map_err(CliError::Ledger)?.is_none() {
            return Ok(format!("in {stage}"));
        }
    }
    Ok("in service-deployer".to_owned())
}

/// The deployment that wrote a service, if a fleet did.
pub(crate) fn writer(live: &LiveService) -> Option<DeploymentId> {
    live.shape.annotations.get(DEPLOYMENT_ANNOTATION)?.parse().ok()
}

/// The generation that a service carries; 0 when none.
pub(crate) fn generation(live: &LiveService) -> u64 {
    live.shape
        .annotations
        .get(GENERATION_ANNOTATION)
        .and_then(|generation| generation.parse().ok())
        .unwrap_or(0)
}

/// A record of a newer version is passed over.
pub(crate) fn decode<M: StageMessage>(record: &Record) -> Option<M> {
    longshore_messages::decode(&record.message).ok()
}

/// A time as programs read it.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// How long ago something was, in one unit, as people say it.
pub(crate) fn ago(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let seconds = (now - at).whole_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s ago"),
        60..3_600 => format!("{}m ago", seconds / 60),
        3_600..86_400 => format!("{}h ago", seconds / 3_600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_one_unit() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(30);
        for (before, text) in [
            (-5, "0s ago"),
            (59, "59s ago"),
            (60, "1m ago"),
            (7_200, "2h ago"),
            (200_000, "2d ago"),
        ] {
            assert_eq!(ago(now - time::Duration::seconds(before), now), text);
        }
    }
}
