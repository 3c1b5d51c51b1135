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

use longshore_cloud::pacing::{Api, Key};
use longshore_messages::{BatchId, BuildKey, BuildRef, DeploymentId, FunctionRef, TriggerKind};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::Cause;

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

/// Prefix of the marks of builds in progress.
pub const PENDING: &str = "pending/";

/// Prefix of the marks of deployments that may have written their functions.
pub const OPERATING: &str = "operating/";

/// Prefix of the marks of what was made beside the services of functions.
pub const TRIGGERS: &str = "triggers/";

/// Prefix of the marks of the kinds of triggers, among those of a function. Each sort of mark has a
/// prefix, because a principal may have any name.
pub(crate) const KIND: &str = "kind/";

/// Prefix of the marks of who may call the service of a function.
pub(crate) const CALLER: &str = "caller/";

/// Prefix of the marks of who may add tasks to the queues of a function.
pub(crate) const ENQUEUER: &str = "enqueuer/";

/// Prefix of what is known about batches, without their functions.
pub const BATCHES: &str = "batches/";

/// Prefix of the marks of open batches.
pub const FEEDING: &str = "feeding/";

/// Prefix of the parked messages.
pub const PARKED: &str = "parked/";

/// Prefix of the counts of messages that were parked but not kept.
pub const PARKED_MORE: &str = "parked-more/";

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

/// Prefix of the marks of a deployment's messages to a stage that were parked.
#[must_use]
pub fn parked_marks(id: DeploymentId, stage: &str) -> String {
    format!("deployments/{id}/parked/{stage}/")
}

#[must_use]
pub fn parked_mark(id: DeploymentId, stage: &str, message_id: &str) -> String {
    format!("{}{message_id}", parked_marks(id, stage))
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

#[must_use]
pub fn outcome(id: DeploymentId) -> String {
    format!("deployments/{id}/outcome")
}

#[must_use]
pub fn open(id: DeploymentId) -> String {
    format!("{OPEN}{id}")
}

#[must_use]
pub fn batch_request(id: BatchId) -> String {
    format!("{BATCHES}{id}/request")
}

#[must_use]
pub fn batch(id: BatchId) -> String {
    format!("{BATCHES}{id}/batch")
}

#[must_use]
pub fn batch_progress(id: BatchId) -> String {
    format!("{BATCHES}{id}/progress")
}

#[must_use]
pub fn batch_outcome(id: BatchId) -> String {
    format!("{BATCHES}{id}/outcome")
}

/// The number is from 0, and names sort by it.
#[must_use]
pub fn batch_members(id: BatchId, number: usize) -> String {
    format!("batch-members/{id}/{number:05}")
}

#[must_use]
pub fn feeding(id: BatchId) -> String {
    format!("{FEEDING}{id}")
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

/// Prefix of everything about a build, except its waiters: there may be thousands of them, and the
/// state of a build is found by listing.
#[must_use]
pub fn build(build: BuildRef) -> String {
    format!("builds/{}/{}/", build.key, build.number)
}

#[must_use]
pub fn submission(build: BuildRef, attempt: u32) -> String {
    format!("builds/{}/{}/submitted/{attempt}", build.key, build.number)
}

#[must_use]
pub fn retry(build: BuildRef, attempt: u32) -> String {
    format!("builds/{}/{}/retry/{attempt}", build.key, build.number)
}

#[must_use]
pub fn result(build: BuildRef) -> String {
    format!("builds/{}/{}/result", build.key, build.number)
}

#[must_use]
pub fn woken(build: BuildRef) -> String {
    format!("builds/{}/{}/woken", build.key, build.number)
}

/// Prefix of all waiters of a build.
#[must_use]
pub fn waiters(build: BuildRef) -> String {
    format!("waiters/{build}/")
}

#[must_use]
pub fn waiter(build: BuildRef, id: DeploymentId) -> String {
    format!("{}{id}", waiters(build))
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

#[must_use]
pub fn pending(project: &str, region: &str, build: BuildRef) -> String {
    format!("{PENDING}{project}/{region}/{build}")
}

/// Prefix of all parked messages of a stage, a cause and an hour.
#[must_use]
pub fn parked_alike(at: OffsetDateTime, stage: &str, cause: Cause) -> String {
    format!("{PARKED}{}/{stage}/{}/", hour(at), cause.as_str())
}

/// Prefix of those of them that claim this sender. The sender is hashed, because it may be any
/// text; four bytes are enough to tell a few senders apart.
#[must_use]
pub fn parked_by(alike: &str, sender: &str) -> String {
    let hash = Sha256::digest(sender);
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{alike}{short}-")
}

/// A parked message, by Pub/Sub's id.
#[must_use]
pub fn parked(
    at: OffsetDateTime,
    stage: &str,
    cause: Cause,
    sender: &str,
    message_id: &str,
) -> String {
    format!("{}{message_id}", parked_by(&parked_alike(at, stage, cause), sender))
}

#[must_use]
pub fn parked_more(at: OffsetDateTime, stage: &str, cause: Cause) -> String {
    format!("{PARKED_MORE}{}/{stage}/{}", hour(at), cause.as_str())
}

#[must_use]
pub fn batch_forecast(id: BatchId) -> String {
    format!("{BATCHES}{id}/forecast")
}

/// Prefix of the quotas.
pub const QUOTAS: &str = "quotas/";

/// The region in the names of quotas that cover all regions.
const ALL_REGIONS: &str = "global";

/// What all replicas share of a quota.
#[must_use]
pub fn quota(key: &Key) -> String {
    let Key { project, region, api } = key;
    let region = if region.is_empty() { ALL_REGIONS } else { region };
    format!("{QUOTAS}{project}/{region}/{}", api.name())
}

/// The quota of a name. `None` if only a newer version knows its API.
#[must_use]
pub fn quota_of(name: &str) -> Option<Key> {
    let mut parts = name.strip_prefix(QUOTAS)?.split('/');
    let (project, region, api) = (parts.next()?, parts.next()?, parts.next()?);
    let api = Api::ALL.into_iter().find(|known| known.name() == api)?;
    let region = if region == ALL_REGIONS { "" } else { region };
    let key = Key { project: project.to_owned(), region: region.to_owned(), api };
    parts.next().is_none().then_some(key)
}

/// The object with which a process compares its clock with the bucket's.
#[must_use]
pub fn clock(at: OffsetDateTime, process: u32) -> String {
    format!("clock/{}-{process}", at.unix_timestamp_nanos())
}

/// The hour of the names of parked messages, since 1970.
#[must_use]
pub fn hour(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() / 3_600
}
