//! Long-running operations.

use serde::{Deserialize, Serialize};

use super::{Entry, Moment};
use crate::json::{self, Stored};
use crate::names::TriggerName;
use crate::proto::v1::{OperationMetadata, Trigger};
use crate::proto::{longrunning, rpc};

/// The version of the API in the metadata.
const API_VERSION: &str = "v1";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verb {
    Create,
    Update,
    Delete,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A `google.rpc.Status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: i32,
    pub(crate) message: String,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// With the trigger, also of a deletion.
    Done(Box<Stored<Trigger>>),
    Failed(Failure),
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// `projects/P/locations/L/operations/ID`.
    pub(crate) name: String,
    pub(crate) metadata: Stored<OperationMetadata>,
    pub(crate) verb: Verb,
    /// The trigger before an update, to which a failure returns.
    pub(crate) before: Option<Box<Entry>>,
    pub(crate) outcome: Option<Outcome>,
}

impl Operation {
    pub(crate) fn new(name: &TriggerName, verb: Verb, moment: &Moment) -> Self {
        let metadata = OperationMetadata {
            create_time: Some(moment.now),
            target: name.to_string(),
            verb: verb.name().to_owned(),
            api_version: API_VERSION.to_owned(),
            ..OperationMetadata::default()
        };
        let name = name.location.operation(&operation_id(moment));
        Self { name, metadata: Stored(metadata), verb, before: None, outcome: None }
    }

    /// The trigger that it changes.
    pub(crate) fn target(&self) -> Option<TriggerName> {
        TriggerName::parse(&self.metadata.0.target)
    }

    pub(crate) fn end(&mut self, outcome: Outcome, moment: &Moment) {
        self.metadata.0.end_time = Some(moment.now);
        self.outcome = Some(outcome);
    }

    /// As the API returns it.
    pub(crate) fn wire(&self) -> longrunning::Operation {
        use longrunning::operation::Result;
        let result = self.outcome.as_ref().map(|outcome| match outcome {
            Outcome::Done(trigger) => Result::Response(json::pack(&trigger.0)),
            Outcome::Failed(Failure { code, message }) => Result::Error(rpc::Status {
                code: *code,
                message: message.clone(),
                details: Vec::new(),
            }),
        });
        longrunning::Operation {
            name: self.name.clone(),
            metadata: Some(json::pack(&self.metadata.0)),
            done: self.outcome.is_some(),
            result,
        }
    }
}

/// Like Google's ids: the time in milliseconds, which sorts them, and a random part.
fn operation_id(moment: &Moment) -> String {
    let milliseconds =
        moment.now.seconds.saturating_mul(1000) + i64::from(moment.now.nanos / 1_000_000);
    let hex = format!("{:032x}", moment.random);
    format!("operation-{milliseconds}-{}-{}-{}", &hex[..13], &hex[13..21], &hex[21..29])
}
