//! `projects/P/secrets/S` and `projects/P/secrets/S/versions/V`.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecretName {
    pub(crate) project: String,
    pub(crate) id: String,
}

/// The version is a number, an alias, or `latest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionName {
    pub(crate) secret: SecretName,
    pub(crate) version: String,
}

impl SecretName {
    pub(crate) fn new(project: &str, id: &str) -> Self {
        Self { project: project.to_owned(), id: id.to_owned() }
    }

    /// Parses the name of a secret in a Cloud Run service of `project`: its id, or its full name.
    pub(crate) fn of_service(project: &str, secret: &str) -> Option<Self> {
        match secret.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "secrets", id] => Some(Self::new(project, id)),
            [id] if is_secret_id(id) => Some(Self::new(project, id)),
            _ => None,
        }
    }

    pub(crate) fn version(&self, version: &str) -> VersionName {
        VersionName { secret: self.clone(), version: version.to_owned() }
    }
}

impl VersionName {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "secrets", id, "versions", version] => {
                Some(SecretName::new(project, id).version(version))
            }
            _ => None,
        }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/secrets/{}", self.project, self.id)
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/versions/{}", self.secret, self.version)
    }
}

/// 1 to 255 letters, digits, hyphens and underscores (`CreateSecretRequest.secret_id`).
pub(super) fn is_secret_id(id: &str) -> bool {
    (1..=255).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
