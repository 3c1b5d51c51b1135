//! Secrets as variables and as files.

use std::collections::BTreeMap;

use google_cloud_run_v2::model::env_var::Values;
use google_cloud_run_v2::model::volume::VolumeType;
use google_cloud_run_v2::model::{
    Container, EnvVar, EnvVarSource, RevisionTemplate, SecretKeySelector, SecretVolumeSource,
    VersionToPath, Volume, VolumeMount,
};
use longshore_messages::{SecretVersion, SecretVolume};

use super::function_container;

pub(super) fn variable(name: &str, value: &SecretVersion) -> EnvVar {
    let key = SecretKeySelector::new().set_secret(&value.secret).set_version(&value.version);
    EnvVar::new().set_name(name).set_value_source(EnvVarSource::new().set_secret_key_ref(key))
}

/// Replaces the secret volumes that only the function mounts by the requested ones. Returns whether
/// the volumes have changed. Volumes of other kinds stay, and so do secrets that a sidecar mounts.
pub(super) fn change_volumes(
    template: &mut RevisionTemplate,
    requested: &BTreeMap<String, SecretVolume>,
) -> bool {
    let own = own_volumes(template);
    if own.is_empty() && requested.is_empty() {
        return false;
    }
    template.volumes.retain(|volume| !own.contains(&volume.name));
    template
        .volumes
        .extend(requested.values().enumerate().map(|(index, volume)| secret_volume(index, volume)));
    if let Some(container) = function_container(&mut template.containers) {
        container.volume_mounts.retain(|mount| !own.contains(&mount.name));
    }
    true
}

/// Mounts the volumes that [`change_volumes`] added.
pub(super) fn mount(container: &mut Container, requested: &BTreeMap<String, SecretVolume>) {
    let mounts = requested.keys().enumerate();
    container.volume_mounts.extend(
        mounts.map(|(index, path)| {
            VolumeMount::new().set_name(volume_name(index)).set_mount_path(path)
        }),
    );
}

/// Names of the secret volumes that only the function's container mounts.
fn own_volumes(template: &mut RevisionTemplate) -> Vec<String> {
    let of_function: Vec<String> = function_container(&mut template.containers)
        .map(|container| container.volume_mounts.iter().map(|mount| mount.name.clone()).collect())
        .unwrap_or_default();
    let is_own = |volume: &&Volume| {
        let mounted = template
            .containers
            .iter()
            .filter(|container| container.volume_mounts.iter().any(|m| m.name == volume.name));
        let by_function_alone = of_function.contains(&volume.name) && mounted.count() == 1;
        let is_ours = volume.name.starts_with(NAME_PREFIX);
        matches!(volume.volume_type, Some(VolumeType::Secret(_))) && (by_function_alone || is_ours)
    };
    template.volumes.iter().filter(is_own).map(|volume| volume.name.clone()).collect()
}

/// Unlikely in volumes of other tools.
const NAME_PREFIX: &str = "longshore-secret-";

fn volume_name(index: usize) -> String {
    format!("{NAME_PREFIX}{index}")
}

fn secret_volume(index: usize, volume: &SecretVolume) -> Volume {
    let items = volume
        .files
        .iter()
        .map(|(path, version)| VersionToPath::new().set_path(path).set_version(version));
    let source = SecretVolumeSource::new().set_secret(&volume.secret).set_items(items);
    Volume::new().set_name(volume_name(index)).set_secret(source)
}

/// Reads the secrets of one service. Those of its own project are named by their ids alone.
pub(super) struct SecretsOf {
    own_prefix: String,
}

impl SecretsOf {
    pub(super) fn service(name: &str) -> Self {
        let project = name.split('/').nth(1).unwrap_or_default();
        Self { own_prefix: format!("projects/{project}/secrets/") }
    }

    fn named(&self, secret: &str) -> String {
        secret.strip_prefix(&self.own_prefix).unwrap_or(secret).to_owned()
    }

    /// The secret volumes of these mounts, by path.
    pub(super) fn volumes(
        &self,
        volumes: &[Volume],
        mounts: &[VolumeMount],
    ) -> BTreeMap<String, SecretVolume> {
        let shown = mounts.iter().filter_map(|mount| {
            let volume = volumes.iter().find(|volume| volume.name == mount.name)?;
            let Some(VolumeType::Secret(source)) = &volume.volume_type else { return None };
            Some((mount.mount_path.clone(), self.volume(source)))
        });
        shown.collect()
    }

    fn volume(&self, source: &SecretVolumeSource) -> SecretVolume {
        let mut files: BTreeMap<_, _> =
            source.items.iter().map(|item| (item.path.clone(), version(&item.version))).collect();
        if files.is_empty() {
            // "If unspecified, the volume will expose a file whose name is the secret"
            // (`k8s.min.proto`).
            let id = source.secret.rsplit('/').next().unwrap_or_default();
            files.insert(id.to_owned(), version(""));
        }
        SecretVolume { secret: self.named(&source.secret), files }
    }
}

pub(super) fn secret_variable(
    variable: &EnvVar,
    secrets: &SecretsOf,
) -> Option<(String, SecretVersion)> {
    let Some(Values::ValueSource(source)) = &variable.values else { return None };
    let key = source.secret_key_ref.as_ref()?;
    Some((
        variable.name.clone(),
        SecretVersion { secret: secrets.named(&key.secret), version: version(&key.version) },
    ))
}

fn version(version: &str) -> String {
    if version.is_empty() { "latest".to_owned() } else { version.to_owned() }
}
