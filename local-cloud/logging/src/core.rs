//! What Cloud Logging decides without I/O.
//!
//! - `filter`: the query language.
//! - `entry`: which entries are accepted, and what they are stored as.
//! - `names`: names of projects and logs.
//! - `page`: the order of entries, and their pages.
//! - `resources`: the types of monitored resources.

mod entry;
mod filter;
mod names;
mod page;
mod resources;

pub(crate) use entry::{Accepted, Defaults, Receipt, accept};
pub(crate) use filter::Filter;
pub(crate) use names::{InvalidName, LogName, project_of};
pub(crate) use page::{Page, time_of};
pub(crate) use resources::descriptors;
