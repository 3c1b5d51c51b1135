//! Validation of the secrets in a template.

use std::collections::BTreeSet;

use google_cloud_run_v2::model::volume::VolumeType;
use google_cloud_run_v2::model::{EnvVarSource, RevisionTemplate, Volume};

use super::refusal::Refusal;

/// Directories that cannot contain mounts.
/// <https://cloud.google.com/run/docs/configuring/services/secrets>
const RESERVED: [&str; 3] = ["dev", "proc", "sys"];

/// # Errors
/// [`Refusal::InvalidArgument`] if the variable does not name a secret.
pub(super) fn check_variable(name: &str, source: &EnvVarSource) -> Result<(), Refusal> {
    match &source.secret_key_ref {
        Some(key) if !key.secret.is_empty() => Ok(()),
        Some(_) | None => Err(Refusal::invalid(format!(
            "template.containers[0].env: '{name}' does not name a secret"
        ))),
    }
}

/// # Errors
/// [`Refusal::Unsupported`] for volumes that are not secrets; [`Refusal::InvalidArgument`] for what
/// Google rejects.
pub(super) fn check_volumes(template: &RevisionTemplate) -> Result<(), Refusal> {
    let mut names = BTreeSet::new();
    for volume in &template.volumes {
        if !names.insert(volume.name.as_str()) {
            return Err(Refusal::invalid(format!(
                "template.volumes: '{}' is defined more than once",
                volume.name
            )));
        }
        check_volume(volume)?;
    }
    let mut paths = BTreeSet::new();
    for mount in template.containers.iter().flat_map(|container| &container.volume_mounts) {
        let at = format!("template.containers[0].volume_mounts: '{}'", mount.mount_path);
        if !names.contains(mount.name.as_str()) {
            return Err(Refusal::invalid(format!("{at}: volume '{}' does not exist", mount.name)));
        }
        if !mount.sub_path.is_empty() {
            return Err(Refusal::unsupported("mounting part of a volume (sub_path)"));
        }
        let inside = mount.mount_path.strip_prefix('/').filter(|path| is_plain(path));
        if inside
            .and_then(|path| path.split('/').next())
            .is_none_or(|first| RESERVED.contains(&first))
        {
            return Err(Refusal::invalid(format!(
                "{at}: must be an absolute path outside /dev, /proc and /sys"
            )));
        }
        if !paths.insert(mount.mount_path.as_str()) {
            return Err(Refusal::invalid(format!(
                "{at}: another volume is mounted at the same path"
            )));
        }
    }
    Ok(())
}

fn check_volume(volume: &Volume) -> Result<(), Refusal> {
    let Some(VolumeType::Secret(source)) = &volume.volume_type else {
        return Err(Refusal::unsupported("volumes other than secrets (template.volumes)"));
    };
    if source.secret.is_empty() {
        return Err(Refusal::invalid(format!(
            "template.volumes: '{}' does not name a secret",
            volume.name
        )));
    }
    match source.items.iter().find(|item| !is_plain(&item.path)) {
        Some(item) => Err(Refusal::invalid(format!(
            "template.volumes: '{}' is not a relative path",
            item.path
        ))),
        None => Ok(()),
    }
}

/// Whether this is a relative path without `.` and `..`.
fn is_plain(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use google_cloud_run_v2::model::{
        Container, EmptyDirVolumeSource, SecretKeySelector, SecretVolumeSource, VersionToPath,
        VolumeMount,
    };

    use super::*;

    fn template(volumes: &[(&str, &str)], mounts: &[(&str, &str)]) -> RevisionTemplate {
        let volume = |(name, file): &(&str, &str)| {
            let source = SecretVolumeSource::new()
                .set_secret("s")
                .set_items([VersionToPath::new().set_path(*file)]);
            Volume::new().set_name(*name).set_secret(source)
        };
        let mount =
            |(name, path): &(&str, &str)| VolumeMount::new().set_name(*name).set_mount_path(*path);
        let container = Container::new().set_volume_mounts(mounts.iter().map(mount));
        RevisionTemplate::new().set_volumes(volumes.iter().map(volume)).set_containers([container])
    }

    #[test]
    fn secret_volumes_have_valid_names_paths_and_files() {
        for (volumes, mounts, is_valid) in [
            (
                &[("a", "f"), ("b", "d/f")][..],
                &[("a", "/a"), ("b", "/etc/b"), ("b", "/c/b")][..],
                true,
            ),
            (&[("a", "f"), ("a", "f")], &[], false),
            (&[("a", "../f")], &[], false),
            (&[("a", "f")], &[("b", "/b")], false),
            (&[("a", "f")], &[("a", "b")], false),
            (&[("a", "f")], &[("a", "/")], false),
            (&[("a", "f")], &[("a", "/proc/x")], false),
            (&[("a", "f")], &[("a", "/a/../proc")], false),
            (&[("a", "f"), ("b", "f")], &[("a", "/a"), ("b", "/a")], false),
        ] {
            let checked = check_volumes(&template(volumes, mounts));
            assert_eq!(checked.is_ok(), is_valid, "{volumes:?} {mounts:?}");
            assert!(
                is_valid || matches!(checked, Err(Refusal::InvalidArgument(_))),
                "{volumes:?} {mounts:?}"
            );
        }
        let other = Volume::new().set_name("a").set_empty_dir(EmptyDirVolumeSource::new());
        let other = RevisionTemplate::new().set_volumes([other]);
        assert!(matches!(check_volumes(&other).unwrap_err(), Refusal::Unsupported(_)));
    }

    #[test]
    fn a_variable_without_a_value_names_a_secret() {
        let named =
            EnvVarSource::new().set_secret_key_ref(SecretKeySelector::new().set_secret("s"));
        assert!(check_variable("A", &named).is_ok());
        for empty in
            [EnvVarSource::new(), EnvVarSource::new().set_secret_key_ref(SecretKeySelector::new())]
        {
            assert!(matches!(
                check_variable("A", &empty).unwrap_err(),
                Refusal::InvalidArgument(_)
            ));
        }
    }
}
