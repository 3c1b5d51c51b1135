//! Names of the ledger's objects.
//!
//! | object | meaning |
//! |---|---|
//! | `functions/<project>/<region>/<name>/head` | newest generation and its deployment: the fence |
//! | `deployments/<id>/request` | the request as received, with its trace |
//! | `deployments/<id>/admission` | the generation it was given |
//! | `deployments/<id>/<stage>` | what a stage handed on |
//! | `deployments/<id>/cancel` | somebody asked to stop |
//! | `deployments/<id>/deletion` | a request to delete the function, admitted under this id |
//! | `deployments/<id>/outcome` | the one terminal state |
//! | `open/<id>` | there from admission to outcome |
//! | `builds/<key>/<n>/claim` | which deployment submits the n-th build of a key |
//! | `builds/<key>/<n>/submitted/<attempt>` | that an attempt was submitted, and as which build |
//! | `builds/<key>/<n>/result` | how it ended |
//! | `builds/<key>/<n>/waiters/<deployment>` | who waits for it |
//! | `parked/<minute>/<id>` | a message that an operator has to look at |

use longshore_messages::{BuildKey, BuildRef, DeploymentId, FunctionRef};
use time::OffsetDateTime;

/// What the heads of all functions start with.
pub const FUNCTIONS: &str = "functions/";

/// What `open/<id>` objects start with.
pub const OPEN: &str = "open/";

/// What `parked/…` objects start with.
pub const PARKED: &str = "parked/";

/// The fence of a function.
#[must_use]
pub fn head(function: &FunctionRef) -> String {
    format!("{FUNCTIONS}{function}/head")
}

/// The request of a deployment.
#[must_use]
pub fn request(id: DeploymentId) -> String {
    format!("deployments/{id}/request")
}

/// The generation that a deployment was given.
#[must_use]
pub fn admission(id: DeploymentId) -> String {
    format!("deployments/{id}/admission")
}

/// What a stage handed on for a deployment.
#[must_use]
pub fn stage(id: DeploymentId, stage: &str) -> String {
    format!("deployments/{id}/{stage}")
}

/// The wish to stop a deployment.
#[must_use]
pub fn cancel(id: DeploymentId) -> String {
    format!("deployments/{id}/cancel")
}

/// The wish to delete a function, under the id that the deletion is admitted with.
#[must_use]
pub fn deletion(id: DeploymentId) -> String {
    format!("deployments/{id}/deletion")
}

/// The one terminal state of a deployment.
#[must_use]
pub fn outcome(id: DeploymentId) -> String {
    format!("deployments/{id}/outcome")
}

/// There while a deployment is under way.
#[must_use]
pub fn open(id: DeploymentId) -> String {
    format!("{OPEN}{id}")
}

/// What all builds of a key start with.
#[must_use]
pub fn builds(key: BuildKey) -> String {
    format!("builds/{key}/")
}

/// Which deployment submits a build.
#[must_use]
pub fn claim(build: BuildRef) -> String {
    format!("builds/{}/{}/claim", build.key, build.number)
}

/// What all submissions of a build start with.
#[must_use]
pub fn submissions(build: BuildRef) -> String {
    format!("builds/{}/{}/submitted/", build.key, build.number)
}

/// One submission of a build.
#[must_use]
pub fn submission(build: BuildRef, attempt: u32) -> String {
    format!("{}{attempt}", submissions(build))
}

/// How a build ended.
#[must_use]
pub fn result(build: BuildRef) -> String {
    format!("builds/{}/{}/result", build.key, build.number)
}

/// What all waiters of a build start with.
#[must_use]
pub fn waiters(build: BuildRef) -> String {
    format!("builds/{}/{}/waiters/", build.key, build.number)
}

/// One waiter of a build.
#[must_use]
pub fn waiter(build: BuildRef, id: DeploymentId) -> String {
    format!("{}{id}", waiters(build))
}

/// A parked message.
#[must_use]
pub fn parked(at: OffsetDateTime, message_id: &str) -> String {
    let minute = at.unix_timestamp() / 60;
    format!("{PARKED}{minute}/{message_id}")
}
