//! Looking a version up, and moving it from one state to another.

use google_cloud_secretmanager_v1::model::secret_version::State;

use super::{Event, Moment, Payload, Secrets, Version, VersionName};
use longshore_local_kit::rest::RestError;

/// What may be done to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    Enable,
    Disable,
    Destroy,
}

impl Secrets {
    /// The version that is meant: by its number, by an alias of the secret, or the newest of all,
    /// whatever its state.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) fn version(&self, name: &VersionName) -> Result<&Version, RestError> {
        let entry = self.entry(&name.secret)?;
        let found = match name.version.as_str() {
            "latest" => entry.versions.values().next_back(),
            version => {
                let alias = entry
                    .secret
                    .version_aliases
                    .get(version)
                    .and_then(|number| u64::try_from(*number).ok());
                alias
                    .or_else(|| version.parse().ok())
                    .and_then(|number| entry.versions.get(&number))
            }
        };
        found.ok_or_else(|| RestError::not_found(format!("Secret Version [{name}] not found.")))
    }

    /// The version together with its value.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FAILED_PRECONDITION` when it is not enabled.
    pub(crate) fn access(&self, name: &VersionName) -> Result<(&Version, &Payload), RestError> {
        let version = self.version(name)?;
        let state = version.resource.state.name().unwrap_or_default();
        let enabled = version.payload.as_ref().filter(|_| version.resource.state == State::Enabled);
        let payload = enabled.ok_or_else(|| {
            RestError::failed_precondition(format!(
                "Secret Version [{}] is in {state} state.",
                version.resource.name
            ))
        })?;
        Ok((version, payload))
    }

    /// The version in its new state, and the events that make it so.
    ///
    /// # Errors
    /// `NOT_FOUND`; `ABORTED` when the etag does not match; `FAILED_PRECONDITION` for a version
    /// that was destroyed.
    pub(crate) fn change(
        &self,
        name: &VersionName,
        transition: Transition,
        etag: &str,
        moment: &Moment,
    ) -> Result<(Version, Vec<Event>), RestError> {
        let mut version = self.version(name)?.clone();
        let resource = &mut version.resource;
        if !etag.is_empty() && etag != resource.etag {
            return Err(RestError::aborted(format!(
                "Secret Version [{}]: the etag does not match.",
                resource.name
            )));
        }
        if resource.state == State::Destroyed {
            return Err(RestError::failed_precondition(format!(
                "Secret Version [{}] is in DESTROYED state.",
                resource.name
            )));
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
