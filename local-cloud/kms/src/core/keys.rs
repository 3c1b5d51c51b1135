//! Keys: creation and changes.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    Entry, Event, Key, KeyName, Kms, Protection, Refusal, RingName, Rotation, State, Version,
    VersionName,
};

/// Limits and default of `CryptoKey.destroy_scheduled_duration`.
const DESTROY_AFTER_DEFAULT: Duration = Duration::days(30);
const DESTROY_AFTER_MIN: Duration = Duration::hours(24);
const DESTROY_AFTER_MAX: Duration = Duration::days(120);

/// Limits of `CryptoKey.rotation_period`.
const ROTATION_MIN: Duration = Duration::hours(24);
const ROTATION_MAX: Duration = Duration::hours(876_000);

/// A key as the caller wants it.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewKey {
    pub(crate) protection: Protection,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) rotation: Rotation,
    pub(crate) destroy_after_seconds: Option<i64>,
    /// Creates no version.
    pub(crate) is_empty: bool,
}

/// The fields of a key that an update replaces.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyChanges {
    pub(crate) labels: Option<BTreeMap<String, String>>,
    pub(crate) period_seconds: Option<Option<i64>>,
    pub(crate) next_at: Option<Option<OffsetDateTime>>,
    pub(crate) protection: Option<Protection>,
}

impl Kms {
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn entry(&self, name: &KeyName) -> Result<&Entry, Refusal> {
        self.keys.get(&name.to_string()).ok_or_else(|| Refusal::no_key(name))
    }

    /// The keys of a ring, by name.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn keys_of(&self, ring: &RingName) -> Result<Vec<&Entry>, Refusal> {
        self.ring(ring)?;
        let prefix = format!("{ring}/cryptoKeys/");
        let keys = self.keys.range(prefix.clone()..);
        Ok(keys.take_while(|(name, _)| name.starts_with(&prefix)).map(|(_, entry)| entry).collect())
    }

    /// Creates a key. Its first version is its primary one; the caller must write the material with
    /// the id `material` before it writes the events.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for the ring; [`Refusal::AlreadyExists`]; [`Refusal::Invalid`].
    pub(crate) fn create_key(
        &self,
        name: &KeyName,
        new: NewKey,
        material: Uuid,
        now: OffsetDateTime,
    ) -> Result<(Key, Vec<Event>), Refusal> {
        self.ring(&name.ring)?;
        if self.entry(name).is_ok() {
            return Err(Refusal::AlreadyExists { kind: "CryptoKey", name: name.to_string() });
        }
        check_rotation(new.rotation)?;
        let destroy_after =
            new.destroy_after_seconds.map_or(DESTROY_AFTER_DEFAULT, Duration::seconds);
        if !(DESTROY_AFTER_MIN..=DESTROY_AFTER_MAX).contains(&destroy_after) {
            return Err(Refusal::invalid(
                "crypto_key.destroy_scheduled_duration: must be between 24 hours and 120 days",
            ));
        }
        let key = Key {
            name: name.to_string(),
            created_at: now,
            protection: new.protection,
            labels: new.labels,
            rotation: new.rotation,
            destroy_after_seconds: destroy_after.whole_seconds(),
            primary: (!new.is_empty).then_some(1),
        };
        let mut events = vec![Event::Key(Box::new(key.clone()))];
        if !new.is_empty {
            events.push(created(&key, 1, material, now).1);
        }
        Ok((key, events))
    }

    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Invalid`] for a rotation that Google rejects.
    pub(crate) fn change_key(
        &self,
        name: &KeyName,
        changes: KeyChanges,
    ) -> Result<(Key, Vec<Event>), Refusal> {
        let mut key = self.entry(name)?.key.clone();
        if let Some(labels) = changes.labels {
            key.labels = labels;
        }
        if let Some(period) = changes.period_seconds {
            key.rotation.period_seconds = period;
        }
        if let Some(next) = changes.next_at {
            key.rotation.next_at = next;
        }
        if let Some(protection) = changes.protection {
            key.protection = protection;
        }
        check_rotation(key.rotation)?;
        Ok((key.clone(), vec![Event::Key(Box::new(key))]))
    }

    /// Makes a version the one that encrypts.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotEnabled`].
    pub(crate) fn set_primary(&self, name: &VersionName) -> Result<(Key, Vec<Event>), Refusal> {
        self.enabled(name)?;
        let key = Key { primary: Some(name.number), ..self.entry(&name.key)?.key.clone() };
        Ok((key.clone(), vec![Event::Key(Box::new(key))]))
    }
}

/// A new version of a key, and its event.
pub(super) fn created(
    key: &Key,
    number: u64,
    material: Uuid,
    now: OffsetDateTime,
) -> (Version, Event) {
    let version = Version {
        number,
        material,
        protection: key.protection,
        state: State::Enabled,
        created_at: now,
    };
    let event = Event::Version { key: key.name.clone(), version: Box::new(version.clone()) };
    (version, event)
}

fn check_rotation(rotation: Rotation) -> Result<(), Refusal> {
    let Some(seconds) = rotation.period_seconds else { return Ok(()) };
    if !(ROTATION_MIN..=ROTATION_MAX).contains(&Duration::seconds(seconds)) {
        return Err(Refusal::invalid(
            "crypto_key.rotation_period: must be between 24 hours and 876,000 hours",
        ));
    }
    if rotation.next_at.is_none() {
        return Err(Refusal::invalid(
            "crypto_key.next_rotation_time: required if crypto_key.rotation_period is set",
        ));
    }
    Ok(())
}
