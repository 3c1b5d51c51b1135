//! Public access where an organization policy forbids services that do not check their callers:
//! the IAM policy of the service lets everyone pass the check. Pure.
//!
//! The service says so in an annotation, which is written before the IAM policy: a later delivery
//! or a later deployment knows from it what the IAM policy should be.

use std::collections::BTreeMap;

use longshore_cloud::{LiveService, ServiceShape};
use longshore_messages::{Access, BY_IAM_POLICY, PUBLIC_BY_ANNOTATION};

/// What happens to the IAM policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// It stays as it is.
    Stays,
    /// It lets everyone call the service, after the write.
    Opens,
    /// It lets everyone call the service by this fleet's doing, which is no longer requested.
    Closes,
}

/// Requests public access by the IAM policy instead of the service's own setting.
pub(crate) fn by_policy(shape: &mut ServiceShape) {
    shape.settings.access = Some(Access::Authenticated);
    shape.annotations.insert(PUBLIC_BY_ANNOTATION.to_owned(), BY_IAM_POLICY.to_owned());
}

/// What a shape requests of the IAM policy of a live service. Public access of a service that has it
/// by its IAM policy stays like that.
pub(crate) fn policy(shape: &mut ServiceShape, live: Option<&LiveService>) -> Policy {
    let is_by_policy = live.is_some_and(|live| says_so(&live.shape.annotations));
    match shape.settings.access {
        Some(Access::Public) if is_by_policy => {
            by_policy(shape);
            Policy::Opens
        }
        _ if says_so(&shape.annotations) => Policy::Opens,
        Some(Access::Authenticated) if is_by_policy => {
            // Annotations of a service are only ever replaced.
            shape.annotations.insert(PUBLIC_BY_ANNOTATION.to_owned(), String::new());
            Policy::Closes
        }
        Some(Access::Public | Access::Authenticated) | None => Policy::Stays,
    }
}

fn says_so(annotations: &BTreeMap<String, String>) -> bool {
    annotations.get(PUBLIC_BY_ANNOTATION).is_some_and(|by| by == BY_IAM_POLICY)
}
