//! What Cloud Logging decides without I/O.

mod filter;

pub(crate) use filter::{Filter, FilterError};
