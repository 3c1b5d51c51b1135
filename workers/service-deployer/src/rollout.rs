//! When the traffic moves to the revision of a deployment. Pure.
//!
//! With a rollout, the newest revision gets a tag, and what follows the newest revision is left at the
//! one that has the traffic now. An annotation of the service says so. As long as the traffic is as the
//! fleet has left it, a release moves it, and so does a deployment without a rollout, once its own
//! revision is up. Traffic that others have pinned, before or after, stays.
//!
//! The tag follows the newest revision, because Cloud Run chooses the name of a revision that is not
//! made yet. <https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration#tags>

use longshore_cloud::{HeldTraffic, LiveService, ServiceShape, Traffic};
use longshore_messages::{Function, HELD_ANNOTATION, Outcome};

/// All requests, in percent.
const ALL: i32 = 100;

/// What a deployment does with the traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    /// It moves with the new revision.
    AtOnce,
    /// It stays, and the new revision gets this tag.
    Held { tag: String },
    /// It moves to this revision, which is the newest one, and nothing else changes.
    Released { revision: String },
}

impl Moves {
    /// What a deployment does that makes a revision.
    pub(crate) fn of(function: &Function) -> Self {
        match &function.rollout {
            Some(rollout) => Self::Held { tag: rollout.tag.clone() },
            None => Self::AtOnce,
        }
    }
}

/// Whether the triggers of a function wait for its traffic.
pub(crate) fn leaves_triggers(function: &Function, outcome: &Outcome) -> bool {
    function.rollout.is_some() && matches!(outcome, Outcome::TrafficPinned { .. })
}

/// What is to be written of the traffic of a service that exists, with its annotation.
pub(crate) fn with_traffic(
    moves: &Moves,
    wanted: ServiceShape,
    live: &LiveService,
) -> ServiceShape {
    let held = held_of(live).filter(|held| held.holds(live));
    let (traffic, held) = match moves {
        Moves::Held { tag } => hold(tag, live, held),
        Moves::AtOnce | Moves::Released { .. } => {
            let traffic = match (wanted.traffic.clone(), held) {
                (None, held) => held.map(Traffic::Released),
                // The same, without the tag.
                (Some(Traffic::Newest), Some(held)) if has_all(&held, live) => {
                    Some(Traffic::Released(held))
                }
                (Some(recorded), _) => Some(recorded),
            };
            (traffic, None)
        }
    };
    let mut wanted = ServiceShape { traffic, ..wanted };
    let annotation = held.map(|held| format!("{} {}", held.tag, held.revision));
    if annotation.is_some() || live.shape.annotations.contains_key(HELD_ANNOTATION) {
        wanted.annotations.insert(HELD_ANNOTATION.to_owned(), annotation.unwrap_or_default());
    }
    wanted
}

/// Whether the traffic of a service is held, and moves once the revision of this deployment is up.
pub(crate) fn waits(moves: &Moves, live: &LiveService) -> bool {
    *moves == Moves::AtOnce && held_of(live).is_some_and(|held| held.holds(live))
}

/// The traffic of a service whose newest revision gets a tag, and what its annotation is to say.
fn hold(
    tag: &str,
    live: &LiveService,
    held: Option<HeldTraffic>,
) -> (Option<Traffic>, Option<HeldTraffic>) {
    // Without a revision that is ready there is nowhere to leave the traffic.
    if live.latest_ready_revision.is_empty() {
        return (None, None);
    }
    let follows = live.traffic.iter().any(|share| share.follows_latest && share.percent > 0);
    let is_moved_later = follows || held.is_some();
    let revision = match held {
        // The newest ready one may be that of a rollout that was never released.
        Some(held) if !follows => held.revision,
        _ => live.latest_ready_revision.clone(),
    };
    let hold = HeldTraffic { tag: tag.to_owned(), revision };
    (Some(Traffic::Held(hold.clone())), is_moved_later.then_some(hold))
}

/// What the annotation of a service says.
fn held_of(live: &LiveService) -> Option<HeldTraffic> {
    let (tag, revision) = live.shape.annotations.get(HELD_ANNOTATION)?.split_once(' ')?;
    Some(HeldTraffic { tag: tag.to_owned(), revision: revision.to_owned() })
}

fn has_all(held: &HeldTraffic, live: &LiveService) -> bool {
    live.percent_of(&held.revision) == ALL
}

/// Whether the traffic of a service is what a deployment wants of it.
pub(crate) fn is_met(moves: &Moves, wanted: &ServiceShape, live: &LiveService) -> bool {
    let has_all_traffic = || live.percent_of(&live.latest_ready_revision) == ALL;
    match (&wanted.traffic, moves) {
        (None, _) => true,
        // A revision that has all traffic already has nothing to wait for.
        (Some(traffic), Moves::Held { .. }) => traffic.is_met_by(live) || has_all_traffic(),
        (Some(traffic), Moves::AtOnce | Moves::Released { .. }) => traffic.is_met_by(live),
    }
}

#[cfg(test)]
mod tests;
