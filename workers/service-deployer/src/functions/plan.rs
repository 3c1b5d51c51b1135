//! What the function and its service show after the operation. Pure.

use longshore_cloud::{ConditionState, FunctionState, LiveFunction, LiveService};
use longshore_ledger::Standing;
use longshore_messages::{
    Access, CONFIG_LABEL, Failure, FailureClass, FunctionPublished, Outcome, Serving,
};
use time::OffsetDateTime;

use crate::NAME;
use crate::plan::is_up;
use crate::traffic::{Share, share};

/// What is there.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) standing: Standing,
    pub(crate) function: Option<LiveFunction>,
    pub(crate) service: Option<LiveService>,
    /// The digest of the service's image, if it is known.
    pub(crate) digest: Option<String>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    End(Outcome),
    /// Wait for this, and look again.
    Wait(&'static str),
    SetAccess {
        service: String,
        access: Access,
        etag: String,
    },
}

pub(crate) fn plan(
    published: &FunctionPublished,
    seen: &Seen,
    has_set_access: bool,
    now: OffsetDateTime,
) -> Plan {
    let deployment = &published.deployment;
    let is_late = now >= deployment.deadline_at;
    let wait = |reason: &'static str| match is_late {
        true => Plan::End(Outcome::Failed(too_late(reason))),
        false => Plan::Wait(reason),
    };
    if let Standing::Superseded { by } = seen.standing {
        return Plan::End(Outcome::Superseded { by: Some(by) });
    }
    let Some(function) = &seen.function else {
        return Plan::End(Outcome::Failed(deleted(published)));
    };
    if function.generation().is_some_and(|generation| generation > deployment.generation) {
        return Plan::End(Outcome::Superseded { by: function.written_by() });
    }
    if function.shape.labels.get(CONFIG_LABEL)
        != Some(&published.image.operation.config.to_string())
    {
        return wait("the newest deployment to be deployed again over an older one");
    }
    match function.state {
        FunctionState::Active => {}
        FunctionState::Failed | FunctionState::Undefined => {
            return Plan::End(Outcome::Failed(not_active(published, &function.messages)));
        }
        FunctionState::Deploying | FunctionState::Deleting | FunctionState::Unknown => {
            return wait("the operation that runs on the function");
        }
    }
    match &seen.service {
        None => wait("the service of the function"),
        Some(service) => serve(published, function, service, seen, has_set_access, &wait),
    }
}

fn serve(
    published: &FunctionPublished,
    function: &LiveFunction,
    service: &LiveService,
    seen: &Seen,
    has_set_access: bool,
    wait: &dyn Fn(&'static str) -> Plan,
) -> Plan {
    if !service.reconciled || service.condition.state == ConditionState::Pending {
        return wait("the service of the function");
    }
    if seen.digest.as_ref() != Some(&published.image.digest) {
        return Plan::End(Outcome::Failed(other_image(published, service)));
    }
    let requested = published.function.service.access;
    if let Some(access) = requested
        && service.shape.settings.access != Some(access)
    {
        return Plan::SetAccess {
            service: function.service.clone(),
            access,
            etag: service.etag.clone(),
        };
    }
    if !is_up(service) {
        return wait("the revision of the function");
    }
    let image = published.image.reference();
    let ready = |serving: Serving| Serving {
        image: image.clone(),
        url: if function.url.is_empty() { serving.url } else { function.url.clone() },
        ..serving
    };
    Plan::End(match share(service, &published.function.at) {
        Share::All(serving) if published.image.operation.unchanged && !has_set_access => {
            Outcome::Unchanged(ready(serving))
        }
        Share::All(serving) => Outcome::Deployed(ready(serving)),
        Share::Part(serving, traffic) => Outcome::TrafficPinned { ready: ready(serving), traffic },
    })
}

fn failure(code: &str, reason: String, advice: &str) -> Failure {
    Failure::new(NAME, FailureClass::System, code, reason, advice)
}

fn deleted(published: &FunctionPublished) -> Failure {
    let reason = format!("the function {} was deleted", published.function.at.name);
    failure("function-deleted", reason, "deploy again if the deletion was a mistake")
}

fn not_active(published: &FunctionPublished, messages: &[String]) -> Failure {
    let name = &published.function.at.name;
    let reason = format!("the function {name} has failed: {}", messages.join("; "));
    failure("function-failed", reason, "fix what the reason names and deploy again")
}

fn other_image(published: &FunctionPublished, service: &LiveService) -> Failure {
    let reason = format!(
        "the service of function {} serves {}, which is not {}, the image that its build {} made",
        published.function.at.name,
        service.shape.image,
        published.image.reference(),
        published.image.build_name
    );
    failure(
        "service-overwritten",
        reason,
        "find out what else writes to the service, and deploy again to restore the requested version",
    )
}

fn too_late(waiting_for: &str) -> Failure {
    let reason = format!("the deployment's deadline passed while it waited for {waiting_for}");
    let advice = "inspect the function with `longshore describe`, and deploy again";
    failure("deadline-exceeded", reason, advice)
}

#[cfg(test)]
mod tests;
