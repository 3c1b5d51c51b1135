//! Names of the objects of triggers and callers.

use longshore_messages::{DeploymentId, FunctionRef, TriggerKind};

/// Prefix of the marks of what was made beside the services of functions.
pub const TRIGGERS: &str = "triggers/";

/// Prefix of the marks of the kinds of triggers, among those of a function. Each sort of mark has a
/// prefix, because a principal may have any name.
pub(crate) const KIND: &str = "kind/";

/// Prefix of the marks of who may call the service of a function.
pub(crate) const CALLER: &str = "caller/";

/// Prefix of the marks of who may add tasks to the queues of a function.
pub(crate) const ENQUEUER: &str = "enqueuer/";

/// Prefix of the marks of what was made beside a function's service.
#[must_use]
pub fn wired(function: &FunctionRef) -> String {
    format!("{TRIGGERS}{function}/")
}

#[must_use]
pub fn triggers(function: &FunctionRef, kind: TriggerKind) -> String {
    format!("{}{KIND}{}", wired(function), kind.as_str())
}

#[must_use]
pub fn enqueuer(function: &FunctionRef, queue: &str, member: &str) -> String {
    format!("{}{ENQUEUER}{queue}/{member}", wired(function))
}

#[must_use]
pub fn caller(function: &FunctionRef, member: &str) -> String {
    format!("{}{CALLER}{member}", wired(function))
}

#[must_use]
pub fn wiring(id: DeploymentId) -> String {
    format!("deployments/{id}/triggers")
}
