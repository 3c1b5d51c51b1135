//! Names of the ledger's objects. This table is complete.
//!
//! | object | content |
//! |---|---|
//! | `functions/<project>/<region>/<name>/head` | the fence: newest generation and its deployment; its metadata has the same, and the runtime |
//! | `ended/<project>/<region>/<name>/<generation>` | how the deployment of a generation ended if its revision is up, in its metadata; deleted when the next one ends |
//! | `deployments/<id>/request` | the request as received, with its trace; its metadata has the requester |
//! | `deployments/<id>/admission` | generation, deadline, and the deployment before this one |
//! | `deployments/<id>/<stage>` | what a stage handed off, with the times for `longshore trace`; its metadata has the digest of the message |
//! | `deployments/<id>/refused/<stage>` | when a stage first missed a role, so that it waits only once |
//! | `deployments/<id>/cancel` | a request to cancel the deployment |
//! | `deployments/<id>/deletion` | a request to delete the function, admitted under this id |
//! | `deployments/<id>/ending` | the worker that alone may end the deployment |
//! | `deployments/<id>/before` | the revision and the traffic of another tool's service, before the deployment wrote it |
//! | `deployments/<id>/delays/<time>` | why service-deployer had to try again |
//! | `deployments/<id>/waits/<stage>/<time>` | a long wait of a stage, for reports |
//! | `deployments/<id>/parked/<stage>/<message>` | that a genuine message of the deployment to a stage was parked, and under which name |
//! | `deployments/<id>/outcome` | the one terminal state; its metadata has the function and how it ended |
//! | `open/<id>` | exists from the receipt of a valid request to its outcome; its metadata has the deadline and the function |
//! | `builds/<key>/<n>/claim` | which deployment submits the n-th build of a key |
//! | `builds/<key>/<n>/retry/<attempt>` | which worker submits an attempt in the claimant's place |
//! | `builds/<key>/<n>/submitted/<attempt>` | a submitted attempt, and Cloud Build's name for it, and whether the claimant waits; its metadata has the same |
//! | `builds/<key>/<n>/result` | the image's digest, or the failure |
//! | `builds/<key>/<n>/woken` | that the claimant, which waits without a waiter, is woken, if other deployments were not at that time |
//! | `waiters/<key>-<n>/<deployment>` | a deployment that waits for the build, other than a claimant that has submitted it |
//! | `pending/<project>/<region>/<key>-<n>` | exists from before the claim until all waiters are woken; its metadata has the claimant |
//! | `deployments/<id>/operations/<operation>` | an operation of the Cloud Functions API that was begun for the deployment |
//! | `deployments/<id>/runtime` | the runtime of a function whose request names a language |
//! | `operating/<project>/<region>/<name>/<id>` | exists from before a deployment writes its function until it has ended and the function is what its newest deployment wants |
//! | `deployments/<id>/triggers` | that the deployment compares the triggers and callers of its function |
//! | `triggers/<project>/<region>/<name>/kind/<kind>` | that the function has, or once had, triggers of this kind |
//! | `triggers/<project>/<region>/<name>/enqueuer/<queue>/<principal>` | exists from before the fleet gives a principal the enqueuer role on a queue until it has taken it back, or the queue is deleted |
//! | `triggers/<project>/<region>/<name>/caller/<principal>` | exists from before the fleet gives a principal the invoker role until it has taken it back |
//! | `batches/<id>/request` | the request for a batch as received; its metadata has the requester |
//! | `batches/<id>/batch` | an accepted batch: its settings and its requester; its metadata has the name and the number of functions |
//! | `batches/<id>/progress` | a letter for each function, and whether more are admitted; overwritten |
//! | `batches/<id>/outcome` | the one terminal state of a batch, which its metadata repeats |
//! | `batches/<id>/forecast` | the work of a batch, and what was assumed of the platform at its start |
//! | `batch-members/<id>/<n>` | the requests for up to five hundred functions of a batch, in the order of their admission |
//! | `feeding/<id>` | exists from the acceptance of a batch until its outcome is published |
//! | `starts/<stage>/<message>/<delivery>` | a worker handles the message, or ended while it did |
//! | `parked/<hour>/<stage>/<cause>/<sender>-<message>` | a message that an operator must examine |
//! | `parked-more/<hour>/<stage>/<cause>` | how many more there were; overwritten |
//! | `actions/<time>-<hash>` | what an operator did, and why; its metadata has the same |
//! | `quotas/<project>/<region>/<api>` | which calls all replicas make in this minute; overwritten |
//! | `clock/<nanoseconds>-<process>` | exists while a worker compares its clock with the bucket's |

mod batches;
mod builds;
mod parked;
mod quotas;
mod triggers;

use longshore_messages::{DeploymentId, FunctionRef};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

