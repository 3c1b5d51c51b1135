//! The entries of a batch that are in Cloud Storage.
//!
//! The worker reads them with the fleet's rights. So a requester may name only a bucket that its
//! sources may be in, and an error does not repeat what an object contains unless the requester knows
//! its digest.

use std::sync::Arc;

use longshore_cloud::{BucketOwner, Kind, Objects};
use longshore_messages::{Failure, FailureClass, StoredEntries};
use longshore_runner::{NameRule, RequesterRules, Settings};
use sha2::{Digest as _, Sha256};

use crate::{FeedError, NAME};

/// Maximum size of the object: that of all functions of a batch together.
const ENTRIES_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Reads entries for requesters.
pub(crate) struct EntriesReader {
    objects: Arc<dyn Objects>,
    requesters: Vec<RequesterRules>,
    project: String,
    ledger_bucket: String,
}

/// The text of an object, or why the batch is rejected.
pub(crate) type EntriesText = Result<String, Box<Failure>>;

impl EntriesReader {
    pub(crate) fn new(settings: &Settings, objects: Arc<dyn Objects>) -> Self {
        Self {
            objects,
            requesters: settings.requester_rules(),
            project: settings.project.clone(),
            ledger_bucket: settings.ledger_bucket(),
        }
    }

    /// The entries, if the requester may have them read. `project` is that of the batch, if its
    /// defaults name one.
    pub(crate) async fn read(
        &self,
        requester: &str,
        project: &str,
        stored: &StoredEntries,
    ) -> Result<EntriesText, FeedError> {
        let project = if project.is_empty() { &self.project } else { project };
        if !self.is_permitted(requester, project, &stored.object.bucket).await? {
            let reason = format!(
                "requester {requester} may not have bucket {} read for project {project}",
                stored.object.bucket
            );
            let advice = "store the entries in a bucket of a project that the requester deploys \
                          to, and name that project in `batch.defaults`";
            return Ok(Err(rejected("not-permitted", reason, advice)));
        }
        let dir = tempfile::tempdir().map_err(FeedError::Disk)?;
        let file = dir.path().join("entries");
        let object = &stored.object;
        let read = self.objects.download(
            &object.bucket,
            &object.object,
            object.generation,
            &file,
            ENTRIES_BYTES_MAX,
        );
        match read.await {
            Ok(_) => {}
            Err(error) => {
                return match error.kind {
                    Kind::NotFound => {
                        let advice = "store the entries before the request is published";
                        Ok(Err(rejected("no-entries", format!("{object} does not exist"), advice)))
                    }
                    Kind::InvalidArgument => {
                        let reason = format!("{object} is larger than 64 MiB");
                        Ok(Err(rejected("invalid-batch", reason, "split the batch")))
                    }
                    Kind::AlreadyExists
                    | Kind::PreconditionFailed
                    | Kind::PermissionDenied
                    | Kind::Unauthenticated
                    | Kind::ResourceExhausted
                    | Kind::Unavailable
                    | Kind::DeadlineExceeded
                    | Kind::Unimplemented
                    | Kind::Cancelled
                    | Kind::Internal => Err(FeedError::Entries(error)),
                };
            }
        }
        let content = tokio::fs::read(&file).await.map_err(FeedError::Disk)?;
        let digest: String =
            Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != stored.sha256 {
            let reason = format!("{object} has another SHA-256 than `entriesSha256`");
            let advice = "publish another request with the digest of the object";
            return Ok(Err(rejected("entries-changed", reason, advice)));
        }
        let advice = "write the entries as JSON lines, in UTF-8";
        Ok(String::from_utf8(content)
            .map_err(|_| rejected("invalid-batch", format!("{object} is not text"), advice)))
    }

    async fn is_permitted(
        &self,
        requester: &str,
        project: &str,
        bucket: &str,
    ) -> Result<bool, FeedError> {
        let Some(rules) = self.requesters.iter().find(|rules| rules.name == requester) else {
            return Ok(false);
        };
        let allows =
            |list: &[NameRule], name: &str| list.iter().any(|rule| rule.allows(name, false));
        if bucket == self.ledger_bucket || !allows(&rules.projects, project) {
            return Ok(false);
        }
        if allows(&rules.source_buckets, bucket) {
            return Ok(true);
        }
        if !rules.source_buckets.contains(&NameRule::Own) {
            return Ok(false);
        }
        let owner = self.objects.bucket_owner(bucket, project).await.map_err(FeedError::Owner)?;
        Ok(owner == BucketOwner::Project)
    }
}

/// The failure of a batch that is rejected.
pub(crate) fn rejected(code: &str, reason: String, advice: &str) -> Box<Failure> {
    Box::new(Failure::new(NAME, FailureClass::User, code, reason, advice))
}
