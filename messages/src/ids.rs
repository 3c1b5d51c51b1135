//! Ids that are computed and never assigned: the same input has the same id on every worker, for
//! ever.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::rules;
use crate::topics::DEFAULT_REQUESTER;

/// A text is not a valid id. Permanent: reject the input.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdError {
    /// Not a [`DeploymentId`], [`BatchId`], [`BuildKey`] or [`ConfigDigest`].
    #[error("not 32 lower-case hexadecimal characters")]
    Hex,
    /// Not a [`BuildRef`].
    #[error("not a build key, a hyphen and a number from 1")]
    Build,
    /// Not a [`FunctionRef`].
    #[error("not a project id, a region and a function's name with slashes between them")]
    Function,
}

/// Id of a deployment: the hash of its request's `ce-source` and `ce-id`, so that a request
/// published twice is one deployment. As text, 32 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeploymentId([u8; 16]);

impl DeploymentId {
    /// The id of the deployment whose request has these CloudEvents attributes.
    pub fn of(ce_source: &str, ce_id: &str) -> Self {
        Self(short_hash(&[ce_source, ce_id]))
    }

    /// The id of the deployment that this requester requested with these CloudEvents attributes.
    /// Each requester has its own ids, so that none can use up those of another one.
    pub fn requested_by(requester: &str, ce_source: &str, ce_id: &str) -> Self {
        match requester {
            DEFAULT_REQUESTER => Self::of(ce_source, ce_id),
            named => Self(short_hash(&["requester", named, ce_source, ce_id])),
        }
    }

    /// The id under which a request to cancel is answered if it has no effect. Different from every
    /// deployment's, because a system may use one `ce-id` for both requests.
    pub fn of_cancel(requester: &str, ce_source: &str, ce_id: &str) -> Self {
        Self(short_hash(&["cancel-requested", requester, ce_source, ce_id]))
    }

    /// The id under which a request is rejected whose own id belongs to another request. Depends on
    /// its data too, so that it is the same for each delivery and different for other content.
    pub fn of_reused(id: Self, data_sha256: &str) -> Self {
        Self(short_hash(&[&id.to_string(), "identity-reused", data_sha256]))
    }
}

/// Id of a batch: the hash of its requester and of its request's `ce-source` and `ce-id`, so that a
/// request published twice is one batch. As text, 32 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId([u8; 16]);

impl BatchId {
    /// The id of the batch that this requester requested with these CloudEvents attributes.
    pub fn requested_by(requester: &str, ce_source: &str, ce_id: &str) -> Self {
        Self(short_hash(&["batch-requested", requester, ce_source, ce_id]))
    }

    /// As [`DeploymentId::of_reused`].
    pub fn of_reused(id: Self, data_sha256: &str) -> Self {
        Self(short_hash(&[&id.to_string(), "identity-reused", data_sha256]))
    }

    /// `ce-id` of the request for one function of the batch. It is computed, so that a function that
    /// is requested again is the same deployment.
    pub fn member(self, function: &FunctionRef) -> String {
        format!("{self}/{function}")
    }

    /// `ce-id` of the request that moves the traffic of one function of the batch after its gates.
    pub fn release(self, function: &FunctionRef) -> String {
        format!("{self}/{function}/traffic")
    }
}

/// Hash of everything that a build's image depends on. As text, 32 lower-case hexadecimal
/// characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildKey([u8; 16]);

impl BuildKey {
    /// The key of the build with these inputs. Order and boundaries are significant: `["ab", "c"]`
    /// and `["a", "bc"]` differ.
    pub fn of(parts: &[&str]) -> Self {
        Self(short_hash(parts))
    }
}

/// Hash of everything that a deployment wants of a function in the Functions flavour. As text, 32
/// lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigDigest([u8; 16]);

impl ConfigDigest {
    /// The digest of these settings. Order and boundaries are significant.
    pub fn of(parts: &[&str]) -> Self {
        Self(short_hash(parts))
    }
}

/// The first 16 bytes of the SHA-256 of all parts, each prefixed by its length in bytes (u64,
/// big-endian).
pub(crate) fn short_hash(parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    std::array::from_fn(|index| digest[index])
}

