//! Decides where a source is stored, and whether its request may be admitted. Pure.

use longshore_cloud::BucketSpec;
use longshore_ledger::Open;
use longshore_messages::{
    DeploymentId, Failure, FailureClass, GitRevision, Outcome, Source, StorageObject, source_bucket,
};
use time::OffsetDateTime;

use crate::NAME;

/// A request whose source is stored.
#[derive(Clone, Debug)]
pub(crate) struct RequestNow {
    /// Another delivery, or the sweep, ended its deployment.
    pub(crate) has_ended: bool,
    pub(crate) is_cancelled: bool,
    /// When it was first published.
    pub(crate) published_at: OffsetDateTime,
    /// The newest deployment or deletion of the function, unless it is this one, and when it was
    /// requested.
    pub(crate) newest: Option<(DeploymentId, OffsetDateTime)>,
    /// The deployment that has to be the newest one, for a request that only moves its traffic.
    pub(crate) only_after: Option<DeploymentId>,
}

/// How a request ends without admission, or `None` if it may be admitted. Admission supersedes
/// every older deployment of the function, so only a request that can be deployed gets it.
///
/// Sources take different times to fetch. A request that was published before the newest one, and
/// is stored after it, is superseded: otherwise the older request would win.
pub(crate) fn before_admission(
    request: &RequestNow,
    open: &Open,
    now: OffsetDateTime,
) -> Option<Outcome> {
    let is_another = |newest| request.only_after.is_some_and(|only| only != newest);
    let newer = request.newest.filter(|(newest, requested_at)| {
        *requested_at > request.published_at || is_another(*newest)
    });
    if request.is_cancelled {
        Some(Outcome::Cancelled)
    } else if let Some((by, _)) = newer {
        Some(Outcome::Superseded { by: Some(by) })
    } else if request.has_ended || now >= open.deadline_at {
        // If it has ended, its outcome is recorded already, and this one is dropped.
        Some(Outcome::Failed(too_late()))
    } else {
        None
    }
}

fn too_late() -> Failure {
    Failure::new(
        NAME,
        FailureClass::System,
        "deadline-exceeded",
        "the deployment's deadline passed before its source was stored",
        "deploy again, with a longer deadline if the fleet or the source's host is busy",
    )
}

/// The source bucket, as it is created if it does not exist.
#[must_use]
pub fn bucket_spec(project: &str, region: &str) -> BucketSpec {
    BucketSpec {
        name: source_bucket(project, region),
        project: project.to_owned(),
        location: region.to_owned(),
        labels: [("used-by".to_owned(), "cloudrun".to_owned())].into(),
        default_key: String::new(),
    }
}

/// The source as later stages see it: a git revision becomes the commit that it names, and an
/// inline archive becomes the stored object.
pub(crate) fn pinned(source: Source, stored: &StorageObject, commit: Option<String>) -> Source {
    match (source, commit) {
        (Source::Inline(_), _) => Source::Storage(stored.clone()),
        (Source::Git(git), Some(commit)) => Source::Git(GitRevision { revision: commit, ..git }),
        (
            source @ (Source::Storage(_) | Source::Https(_) | Source::Git(_) | Source::Earlier(_)),
            _,
        ) => source,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use longshore_messages::FunctionRef;

    use super::*;

    #[test]
    fn a_request_is_admitted_unless_it_has_ended_was_cancelled_is_late_or_is_older() {
        let hour = Duration::from_secs(3_600);
        let published_at = OffsetDateTime::UNIX_EPOCH;
        let now = published_at + hour;
        let function = FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() };
        let open = Open { function, opened_at: published_at, deadline_at: now + hour };
        let good = RequestNow {
            has_ended: false,
            is_cancelled: false,
            published_at,
            newest: None,
            only_after: None,
        };
        let after = |change: &dyn Fn(&mut RequestNow), now| {
            let mut request = good.clone();
            change(&mut request);
            before_admission(&request, &open, now).map(|outcome| outcome.as_str())
        };
        let id = DeploymentId::of("test", "other");
        let newest =
            |requested_at| move |one: &mut RequestNow| one.newest = Some((id, requested_at));
        assert_eq!(after(&|_| {}, now), None);
        assert_eq!(after(&newest(published_at - hour), now), None);
        assert_eq!(after(&newest(published_at), now), None);
        assert_eq!(after(&newest(published_at + hour), now), Some("superseded"));
        let releases = |only: DeploymentId| {
            move |one: &mut RequestNow| {
                one.newest = Some((id, published_at - hour));
                one.only_after = Some(only);
            }
        };
        assert_eq!(after(&releases(id), now), None);
        assert_eq!(after(&releases(DeploymentId::of("test", "a")), now), Some("superseded"));
        assert_eq!(after(&|one| one.is_cancelled = true, now), Some("cancelled"));
        assert_eq!(after(&|one| one.has_ended = true, now), Some("failed"));
        assert_eq!(after(&|_| {}, open.deadline_at), Some("failed"));
    }

    #[test]
    fn a_revision_becomes_a_commit_and_an_inline_archive_the_stored_object() {
        let stored =
            StorageObject { bucket: "b".to_owned(), object: "o".to_owned(), generation: 1 };
        let inline = Source::Inline(b"PK".as_slice().into());
        assert_eq!(pinned(inline, &stored, None), Source::Storage(stored.clone()));
        let git = |revision: &str| {
            let url = "https://example.com/a".parse().unwrap();
            Source::Git(GitRevision {
                url,
                revision: revision.to_owned(),
                directory: "d".to_owned(),
            })
        };
        assert_eq!(pinned(git("main"), &stored, Some("c0ffee".to_owned())), git("c0ffee"));
        let elsewhere = Source::Storage(StorageObject { generation: 2, ..stored.clone() });
        assert_eq!(pinned(elsewhere.clone(), &stored, None), elsewhere);
    }
}
