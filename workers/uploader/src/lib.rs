//! uploader: fetches the source of a request, stores it for the build, and admits the request.
//!
//! Consumes `deploy-requested` and `cancel-requested` of each requester, and publishes
//! `source-uploaded`. `policy` decides what a requester may name. Calls Cloud Storage (the source,
//! its bucket, the ledger), the hosts that the settings list (HTTPS and git sources) and, for a
//! function that the ledger does not know yet, Cloud Run. Its effect is idempotent, because the
//! object is named after the archive's digest. In the Functions flavour, the Cloud Functions API
//! says where the source is uploaded (`functions`). `keys` checks what is to be under a key of
//! Cloud KMS.

mod cancel;
mod error;
mod fetch_error;
mod functions;
mod grants;
mod keys;
mod permit;
mod plan;
mod policy;
mod request;
mod rollback;
mod source;
mod stage;
mod store;

use std::process::ExitCode;

use longshore_runner::launch;

pub use error::UploadError;
pub use fetch_error::FetchError;
pub use keys::{unprotected_inline, wrong_bucket};
pub use longshore_messages::{SOURCE_PREFIX, source_bucket, source_object};
pub use plan::bucket_spec;
pub use request::{Asked, Request};
pub use stage::Uploader;

/// Name of the worker in spans, logs, the ledger and subscriptions.
pub(crate) const NAME: &str = "uploader";

/// Runs the worker until SIGTERM or SIGINT. `program` is the command line, starting with the
/// program's name.
///
/// Not generic, so that the worker is compiled once, here, and not again in each program that
/// starts it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(program, "Admits deploy requests and uploads their sources", Uploader::new)
}
