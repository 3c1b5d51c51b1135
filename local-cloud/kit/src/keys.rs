//! How one service uses the customer's keys, which another one keeps.

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Permanent: the text is not the full name of a key.
    #[error("'{0}' is not the name of a key")]
    Malformed(String),
    /// Permanent until the key or the version is created.
    #[error("the key {0} does not exist")]
    NotFound(String),
    /// Permanent until the version is enabled.
    #[error("{version} is not enabled, current state is: {state}.")]
    NotEnabled {
        /// Full name of the version.
        version: String,
        /// Google's name for its state, such as `DISABLED`.
        state: &'static str,
    },
    /// Permanent until the key has a primary version.
    #[error("the key {0} has no primary version")]
    NoPrimary(String),
    /// Permanent until the service agent that uses the key has a role on it.
    #[error(
        "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource '{0}' (or it may \
         not exist)."
    )]
    Denied(String),
    /// Transient: the state of the keys cannot be read.
    #[error("the state of the key cannot be read: {0}")]
    Unavailable(String),
}

/// Which of Google's services uses a key, as the service agent of the project that the protected
/// resource is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUser<'a> {
    /// The domain of the agent's account, without `.iam.gserviceaccount.com`.
    pub agent: &'a str,
    /// Id or number of the project.
    pub project: &'a str,
}

impl<'a> KeyUser<'a> {
    /// The service agents that use keys.
    pub const AGENTS: [&'static str; 6] = [
        "gs-project-accounts",
        "gcp-sa-artifactregistry",
        "serverless-robot-prod",
        "gcf-admin-robot",
        "gcp-sa-eventarc",
        "gcp-sa-pubsub",
    ];

    #[must_use]
    pub const fn storage(project: &'a str) -> Self {
        Self { agent: "gs-project-accounts", project }
    }

    #[must_use]
    pub const fn registry(project: &'a str) -> Self {
        Self { agent: "gcp-sa-artifactregistry", project }
    }

    #[must_use]
    pub const fn run(project: &'a str) -> Self {
        Self { agent: "serverless-robot-prod", project }
    }

    /// The agent with this account, `service-NUMBER@DOMAIN.iam.gserviceaccount.com`.
    #[must_use]
    pub fn of_account(account: &'a str) -> Option<Self> {
        let (number, domain) = account.strip_prefix("service-")?.split_once('@')?;
        let agent = domain.strip_suffix(".iam.gserviceaccount.com")?;
        Some(Self { agent, project: number })
    }

    /// The member of IAM policies that this is, for the number of the project.
    #[must_use]
    pub fn member(&self, project_number: u64) -> String {
        let agent = self.agent;
        format!("serviceAccount:service-{project_number}@{agent}.iam.gserviceaccount.com")
    }
}

/// The customer's keys.
pub trait CustomerKeys: Send + Sync {
    /// The full name of the version that protects what is written now. `key` is the full name of a
    /// key, whose primary version that is, or of a version, which is returned if it can be used.
    ///
    /// # Errors
    /// When the version cannot encrypt and decrypt, or `user` may not use it. What it protects can
    /// then be neither written nor read.
    fn usable_version(&self, key: &str, user: KeyUser<'_>) -> Result<String, KeyError>;
}

/// A project that has no keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl CustomerKeys for NoKeys {
    fn usable_version(&self, key: &str, _: KeyUser<'_>) -> Result<String, KeyError> {
        Err(KeyError::NotFound(key.to_owned()))
    }
}

/// The location of a key or a version, from its full name.
#[must_use]
pub fn location_of(key: &str) -> Option<&str> {
    let (_, rest) = key.strip_prefix("projects/")?.split_once("/locations/")?;
    let (location, rest) = rest.split_once("/keyRings/")?;
    (rest.contains("/cryptoKeys/") && !location.contains('/')).then_some(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_agent_is_named_after_the_number_of_its_project() {
        let account = "service-42@gcf-admin-robot.iam.gserviceaccount.com";
        let user = KeyUser::of_account(account).unwrap();
        assert_eq!(user, KeyUser { agent: "gcf-admin-robot", project: "42" });
        assert_eq!(user.member(42), format!("serviceAccount:{account}"));
        for other in ["", "someone@example.com", "service-42@example.com"] {
            assert_eq!(KeyUser::of_account(other), None, "{other}");
        }
    }

    #[test]
    fn the_location_is_part_of_the_name() {
        let key = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
        assert_eq!(location_of(key), Some("europe-west1"));
        assert_eq!(location_of(&format!("{key}/cryptoKeyVersions/1")), Some("europe-west1"));
        for other in ["", "k", "projects/p/locations/l/keyRings/r", "locations/l/keyRings/r"] {
            assert_eq!(location_of(other), None, "{other}");
        }
    }
}
