//! Validation of how a function is built.

use super::{Moment, Refusal};
use crate::names::{self, FunctionName};
use crate::proto::v2::build_config::{DockerRegistry, RuntimeUpdatePolicy};
use crate::proto::v2::list_runtimes_response::RuntimeStage;
use crate::proto::v2::source::Source as SourceKind;
use crate::proto::v2::{AutomaticUpdatePolicy, BuildConfig, StorageSource};
use crate::runtimes;

/// Fills in Google's defaults.
///
/// # Errors
/// [`Refusal::Invalid`] with the field, [`Refusal::Unserved`].
pub(super) fn fill(
    name: &FunctionName,
    build: &mut BuildConfig,
    kms_key: &str,
    moment: &Moment,
) -> Result<(), Refusal> {
    match runtimes::stage(&build.runtime, moment.today()) {
        _ if build.runtime.is_empty() => {
            return Err(Refusal::invalid("function.build_config.runtime: required"));
        }
        None => {
            return Err(Refusal::invalid(format!(
                "function.build_config.runtime: Runtime \"{}\" is not supported",
                build.runtime
            )));
        }
        Some(RuntimeStage::Decommissioned) => {
            return Err(Refusal::invalid(format!(
                "function.build_config.runtime: Runtime \"{}\" is decommissioned and no longer \
                 allowed. Please use the latest runtime",
                build.runtime
            )));
        }
        Some(_) => {}
    }
    if build.entry_point.is_empty() {
        build.entry_point.clone_from(&name.id);
    }
    match build.source.as_ref().and_then(|source| source.source.as_ref()) {
        Some(SourceKind::StorageSource(source)) => check_storage_source(source)?,
        Some(SourceKind::RepoSource(_) | SourceKind::GitUri(_)) => {
            return Err(Refusal::Unserved(
                "sources outside of Cloud Storage (build_config.source)".to_owned(),
            ));
        }
        None => return Err(Refusal::invalid("function.build_config.source: required")),
    }
    if !build.worker_pool.is_empty() {
        return Err(Refusal::Unserved(
            "private worker pools (build_config.worker_pool)".to_owned(),
        ));
    }
    if build.docker_repository.is_empty() {
        build.docker_repository = names::default_repository(&name.location);
    }
    if names::image(name, &build.docker_repository, 1).is_none() {
        return Err(Refusal::invalid(format!(
            "function.build_config.docker_repository: '{}' does not match \
             projects/*/locations/*/repositories/*",
            build.docker_repository
        )));
    }
    if build.docker_repository.split('/').nth(3) != Some(&name.location.id) {
        return Err(Refusal::invalid(
            "function.build_config.docker_repository: must be in the region of the function",
        ));
    }
    if build.docker_registry() == DockerRegistry::ContainerRegistry {
        return Err(Refusal::invalid(
            "function.build_config.docker_registry: CONTAINER_REGISTRY is only for functions of \
             the first generation",
        ));
    }
    build.docker_registry = DockerRegistry::ArtifactRegistry.into();
    if build.service_account.is_empty() {
        build.service_account = format!(
            "projects/{}/serviceAccounts/{}",
            name.location.project,
            names::default_account(moment.project_number)
        );
    }
    if let Some(RuntimeUpdatePolicy::OnDeployUpdatePolicy(policy)) =
        &mut build.runtime_update_policy
    {
        // Output: the version that Google deployed.
        policy.runtime_version.clear();
    }
    if build.runtime_update_policy.is_none() && kms_key.is_empty() {
        build.runtime_update_policy =
            Some(RuntimeUpdatePolicy::AutomaticUpdatePolicy(AutomaticUpdatePolicy {}));
    }
    Ok(())
}

fn check_storage_source(source: &StorageSource) -> Result<(), Refusal> {
    for (field, value) in [("bucket", &source.bucket), ("object", &source.object)] {
        if value.is_empty() {
            return Err(Refusal::invalid(format!(
                "function.build_config.source.storage_source.{field}: required"
            )));
        }
    }
    if source.generation < 0 {
        return Err(Refusal::invalid(
            "function.build_config.source.storage_source.generation: negative",
        ));
    }
    if !source.source_upload_url.is_empty() {
        return Err(Refusal::Unserved(
            "uploads for functions of the first generation \
             (build_config.source.storage_source.source_upload_url)"
                .to_owned(),
        ));
    }
    Ok(())
}
