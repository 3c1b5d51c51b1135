//! What requesters publish about one function: requests to deploy it, and to cancel a deployment.

mod cancel;
mod deploy;

pub use cancel::CancelRequest;
pub(crate) use deploy::rollback_problems;
pub use deploy::{DEADLINE_MAX, DEADLINE_MIN, DeployRequest};