fn parse_hex(text: &str) -> Result<[u8; 16], IdError> {
    if !rules::is_lower_hex(text, 32) {
        return Err(IdError::Hex);
    }
    u128::from_str_radix(text, 16).map(u128::to_be_bytes).map_err(|_| IdError::Hex)
}

/// Implements the text form of an id: its 32 hexadecimal characters.
macro_rules! as_hex {
    ($id:ident) => {
        impl Display for $id {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", u128::from_be_bytes(self.0))
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($id), "({})"), self)
            }
        }

        impl FromStr for $id {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_hex(text).map(Self)
            }
        }
    };
}

/// Implements serde of a type through its text form.
macro_rules! as_text {
    ($id:ident) => {
        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_hex!(DeploymentId);
as_hex!(BatchId);
as_hex!(BuildKey);
as_hex!(ConfigDigest);
as_text!(DeploymentId);
as_text!(BatchId);
as_text!(BuildKey);
as_text!(ConfigDigest);
as_text!(BuildRef);
as_text!(FunctionRef);

/// One build: the `number`-th of its key. As text, `KEY-NUMBER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildRef {
    pub key: BuildKey,
    /// From 1. A failed result is never reused: the next claim takes the next number.
    pub number: u32,
}

/// Prefix of a build's text in the tags of builds and images, so that a sweep recognizes the
/// fleet's own.
const TAG_PREFIX: &str = "lsk-";

impl BuildRef {
    /// The tag that only this build and its image carry: `lsk-KEY-NUMBER`. Valid in both Cloud
    /// Build and Artifact Registry.
    pub fn tag(&self) -> String {
        format!("{TAG_PREFIX}{self}")
    }

    /// The build that a tag names, or `None` for other tags.
    pub fn from_tag(tag: &str) -> Option<Self> {
        tag.strip_prefix(TAG_PREFIX)?.parse().ok()
    }
}

impl Display for BuildRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.key, self.number)
    }
}

impl FromStr for BuildRef {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (key, number) = text.split_once('-').ok_or(IdError::Build)?;
        let key = key.parse().map_err(|_| IdError::Build)?;
        // A build has one text form: no sign, no leading zero.
        if number.starts_with(['0', '+']) {
            return Err(IdError::Build);
        }
        Ok(Self { key, number: number.parse().map_err(|_| IdError::Build)? })
    }
}

/// Names one function. As text, `PROJECT/REGION/NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionRef {
    /// Google Cloud project id.
    pub project: String,
    /// Google Cloud region.
    pub region: String,
    /// Name of the function. In the Run flavour, that of its Cloud Run service as well.
    pub name: String,
}

/// The id of the Cloud Run service of a function. The Cloud Functions API names it after the
/// function, in lower case, with a hyphen for each underscore. A function of the Run flavour has no
/// other name.
#[must_use]
pub fn service_id(function: &str) -> String {
    function.to_ascii_lowercase().replace('_', "-")
}

impl FunctionRef {
    /// Resource name of the function's Cloud Run service.
    pub fn service(&self) -> String {
        format!(
            "projects/{}/locations/{}/services/{}",
            self.project,
            self.region,
            self.service_id()
        )
    }

    /// Name of the function's Cloud Run service.
    pub fn service_id(&self) -> String {
        service_id(&self.name)
    }

    /// Resource name of the function in the Cloud Functions API.
    pub fn function(&self) -> String {
        format!("projects/{}/locations/{}/functions/{}", self.project, self.region, self.name)
    }
}

impl Display for FunctionRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.project, self.region, self.name)
    }
}

impl FromStr for FunctionRef {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            [project, region, name]
                if rules::is_project(project)
                    && rules::is_region(region)
                    && rules::is_function_id(name) =>
            {
                Ok(Self {
                    project: project.to_owned(),
                    region: region.to_owned(),
                    name: name.to_owned(),
                })
            }
            _ => Err(IdError::Function),
        }
    }
}

#[cfg(test)]
mod tests;