pub use batches::{
    BATCHES, FEEDING, batch, batch_forecast, batch_members, batch_outcome, batch_progress,
    batch_request, feeding,
};
pub use builds::{
    PENDING, build, builds, claim, pending, result, retry, submission, waiter, waiters, woken,
};
pub use parked::{
    PARKED, PARKED_MORE, hour, parked, parked_alike, parked_by, parked_mark, parked_marks,
    parked_more,
};
pub use quotas::{QUOTAS, quota, quota_of};
pub(crate) use triggers::{CALLER, ENQUEUER, KIND};
pub use triggers::{TRIGGERS, caller, enqueuer, triggers, wired, wiring};

/// Prefix of the heads of all functions.
pub const FUNCTIONS: &str = "functions/";

/// Prefix of the notes of how deployments ended.
pub const ENDED: &str = "ended/";

/// Prefix of everything about deployments.
pub const DEPLOYMENTS: &str = "deployments/";

/// Prefix of what operators did.
pub const ACTIONS: &str = "actions/";

/// Prefix of the `open/<id>` objects.
pub const OPEN: &str = "open/";

/// Prefix of the marks of deployments that may have written their functions.
pub const OPERATING: &str = "operating/";

#[must_use]
pub fn head(function: &FunctionRef) -> String {
    format!("{FUNCTIONS}{function}/head")
}

#[must_use]
pub fn ended(function: &FunctionRef, generation: u64) -> String {
    format!("{ENDED}{function}/{generation}")
}

/// Prefix of everything about a deployment: some ten objects, whatever happens to it.
#[must_use]
pub fn deployment(id: DeploymentId) -> String {
    format!("{DEPLOYMENTS}{id}/")
}

/// The deployment of an object, and the object's name below it.
pub(crate) fn in_deployment(name: &str) -> Option<(DeploymentId, &str)> {
    let (id, rest) = name.strip_prefix(DEPLOYMENTS)?.split_once('/')?;
    Some((id.parse().ok()?, rest))
}

/// What an operator did: milliseconds since 1970, in enough digits for a thousand years, so that
/// names sort by time.
#[must_use]
pub fn action(at: OffsetDateTime, target: &str, action: &str) -> String {
    let hash = Sha256::digest(format!("{action} {target}"));
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{ACTIONS}{:014}-{short}", at.unix_timestamp_nanos() / 1_000_000)
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
pub fn refused(id: DeploymentId, stage: &str) -> String {
    format!("deployments/{id}/refused/{stage}")
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
pub fn ending(id: DeploymentId) -> String {
    format!("deployments/{id}/ending")
}

#[must_use]
pub fn before(id: DeploymentId) -> String {
    format!("deployments/{id}/before")
}

/// Prefix of all delays of a deployment.
#[must_use]
pub fn delays(id: DeploymentId) -> String {
    format!("deployments/{id}/delays/")
}

/// Milliseconds since 1970, in enough digits for a thousand years, so that names sort by time.
#[must_use]
pub fn delay(id: DeploymentId, at: OffsetDateTime) -> String {
    format!("{}{:014}", delays(id), at.unix_timestamp_nanos() / 1_000_000)
}

/// Prefix of the noted waits of a stage for a deployment.
#[must_use]
pub fn waits(id: DeploymentId, stage: &str) -> String {
    format!("deployments/{id}/waits/{stage}/")
}

/// Milliseconds since 1970, as for [`delay`].
#[must_use]
pub fn wait(id: DeploymentId, stage: &str, since: OffsetDateTime) -> String {
    format!("{}{:014}", waits(id, stage), since.unix_timestamp_nanos() / 1_000_000)
}

/// Prefix of the operations that were begun for a deployment.
#[must_use]
pub fn operations(id: DeploymentId) -> String {
    format!("deployments/{id}/operations/")
}

/// `operation` is its resource name, whose last part is unique.
#[must_use]
pub fn operation(id: DeploymentId, operation: &str) -> String {
    format!("{}{}", operations(id), operation.rsplit('/').next().unwrap_or_default())
}

#[must_use]
pub fn runtime(id: DeploymentId) -> String {
    format!("deployments/{id}/runtime")
}

/// Prefix of the marks of the deployments that may have written a function.
#[must_use]
pub fn operating_on(function: &FunctionRef) -> String {
    format!("{OPERATING}{function}/")
}

#[must_use]
pub fn operating(function: &FunctionRef, id: DeploymentId) -> String {
    format!("{}{id}", operating_on(function))
}

#[must_use]
pub fn outcome(id: DeploymentId) -> String {
    format!("deployments/{id}/outcome")
}

#[must_use]
pub fn open(id: DeploymentId) -> String {
    format!("{OPEN}{id}")
}

/// Prefix of the deliveries of a message to a stage that have not ended. The message's identity is
/// hashed, because it may be any text.
#[must_use]
pub fn starts(stage: &str, input: &str) -> String {
    let hash = Sha256::digest(input);
    let short: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("starts/{stage}/{short}/")
}

#[must_use]
pub fn start(stage: &str, input: &str, handler: &str) -> String {
    format!("{}{handler}", starts(stage, input))
}

/// The object with which a process compares its clock with the bucket's.
#[must_use]
pub fn clock(at: OffsetDateTime, process: u32) -> String {
    format!("clock/{}-{process}", at.unix_timestamp_nanos())
}
