//! Where a source comes from, and what may be asked for it.
//!
//! | place | how | guards |
//! |---|---|---|
//! | Cloud Storage | the fleet's client | IAM of the fleet's identity |
//! | https | one GET | `guard`: listed hosts, public addresses, connected to as looked at, no redirect; the digest |
//! | git | the program `git` | the same, and `git/program.rs`: nothing of the machine's configuration, limits of the system |
//! | inline | in the request | its size |
//!
//! Whatever comes is an archive that nobody vouches for, or a directory that one was made of:
//! `archive` makes it canonical.

mod address;
mod error;
mod fetch;
mod git;
mod guard;
mod https;

pub use error::FetchError;
pub(crate) use error::Verdict;
pub(crate) use fetch::{Fetched, Sources};
