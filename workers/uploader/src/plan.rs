//! Decides where a source is stored. Pure.

use longshore_cloud::BucketSpec;
use longshore_messages::{GitRevision, Source, StorageObject};

/// Prefix of the names of canonical archives in their bucket.
pub const SOURCE_PREFIX: &str = "longshore/";

/// Maximum length of a bucket name (Cloud Storage, "Bucket names").
const BUCKET_NAME_MAX: usize = 63;

/// The bucket that source deployments of a project and region use: `run-sources-PROJECT_ID-REGION`,
/// as gcloud names it.
///
/// As in gcloud, characters that are not allowed in bucket names are replaced (`:` and `.` with
/// `_`, `google` with `elgoog`), and the region is shortened if the name is too long (`us-central1`
/// to `us-c1`).
#[must_use]
pub fn source_bucket(project: &str, region: &str) -> String {
    let project = project.replace([':', '.'], "_").replace("google", "elgoog");
    let name = format!("run-sources-{project}-{region}");
    if name.len() <= BUCKET_NAME_MAX {
        name
    } else {
        format!("run-sources-{project}-{}", short_region(region))
    }
}

/// `northamerica-northeast1` to `na-ne1`: the continent's code, then the initials of the direction
/// and the number.
fn short_region(region: &str) -> String {
    let (continent, place) = region.split_once('-').unwrap_or((region, ""));
    let continent = match continent {
        "africa" => "af",
        "asia" => "as",
        "australia" => "au",
        "europe" => "eu",
        "northamerica" => "na",
        "southamerica" => "sa",
        other => other,
    };
    let number = place.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let direction = match place.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        "north" => "n",
        "south" => "s",
        "east" => "e",
        "west" => "w",
        "central" => "c",
        other => other,
    };
    format!("{continent}-{direction}{number}")
}

/// The name of a canonical archive: its digest, so that the same source is stored once.
#[must_use]
pub fn source_object(sha256: &str) -> String {
    format!("{SOURCE_PREFIX}{sha256}.zip")
}

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
    fn buckets_are_named_as_gcloud_names_them() {
        let long = "a-project-id-of-exactly-thirty";
        for (project, region, bucket) in [
            ("p", "europe-west1", "run-sources-p-europe-west1"),
            ("example.com:p", "us-central1", "run-sources-example_com_p-us-central1"),
            ("my-google-project", "us-east1", "run-sources-my-elgoog-project-us-east1"),
            (long, "europe-west1", "run-sources-a-project-id-of-exactly-thirty-europe-west1"),
            (long, "northamerica-northeast1", "run-sources-a-project-id-of-exactly-thirty-na-ne1"),
            (long, "australia-southeast12", "run-sources-a-project-id-of-exactly-thirty-au-se12"),
        ] {
            let found = source_bucket(project, region);
            assert_eq!(found, bucket);
            assert!(found.len() <= BUCKET_NAME_MAX, "{found}");
        }
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
