//! Validates customer-managed encryption: what the names alone show. Whether the bucket and the
//! repository are under the key is for the uploader to check.

use super::spec::{BuildSettings, Encryption, Flavour};
use crate::ids::FunctionRef;
use crate::invalid::Findings;
use crate::resource_names::{SOURCE_REPOSITORY, source_bucket};
use crate::{proto, rules};

const KMS_KEY: &str = "function.encryption.kmsKey";
const SOURCE_BUCKET: &str = "function.encryption.sourceBucket";
const REPOSITORY: &str = "function.build.repository";

pub(super) fn read_encryption(
    proto: proto::Encryption,
    flavour: Flavour,
    at: &FunctionRef,
    build: &BuildSettings,
    findings: &mut Findings,
) -> Encryption {
    check_key(&proto.kms_key, at, findings);
    check_bucket(&proto.source_bucket, flavour, at, findings);
    check_repository(build.repository.as_deref(), flavour, at, findings);
    let source_bucket = rules::optional(proto.source_bucket);
    Encryption { kms_key: proto.kms_key, source_bucket }
}

/// <https://cloud.google.com/run/docs/securing/using-cmek>,
/// <https://cloud.google.com/functions/docs/securing/cmek>
fn check_key(key: &str, at: &FunctionRef, findings: &mut Findings) {
    if key.is_empty() {
        return findings.missing(KMS_KEY);
    }
    match rules::kms_key_location(key) {
        None => findings.add(KMS_KEY, key, rules::KMS_KEY),
        Some("global") => {
            let rule = format!(
                "must be a key in {}, the region of the function; keys in global cannot be used",
                at.region
            );
            findings.add(KMS_KEY, key, rule);
        }
        Some(location) if location != at.region => {
            let rule = format!("must be a key in {}, the region of the function", at.region);
            findings.add(KMS_KEY, key, rule);
        }
        Some(_) => {}
    }
}

/// gcloud also refuses to create a bucket for a source under a key. The default one may be under
/// another key, or under none, for the functions that share it.
fn check_bucket(bucket: &str, flavour: Flavour, at: &FunctionRef, findings: &mut Findings) {
    match flavour {
        Flavour::Run if bucket.is_empty() => findings.add(
            SOURCE_BUCKET,
            "",
            "is required with kmsKey in the Run flavour: a bucket whose default key is the key, \
             which is not created",
        ),
        Flavour::Run if !rules::is_bucket(bucket) => {
            findings.add(SOURCE_BUCKET, bucket, rules::BUCKET);
        }
        Flavour::Run if bucket == source_bucket(&at.project, &at.region) => findings.add(
            SOURCE_BUCKET,
            bucket,
            "must not be the default bucket of source deployments, which functions without a key \
             share",
        ),
        Flavour::Functions if !bucket.is_empty() => findings.add(
            SOURCE_BUCKET,
            bucket,
            "must be omitted in the Functions flavour, whose API chooses the bucket",
        ),
        Flavour::Run | Flavour::Functions => {}
    }
}

/// As gcloud: the default repository is refused in the Run flavour (`--image`), and the Functions
/// flavour uses repositories of the function's own project and region only (`--docker-repository`).
fn check_repository(
    repository: Option<&str>,
    flavour: Flavour,
    at: &FunctionRef,
    findings: &mut Findings,
) {
    let Some(name) = repository else {
        let rule = "is required with encryption.kmsKey: a repository that was created with the key";
        return findings.add(REPOSITORY, "", rule);
    };
    let ["projects", project, "locations", region, "repositories", id] =
        name.split('/').collect::<Vec<_>>()[..]
    else {
        // Found already when the build settings were read.
        return;
    };
    if region != at.region {
        let rule = format!("must be in {}, the region of the function and of its key", at.region);
        findings.add(REPOSITORY, name, rule);
    }
    if flavour == Flavour::Run && id == SOURCE_REPOSITORY {
        let rule = "must not be the default repository of source deployments, which functions \
                    without a key share";
        findings.add(REPOSITORY, name, rule);
    }
    let is_number = project.bytes().all(|byte| byte.is_ascii_digit());
    if flavour == Flavour::Functions && project != at.project && !is_number {
        let rule = format!("must be in {}, the project of the function", at.project);
        findings.add(REPOSITORY, name, rule);
    }
}
