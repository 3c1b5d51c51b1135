//! What a template may say of secrets.

use std::collections::BTreeSet;

use google_cloud_run_v2::model::volume::VolumeType;
use google_cloud_run_v2::model::{EnvVarSource, RevisionTemplate, Volume};

use longshore_local_kit::rest::RestError;

/// Directories in which nothing can be mounted.
/// <https://cloud.google.com/run/docs/configuring/services/secrets>
const RESERVED: [&str; 3] = ["dev", "proc", "sys"];

/// # Errors
/// `INVALID_ARGUMENT` for a variable that names no secret.
pub(super) fn check_variable(name: &str, source: &EnvVarSource) -> Result<(), RestError> {
    match &source.secret_key_ref {
        Some(key) if !key.secret.is_empty() => Ok(()),
        Some(_) | None => {
            Err(RestError::invalid(format!("template.containers[0].env: '{name}' names no secret")))
        }
    }
}

/// # Errors
/// `UNIMPLEMENTED` for volumes that are not secrets; `INVALID_ARGUMENT` for what Google refuses.
pub(super) fn check_volumes(template: &RevisionTemplate) -> Result<(), RestError> {
    let mut names = BTreeSet::new();
    for volume in &template.volumes {
        if !names.insert(volume.name.as_str()) {
            return Err(RestError::invalid(format!(
                "template.volumes: '{}' is there twice",
                volume.name
            )));
        }
        check_volume(volume)?;
    }
    let mut paths = BTreeSet::new();
    for mount in template.containers.iter().flat_map(|container| &container.volume_mounts) {
        let at = format!("template.containers[0].volume_mounts: '{}'", mount.mount_path);
        if !names.contains(mount.name.as_str()) {
            return Err(RestError::invalid(format!("{at}: there is no volume '{}'", mount.name)));
        }
        if !mount.sub_path.is_empty() {
            return Err(RestError::unimplemented("mounts of a part of a volume (sub_path)"));
        }
        let inside = mount.mount_path.strip_prefix('/').filter(|path| is_plain(path));
        if inside
            .and_then(|path| path.split('/').next())
            .is_none_or(|first| RESERVED.contains(&first))
        {
            return Err(RestError::invalid(format!(
                "{at}: must be an absolute path, not inside /dev, /proc or /sys"
            )));
        }
        if !paths.insert(mount.mount_path.as_str()) {
            return Err(RestError::invalid(format!("{at}: only one volume can be mounted there")));
        }
    }
    Ok(())
}

fn check_volume(volume: &Volume) -> Result<(), RestError> {
    let Some(VolumeType::Secret(source)) = &volume.volume_type else {
        return Err(RestError::unimplemented("volumes other than secrets (template.volumes)"));
    };
    if source.secret.is_empty() {
        return Err(RestError::invalid(format!(
            "template.volumes: '{}' names no secret",
            volume.name
        )));
    }
    match source.items.iter().find(|item| !is_plain(&item.path)) {
        Some(item) => Err(RestError::invalid(format!(
            "template.volumes: '{}' is not a relative path",
            item.path
        ))),
        None => Ok(()),
    }
}

/// A relative path that stays where it is.
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
    fn secret_volumes_have_sound_names_paths_and_files() {
        for (volumes, mounts, status) in [
            (
                &[("a", "f"), ("b", "d/f")][..],
                &[("a", "/a"), ("b", "/etc/b"), ("b", "/c/b")][..],
                "OK",
            ),
            (&[("a", "f"), ("a", "f")], &[], "INVALID_ARGUMENT"),
            (&[("a", "../f")], &[], "INVALID_ARGUMENT"),
            (&[("a", "f")], &[("b", "/b")], "INVALID_ARGUMENT"),
            (&[("a", "f")], &[("a", "b")], "INVALID_ARGUMENT"),
            (&[("a", "f")], &[("a", "/")], "INVALID_ARGUMENT"),
            (&[("a", "f")], &[("a", "/proc/x")], "INVALID_ARGUMENT"),
            (&[("a", "f")], &[("a", "/a/../proc")], "INVALID_ARGUMENT"),
            (&[("a", "f"), ("b", "f")], &[("a", "/a"), ("b", "/a")], "INVALID_ARGUMENT"),
        ] {
            let checked = check_volumes(&template(volumes, mounts));
            assert_eq!(
                checked.err().map_or("OK", |error| error.status()),
                status,
                "{volumes:?} {mounts:?}"
            );
        }
        let other = Volume::new().set_name("a").set_empty_dir(EmptyDirVolumeSource::new());
        let other = RevisionTemplate::new().set_volumes([other]);
        assert_eq!(check_volumes(&other).unwrap_err().status(), "UNIMPLEMENTED");
    }

    #[test]
    fn a_variable_that_is_no_value_names_a_secret() {
        let named =
            EnvVarSource::new().set_secret_key_ref(SecretKeySelector::new().set_secret("s"));
        assert!(check_variable("A", &named).is_ok());
        for empty in
            [EnvVarSource::new(), EnvVarSource::new().set_secret_key_ref(SecretKeySelector::new())]
        {
            assert_eq!(check_variable("A", &empty).unwrap_err().status(), "INVALID_ARGUMENT");
        }
    }
}
