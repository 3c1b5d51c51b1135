//! Annotations and tags by which a fleet recognizes its own resources in shared projects.

/// Annotation of a service with the generation of its function.
pub const GENERATION_ANNOTATION: &str = "longshore.dev/generation";

/// Annotation of a service with the deployment that wrote it.
pub const DEPLOYMENT_ANNOTATION: &str = "longshore.dev/deployment";

/// Annotation of a service with the way in which its fleet made it public, if that is not the
/// service's own setting: [`BY_IAM_POLICY`], or empty.
pub const PUBLIC_BY_ANNOTATION: &str = "longshore.dev/public-by";

/// The IAM policy of the service lets everyone call it.
pub const BY_IAM_POLICY: &str = "iam-policy";

/// The tag that all builds of a fleet carry; [`crate::BuildRef::tag`] identifies each of them.
pub fn fleet_tag(fleet: &str) -> String {
    format!("longshore-{fleet}")
}
