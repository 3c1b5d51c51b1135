//! Long-running operations.

use google_cloud_run_v2::model::Service;
use google_cloud_wkt::Any;
use google_cloud_wkt::message::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `google.rpc.Code`: the operation was superseded by another write.
const ABORTED: i32 = 10;
/// `google.rpc.Code`: the service did not become ready.
const FAILED_PRECONDITION: i32 = 9;

/// One operation, as the journal stores it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// `projects/P/locations/L/operations/ID`.
    pub(crate) name: String,
    /// Full name of the service that it changes.
    pub(crate) service: String,
    /// Full name of the revision that it waits for; empty if none.
    pub(crate) revision: String,
    /// The resource as of the last change of the operation: a `google.protobuf.Any` in JSON.
    pub(crate) metadata: Value,
    pub(crate) outcome: Option<Outcome>,
}

/// The result of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// Success; the response is the resource in the metadata.
    Done,
    /// Failure, as a `google.rpc.Status`.
    Failed { code: i32, message: String },
}

impl Operation {
    pub(crate) fn is_pending(&self) -> bool {
        self.outcome.is_none()
    }

    /// The operation with this outcome, and the service as it is now.
    pub(crate) fn finished(mut self, service: &Service, outcome: Outcome) -> Self {
        self.metadata = any(service);
        self.outcome = Some(outcome);
        self
    }

    /// The form in which the API returns it (`google.longrunning.Operation`).
    pub(crate) fn wire(&self) -> Value {
        let mut wire =
            json!({"name": self.name, "metadata": self.metadata, "done": self.outcome.is_some()});
        match &self.outcome {
            None => {}
            Some(Outcome::Done) => wire["response"] = self.metadata.clone(),
            Some(Outcome::Failed { code, message }) => {
                wire["error"] = json!({"code": code, "message": message})
            }
        }
        wire
    }
}

impl Outcome {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    pub(crate) fn superseded() -> Self {
        Self::Failed {
            code: ABORTED,
            message: "A newer update of the same service superseded this operation.".to_owned(),
        }
    }

    pub(crate) fn deleted() -> Self {
        Self::Failed {
            code: ABORTED,
            message: "The service was deleted before the operation finished.".to_owned(),
        }
    }

    pub(crate) fn not_ready(message: &str) -> Self {
        Self::Failed { code: FAILED_PRECONDITION, message: message.to_owned() }
    }
}

/// A resource as `google.protobuf.Any` in JSON.
pub(crate) fn any<T: Message>(resource: &T) -> Value {
    Any::from_msg(resource).ok().and_then(|any| serde_json::to_value(any).ok()).unwrap_or_default()
}
