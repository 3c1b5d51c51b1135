//! uploader: admits a request, fetches its source, and puts it where the build will look for it.
//!
//! Consumes `deploy-requested`, publishes `source-uploaded`. Calls Cloud Storage (the source, its
//! bucket, the ledger), the hosts that the configuration lists (https and git sources) and, for a
//! function that the ledger does not know yet, Cloud Run. Its effect is keyed by the archive's
//! digest: the object's name.

mod error;
mod plan;
mod request;
mod source;
mod stage;

use std::process::ExitCode;

use longshore_runner::launch;

pub use error::UploadError;
pub use plan::{SOURCE_PREFIX, bucket_spec, source_bucket, source_object};
pub use request::Request;
pub use source::FetchError;
pub use stage::Uploader;

/// Name of the worker in spans, logs, the ledger and subscriptions.
pub(crate) const NAME: &str = "uploader";

/// Runs the worker until it is told to stop. `program` is the command line, its own name first.
///
/// Not generic: the whole worker is compiled here, once, and not again in every program that starts
/// it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(program, "Admits deploy requests and uploads their source", Uploader::new)
}
