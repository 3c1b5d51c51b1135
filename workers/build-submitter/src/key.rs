//! The build key: two deployments with the same key need only one build. Pure.

use longshore_messages::{BuildKey, Function, StoredSource};

/// Version of the rules for the key. Raise it when the inputs of a build are interpreted
/// differently, so that no older image is reused by mistake.
const RULES: &str = "1";

/// Artifact Registry repository that Cloud Run's source deployments use.
const DEFAULT_REPOSITORY: &str = "cloud-run-source-deploy";

/// The key of the build of a function: a hash of everything that the image depends on.
///
/// The entry point is part of it only if the build compiles it in, as for Go and Java, or may do so
/// because the runtime is not set. Node.js and Python read it at start (`FUNCTION_TARGET`), so
/// functions with the same source share one image.
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

/// The id of the image's repository.
pub(crate) fn repository(function: &Function) -> String {
    let named = function.build.repository.as_deref().and_then(|name| name.rsplit('/').next());
    named.unwrap_or(DEFAULT_REPOSITORY).to_owned()
}

/// The image, without tag, of a build that this function is the first to request.
pub(crate) fn image(function: &Function) -> String {
    let at = &function.at;
    format!("{}-docker.pkg.dev/{}/{}/{}", at.region, at.project, repository(function), at.name)
}
