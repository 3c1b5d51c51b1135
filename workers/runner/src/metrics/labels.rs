//! Values of labels, each of a few.

use std::error::Error;

use longshore_cloud::{CloudError, Kind};
use longshore_messages::{CLOUD_BUILDS_TOPIC, REGISTRY_TOPIC, Topic};

/// A topic without the fleet and without the requester.
pub(crate) fn topic_label(topic: &str) -> &'static str {
    if let Some((own, _)) = Topic::from_requester(topic) {
        return own.as_str();
    }
    let google = [CLOUD_BUILDS_TOPIC, REGISTRY_TOPIC].into_iter();
    let all = Topic::ALL.into_iter().map(Topic::as_str).chain(google);
    all.into_iter().find(|known| *known == topic).unwrap_or("other")
}

/// The kind of an error: of the call that failed, or `other`.
pub(crate) fn error_kind(error: &(dyn Error + 'static)) -> &'static str {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(call) = error.downcast_ref::<CloudError>() {
            return kind_label(call.kind);
        }
        next = error.source();
    }
    "other"
}

fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound => "not-found",
        Kind::AlreadyExists => "already-exists",
        Kind::PreconditionFailed => "precondition-failed",
        Kind::InvalidArgument => "invalid-argument",
        Kind::PermissionDenied => "permission-denied",
        Kind::Unauthenticated => "unauthenticated",
        Kind::ResourceExhausted => "resource-exhausted",
        Kind::Unavailable => "unavailable",
        Kind::DeadlineExceeded => "deadline-exceeded",
        Kind::Unimplemented => "unimplemented",
        Kind::Cancelled => "cancelled",
        Kind::Internal => "internal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_named_without_its_requester_and_a_foreign_one_not_at_all() {
        for (topic, label) in [
            ("source-uploaded", "source-uploaded"),
            ("deploy-requested", "deploy-requested"),
            ("deploy-requested.team-a", "deploy-requested"),
            ("cloud-builds", "cloud-builds"),
            ("anything", "other"),
        ] {
            assert_eq!(topic_label(topic), label);
        }
    }

    #[test]
    fn the_kind_of_an_error_is_that_of_the_call_behind_it() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot do it")]
        struct Outer(#[source] CloudError);
        let call = CloudError::new("get", "it", Kind::Unauthenticated);
        assert_eq!(error_kind(&Outer(call)), "unauthenticated");
        assert_eq!(error_kind(&std::io::Error::other("broken")), "other");
    }
}
