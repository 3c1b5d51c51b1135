//! The Functions flavour: follows operations of the Cloud Functions API to their end.
//!
//! `follow` waits for the operation of a message, with one list call for each project and region and
//! tick. `sweep` does the same from the marks in the ledger, for what was not followed to its end, and
//! has the newest deployment of a function deployed again if an older one overwrote it. Both conclude
//! through `conclude`; `plan` decides.

mod conclude;
mod follow;
mod plan;
mod sweep;

pub(crate) use conclude::FunctionConcluder;
pub(crate) use follow::{FOLLOWED_MAX, Follower};
pub(crate) use sweep::FunctionSweep;
