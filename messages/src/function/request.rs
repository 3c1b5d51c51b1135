//! The request that starts a deployment.

use std::time::Duration;

use super::read::read_function;
use super::spec::{Defaults, Function};
use crate::ids::DeploymentId;
use crate::invalid::{Findings, Invalid, quoted};
use crate::wire::{DecodeError, WireMessage, decode_request};
use crate::{proto, rules};

/// A requester may not give up sooner: a build alone takes about that long.
pub const DEADLINE_MIN: Duration = Duration::from_mins(1);

/// A requester may not wait longer: the fleet looks at open deployments again and again until then.
pub const DEADLINE_MAX: Duration = Duration::from_hours(24);

/// A valid request for a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct DeployRequest {
    /// The function as it should be, with the fleet's defaults filled in.
    pub function: Function,
    /// Time from admission until the deployment is given up; `None`: the fleet's default.
    pub deadline: Option<Duration>,
    /// The deployment that this one tries again.
    pub retry_of: Option<DeploymentId>,
}

impl DeployRequest {
    /// Reads a request from the bus, protobuf or JSON as its content type says.
    ///
    /// # Errors
    /// When it cannot be read or is not valid. It stays so: refuse it.
    pub fn read(wire: &WireMessage, defaults: &Defaults) -> Result<Self, DecodeError> {
        Ok(Self::from_proto(decode_request(wire)?, defaults)?)
    }

    /// Checks a request, and fills in the fleet's defaults.
    ///
    /// # Errors
    /// With every problem at once. It stays wrong until the requester changes it.
    pub fn from_proto(proto: proto::DeployRequested, defaults: &Defaults) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let function = read_function(proto.function, defaults, &mut findings);
        let deadline =
            rules::duration(proto.deadline, "deadline", DEADLINE_MIN..=DEADLINE_MAX, &mut findings);
        if let Some(sequence) = proto.sequence {
            findings.not_served("sequence", &sequence.to_string());
        }
        if !proto.batch.is_empty() {
            findings.not_served("batch", &proto.batch);
        }
        let retry_of = rules::optional(proto.retry_of);
        let retry_of = retry_of.and_then(|id| rules::parsed(&id, "retryOf", &mut findings));
        findings.finish(function.map(|function| Self { function, deadline, retry_of }))
    }

    /// The function that a request asks for, `PROJECT/REGION/NAME`, whether it is valid or not:
    /// what [`crate::DeploymentFinished`] says of a refused one. Missing parts are empty, odd ones
    /// shortened.
    pub fn asked_for(proto: &proto::DeployRequested, defaults: &Defaults) -> String {
        let Some(spec) = &proto.function else {
            return String::new();
        };
        let or = |text: &str, default: &str| quoted(if text.is_empty() { default } else { text });
        format!(
            "{}/{}/{}",
            or(&spec.project, &defaults.project),
            or(&spec.region, &defaults.region),
            quoted(&spec.name)
        )
    }

    /// Writes the request; [`DeployRequest::from_proto`] of it is this request again, whatever the
    /// defaults.
    pub fn to_proto(&self) -> proto::DeployRequested {
        proto::DeployRequested {
            function: Some(self.function.to_proto()),
            deadline: self.deadline.map(Into::into),
            sequence: None,
            retry_of: self.retry_of.map(|id| id.to_string()).unwrap_or_default(),
            batch: String::new(),
        }
    }
}
