//! Why a source could not be fetched.

use std::net::IpAddr;
use std::path::PathBuf;

use longshore_messages::FailureClass;

/// The step that failed. No variant holds a URL, because a URL may contain a secret: only its host
/// is reported.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The settings do not list the host.
    #[error("this fleet does not fetch from host {host}")]
    Host {
        /// `HOST`, or `HOST:PORT` if the port is not 443.
        host: String,
    },
    #[error("host {host} resolves to {address}, {kind}")]
    Address {
        host: String,
        address: IpAddr,
        /// What the address is, as a noun phrase.
        kind: &'static str,
    },
    #[error("cannot resolve host {host}")]
    Resolve { host: String, source: std::io::Error },
    #[error("cannot read the certificates in {}", path.display())]
    Certificates { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("cannot create an HTTPS client")]
    Client(#[source] reqwest::Error),
    #[error("the certificate of host {host} is not trusted")]
    Untrusted { host: String, source: reqwest::Error },
    /// The connection failed, or broke during the response. `source` does not contain the URL.
    #[error("host {host} does not respond")]
    Request { host: String, source: reqwest::Error },
    #[error("host {host} redirects to {target}, and redirects are not followed")]
    Redirect {
        host: String,
        /// `host NAME`, or `nowhere`.
        target: String,
    },
    #[error("host {host} responded with status {status}")]
    Status { host: String, status: u16 },
    #[error("the source is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the source has more than {limit} entries")]
    TooMany { limit: usize },
    #[error("the source has a path longer than {limit} bytes")]
    PathTooLong { limit: usize },
    #[error("the archive has the SHA-256 digest {actual} instead of {expected}")]
    Digest { expected: String, actual: String },
    #[error("cannot use a temporary file or process")]
    Machine(#[source] std::io::Error),
    /// Holds the reason.
    #[error("git is not usable: {0}")]
    NoGit(String),
    #[error("host {host} does not serve a git repository at this URL over smart HTTP")]
    NotARepository { host: String },
    #[error("the repository has no commit, tag or branch {revision:?}")]
    NoRevision { revision: String },
    #[error("the revision has no directory {directory:?}")]
    NoDirectory { directory: String },
    #[error("entry {name:?} is a submodule, and submodules are not fetched")]
    Submodule {
        /// The submodule's path.
        name: String,
    },
    #[error("git {step} failed: {says}")]
    Git {
        /// The git command.
        step: &'static str,
        /// The end of its standard error, in one line without control characters.
        says: String,
    },
    #[error("git took longer than {0} s")]
    GitTime(u64),
}

impl FetchError {
    /// What happens to the request: only transient errors are retried.
    pub(crate) fn verdict(&self) -> Verdict {
        use FailureClass::{System, User};
        match self {
            Self::Resolve { .. }
            | Self::Request { .. }
            | Self::Machine(_)
            | Self::Git { .. }
            | Self::GitTime(_) => Verdict::Again,
            Self::Status { status: 408 | 425 | 429 | 500.., .. } => Verdict::Again,
            Self::Host { .. } => Verdict::Never(
                User,
                "source-host-refused",
                "ask an operator to add the host to LONGSHORE_SOURCE_HOSTS of the uploader (HOST, \
                 HOST:PORT or *.DOMAIN, separated by commas), or stage the archive in Cloud \
                 Storage and name it in function.source.storage",
            ),
            Self::Address { .. } => Verdict::Never(
                User,
                "source-host-refused",
                "use a host on the internet; if a private host is intended, ask an operator to \
                 add it to LONGSHORE_SOURCE_PRIVATE_HOSTS of the uploader as well",
            ),
            Self::Certificates { .. } | Self::Client(_) => Verdict::Never(
                System,
                "source-client-unusable",
                "fix LONGSHORE_SOURCE_CA_FILE of the uploader: it must name a PEM file with \
                 certificate authorities, or be empty",
            ),
            Self::Untrusted { .. } => Verdict::Never(
                User,
                "source-host-untrusted",
                "use a host with a valid certificate; for a private certificate authority, ask an \
                 operator to set LONGSHORE_SOURCE_CA_FILE of the uploader",
            ),
            Self::Redirect { .. } => Verdict::Never(
                User,
                "source-redirected",
                "use the target of the redirect as the URL, if its host is allowed",
            ),
            Self::Status { status: 401 | 403, .. } => Verdict::Never(
                User,
                "source-forbidden",
                "check the URL; only public sources can be fetched, so stage a private archive in \
                 Cloud Storage",
            ),
            Self::Status { .. } | Self::NotARepository { .. } => {
                Verdict::Never(User, "source-not-found", "fix the URL and deploy again")
            }
            Self::NoRevision { .. } | Self::NoDirectory { .. } => Verdict::Never(
                User,
                "source-not-found",
                "name a branch, a tag or the full id of a commit, and a directory in it (symbolic \
                 links do not count)",
            ),
            Self::TooLarge { .. } | Self::TooMany { .. } | Self::PathTooLong { .. } => {
                Verdict::Never(
                    User,
                    "source-too-large",
                    "remove files that the function does not need",
                )
            }
            Self::Digest { .. } => Verdict::Never(
                User,
                "source-digest-differs",
                "find out why the archive changed, then put its SHA-256 digest into the request",
            ),
            Self::Submodule { .. } => Verdict::Never(
                User,
                "source-refused",
                "add the files to the repository itself, or stage an archive in Cloud Storage",
            ),
            Self::NoGit(_) => Verdict::Never(
                System,
                "git-missing",
                "install git 2.37 or newer on the machine that runs the uploader",
            ),
        }
    }
}

/// What happens to a request whose source could not be fetched.
pub(crate) enum Verdict {
    /// The error is transient: retry.
    Again,
    /// The error is permanent: fail with this class, code and advice.
    Never(FailureClass, &'static str, &'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_transient_errors_are_retried() {
        let status = |status| FetchError::Status { host: "h".to_owned(), status };
        for again in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert!(matches!(status(again).verdict(), Verdict::Again), "{again}");
        }
        for never in [204, 206, 400, 401, 403, 404, 410, 418] {
            assert!(
                matches!(status(never).verdict(), Verdict::Never(FailureClass::User, ..)),
                "{never}"
            );
        }
        let broken = || std::io::Error::other("broken");
        for again in [
            FetchError::Resolve { host: "h".to_owned(), source: broken() },
            FetchError::Machine(broken()),
            FetchError::Git { step: "fetch", says: String::new() },
            FetchError::GitTime(1),
        ] {
            assert!(matches!(again.verdict(), Verdict::Again), "{again}");
        }
        for operators in [
            FetchError::NoGit("none".to_owned()),
            FetchError::Certificates { path: PathBuf::new(), source: "none".into() },
        ] {
            assert!(
                matches!(operators.verdict(), Verdict::Never(FailureClass::System, ..)),
                "{operators}"
            );
        }
    }
}
