//! Secrets, and the directories where they are mounted.

use super::names::is_project;
use super::text::is_made_of;

pub(crate) const SECRET: &str = "must be the id of a secret (1 to 255 letters, digits, hyphens and underscores) or projects/PROJECT/secrets/ID";

/// The project may be an id or a number.
/// <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create>
pub(crate) fn is_secret(secret: &str) -> bool {
    let is_id = |id: &str| {
        id.len() <= 255 && is_made_of(id, |c, _| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    match secret.split('/').collect::<Vec<_>>()[..] {
        [id] => is_id(id),
        ["projects", project, "secrets", id] => {
            (is_project(project) || is_made_of(project, |c, _| c.is_ascii_digit())) && is_id(id)
        }
        _ => false,
    }
}

pub(crate) const SECRET_VERSION: &str =
    "must be latest, a version number, or an alias of letters, digits, hyphens and underscores";

/// An alias starts with a letter.
/// <https://cloud.google.com/secret-manager/docs/assign-alias-to-secret-version>
pub(crate) fn is_secret_version(version: &str) -> bool {
    let is_number = version.len() <= 18
        && !version.starts_with('0')
        && is_made_of(version, |c, _| c.is_ascii_digit());
    let is_alias = version.len() <= 63
        && is_made_of(version, |c, first| {
            c.is_ascii_alphabetic() || (!first && (c.is_ascii_digit() || "-_".contains(c)))
        });
    is_number || is_alias
}

pub(crate) const MOUNT_PATH: &str = "must be the absolute path of a directory, without . and .. components, outside /dev, /proc and /sys";

/// <https://cloud.google.com/run/docs/configuring/services/secrets#disallowed_paths>
pub(crate) fn is_mount_path(path: &str) -> bool {
    let Some(relative) = path.strip_prefix('/') else { return false };
    let reserved = ["dev", "proc", "sys"];
    is_file_in_volume(relative)
        && !relative.contains(':')
        && relative.split('/').next().is_some_and(|first| !reserved.contains(&first))
}

pub(crate) const FILE_IN_VOLUME: &str =
    "must be a relative path without empty, . and .. components";

pub(crate) fn is_file_in_volume(path: &str) -> bool {
    path.len() <= 1024
        && !path.contains(|c: char| c.is_control())
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
