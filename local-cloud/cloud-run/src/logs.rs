//! The output of instances and the requests that revisions answered, stored in files of bounded size,
//! in the form of Cloud Logging.

mod record;
mod store;

pub(crate) use record::{HttpRequest, Source, Stream};
pub use store::Follower;
pub(crate) use store::{LINE_LIMIT_BYTES, LogStore};
