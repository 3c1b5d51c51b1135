//! The input of registry-watcher: messages of the fleet, and notifications from Google.

use longshore_messages::{
    BuildRef, BuildSubmitted, CLOUD_BUILDS_TOPIC, DeploymentId, OperationStarted, REGISTRY_TOPIC,
    StageMessage, Submitted, Topic, WireMessage,
};
use longshore_runner::{Incoming, Input, InputError};
use serde::Deserialize;

/// A message or notification about a build.
#[derive(Clone, Debug, PartialEq)]
pub enum Announcement {
    /// A deployment waits for a build.
    Submitted {
        submitted: Box<BuildSubmitted>,
        /// The message as received, for the ledger: it is decoded again when the build ends.
        wire: WireMessage,
    },
    /// A deployment waits for the operation of its function.
    Operation(Box<OperationStarted>),
    Build(BuildNotice),
    Image(ImageNotice),
    /// A notification in an unknown format: of another program, or of a newer version. If it is
    /// about a build of the fleet, the sweep finds that build.
    Foreign,
}

/// A `cloud-builds` notification: the fields of a JSON `Build` that matter here
/// (<https://cloud.google.com/build/docs/subscribe-build-notifications>).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildNotice {
    /// `projects/P/locations/R/builds/ID`.
    pub name: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// `google.devtools.cloudbuild.v1.Build.Status`, or empty.
    #[serde(default)]
    pub status: String,
}

/// A `gcr` notification
/// (<https://cloud.google.com/artifact-registry/docs/configure-notifications>).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImageNotice {
    /// `INSERT` or `DELETE`.
    pub action: String,
    /// `HOST/PROJECT/REPOSITORY/IMAGE:TAG`, or empty if no tag was pushed or deleted.
    #[serde(default)]
    pub tag: String,
}

impl ImageNotice {
    /// The build whose image was pushed. Only builds of a fleet use tags of this form.
    #[must_use]
    pub fn build(&self) -> Option<BuildRef> {
        if self.action != "INSERT" {
            return None;
        }
        self.tag.rsplit_once(':')?.1.parse().ok()
    }
}

impl BuildNotice {
    /// Whether this is not about the end of a build. The subscription of a fleet filters such
    /// notifications out, but one that an older version created does not.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        matches!(self.status.as_str(), "PENDING" | "QUEUED" | "WORKING")
    }

    /// The build of the notification, if it belongs to this fleet.
    #[must_use]
    pub fn build(&self, fleet_tag: &str) -> Option<BuildRef> {
        let ours = self.tags.iter().any(|tag| tag == fleet_tag);
        self.tags.iter().filter(|_| ours).find_map(|tag| BuildRef::from_tag(tag))
    }
}

impl Input for Announcement {
    const TOPICS: &'static [&'static str] =
        &[Topic::BuildSubmitted.as_str(), CLOUD_BUILDS_TOPIC, REGISTRY_TOPIC];

    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        let data = &incoming.message.data;
        if incoming.topic == CLOUD_BUILDS_TOPIC {
            Ok(serde_json::from_slice(data).map_or(Self::Foreign, Self::Build))
        } else if incoming.topic == REGISTRY_TOPIC {
            Ok(serde_json::from_slice(data).map_or(Self::Foreign, Self::Image))
        } else {
            Ok(match Submitted::read(incoming)? {
                Submitted::Shared(submitted) => {
                    Self::Submitted { submitted, wire: incoming.message.clone() }
                }
                Submitted::Function(started) => Self::Operation(started),
            })
        }
    }

    fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Submitted { submitted, .. } => StageMessage::deployment(&**submitted),
            Self::Operation(started) => StageMessage::deployment(&**started),
            Self::Build(_) | Self::Image(_) | Self::Foreign => None,
        }
    }

    fn recorded_by(&self) -> Option<&'static str> {
        match self {
            Self::Submitted { .. } | Self::Operation(_) => Topic::BuildSubmitted.recorded_by(),
            // Hints, which are compared with the build itself.
            Self::Build(_) | Self::Image(_) | Self::Foreign => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use longshore_messages::BuildKey;

    use super::*;

    #[test]
    fn only_a_build_with_the_tag_of_the_fleet_is_ours() {
        let build = BuildRef { key: BuildKey::of(&["x"]), number: 2 };
        let notice = |tags: &[&str]| BuildNotice {
            name: "b".into(),
            status: "SUCCESS".into(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        assert_eq!(notice(&["longshore-a", &build.tag()]).build("longshore-a"), Some(build));
        assert_eq!(notice(&["longshore-b", &build.tag()]).build("longshore-a"), None);
        assert_eq!(notice(&["longshore-a"]).build("longshore-a"), None);
        assert_eq!(notice(&[]).build("longshore-a"), None);
    }

    #[test]
    fn the_pushed_tag_identifies_the_build_of_an_image() {
        let build = BuildRef { key: BuildKey::of(&["x"]), number: 2 };
        let notice = |action: &str, tag: String| ImageNotice { action: action.into(), tag };
        assert_eq!(
            notice("INSERT", format!("r-docker.pkg.dev/p/repo/f:{build}")).build(),
            Some(build)
        );
        assert_eq!(notice("DELETE", format!("r-docker.pkg.dev/p/repo/f:{build}")).build(), None);
        assert_eq!(notice("INSERT", "r-docker.pkg.dev/p/repo/f:latest".into()).build(), None);
        assert_eq!(notice("INSERT", String::new()).build(), None);
    }
}
