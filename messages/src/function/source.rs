//! The location of a function's source.

use std::fmt::{self, Display, Formatter};

use bytes::Bytes;

use super::storage::StorageObject;
use super::url::HttpsUrl;
use crate::ids::DeploymentId;
use crate::invalid::Findings;
use crate::proto::source::Place;
use crate::{proto, rules};

/// Maximum size of an archive in a request: Pub/Sub accepts 10 MB, and the ledger keeps every
/// request.
pub const INLINE_MAX_BYTES: usize = 1024 * 1024;

/// Maximum length of the reason of a rollback, in characters.
const REASON_CHARS_MAX: usize = 200;

/// The location of a function's source. Its text form shows the location and never the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An archive in Cloud Storage.
    Storage(StorageObject),
    /// An archive at an https URL.
    Https(HttpsArchive),
    /// A revision of a git repository.
    Git(GitRevision),
    /// The archive itself.
    Inline(Bytes),
    /// An earlier deployment of the function.
    Earlier(EarlierDeployment),
}

/// An archive at an https URL, identified by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsArchive {
    pub url: HttpsUrl,
    /// Lower-case hexadecimal SHA-256 of the archive.
    pub sha256: String,
    /// Directory in the archive that holds the function; empty for the root.
    pub directory: String,
}

/// A revision of a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRevision {
    pub url: HttpsUrl,
    /// Commit, tag or branch.
    pub revision: String,
    /// Directory in the repository that holds the function; empty for the root.
    pub directory: String,
}

/// An earlier deployment of a function, to go back to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierDeployment {
    pub deployment: DeploymentId,
    /// Why, for people, or empty.
    pub reason: String,
    /// Functions flavour: whether its source is built again.
    pub rebuild: bool,
    /// Whether the function goes back to what served before the deployment.
    pub before: bool,
    /// Whether it is no rollback, but moves the traffic to the revision of the deployment.
    pub release: bool,
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(object) => write!(f, "{object}"),
            Self::Https(archive) => write!(f, "{}", archive.url),
            Self::Git(git) => write!(f, "{} at {}", git.url, git.revision),
            Self::Inline(archive) => write!(f, "an inline archive of {} bytes", archive.len()),
            Self::Earlier(earlier) => write!(f, "deployment {}", earlier.deployment),
        }
    }
}

impl Source {
    /// Converts the location to protobuf.
    #[must_use]
    pub fn to_proto(&self) -> proto::Source {
        let place = match self {
            Self::Storage(object) => Place::Storage(object.to_proto()),
            Self::Https(HttpsArchive { url, sha256, directory }) => {
                Place::Https(proto::HttpsArchive {
                    url: url.to_string(),
                    sha256: sha256.clone(),
                    directory: directory.clone(),
                })
            }
            Self::Git(GitRevision { url, revision, directory }) => Place::Git(proto::GitRevision {
                url: url.to_string(),
                revision: revision.clone(),
                directory: directory.clone(),
            }),
            Self::Inline(archive) => {
                Place::Inline(proto::InlineArchive { archive: archive.to_vec() })
            }
            Self::Earlier(EarlierDeployment { deployment, reason, rebuild, before, release }) => {
                Place::Earlier(proto::EarlierDeployment {
                    deployment: deployment.to_string(),
                    reason: reason.clone(),
                    rebuild: *rebuild,
                    before: *before,
                    release: *release,
                })
            }
        };
        proto::Source { place: Some(place) }
    }

    /// Returns `None` only with a finding. There may be findings together with a value.
    pub(crate) fn from_proto(
        source: Option<proto::Source>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let Some(place) = source.and_then(|source| source.place) else {
            findings.missing("function.source");
            return None;
        };
        match place {
            Place::Storage(object) => Some(Self::Storage(StorageObject::from_proto(
                object,
                "function.source.storage",
                findings,
            ))),
            Place::Https(archive) => read_https(archive, findings).map(Self::Https),
            Place::Git(git) => read_git(git, findings).map(Self::Git),
            Place::Inline(inline) => Some(Self::Inline(read_inline(inline, findings))),
            Place::Earlier(earlier) => read_earlier(earlier, findings).map(Self::Earlier),
        }
    }
}

fn read_https(proto: proto::HttpsArchive, findings: &mut Findings) -> Option<HttpsArchive> {
    let url = read_url(&proto.url, "function.source.https.url", findings);
    if proto.sha256.is_empty() {
        findings.missing("function.source.https.sha256");
    } else if !rules::is_lower_hex(&proto.sha256, 64) {
        findings.add("function.source.https.sha256", &proto.sha256, rules::SHA256);
    }
    check_directory(&proto.directory, "function.source.https.directory", findings);
    Some(HttpsArchive { url: url?, sha256: proto.sha256, directory: proto.directory })
}

fn read_git(proto: proto::GitRevision, findings: &mut Findings) -> Option<GitRevision> {
    let url = read_url(&proto.url, "function.source.git.url", findings);
    if proto.revision.is_empty() {
        findings.missing("function.source.git.revision");
    } else if !rules::is_git_revision(&proto.revision) {
        findings.add("function.source.git.revision", &proto.revision, rules::GIT_REVISION);
    }
    check_directory(&proto.directory, "function.source.git.directory", findings);
    Some(GitRevision { url: url?, revision: proto.revision, directory: proto.directory })
}

fn read_inline(proto: proto::InlineArchive, findings: &mut Findings) -> Bytes {
    const FIELD: &str = "function.source.inline.archive";
    if proto.archive.is_empty() {
        findings.missing(FIELD);
    } else if proto.archive.len() > INLINE_MAX_BYTES {
        let size = format!("{} bytes", proto.archive.len());
        findings.add(
            FIELD,
            &size,
            "must have at most 1 MiB; upload a larger archive to Cloud Storage and set function.source.storage",
        );
    }
    Bytes::from(proto.archive)
}

fn read_earlier(
    proto: proto::EarlierDeployment,
    findings: &mut Findings,
) -> Option<EarlierDeployment> {
    let proto::EarlierDeployment { deployment, reason, rebuild, before, release } = proto;
    if release && (rebuild || before) {
        let rule = "must be unset together with rebuild or before";
        findings.add("function.source.earlier.release", "", rule);
    }
    if reason.chars().count() > REASON_CHARS_MAX || reason.contains(char::is_control) {
        let rule = "must have at most 200 characters, in one line";
        findings.add("function.source.earlier.reason", &reason, rule);
    }
    let deployment = rules::parsed(&deployment, "function.source.earlier.deployment", findings)?;
    Some(EarlierDeployment { deployment, reason, rebuild, before, release })
}

/// A rejected URL is not quoted, because it may contain a password or a token.
fn read_url(text: &str, field: &str, findings: &mut Findings) -> Option<HttpsUrl> {
    if text.is_empty() {
        findings.missing(field);
        return None;
    }
    text.parse()
        .map_err(|error: super::url::UrlError| findings.add(field, "", error.to_string()))
        .ok()
}

fn check_directory(path: &str, field: &str, findings: &mut Findings) {
    if !path.is_empty() && !rules::is_directory(path) {
        findings.add(field, path, rules::DIRECTORY);
    }
}

#[cfg(test)]
mod tests;
