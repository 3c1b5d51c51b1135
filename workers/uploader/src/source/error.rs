//! Why a source could not be brought.

use std::net::IpAddr;
use std::path::PathBuf;

use longshore_messages::FailureClass;

/// The step that failed. No variant holds a URL: host and path are told apart, and nothing else of
/// a URL is taken.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The configuration does not name the host.
    #[error("host {host} is not one that this fleet fetches from")]
    Host {
        /// `HOST`, or `HOST:PORT` where the port is not 443.
        host: String,
    },
    /// The host's name leads to where it must not.
    #[error("host {host} is at {address}, {kind}")]
    Address {
        /// The host.
        host: String,
        /// One of its addresses.
        address: IpAddr,
        /// What the address is.
        kind: &'static str,
    },
    /// The host's name cannot be resolved.
    #[error("host {host} cannot be looked up")]
    Resolve {
        /// The host.
        host: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file with certificate authorities.
    #[error("certificates in {} cannot be read", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The HTTP client cannot be made.
    #[error("a client for https cannot be made")]
    Client(#[source] reqwest::Error),
    /// The host's certificate is not one that is trusted.
    #[error("host {host} has a certificate that is not trusted")]
    Untrusted {
        /// The host.
        host: String,
        /// What is wrong with it.
        source: reqwest::Error,
    },
    /// The connection, or the answer in the middle.
    #[error("host {host} does not answer")]
    Request {
        /// The host.
        host: String,
        /// What the client said, without the URL.
        source: reqwest::Error,
    },
    /// An answer that leads elsewhere.
    #[error("host {host} redirects to {target}, and redirects are not followed")]
    Redirect {
        /// The host.
        host: String,
        /// The host that it names, or what can be said of it.
        target: String,
    },
    /// An answer without the source.
    #[error("host {host} answers with status {status}")]
    Status {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// More than the limit.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// More files than the limit.
    #[error("it has more than {limit} entries")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// A longer path than the limit.
    #[error("it has a path longer than {limit} bytes")]
    PathTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// Another archive than the one that was asked for.
    #[error("the archive has the SHA-256 {actual} and not {expected}")]
    Digest {
        /// What was asked for.
        expected: String,
        /// What came.
        actual: String,
    },
    /// The machine.
    #[error("a temporary file or process cannot be used")]
    Machine(#[source] std::io::Error),
    /// There is no git that can be used. Says why.
    #[error("git cannot be used: {0}")]
    NoGit(String),
    /// The URL is not a git repository's.
    #[error("host {host} has no git repository there that is served over smart HTTP")]
    NotARepository {
        /// The host.
        host: String,
    },
    /// The repository has no such commit, tag or branch.
    #[error("there is no commit, tag or branch {revision:?}")]
    NoRevision {
        /// What was asked for.
        revision: String,
    },
    /// The revision has no such directory.
    #[error("there is no directory {directory:?} in the revision")]
    NoDirectory {
        /// What was asked for.
        directory: String,
    },
    /// The directory holds another repository.
    #[error("entry {name:?} is a submodule, and submodules are not fetched")]
    Submodule {
        /// The submodule's path.
        name: String,
    },
    /// git failed.
    #[error("git {step} failed: {says}")]
    Git {
        /// git's command.
        step: &'static str,
        /// The end of what it said, tamed.
        says: String,
    },
    /// git took too long.
    #[error("git took longer than {0} s")]
    GitTime(u64),
}

impl FetchError {
    /// What becomes of the request: only what tells of a moment comes again.
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
                "an operator allows hosts with LONGSHORE_SOURCE_HOSTS of the uploader (HOST, HOST:PORT or *.DOMAIN, with commas between \
                 them); or stage the archive in Cloud Storage and name it in function.source.storage",
            ),
            Self::Address { .. } => Verdict::Never(
                User,
                "source-host-refused",
                "name a host on the internet; where a private one is meant, an operator adds it to LONGSHORE_SOURCE_PRIVATE_HOSTS of \
                 the uploader as well",
            ),
            Self::Certificates { .. } | Self::Client(_) => Verdict::Never(
                System,
                "source-client-unusable",
                "correct LONGSHORE_SOURCE_CA_FILE of the uploader: a PEM file with certificate authorities, or nothing",
            ),
            Self::Untrusted { .. } => Verdict::Never(
                User,
                "source-host-untrusted",
                "name a host with a certificate that is valid; for an authority of your own, an operator sets LONGSHORE_SOURCE_CA_FILE \
                 of the uploader",
            ),
            Self::Redirect { .. } => Verdict::Never(
                User,
                "source-redirected",
                "name the URL that the redirect leads to, if its host is allowed",
            ),
            Self::Status { status: 401 | 403, .. } => Verdict::Never(
                User,
                "source-forbidden",
                "only what anybody may read can be fetched, and the URL must be right; stage the archive in Cloud Storage otherwise",
            ),
            Self::Status { .. } | Self::NotARepository { .. } => {
                Verdict::Never(User, "source-not-found", "correct the URL and deploy again")
            }
            Self::NoRevision { .. } | Self::NoDirectory { .. } => Verdict::Never(
                User,
                "source-not-found",
                "name a branch, a tag or the whole id of a commit, and a directory that is in it (a link is none)",
            ),
            Self::TooLarge { .. } | Self::TooMany { .. } | Self::PathTooLong { .. } => {
                Verdict::Never(
                    User,
                    "source-too-large",
                    "leave out what the function does not need",
                )
            }
            Self::Digest { .. } => Verdict::Never(
                User,
                "source-digest-differs",
                "the archive is not the one that the request names: find out why, and name its SHA-256",
            ),
            Self::Submodule { .. } => Verdict::Never(
                User,
                "source-refused",
                "put the files into the repository, or stage an archive in Cloud Storage",
            ),
            Self::NoGit(_) => Verdict::Never(
                System,
                "git-missing",
                "install git 2.37 or newer where the uploader runs",
            ),
        }
    }
}

/// What becomes of a request whose source could not be brought.
pub(crate) enum Verdict {
    /// It may work when it is tried again.
    Again,
    /// It fails for whose fault, under which code, with which advice.
    Never(FailureClass, &'static str, &'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_of_a_moment_is_tried_again() {
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
