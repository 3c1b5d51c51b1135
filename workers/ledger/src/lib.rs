//! The state of every deployment, in a bucket: fences, admissions, claims, waiters and outcomes.
//!
//! There is no database to run. **Of what deployments depend on, only `head` is ever overwritten;
//! everything else is created once.** Two workers therefore never disagree about what was written,
//! and another worker can continue after a crash at any point. [`names`] lists the objects.

mod actions;
mod admission;
mod batches;
mod builds;
mod cause;
mod clock;
mod clock_offset;
mod documents;
mod earlier;
mod ended;
mod ending;
mod error;
mod forecasts;
mod happened;
mod listed;
pub mod names;
mod operations;
mod parking;
mod pending;
mod quotas;
mod records;
mod requests;
mod standing;
mod starts;
mod store;
mod survey;
mod triggers;
mod waiters;
mod waiting;
mod waits;

pub use actions::Action;
pub use admission::{Admit, Admitted};
pub use batches::{AcceptedBatch, BatchControl, BatchProgress, ListedBatch, MemberState};
pub use builds::{
    ATTEMPTS_MAX, BuildHistory, BuildResult, BuildState, Claim, Claimed, Concluded, Retry,
    SUBMISSION_GRACE, Submission,
};
pub use cause::Cause;
pub use clock::SKEW_MAX;
pub use documents::{
    Admission, Cancel, Deletion, Head, MoreParked, Open, Parked, Record, Refused, Request,
};
pub use earlier::{Before, BeforeTarget, Earlier, Left};
pub use ended::Ended;
pub use ending::{Delay, Ending};
pub use error::LedgerError;
pub use happened::{Happened, Noted};
pub use listed::{KnownEnd, ListedDeployment, ListedEnd, PARTS};
pub use operations::{BegunOperation, OperatingDeployment};
pub use parking::Kept;
pub use pending::PendingBuild;
pub use records::Recorded;
pub use requests::OpenDeployment;
pub use standing::Standing;
pub use starts::Start;
pub use store::Ledger;
pub use survey::Surveyed;
pub use triggers::Wired;
pub use waiters::Waiter;
pub use waiting::{BatchPlace, BatchState, BuildWait, Facts, Waiting};
pub use waits::{NotedWait, WaitCause};
