//! Decides where a source is stored. Pure.

use longshore_cloud::BucketSpec;
use longshore_messages::{GitRevision, Source, StorageObject, source_bucket};

/// The source bucket, as it is created if it does not exist.
#[must_use]
pub fn bucket_spec(project: &str, region: &str) -> BucketSpec {
    BucketSpec {
        name: source_bucket(project, region),
        project: project.to_owned(),
        location: region.to_owned(),
        labels: [("used-by".to_owned(), "cloudrun".to_owned())].into(),
    }
}

/// The source as later stages see it: a git revision becomes the commit that it names, and an
/// inline archive becomes the stored object.
pub(crate) fn pinned(source: Source, stored: &StorageObject, commit: Option<String>) -> Source {
    match (source, commit) {
        (Source::Inline(_), _) => Source::Storage(stored.clone()),
        (Source::Git(git), Some(commit)) => Source::Git(GitRevision { revision: commit, ..git }),
        (source @ (Source::Storage(_) | Source::Https(_) | Source::Git(_)), _) => source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
