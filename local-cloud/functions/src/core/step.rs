//! The steps of an operation, and what comes of them.

use serde_json::Value;

use crate::ports::{BuildOrder, Object, Place, TriggerOrder};

/// What to do next for an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Make sure that the repository exists. One of the caller's is never created.
    Repository { name: String, is_ours: bool },
    /// Copy the source.
    Copy { from: Object, to: Place },
    /// Start the build.
    Build(Box<BuildOrder>),
    /// Wait for the end of the build.
    AwaitBuild { name: String },
    /// Write the service, and wait until it serves or fails.
    Serve(Box<Serving>),
    /// Create or update the trigger.
    Trigger(Box<TriggerOrder>),
    /// Delete triggers, by full name.
    DeleteTriggers(Vec<String>),
    /// Delete the service of the function, if it belongs to it.
    DeleteService { name: String, function: String },
    /// Delete the images.
    DeleteImages { repository: String, package: String },
    /// Leave the service of the function to Cloud Run, if it belongs to it.
    Detach { name: String, function: String },
}

/// A service to write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Serving {
    /// Full name of the service.
    pub(crate) name: String,
    /// Id of the function, which the service's annotation must name.
    pub(crate) function: String,
    /// The service, as Cloud Run's Admin API v2 takes it.
    pub(crate) document: Value,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    RepositoryReady,
    SourceCopied(Object),
    /// With the full name of the build.
    BuildStarted(String),
    Built,
    Serves {
        /// Id of the revision.
        revision: String,
        uri: String,
    },
    /// With the full name of the topic.
    TriggerReady(String),
    TriggersDeleted,
    ServiceDeleted,
    ImagesDeleted,
    Detached,
}
