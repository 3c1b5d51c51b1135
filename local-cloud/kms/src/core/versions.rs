//! Versions: finding them, and their state transitions.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::keys::created;
use super::{Entry, Event, KeyName, Kms, Refusal, State, Version, VersionName};

/// A state transition of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    Enable,
    Disable,
    /// Schedules the destruction.
    Destroy,
    /// Cancels the destruction.
    Restore,
}

impl Kms {
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn version(&self, name: &VersionName) -> Result<&Version, Refusal> {
        self.entry(&name.key)?.versions.get(&name.number).ok_or_else(|| Refusal::no_version(name))
    }

    /// The version, if it can be used.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotEnabled`].
    pub(crate) fn enabled(&self, name: &VersionName) -> Result<&Version, Refusal> {
        let version = self.version(name)?;
        match version.state {
            State::Enabled => Ok(version),
            state => Err(Refusal::NotEnabled { version: name.to_string(), state: state.name() }),
        }
    }

    /// The version that encrypts for a key.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::State`] for a key without a primary version;
    /// [`Refusal::NotEnabled`].
    pub(crate) fn enabled_primary(&self, name: &KeyName) -> Result<(u64, &Version), Refusal> {
        let number =
            self.entry(name)?.key.primary.ok_or_else(|| {
                Refusal::State(format!("CryptoKey {name} has no primary version."))
            })?;
        Ok((number, self.enabled(&name.version(number))?))
    }

    /// The version of a key whose material has this id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for the key; [`Refusal::Invalid`] when none of its versions has the
    /// material; [`Refusal::NotEnabled`].
    pub(crate) fn version_with(
        &self,
        name: &KeyName,
        material: Option<Uuid>,
    ) -> Result<(&Entry, &Version), Refusal> {
        let entry = self.entry(name)?;
        let found = entry.versions.values().find(|version| Some(version.material) == material);
        let version = found.ok_or_else(|| {
            Refusal::invalid(
                "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
            )
        })?;
        Ok((entry, self.enabled(&name.version(version.number))?))
    }

    /// The key's next version, which does not become its primary one. The caller must write the
    /// material with the id `material` before it writes the events.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn create_version(
        &self,
        name: &KeyName,
        material: Uuid,
        now: OffsetDateTime,
    ) -> Result<(Version, Vec<Event>), Refusal> {
        let entry = self.entry(name)?;
        let (version, event) = created(&entry.key, entry.next_number(), material, now);
        Ok((version, vec![event]))
    }

    /// The version in its new state.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::State`] when the transition does not start from the
    /// version's state.
    pub(crate) fn change_version(
        &self,
        name: &VersionName,
        transition: Transition,
        now: OffsetDateTime,
    ) -> Result<(Version, Vec<Event>), Refusal> {
        let mut version = self.version(name)?.clone();
        let destroy_after = Duration::seconds(self.entry(&name.key)?.key.destroy_after_seconds);
        version.state = match (version.state, transition) {
            (State::Enabled | State::Disabled, Transition::Enable) => State::Enabled,
            (State::Enabled | State::Disabled, Transition::Disable) => State::Disabled,
            (State::Enabled | State::Disabled, Transition::Destroy) => {
                State::DestroyScheduled { destroy_at: now + destroy_after }
            }
            (State::DestroyScheduled { .. }, Transition::Restore) => State::Disabled,
            (state, transition) => return Err(wrong_state(name, state, transition)),
        };
        let event =
            Event::Version { key: name.key.to_string(), version: Box::new(version.clone()) };
        Ok((version, vec![event]))
    }

    /// The ids of the material that versions need.
    pub(crate) fn materials(&self) -> impl Iterator<Item = Uuid> {
        self.keys
            .values()
            .flat_map(|entry| entry.versions.values())
            .filter(|version| !matches!(version.state, State::Destroyed { .. }))
            .map(|version| version.material)
    }
}

fn wrong_state(name: &VersionName, state: State, transition: Transition) -> Refusal {
    let expected = match transition {
        Transition::Enable | Transition::Disable | Transition::Destroy => "ENABLED or DISABLED",
        Transition::Restore => "DESTROY_SCHEDULED",
    };
    Refusal::State(format!(
        "The request cannot be fulfilled. Resource {name} has value {} in field state, expected \
         {expected}.",
        state.name()
    ))
}
