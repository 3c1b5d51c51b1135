//! The build key: two deployments with the same key need only one build. Pure.

use longshore_messages::{BuildKey, Function, StoredSource};

/// Version of the key's own rules: raised when what a build depends on is understood differently,
/// so that no older image is reused by mistake.
const RULES: &str = "1";

/// Artifact Registry repository that Cloud Run's source deployments use.
const DEFAULT_REPOSITORY: &str = "cloud-run-source-deploy";

/// What was built, from what, with what.
///
/// The target is part of it only where the build compiles it in, as Go and Java do; where the
/// runtime is not named, it might be one of them. Node.js and Python are told at start
/// (`FUNCTION_TARGET`), so that functions of one source share one image.
#[must_use]
pub fn build_key(function: &Function, source: &StoredSource) -> BuildKey {
    let build = &function.build;
    let runtime = function.runtime.as_deref().unwrap_or_default();
    let target = if target_is_compiled_in(runtime) { function.entry_point.as_str() } else { "" };
    let repository = repository(function);
    let mut parts = vec![
        RULES,
        &source.sha256,
        &function.at.project,
        &function.at.region,
        runtime,
        target,
        &build.base_image,
        &repository,
        &build.service_account,
        &build.worker_pool,
        &build.machine_type,
    ];
    for (name, value) in &build.environment {
        parts.extend([name.as_str(), value.as_str()]);
    }
    BuildKey::of(&parts)
}

fn target_is_compiled_in(runtime: &str) -> bool {
    !(runtime.starts_with("python") || runtime.starts_with("nodejs"))
}

/// The id of the repository that the image goes to.
pub(crate) fn repository(function: &Function) -> String {
    let named = function.build.repository.as_deref().and_then(|name| name.rsplit('/').next());
    named.unwrap_or(DEFAULT_REPOSITORY).to_owned()
}

/// The image of a build that this function is the first to ask for, without tag.
pub(crate) fn image(function: &Function) -> String {
    let at = &function.at;
    format!("{}-docker.pkg.dev/{}/{}/{}", at.region, at.project, repository(function), at.name)
}
