//! The messages between workers, in the order in which a deployment produces them.

mod build;
mod builder;
mod deployment;
mod finished;
mod flavours;
mod image;
mod operation;
mod outcome;
mod source;

pub use build::{BuildRetryRequested, BuildSubmitted, SharedBuild};
pub use builder::Builder;
pub use deployment::Deployment;
pub use finished::DeploymentFinished;
pub use flavours::{Published, RetryRequested, Submitted};
pub use image::{BuiltImage, ImagePublished};
pub use operation::{
    FunctionImage, FunctionOperation, FunctionPublished, FunctionRetryRequested, OperationStarted,
};
pub use outcome::{
    DISK_FULL, FREE_SPACE, Failure, FailureClass, Outcome, PinnedTraffic, RevisionTraffic, Serving,
};
pub use source::{SourceUploaded, StoredSource};

pub(crate) use outcome::{read_failure, write_failure};

use crate::function::{Defaults, Function, read_function};
use crate::invalid::Findings;
use crate::proto;

/// Reads the part that all messages after the request share. The function is complete, so there are
/// no defaults.
fn read_common(
    deployment: Option<proto::Deployment>,
    function: Option<proto::FunctionSpec>,
    source: Option<proto::StoredSource>,
    findings: &mut Findings,
) -> (Option<Deployment>, Option<Function>, Option<StoredSource>) {
    let deployment = deployment::read(deployment, findings);
    let function = read_function(function, &Defaults::default(), findings);
    let source = source::read(source, findings);
    (deployment, function, source)
}
