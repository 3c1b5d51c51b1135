//! Secrets of a build: `available_secrets` names versions in Secret Manager, `secret_env` of a step
//! says which of them it gets, and `pack build --env NAME` passes one on to the builder.
//! <https://cloud.google.com/build/docs/securing-builds/use-secrets>

use std::collections::BTreeMap;

use google_cloud_build_v1::model::{Build, BuildStep};

use super::substitutions::Substitutions;
use longshore_local_kit::rest::RestError;

/// The versions by the names of their variables.
///
/// # Errors
/// `INVALID_ARGUMENT` for a name that is used twice or is no name, `UNIMPLEMENTED` for secrets that
/// are encrypted in the build.
pub(super) fn versions(
    build: &Build,
    substitutions: &mut Substitutions<'_>,
) -> Result<BTreeMap<String, String>, RestError> {
    let Some(available) = &build.available_secrets else { return Ok(BTreeMap::new()) };
    if !available.inline.is_empty() {
        return Err(RestError::unimplemented(
            "secrets that are encrypted in a build (available_secrets.inline); use \
             available_secrets.secret_manager",
        ));
    }
    let mut versions = BTreeMap::new();
    for (index, secret) in available.secret_manager.iter().enumerate() {
        let at = format!("available_secrets.secret_manager[{index}]");
        let version = substitutions.apply(&secret.version_name)?;
        if !is_version(&version) {
            return Err(RestError::invalid(format!(
                "{at}.version_name: `{version}` is not projects/P/secrets/S/versions/V"
            )));
        }
        if secret.env.is_empty() || secret.env.contains(['=', '\0']) {
            return Err(RestError::invalid(format!("{at}.env: `{}` is no name", secret.env)));
        }
        if versions.insert(secret.env.clone(), version).is_some() {
            return Err(RestError::invalid(format!("{at}.env: `{}` is used twice", secret.env)));
        }
    }
    Ok(versions)
}

/// The secrets that the builder gets. `passed`: the names that `pack build` passes on without a
/// value.
///
/// # Errors
/// `INVALID_ARGUMENT` for a name that no secret has, and for a secret that no step gets.
pub(super) fn of_build(
    steps: &[BuildStep],
    mut versions: BTreeMap<String, String>,
    passed: &[String],
) -> Result<BTreeMap<String, String>, RestError> {
    let given = |name: &String| steps.iter().any(|step| step.secret_env.contains(name));
    for (index, step) in steps.iter().enumerate() {
        if let Some(name) = step.secret_env.iter().find(|name| !versions.contains_key(*name)) {
            return Err(RestError::invalid(format!(
                "steps[{index}].secret_env: `{name}` is not in available_secrets"
            )));
        }
    }
    if let Some(name) = versions.keys().find(|name| !given(name)) {
        return Err(RestError::invalid(format!("available_secrets: no step uses `{name}`")));
    }
    if let Some(name) = passed.iter().find(|name| !versions.contains_key(*name)) {
        return Err(RestError::invalid(format!(
            "steps: --env `{name}` is not NAME=VALUE, and no secret in secret_env has this name"
        )));
    }
    versions.retain(|name, _| passed.contains(name));
    Ok(versions)
}

fn is_version(name: &str) -> bool {
    match name.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "secrets", secret, "versions", version] => {
            [project, secret, version].iter().all(|part| !part.is_empty())
        }
        _ => false,
    }
}
