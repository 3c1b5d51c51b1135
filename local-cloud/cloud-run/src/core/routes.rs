//! Requested traffic that names revisions which do not exist.
//!
//! Such a write is taken, as on Google: its operation fails, the condition `RoutesReady` says why,
//! and the traffic in effect stays as it was until a later write names revisions that exist.

use google_cloud_run_v2::model::condition::State;
use google_cloud_run_v2::model::{Condition, Service, TrafficTarget};

use super::{Entry, Moment, ServiceName};

const READY: &str = "Ready";
const ROUTES: &str = "RoutesReady";

/// The first revision of the requested traffic that does not exist. `creates` is the id of a
/// revision that is being created.
pub(super) fn missing(
    name: &ServiceName,
    service: &Service,
    entry: Option<&Entry>,
    creates: &str,
) -> Option<String> {
    let is_missing = |target: &&TrafficTarget| {
        let id = target.revision.as_str();
        let exists = || entry.is_some_and(|entry| entry.revisions.contains_key(&name.revision(id)));
        !id.is_empty() && id != creates && !exists()
    };
    service.traffic.iter().find(is_missing).map(|target| target.revision.clone())
}

/// Makes the conditions of a service whose revision is not being started say whether its traffic
/// can be routed.
pub(super) fn judge(service: &mut Service, missing: Option<&str>, moment: &Moment) {
    let Some(revision) = missing else {
        let is_failed = |condition: &Condition| {
            condition.r#type == ROUTES && condition.state == State::ConditionFailed
        };
        if service.conditions.iter().any(is_failed) && !has_failed_otherwise(service) {
            replace(service, |kind| condition(kind, State::ConditionSucceeded, moment));
        }
        return;
    };
    let message = format!("Revision '{revision}' referenced in traffic was not found.");
    replace(service, |kind| {
        condition(kind, State::ConditionFailed, moment).set_message(message.clone())
    });
}

/// A condition that has just got this state.
pub(super) fn condition(kind: &str, state: State, moment: &Moment) -> Condition {
    Condition::new().set_type(kind).set_state(state).set_last_transition_time(moment.now)
}

/// Whether the latest revision has failed, which also fails the routes of a service that has no
/// other.
fn has_failed_otherwise(service: &Service) -> bool {
    service
        .conditions
        .iter()
        .any(|condition| condition.r#type != ROUTES && condition.state == State::ConditionFailed)
}

/// Replaces the condition of the routes. That of the service follows unless its configuration has
/// failed.
fn replace(service: &mut Service, make: impl Fn(&str) -> Condition) {
    for old in &mut service.conditions {
        if old.r#type == ROUTES {
            *old = make(ROUTES);
        }
    }
    if !has_failed_otherwise(service) {
        service.terminal_condition = Some(make(READY));
    }
}
