//! Annotations and tags by which a fleet recognizes its own resources in shared projects.

/// Annotation of a service with the generation of its function.
pub const GENERATION_ANNOTATION: &str = "longshore.dev/generation";

/// Annotation of a service with the deployment that wrote it.
pub const DEPLOYMENT_ANNOTATION: &str = "longshore.dev/deployment";

/// The tag that all builds of a fleet carry; [`crate::BuildRef::tag`] identifies each of them.
pub fn fleet_tag(fleet: &str) -> String {
    format!("longshore-{fleet}")
}
