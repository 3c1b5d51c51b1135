//! Finding a version, and its state transitions.

use google_cloud_secretmanager_v1::model::secret_version::State;

use super::{Event, Moment, Payload, Refusal, Secrets, Version, VersionName};

/// A state transition of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    Enable,
    Disable,
    Destroy,
}

impl Secrets {
    /// The version with this number or alias, or the newest one, regardless of its state.
    ///
    /// # Errors
    /// [`Refusal::NoSecret`], [`Refusal::NoVersion`].
    pub(crate) fn version(&self, name: &VersionName) -> Result<&Version, Refusal> {
        let entry = self.entry(&name.secret)?;
        let found = match name.version.as_str() {
            "latest" => entry.versions.values().next_back(),
            version => {
                let alias = || u64::try_from(*entry.secret.version_aliases.get(version)?).ok();
                version.parse().ok().or_else(alias).and_then(|number| entry.versions.get(&number))
            }
        };
        found.ok_or_else(|| Refusal::NoVersion(name.to_string()))
    }

    /// The version and its payload.
    ///
    /// # Errors
    /// As for [`Secrets::version`]; [`Refusal::State`] when the version is not enabled.
    pub(crate) fn access(&self, name: &VersionName) -> Result<(&Version, &Payload), Refusal> {
        let version = self.version(name)?;
        let state = version.resource.state.name().unwrap_or_default();
        let enabled = version.payload.as_ref().filter(|_| version.resource.state == State::Enabled);
        let payload = enabled.ok_or_else(|| Refusal::State {
            name: version.resource.name.clone(),
            state: state.to_owned(),
        })?;
        Ok((version, payload))
    }

    /// The version in its new state, and the events of the transition.
    ///
    /// # Errors
    /// As for [`Secrets::version`]; [`Refusal::Etag`]; [`Refusal::State`] for a destroyed version.
    pub(crate) fn change(
        &self,
        name: &VersionName,
        transition: Transition,
        etag: &str,
        moment: &Moment,
    ) -> Result<(Version, Vec<Event>), Refusal> {
        let mut version = self.version(name)?.clone();
        let resource = &mut version.resource;
        if !etag.is_empty() && etag != resource.etag {
            return Err(Refusal::Etag(format!("Secret Version [{}]", resource.name)));
        }
        if resource.state == State::Destroyed {
            let (name, state) = (resource.name.clone(), "DESTROYED".to_owned());
            return Err(Refusal::State { name, state });
        }
        resource.state = match transition {
            Transition::Enable => State::Enabled,
            Transition::Disable => State::Disabled,
            Transition::Destroy => State::Destroyed,
        };
        resource.etag = super::write::etag(moment);
        if transition == Transition::Destroy {
            resource.destroy_time = Some(moment.now);
            version.payload = None;
        }
        let events = vec![Event::Version(Box::new(version.clone()))];
        Ok((version, events))
    }
}
