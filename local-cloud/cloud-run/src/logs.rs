//! What instances write to stdout and stderr, kept in files of bounded size and served as Cloud
//! Logging does.

mod filter;
mod methods;
mod record;
mod store;

pub(crate) use filter::{Filter, FilterError};
pub use methods::METHODS;
pub(crate) use record::{Source, Stream};
pub(crate) use store::{LINE_LIMIT_BYTES, LogStore};
