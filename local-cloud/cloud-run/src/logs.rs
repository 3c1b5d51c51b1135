//! The output of instances and the requests that revisions answered, stored in files of bounded size,
//! in the form of Cloud Logging.

mod filter;
mod methods;
mod record;
mod store;

pub(crate) use filter::{Filter, FilterError};
pub use methods::METHODS;
pub(crate) use record::{HttpRequest, Source, Stream};
pub(crate) use store::{LINE_LIMIT_BYTES, LogStore};
