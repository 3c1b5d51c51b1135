//! The request that takes a deployment back.

use crate::ids::DeploymentId;
use crate::invalid::{Findings, Invalid};
use crate::wire::{DecodeError, Event, WireMessage, decode_cancel};
use crate::{proto, rules};

/// A valid request to cancel a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelRequest {
    /// The request is named by its `ce-source` and `ce-id`. They and the requester determine the
    /// deployment, so it is the requester's own.
    Own(DeploymentId),
    /// The deployment is named by its id. It may be another requester's.
    Any(DeploymentId),
}

impl CancelRequest {
    /// Reads a message that `requester` published, as protobuf or JSON according to its content
    /// type.
    ///
    /// # Errors
    /// If it cannot be read or is invalid. Permanent: reject it.
    pub fn read(wire: &WireMessage, requester: &str) -> Result<Self, DecodeError> {
        let source = Event::of(&wire.attributes)?.source;
        Ok(Self::from_proto(decode_cancel(wire)?, requester, &source)?)
    }

    fn from_proto(
        proto: proto::CancelRequested,
        requester: &str,
        ce_source: &str,
    ) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let named = match (proto.request_id.as_str(), proto.deployment_id.as_str()) {
            ("", "") => {
                findings.add("requestId", "", "is required, or deploymentId");
                None
            }
            (request, "") => {
                Some(Self::Own(DeploymentId::requested_by(requester, ce_source, request)))
            }
            ("", id) => rules::parsed(id, "deploymentId", &mut findings).map(Self::Any),
            (_, id) => {
                findings.add("deploymentId", id, "must be empty if requestId is set");
                None
            }
        };
        findings.finish(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(request_id: &str, deployment_id: &str) -> Result<CancelRequest, String> {
        let proto = proto::CancelRequested {
            request_id: request_id.to_owned(),
            deployment_id: deployment_id.to_owned(),
        };
        CancelRequest::from_proto(proto, "team-a", "//ci").map_err(|error| error.to_string())
    }

    #[test]
    fn exactly_one_of_the_two_names_is_required() {
        let own = DeploymentId::requested_by("team-a", "//ci", "build-1");
        assert_eq!(read("build-1", ""), Ok(CancelRequest::Own(own)));
        assert_eq!(read("", &own.to_string()), Ok(CancelRequest::Any(own)));
        assert!(read("", "").unwrap_err().starts_with("requestId is required"));
        assert!(read("build-1", &own.to_string()).unwrap_err().contains("must be empty"));
        assert!(read("", "build-1").unwrap_err().starts_with("deploymentId"));
    }
}
