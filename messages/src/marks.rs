//! What a fleet writes on other people's resources, to find its own again.

/// Annotation of a service that carries the generation of its function.
pub const GENERATION_ANNOTATION: &str = "longshore.dev/generation";

/// Annotation of a service that carries the deployment that wrote it.
pub const DEPLOYMENT_ANNOTATION: &str = "longshore.dev/deployment";

/// The tag that all of a fleet's builds carry; [`crate::BuildRef::tag`] tells them apart.
pub fn fleet_tag(fleet: &str) -> String {
    format!("longshore-{fleet}")
}
