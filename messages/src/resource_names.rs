//! The names of what a function consists of, as far as the fleet decides them: bucket, object,
//! repository and image. Pure.
//!
//! In the Functions flavour, Google names the buckets, the objects and the images. The fleet reads
//! these names from the API's responses and never computes them. `tests/wire/names.rs` has the
//! names of both flavours in one table.

use crate::rules;

/// Prefix of the names of canonical archives in their bucket.
pub const SOURCE_PREFIX: &str = "longshore/";

/// Maximum length of a bucket name (Cloud Storage, "Bucket names").
const BUCKET_NAME_MAX: usize = 63;

/// The repository of the images of Cloud Run's source deployments, as gcloud names it. The only one
/// that the fleet creates.
pub const SOURCE_REPOSITORY: &str = "cloud-run-source-deploy";

/// The bucket that source deployments of a project and region use: `run-sources-PROJECT_ID-REGION`,
/// as gcloud names it.
///
/// As in gcloud, characters that are not allowed in bucket names are replaced (`:` and `.` with
/// `_`, `google` with `elgoog`), and the region is shortened if the name is too long (`us-central1`
/// to `us-c1`).
#[must_use]
pub fn source_bucket(project: &str, region: &str) -> String {
    let project = project_in_bucket(project);
    let name = format!("run-sources-{project}-{region}");
    if name.len() <= BUCKET_NAME_MAX {
        name
    } else {
        format!("run-sources-{project}-{}", short_region(region))
    }
}

/// A project's id as part of a bucket's name: as in gcloud, `:` and `.` become `_`, and `google`
/// becomes `elgoog`, which names of buckets must not contain.
#[must_use]
pub fn project_in_bucket(project: &str) -> String {
    project.replace([':', '.'], "_").replace("google", "elgoog")
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

/// The digest that the name of a canonical archive states, or `None` for any other name.
#[must_use]
pub fn source_digest(object: &str) -> Option<&str> {
    let digest = object.strip_prefix(SOURCE_PREFIX)?.strip_suffix(".zip")?;
    rules::is_lower_hex(digest, 64).then_some(digest)
}

/// `projects/P/locations/R/repositories/ID`.
#[must_use]
pub fn repository_name(project: &str, region: &str, id: &str) -> String {
    format!("projects/{project}/locations/{region}/repositories/{id}")
}

/// The image of a function in a repository, without tag. The project of a domain, `example.com:p`,
/// is two parts of a path there
/// (<https://cloud.google.com/artifact-registry/docs/docker/names#domain>).
#[must_use]
pub fn image_name(project: &str, region: &str, repository: &str, function: &str) -> String {
    let project = project.replacen(':', "/", 1);
    format!("{region}-docker.pkg.dev/{project}/{repository}/{function}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{Defaults, Function, StorageObject};
    use crate::proto;
    use crate::stages::StoredSource;

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
    fn the_name_of_a_canonical_archive_states_its_digest() {
        let digest = "ab".repeat(32);
        assert_eq!(source_digest(&source_object(&digest)), Some(digest.as_str()));
        let upper = digest.to_uppercase();
        for other in [&digest, &digest[1..], &upper, ""].map(source_object) {
            let short = other.strip_prefix(SOURCE_PREFIX).unwrap();
            assert_eq!(source_digest(short), None, "{short}");
        }
        for other in [&source_object(&upper), &source_object(&digest[1..]), "longshore/.zip", ""] {
            assert_eq!(source_digest(other), None, "{other}");
        }
    }

    #[test]
    fn a_source_is_the_object_of_its_digest_in_the_bucket_of_its_function() {
        let function = |project: &str, region: &str, encryption: Option<proto::Encryption>| {
            let repository = format!("projects/{project}/locations/{region}/repositories/images");
            let object =
                proto::StorageObject { bucket: "bucket".into(), object: "o".into(), generation: 1 };
            let spec = proto::FunctionSpec {
                name: "f".into(),
                project: project.into(),
                region: region.into(),
                entry_point: "f".into(),
                source: Some(proto::Source { place: Some(proto::source::Place::Storage(object)) }),
                build: Some(proto::BuildSettings { repository, ..Default::default() }),
                encryption,
                ..proto::FunctionSpec::default()
            };
            Function::from_proto(spec, &Defaults::default()).unwrap()
        };
        let (sha256, other) = ("ab".repeat(32), "cd".repeat(32));
        let stored = |bucket: &str, object: String| StoredSource {
            object: StorageObject { bucket: bucket.into(), object, generation: 1 },
            sha256: sha256.clone(),
            size_bytes: 1,
        };
        let at = function("demo-project", "europe-west1", None);
        let bucket = "run-sources-demo-project-europe-west1";
        assert!(stored(bucket, source_object(&sha256)).is_named_by_digest(&at));
        for forged in [
            stored(bucket, source_object(&other)),
            stored(bucket, format!("{}/x", source_object(&sha256))),
            stored(bucket, format!("{sha256}.zip")),
            stored("run-sources-demo-project-europe-west2", source_object(&sha256)),
            stored("attackers-bucket", source_object(&sha256)),
        ] {
            assert!(!forged.is_named_by_digest(&at), "{forged:?}");
        }
        let elsewhere = function("other-project", "europe-west1", None);
        assert!(!stored(bucket, source_object(&sha256)).is_named_by_digest(&elsewhere));
        let encryption = proto::Encryption {
            kms_key: "projects/demo-project/locations/europe-west1/keyRings/r/cryptoKeys/k".into(),
            source_bucket: "protected".into(),
        };
        let protected = function("demo-project", "europe-west1", Some(encryption));
        assert!(!stored(bucket, source_object(&sha256)).is_named_by_digest(&protected));
        assert!(stored("protected", source_object(&sha256)).is_named_by_digest(&protected));
    }
}
