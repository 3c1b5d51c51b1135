//! Names of the ledger's objects. This table is complete.
//!
//! | object | content |
//! |---|---|
//! | `functions/<project>/<region>/<name>/head` | the fence: newest generation and its deployment |
//! | `deployments/<id>/request` | the request as received, with its trace |
//! | `deployments/<id>/admission` | generation, deadline, and the deployment before this one |
//! | `deployments/<id>/<stage>` | what a stage handed off, with the times for `longshore trace` |
//! | `deployments/<id>/cancel` | a request to cancel the deployment |
//! | `deployments/<id>/deletion` | a request to delete the function, admitted under this id |
//! | `deployments/<id>/outcome` | the one terminal state |
//! | `open/<id>` | exists from admission to outcome |
//! | `builds/<key>/<n>/claim` | which deployment submits the n-th build of a key |
//! | `builds/<key>/<n>/submitted/<attempt>` | a submitted attempt, and Cloud Build's name for it |
//! | `builds/<key>/<n>/result` | the image's digest, or the failure |
//! | `builds/<key>/<n>/waiters/<deployment>` | a deployment that waits for the build |
//! | `parked/<minute>/<message>` | a message that an operator must examine |

use longshore_messages::{BuildKey, BuildRef, DeploymentId, FunctionRef};
use time::OffsetDateTime;

/// Prefix of the heads of all functions.
pub const FUNCTIONS: &str = "functions/";

/// Prefix of the `open/<id>` objects.
pub const OPEN: &str = "open/";

/// Prefix of the parked messages.
pub const PARKED: &str = "parked/";

#[must_use]
pub fn head(function: &FunctionRef) -> String {
    format!("{FUNCTIONS}{function}/head")
}

#[must_use]
pub fn request(id: DeploymentId) -> String {
    format!("deployments/{id}/request")
}

#[must_use]
pub fn admission(id: DeploymentId) -> String {
    format!("deployments/{id}/admission")
}

#[must_use]
pub fn stage(id: DeploymentId, stage: &str) -> String {
    format!("deployments/{id}/{stage}")
}

#[must_use]
pub fn cancel(id: DeploymentId) -> String {
    format!("deployments/{id}/cancel")
}

#[must_use]
pub fn deletion(id: DeploymentId) -> String {
    format!("deployments/{id}/deletion")
}

#[must_use]
pub fn outcome(id: DeploymentId) -> String {
    format!("deployments/{id}/outcome")
}

#[must_use]
pub fn open(id: DeploymentId) -> String {
    format!("{OPEN}{id}")
}

/// Prefix of all builds of a key.
#[must_use]
pub fn builds(key: BuildKey) -> String {
    format!("builds/{key}/")
}

#[must_use]
pub fn claim(build: BuildRef) -> String {
    format!("builds/{}/{}/claim", build.key, build.number)
}

/// Prefix of all submissions of a build.
#[must_use]
pub fn submissions(build: BuildRef) -> String {
    format!("builds/{}/{}/submitted/", build.key, build.number)
}

#[must_use]
pub fn submission(build: BuildRef, attempt: u32) -> String {
    format!("{}{attempt}", submissions(build))
}

#[must_use]
pub fn result(build: BuildRef) -> String {
    format!("builds/{}/{}/result", build.key, build.number)
}

/// Prefix of all waiters of a build.
#[must_use]
pub fn waiters(build: BuildRef) -> String {
    format!("builds/{}/{}/waiters/", build.key, build.number)
}

#[must_use]
pub fn waiter(build: BuildRef, id: DeploymentId) -> String {
    format!("{}{id}", waiters(build))
}

#[must_use]
pub fn parked(at: OffsetDateTime, message_id: &str) -> String {
    let minute = at.unix_timestamp() / 60;
    format!("{PARKED}{minute}/{message_id}")
}
