//! The request that starts a deployment.

use std::time::Duration;

use crate::function::{Defaults, Function, is_rollback, read_function};
use crate::ids::{BatchId, DeploymentId};
use crate::invalid::{Findings, Invalid, Problem, quoted};
use crate::wire::{DecodeError, Event, WireMessage, decode_request};
use crate::{proto, rules};

/// Shortest deadline: a build alone takes about this long.
pub const DEADLINE_MIN: Duration = Duration::from_mins(1);

/// Longest deadline: until then the fleet keeps checking an open deployment.
pub const DEADLINE_MAX: Duration = Duration::from_hours(24);

/// A valid request for a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct DeployRequest {
    /// The desired function, with the fleet's defaults filled in.
    pub function: Function,
    /// Time from admission until the deployment fails; `None` for the fleet's default.
    pub deadline: Option<Duration>,
    /// The deployment that this one retries.
    pub retry_of: Option<DeploymentId>,
    /// The batch that it belongs to.
    pub batch: Option<BatchId>,
}

impl DeployRequest {
    /// Reads a request from the bus, as protobuf or JSON according to its content type.
    ///
    /// # Errors
    /// If it cannot be read or is invalid. Permanent: reject it.
    pub fn read(wire: &WireMessage, defaults: &Defaults) -> Result<Self, DecodeError> {
        Ok(Self::from_proto(decode_request(wire)?, defaults)?)
    }

    /// Validates a request, and fills in the fleet's defaults.
    ///
    /// # Errors
    /// All problems at once. Permanent: the requester has to change the request.
    pub fn from_proto(proto: proto::DeployRequested, defaults: &Defaults) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        for Problem { field, value, rule } in
            proto.function.as_ref().map(rollback_problems).unwrap_or_default()
        {
            findings.add(field, &value, rule);
        }
        let function = read_function(proto.function, defaults, &mut findings);
        let deadline =
            rules::duration(proto.deadline, "deadline", DEADLINE_MIN..=DEADLINE_MAX, &mut findings);
        if let Some(sequence) = proto.sequence {
            findings.unsupported("sequence", &sequence.to_string());
        }
        let retry_of = rules::optional(proto.retry_of);
        let retry_of = retry_of.and_then(|id| rules::parsed(&id, "retryOf", &mut findings));
        let batch = rules::optional(proto.batch);
        let batch = batch.and_then(|id| rules::parsed(&id, "batch", &mut findings));
        findings.finish(function.map(|function| Self { function, deadline, retry_of, batch }))
    }

    /// Whether two messages request the same: their data is equal, or says the same in another
    /// encoding or with the fleet's defaults filled in. Attributes that do not say how to read the
    /// data are ignored.
    pub fn is_same(one: &WireMessage, other: &WireMessage, defaults: &Defaults) -> bool {
        let format = |wire: &WireMessage| {
            Event::of(&wire.attributes).ok().map(|event| (event.ty, event.content_type))
        };
        if one.data == other.data && format(one) == format(other) {
            return true;
        }
        let (Ok(one), Ok(other)) = (decode_request(one), decode_request(other)) else {
            return false;
        };
        if one == other {
            return true;
        }
        match (Self::from_proto(one, defaults), Self::from_proto(other, defaults)) {
            (Ok(one), Ok(other)) => one == other,
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    /// The function of a request, valid or not, as `PROJECT/REGION/NAME`, for the
    /// [`crate::DeploymentFinished`] of a rejected request. Missing parts are empty, invalid ones
    /// escaped and shortened.
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

    /// Converts the request to protobuf. [`DeployRequest::from_proto`] restores it, whatever the
    /// defaults.
    pub fn to_proto(&self) -> proto::DeployRequested {
        proto::DeployRequested {
            function: Some(self.function.to_proto()),
            deadline: self.deadline.map(Into::into),
            sequence: None,
            retry_of: self.retry_of.map(|id| id.to_string()).unwrap_or_default(),
            batch: self.batch.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

/// What is wrong with a specification in a request because it is a rollback: what is deployed is
/// recorded, and a setting beside it would be ignored.
pub(crate) fn rollback_problems(spec: &proto::FunctionSpec) -> Vec<Problem> {
    const RULE: &str = "must be unset in a rollback: the earlier deployment says what it is";
    if !is_rollback(spec) {
        return Vec::new();
    }
    let signature = proto::Signature::try_from(spec.signature);
    let has_signature =
        !matches!(signature, Ok(proto::Signature::Unspecified | proto::Signature::Http));
    let build = spec.build.clone().unwrap_or_default();
    let service = spec.service.clone().unwrap_or_default();
    let settings = [
        ("runtime", !spec.runtime.is_empty()),
        ("entryPoint", !spec.entry_point.is_empty()),
        ("signature", has_signature),
        ("build", build != proto::BuildSettings::default()),
        ("service", service != proto::ServiceSettings::default()),
        ("triggers", !spec.triggers.is_empty()),
        ("encryption", spec.encryption.is_some()),
        ("rollout", spec.rollout.is_some()),
        ("callers", !spec.callers.is_empty()),
    ];
    let set = settings.into_iter().filter(|(_, is_set)| *is_set);
    set.map(|(field, _)| Problem {
        field: format!("function.{field}"),
        value: String::new(),
        rule: RULE.to_owned(),
    })
    .collect()
}
