//! What the outcome of a deployment means for its function in a batch. Pure.

use longshore_ledger::MemberState;
use longshore_messages::{
    DeploymentFinished, GATE_TAG, Outcome, RevisionTraffic, WireMessage, decode,
};

/// The state of a function whose deployment has this outcome. `None` if a newer version wrote it: a
/// newer worker, or a newer replica of this one, will read it.
pub(crate) fn state_of(message: &WireMessage) -> Option<MemberState> {
    let finished = decode::<DeploymentFinished>(message).ok()?;
    Some(match finished.outcome {
        Outcome::Deployed(_) => MemberState::Deployed,
        Outcome::Unchanged(_) => MemberState::Unchanged,
        outcome @ Outcome::TrafficPinned { .. } if staged_url(&outcome).is_some() => {
            MemberState::Staged
        }
        Outcome::TrafficPinned { .. } => MemberState::TrafficPinned,
        Outcome::Failed(_) => MemberState::Failed,
        Outcome::Superseded { .. } => MemberState::Superseded,
        Outcome::Cancelled => MemberState::Cancelled,
    })
}

/// The URL of a revision that waits for the gates of its wave.
pub(crate) fn staged_url(outcome: &Outcome) -> Option<&str> {
    let Outcome::TrafficPinned { ready, traffic } = outcome else { return None };
    let is_staged =
        |target: &&RevisionTraffic| target.tag == GATE_TAG && target.revision == ready.revision;
    traffic.targets.iter().find(is_staged).map(|target| target.url.as_str())
}
