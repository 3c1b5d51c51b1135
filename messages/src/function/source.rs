//! Where the source of a function is.

use std::fmt::{self, Display, Formatter};

use bytes::Bytes;

use super::storage::StorageObject;
use super::url::HttpsUrl;
use crate::invalid::Findings;
use crate::proto::source::Place;
use crate::{proto, rules};

/// The largest archive that travels in a request: Pub/Sub takes 10 MB, and the ledger keeps every
/// request.
pub const INLINE_MAX_BYTES: usize = 1024 * 1024;

/// Where the source of a function is. As text it says where, never what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An archive in Cloud Storage.
    Storage(StorageObject),
    /// An archive behind https.
    Https(HttpsArchive),
    /// A revision of a git repository.
    Git(GitRevision),
    /// The archive itself.
    Inline(Bytes),
}

/// An archive behind https, named by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsArchive {
    /// Where it is.
    pub url: HttpsUrl,
    /// Lower-case hexadecimal SHA-256 of it.
    pub sha256: String,
    /// Directory inside it that holds the function; empty: itself.
    pub directory: String,
}

/// A revision of a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRevision {
    /// Where the repository is.
    pub url: HttpsUrl,
    /// Commit, tag or branch.
    pub revision: String,
    /// Directory inside it that holds the function; empty: the root.
    pub directory: String,
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(object) => write!(f, "{object}"),
            Self::Https(archive) => write!(f, "{}", archive.url),
            Self::Git(git) => write!(f, "{} at {}", git.url, git.revision),
            Self::Inline(archive) => write!(f, "an inline archive of {} bytes", archive.len()),
        }
    }
}

impl Source {
    pub(crate) fn to_proto(&self) -> proto::Source {
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
        };
        proto::Source { place: Some(place) }
    }

    /// `None` only together with a finding; a value may come with findings too.
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
            "must have at most 1 MiB: stage a larger one in Cloud Storage and name it in function.source.storage",
        );
    }
    Bytes::from(proto.archive)
}

/// The URL is not told when it is refused: a password or a token in it may be why.
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
