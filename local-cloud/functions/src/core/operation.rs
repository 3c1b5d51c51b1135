//! Long-running operations and their stages.

use serde::{Deserialize, Serialize};

use super::{Deployed, Moment};
use crate::json::{self, Stored};
use crate::names::FunctionName;
use crate::proto::v2::stage::{Name, State};
use crate::proto::v2::state_message::Severity;
use crate::proto::v2::{Function, OperationMetadata, OperationType, Stage, StateMessage};
use crate::proto::{longrunning, rpc};

/// The version of the API in the metadata.
const API_VERSION: &str = "v2";

/// What an operation does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Make sure that the repository exists.
    Repository,
    /// Copy the source to where sources of deployed functions are.
    Source,
    /// Start the build.
    Build,
    /// Wait for the build.
    Building,
    /// Write the service, and wait for its revision.
    Service,
    /// Restore the service as it was before.
    Rollback,
    /// Create or update the trigger.
    Trigger,
    /// Delete the triggers that the function had before.
    OldTriggers,
    /// Delete the triggers, before the service.
    DeleteTriggers,
    /// Delete the service.
    DeleteService,
    /// Delete the images.
    DeleteImages,
    /// Leave the service to Cloud Run.
    Detach,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// Success, with the function; `None` if that was deleted.
    Done(Option<Box<Stored<Function>>>),
    Failed(Failure),
}

/// A `google.rpc.Status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: i32,
    pub(crate) message: String,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// `projects/P/locations/L/operations/ID`.
    pub(crate) name: String,
    pub(crate) metadata: Stored<OperationMetadata>,
    pub(crate) phase: Phase,
    /// Id that its build gets.
    pub(crate) build_id: String,
    /// Version of the image that it makes.
    pub(crate) version: u64,
    /// What served before, to which a failure returns.
    pub(crate) before: Option<Box<Deployed>>,
    /// Full names of triggers to delete.
    #[serde(default)]
    pub(crate) stale_triggers: Vec<String>,
    /// Why it is rolling back.
    pub(crate) failure: Option<Failure>,
    pub(crate) outcome: Option<Outcome>,
}

impl Operation {
    pub(crate) fn new(
        name: &FunctionName,
        kind: OperationType,
        request: &Function,
        (stages, first): (&[Name], Phase),
        moment: &Moment,
    ) -> Self {
        let verb = match kind {
            OperationType::CreateFunction => "create",
            OperationType::UpdateFunction => "update",
            OperationType::DeleteFunction => "delete",
            OperationType::OperationtypeUnspecified => "",
        };
        let stage = |name: &Name| Stage {
            name: (*name).into(),
            state: State::NotStarted.into(),
            ..Stage::default()
        };
        let metadata = OperationMetadata {
            create_time: Some(moment.now),
            target: name.to_string(),
            verb: verb.to_owned(),
            api_version: API_VERSION.to_owned(),
            request_resource: Some(json::pack(request)),
            stages: stages.iter().map(stage).collect(),
            operation_type: kind.into(),
            ..OperationMetadata::default()
        };
        let mut operation = Self {
            name: name.location.operation(&operation_id(moment)),
            metadata: Stored(metadata),
            phase: first,
            build_id: build_id(moment.random),
            version: 0,
            stale_triggers: Vec::new(),
            before: None,
            failure: None,
            outcome: None,
        };
        operation.enter(first);
        operation
    }

    pub(crate) fn kind(&self) -> OperationType {
        self.metadata.0.operation_type()
    }

    /// The function that it changes.
    pub(crate) fn target(&self) -> &str {
        &self.metadata.0.target
    }

    /// Continues with a phase. Its stage begins, and the stage of the phase before is complete.
    pub(crate) fn enter(&mut self, phase: Phase) {
        let before = self.phase.stage();
        self.phase = phase;
        if before != phase.stage() {
            self.stage(before).state = State::Complete.into();
        }
        self.stage(phase.stage()).state = State::InProgress.into();
    }

    /// A stage, which is added if it is missing: the stage of a roll-back is not planned.
    pub(crate) fn stage(&mut self, name: Name) -> &mut Stage {
        let stages = &mut self.metadata.0.stages;
        let position = stages.iter().position(|stage| stage.name() == name);
        let position = position.unwrap_or_else(|| {
            stages.push(Stage { name: name.into(), ..Stage::default() });
            stages.len() - 1
        });
        &mut stages[position]
    }

    /// Marks the stage of the current phase as failed.
    pub(crate) fn fail_stage(&mut self, message: &StateMessage) {
        let stage = self.stage(self.phase.failed_stage());
        stage.state = State::Complete.into();
        stage.state_messages.push(message.clone());
    }

    pub(crate) fn end(&mut self, outcome: Outcome, moment: &Moment) {
        if let Outcome::Done(_) = outcome {
            self.stage(self.phase.stage()).state = State::Complete.into();
        }
        self.metadata.0.end_time = Some(moment.now);
        self.outcome = Some(outcome);
    }

    /// As the API returns it.
    pub(crate) fn wire(&self) -> longrunning::Operation {
        use longrunning::operation::Result;
        let result = self.outcome.as_ref().map(|outcome| match outcome {
            Outcome::Done(Some(function)) => Result::Response(json::pack(&function.0)),
            Outcome::Done(None) => Result::Response(json::pack_empty()),
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

impl Phase {
    /// The stage that the phase belongs to.
    pub(crate) fn stage(self) -> Name {
        match self {
            Self::Repository | Self::Source | Self::Build | Self::Building => Name::Build,
            Self::DeleteImages => Name::ArtifactRegistry,
            Self::Trigger | Self::OldTriggers | Self::DeleteTriggers => Name::Trigger,
            Self::Service | Self::DeleteService | Self::Detach => Name::Service,
            Self::Rollback => Name::ServiceRollback,
        }
    }

    /// The stage that a failure in the phase is reported in. A deployment has the stage of the
    /// repository only if that fails, as on Google: gcloud adds it to the stages that the
    /// operation has at the start, and crashes if it is among them.
    fn failed_stage(self) -> Name {
        match self {
            Self::Repository => Name::ArtifactRegistry,
            other => other.stage(),
        }
    }

    /// The type of the message that a failure in this phase leaves on the function. Google does not
    /// document these types.
    pub(crate) fn failure_type(self) -> &'static str {
        match self {
            Self::Repository => "ArtifactRegistryFailed",
            Self::Source | Self::Build | Self::Building => "BuildFailed",
            Self::Service => "CloudRunServiceFailed",
            Self::Rollback => "RollbackFailed",
            Self::Trigger => "EventarcTriggerFailed",
            Self::Detach => "DetachFailed",
            Self::OldTriggers | Self::DeleteTriggers | Self::DeleteService | Self::DeleteImages => {
                "DeleteFailed"
            }
        }
    }
}

pub(crate) fn error_message(kind: &str, message: &str) -> StateMessage {
    StateMessage {
        severity: Severity::Error.into(),
        r#type: kind.to_owned(),
        message: message.to_owned(),
    }
}

/// Like Google's ids: the time in milliseconds, which sorts them, and a random part.
fn operation_id(moment: &Moment) -> String {
    let milliseconds =
        moment.now.seconds.saturating_mul(1000) + i64::from(moment.now.nanos / 1_000_000);
    let hex = format!("{:032x}", moment.random);
    format!("operation-{milliseconds}-{}-{}-{}", &hex[..13], &hex[13..21], &hex[21..29])
}

/// A UUID.
fn build_id(random: u128) -> String {
    uuid::Builder::from_random_bytes(random.rotate_left(29).to_be_bytes()).into_uuid().to_string()
}
