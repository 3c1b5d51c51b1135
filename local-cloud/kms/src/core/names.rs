//! `projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/N`, and its parts.

use std::fmt;

use super::Refusal;

/// Maximum length of the id of a ring or a key (`CreateKeyRingRequest.key_ring_id`).
const ID_MAX: usize = 63;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocationName {
    pub(crate) project: String,
    pub(crate) location: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RingName {
    pub(crate) location: LocationName,
    pub(crate) id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyName {
    pub(crate) ring: RingName,
    pub(crate) id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionName {
    pub(crate) key: KeyName,
    pub(crate) number: u64,
}

impl LocationName {
    /// # Errors
    /// [`Refusal::Invalid`], like those of the other names.
    pub(crate) fn parse(name: &str) -> Result<Self, Refusal> {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", location]
                if is_location(location) && !project.is_empty() =>
            {
                Ok(Self { project: project.to_owned(), location: location.to_owned() })
            }
            _ => Err(malformed(name, "projects/PROJECT/locations/LOCATION")),
        }
    }

    pub(crate) fn ring(&self, id: &str) -> Result<RingName, Refusal> {
        check_id(id, "key_ring_id")?;
        Ok(RingName { location: self.clone(), id: id.to_owned() })
    }
}

impl RingName {
    pub(crate) fn parse(name: &str) -> Result<Self, Refusal> {
        let expected = "projects/PROJECT/locations/LOCATION/keyRings/KEY_RING";
        let (location, id) =
            name.split_once("/keyRings/").ok_or_else(|| malformed(name, expected))?;
        LocationName::parse(location)
            .and_then(|location| location.ring(id))
            .map_err(|_| malformed(name, expected))
    }

    pub(crate) fn key(&self, id: &str) -> Result<KeyName, Refusal> {
        check_id(id, "crypto_key_id")?;
        Ok(KeyName { ring: self.clone(), id: id.to_owned() })
    }
}

impl KeyName {
    pub(crate) fn parse(name: &str) -> Result<Self, Refusal> {
        let expected = "projects/PROJECT/locations/LOCATION/keyRings/KEY_RING/cryptoKeys/KEY";
        let (ring, id) =
            name.split_once("/cryptoKeys/").ok_or_else(|| malformed(name, expected))?;
        RingName::parse(ring).and_then(|ring| ring.key(id)).map_err(|_| malformed(name, expected))
    }

    pub(crate) fn version(&self, number: u64) -> VersionName {
        VersionName { key: self.clone(), number }
    }
}

impl VersionName {
    pub(crate) fn parse(name: &str) -> Result<Self, Refusal> {
        let expected = "projects/PROJECT/locations/LOCATION/keyRings/KEY_RING/cryptoKeys/KEY/cryptoKeyVersions/NUMBER";
        let (key, number) =
            name.split_once("/cryptoKeyVersions/").ok_or_else(|| malformed(name, expected))?;
        let number = number.parse().map_err(|_| malformed(name, expected))?;
        Ok(KeyName::parse(key).map_err(|_| malformed(name, expected))?.version(number))
    }
}

impl fmt::Display for LocationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/locations/{}", self.project, self.location)
    }
}

impl fmt::Display for RingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/keyRings/{}", self.location, self.id)
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/cryptoKeys/{}", self.ring, self.id)
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/cryptoKeyVersions/{}", self.key, self.number)
    }
}

/// Any location is accepted: the local cloud is in all of them.
fn is_location(location: &str) -> bool {
    !location.is_empty()
        && location
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn check_id(id: &str, field: &str) -> Result<(), Refusal> {
    let valid = (1..=ID_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if valid {
        return Ok(());
    }
    Err(Refusal::Invalid(format!(
        "{field}: must be 1 to {ID_MAX} letters, digits, hyphens and underscores"
    )))
}

fn malformed(name: &str, expected: &str) -> Refusal {
    Refusal::Invalid(format!("'{name}' is not a resource name of the form {expected}"))
}
