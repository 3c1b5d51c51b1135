//! The resources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ring {
    pub(crate) name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

/// A symmetric key. Every key of the local cloud has the purpose `ENCRYPT_DECRYPT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    pub(crate) protection: Protection,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) rotation: Rotation,
    /// How long a version is scheduled for destruction before it is destroyed.
    pub(crate) destroy_after_seconds: i64,
    /// Number of the version that encrypts.
    pub(crate) primary: Option<u64>,
}

/// When a key gets a new primary version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rotation {
    pub(crate) period_seconds: Option<i64>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) next_at: Option<OffsetDateTime>,
}

/// Where Google would keep the key material. It has no effect here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Protection {
    #[default]
    Software,
    Hsm,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) number: u64,
    /// Names the key material.
    #[serde(with = "id")]
    pub(crate) material: Uuid,
    pub(crate) protection: Protection,
    pub(crate) state: State,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    Enabled,
    Disabled,
    DestroyScheduled {
        #[serde(with = "time::serde::rfc3339")]
        destroy_at: OffsetDateTime,
    },
    Destroyed {
        #[serde(with = "time::serde::rfc3339")]
        scheduled_for: OffsetDateTime,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}

impl State {
    /// Google's name for the state.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::DestroyScheduled { .. } => "DESTROY_SCHEDULED",
            Self::Destroyed { .. } => "DESTROYED",
        }
    }
}

/// An id as a text.
mod id {
    use serde::{Deserialize as _, Deserializer, Serializer, de};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Uuid, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
