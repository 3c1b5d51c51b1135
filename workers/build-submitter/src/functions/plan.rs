//! Decides what to do with the live function. Pure.

use longshore_cloud::{FunctionField, FunctionShape, FunctionState, LiveFunction, LiveService};
use longshore_ledger::Standing;
use longshore_messages::{
    CONFIG_LABEL, ConfigDigest, Deployment, Failure, FailureClass, FunctionRef, Outcome,
};
use time::OffsetDateTime;

use super::shape::{changed_settings, fixed_difference, has_source, update_fields};
use crate::NAME;

/// Label of a service with the id of its function, which the Cloud Functions API sets.
const FUNCTION_ID: &str = "goog-drz-cloudfunctions-id";

/// What a deployment wants.
pub(crate) struct Target<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) at: &'a FunctionRef,
    pub(crate) shape: FunctionShape,
    /// Whether the function may be deleted and created again, if the API cannot change it in place.
    pub(crate) may_replace: bool,
}

/// What is there.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) standing: Standing,
    pub(crate) live: Option<LiveFunction>,
    /// The service that the function's one would be. Read only if there is no function.
    pub(crate) service: Option<LiveService>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// The function shows that this deployment has written it: pass on what was begun.
    Adopt,
    /// The function already is what the deployment wants, and shows it by this label. A deployment
    /// that leaves a setting open may want the same as one that set it.
    Unchanged(ConfigDigest),
    /// Wait for this, and look again.
    Wait(&'static str),
    Write(Write),
    /// End the deployment.
    End(Outcome),
}

/// A write of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Create,
    Update(Vec<FunctionField>),
    /// Delete the function, and then look again. It has never served, and was left by an operation
    /// that failed to create it, which the API cannot repair; or the request allows to replace it.
    Delete,
}

/// For a deployment whose source was uploaded.
pub(crate) fn plan(target: &Target<'_>, seen: &Seen, now: OffsetDateTime) -> Plan {
    let deployment = target.deployment;
    if let Some(live) = &seen.live {
        // An operation that was begun is followed to its end, even after a request to cancel.
        if live.written_by() == Some(deployment.id) {
            return Plan::Adopt;
        }
        if live.generation().is_some_and(|generation| generation > deployment.generation) {
            return Plan::End(Outcome::Superseded { by: live.written_by() });
        }
    }
    let before = "its operation was started";
    if let Some(outcome) = seen.standing.outcome_at(deployment, now, NAME, before) {
        return Plan::End(outcome);
    }
    if let Some(live) = seen.live.as_ref().filter(|live| live.is_first_generation) {
        return Plan::End(Outcome::Failed(first_generation(live)));
    }
    match (&seen.live, &seen.service) {
        (None, Some(service)) if !is_own(target.at, service) => {
            Plan::End(Outcome::Failed(name_taken(target.at, service)))
        }
        (None, Some(_) | None) => Plan::Write(Write::Create),
        (Some(live), _) => change(target, live),
    }
}

/// For the newest deployment of a function that is not what it wants, or `None` if there is nothing to
/// do. Its first operation has been started already, so its deadline does not count.
pub(crate) fn plan_again(target: &Target<'_>, seen: &Seen) -> Option<Plan> {
    match seen.standing {
        // A later deployment makes the function what it wants.
        Standing::Superseded { .. } => return None,
        Standing::Current | Standing::Cancelled => {}
    }
    let Some(live) = &seen.live else { return Some(Plan::Write(Write::Create)) };
    let config = target.shape.labels.get(CONFIG_LABEL);
    let is_wanted = live.shape.labels.get(CONFIG_LABEL) == config;
    if is_wanted && live.state == FunctionState::Active {
        return None;
    }
    Some(change(target, live))
}

fn change(target: &Target<'_>, live: &LiveFunction) -> Plan {
    match live.state {
        FunctionState::Deploying => Plan::Wait("the operation that runs on the function"),
        FunctionState::Deleting => Plan::Wait("the deletion of the function"),
        FunctionState::Unknown => Plan::Wait("the function to be in a known state"),
        FunctionState::Failed if live.service.is_empty() && live.written_by().is_some() => {
            Plan::Write(Write::Delete)
        }
        FunctionState::Active | FunctionState::Failed | FunctionState::Undefined => {
            if let Some(config) = unchanged(target, live) {
                return Plan::Unchanged(config);
            }
            match fixed_difference(&live.shape, &target.shape) {
                None => Plan::Write(Write::Update(update_fields(&live.shape, &target.shape))),
                Some(_) if target.may_replace => Plan::Write(Write::Delete),
                Some(what) => Plan::End(Outcome::Failed(not_in_place(live, what))),
            }
        }
    }
}

/// The label of the function's configuration, if it serves what the deployment wants.
fn unchanged(target: &Target<'_>, live: &LiveFunction) -> Option<ConfigDigest> {
    let is_same = live.state == FunctionState::Active
        && has_source(&live.shape, &target.shape)
        && changed_settings(&live.shape, &target.shape).is_empty();
    live.shape.labels.get(CONFIG_LABEL).filter(|_| is_same)?.parse().ok()
}

/// How a deployment ends that another worker has given up at its deadline.
pub(crate) fn given_up(deployment: &Deployment) -> Option<Outcome> {
    let at_deadline = deployment.deadline_at;
    Standing::Current.outcome_at(deployment, at_deadline, NAME, "its operation was started")
}

/// Whether a service is that of a function of this name, which is being created or deleted. Values of
/// labels are in lower case.
fn is_own(at: &FunctionRef, service: &LiveService) -> bool {
    let id = service.shape.settings.labels.get(FUNCTION_ID);
    id.is_some_and(|id| *id == at.name.to_ascii_lowercase())
}

/// The failure of a function whose service would be one that exists already.
fn name_taken(at: &FunctionRef, service: &LiveService) -> Failure {
    let id = service.shape.settings.labels.get(FUNCTION_ID);
    let (id, owner) = (
        at.service_id(),
        match id {
            Some(other) => format!("belongs to the function {other}"),
            None => "was not made by the Cloud Functions API".to_owned(),
        },
    );
    Failure::new(
        NAME,
        FailureClass::User,
        "name-taken",
        format!(
            "the function {} would be served by the Cloud Run service {id}, which exists and {owner}",
            at.name
        ),
        "deploy under another name, deploy to the service that exists with flavour FLAVOUR_RUN, or \
         delete it first",
    )
}

/// The failure of a deployment that would have to delete the function.
fn not_in_place(live: &LiveFunction, what: &str) -> Failure {
    Failure::new(
        NAME,
        FailureClass::User,
        "replacement-required",
        format!(
            "the Cloud Functions API cannot change the {what} of the event trigger of {}: the function \
             would have to be deleted and created again",
            live.name
        ),
        "set `allowReplacement` of the trigger, or `--allow-replacement` of `longshore deploy`, and deploy \
         again, after which requests fail until the new \
         function serves, or deploy under another name",
    )
}

/// The failure of a function whose name one of the first generation has.
fn first_generation(live: &LiveFunction) -> Failure {
    Failure::new(
        NAME,
        FailureClass::User,
        "name-taken",
        format!("{} is a function of the first generation", live.name),
        "deploy under another name, or upgrade the function with `gcloud functions upgrade` first",
    )
}

#[cfg(test)]
mod tests;
