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
    /// Transient: the state of the keys cannot be read.
    #[error("the state of the key cannot be read: {0}")]
    Unavailable(String),
}

/// The customer's keys.
pub trait CustomerKeys: Send + Sync {
    /// The full name of the version that protects what is written now. `key` is the full name of a
    /// key, whose primary version that is, or of a version, which is returned if it can be used.
    ///
    /// # Errors
    /// When the version cannot encrypt and decrypt. What it protects can then be neither written
    /// nor read.
    fn usable_version(&self, key: &str) -> Result<String, KeyError>;
}

/// A project that has no keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl CustomerKeys for NoKeys {
    fn usable_version(&self, key: &str) -> Result<String, KeyError> {
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
    fn the_location_is_part_of_the_name() {
        let key = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
        assert_eq!(location_of(key), Some("europe-west1"));
        assert_eq!(location_of(&format!("{key}/cryptoKeyVersions/1")), Some("europe-west1"));
        for other in ["", "k", "projects/p/locations/l/keyRings/r", "locations/l/keyRings/r"] {
            assert_eq!(location_of(other), None, "{other}");
        }
    }
}
