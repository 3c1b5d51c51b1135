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

/// One operation, in the form in which the journal keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// `projects/P/locations/L/operations/ID`.
    pub(crate) name: String,
    /// Full name of the service that it writes.
    pub(crate) service: String,
    /// Full name of the revision whose readiness it waits for; empty when it waits for nothing.
    pub(crate) revision: String,
    /// The resource as the operation last saw it: a `google.protobuf.Any` in JSON.
    pub(crate) metadata: Value,
    pub(crate) outcome: Option<Outcome>,
}

/// How an operation ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// With the resource that its metadata shows.
    Done,
    /// With a `google.rpc.Status`.
    Failed { code: i32, message: String },
}

impl Operation {
    pub(crate) fn is_pending(&self) -> bool {
        self.outcome.is_none()
    }

    /// The operation's end, given the service as it is now.
    pub(crate) fn finished(mut self, service: &Service, outcome: Outcome) -> Self {
        self.metadata = any(service);
        self.outcome = Some(outcome);
        self
    }

    /// The form in which the API answers it (`google.longrunning.Operation`).
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
