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

/// Annotation of a service whose traffic waits to be moved: the tag of its newest revision, a space, and
/// the revision that has the traffic instead. Empty if nothing waits.
pub const HELD_ANNOTATION: &str = "longshore.dev/held-traffic";

/// The tag that all builds of a fleet carry; [`crate::BuildRef::tag`] identifies each of them.
pub fn fleet_tag(fleet: &str) -> String {
    format!("longshore-{fleet}")
}

/// Label of a function, in the Functions flavour, with its generation. Keys and values of labels have
/// at most 63 lower-case letters, digits, hyphens and underscores, so these are not annotations' names.
pub const GENERATION_LABEL: &str = "longshore-generation";

/// Label of a function with the deployment that wrote it.
pub const DEPLOYMENT_LABEL: &str = "longshore-deployment";

/// Label of a function with the last 32 characters of the digest of its canonical archive.
pub const SOURCE_LABEL: &str = "longshore-source";

/// Label of a function with the hash of everything that its deployment wants ([`crate::ConfigDigest`]).
pub const CONFIG_LABEL: &str = "longshore-config";

/// Label of a trigger with the fleet that made it. Only triggers with this label are changed and
/// deleted.
pub const FLEET_LABEL: &str = "longshore-fleet";

/// Label of a trigger with the service that it calls ([`crate::FunctionRef::service_id`]).
pub const FUNCTION_LABEL: &str = "longshore-function";

/// Label of a trigger with the region of the service that it calls.
pub const REGION_LABEL: &str = "longshore-region";

/// Prefix of the fleet's labels. A request may not set such labels.
pub(crate) const LABEL_PREFIX: &str = "longshore-";

/// The part of an archive's digest that a label holds.
pub fn source_label(sha256: &str) -> &str {
    sha256.get(32..).unwrap_or(sha256)
}
