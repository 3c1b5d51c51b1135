//! Where every deployment stands: fence, admission, claims, waiters, outcomes, kept in a bucket.
//!
//! There is no database to run. **Only `head` is ever overwritten; everything else is created
//! once**, so two workers can never disagree about what was written, and a worker that died can be
//! followed by another at any point. [`names`] lists the objects.

mod admission;
mod builds;
mod documents;
mod error;
pub mod names;
mod records;
mod standing;
mod store;

pub use admission::{Admit, Admitted};
pub use builds::{BuildResult, Claim, Claimed, Concluded, Submission, Waiter};
pub use documents::{Admission, Cancel, Deletion, Head, Open, Parked, Record, Request};
pub use error::LedgerError;
pub use records::Recorded;
pub use standing::Standing;
pub use store::Ledger;
