//! Validates references to secrets. The values of secrets are never sent.

use std::collections::BTreeMap;

use super::spec::{SecretVersion, SecretVolume};
use crate::invalid::{Findings, quoted};
use crate::{proto, rules};

/// Default of an empty version.
const LATEST: &str = "latest";

pub(super) fn read_secret_environment(
    variables: Vec<proto::SecretVariable>,
    plain: &BTreeMap<String, String>,
    findings: &mut Findings,
) -> BTreeMap<String, SecretVersion> {
    let field = "function.service.secretEnvironment";
    let mut read = BTreeMap::new();
    for variable in variables {
        let at = format!("{field}.{}", quoted(&variable.name));
        check_secret(&at, &variable.secret, findings);
        let version = read_version(&at, variable.version, findings);
        if plain.contains_key(&variable.name) || read.contains_key(&variable.name) {
            findings.add(&at, "", "must be set only once");
        }
        read.insert(variable.name, SecretVersion { secret: variable.secret, version });
    }
    rules::variable_names(read.keys(), field, findings);
    rules::variable_count(plain.len() + read.len(), field, findings);
    read
}

pub(super) fn read_secret_volumes(
    volumes: Vec<proto::SecretVolume>,
    findings: &mut Findings,
) -> BTreeMap<String, SecretVolume> {
    let mut read = BTreeMap::new();
    for volume in volumes {
        let at = format!("function.service.secretVolumes.{}", quoted(&volume.mount_path));
        if !rules::is_mount_path(&volume.mount_path) {
            findings.add(&at, "", rules::MOUNT_PATH);
        }
        if read.contains_key(&volume.mount_path) {
            findings.add(&at, "", "must be the path of only one volume");
        }
        check_secret(&at, &volume.secret, findings);
        let files = read_files(&at, &volume, findings);
        read.insert(volume.mount_path, SecretVolume { secret: volume.secret, files });
    }
    read
}

fn read_files(
    at: &str,
    volume: &proto::SecretVolume,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    if volume.files.is_empty() {
        let id = volume.secret.rsplit('/').next().unwrap_or_default();
        return BTreeMap::from([(id.to_owned(), LATEST.to_owned())]);
    }
    let mut files = BTreeMap::new();
    for (path, version) in &volume.files {
        let at = format!("{at}.files.{}", quoted(path));
        if !rules::is_file_in_volume(path) {
            findings.add(&at, "", rules::FILE_IN_VOLUME);
        }
        files.insert(path.clone(), read_version(&at, version.clone(), findings));
    }
    files
}

fn check_secret(at: &str, secret: &str, findings: &mut Findings) {
    if secret.is_empty() {
        findings.missing(format!("{at}.secret"));
    } else if !rules::is_secret(secret) {
        findings.add(format!("{at}.secret"), secret, rules::SECRET);
    }
}

fn read_version(at: &str, version: String, findings: &mut Findings) -> String {
    if version.is_empty() {
        return LATEST.to_owned();
    }
    if !rules::is_secret_version(&version) {
        findings.add(format!("{at}.version"), &version, rules::SECRET_VERSION);
    }
    version
}
