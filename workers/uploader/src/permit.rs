//! Checks what a requester names, with the owners of buckets, which no name shows.

use std::collections::BTreeSet;
use std::sync::Arc;

use longshore_cloud::{BucketOwner, CloudError, Kind, Objects};
use longshore_messages::{Function, Invalid};
use longshore_runner::Settings;
use parking_lot::Mutex;

use crate::UploadError;
use crate::keys::no_bucket;
use crate::policy::{BucketUse, OwnBucket, Policy, Verdict};

/// The policy, and what this process knows about the owners of buckets.
pub(crate) struct Permits {
    policy: Policy,
    objects: Arc<dyn Objects>,
    /// Buckets of sources and the projects that own them, as far as this process has asked.
    owned_buckets: Mutex<BTreeSet<(String, String)>>,
}

impl Permits {
    pub(crate) fn new(settings: &Settings, objects: Arc<dyn Objects>) -> Self {
        Self { policy: Policy::new(settings), objects, owned_buckets: Mutex::default() }
    }

    /// Checks that the requester may name what it names.
    pub(crate) async fn permit(
        &self,
        requester: &str,
        function: &Function,
    ) -> Result<(), UploadError> {
        match self.policy.check(requester, function) {
            Verdict::Allowed => Ok(()),
            Verdict::Refused(refusal) => Err(not_permitted(requester, refusal)),
            Verdict::IfOwn(buckets) => {
                for bucket in buckets {
                    self.check_owner(requester, function, bucket).await?;
                }
                Ok(())
            }
        }
    }

    /// Checks that a bucket belongs to the project of the function.
    async fn check_owner(
        &self,
        requester: &str,
        function: &Function,
        bucket: OwnBucket,
    ) -> Result<(), UploadError> {
        let OwnBucket { bucket, used, problem } = bucket;
        let owned = (bucket, function.at.project.clone());
        if self.owned_buckets.lock().contains(&owned) {
            return Ok(());
        }
        let (bucket, project) = (&owned.0, &owned.1);
        match (self.objects.bucket_owner(bucket, project).await, used) {
            (Ok(BucketOwner::Project), _) => {
                self.owned_buckets.lock().insert(owned);
                Ok(())
            }
            (Ok(BucketOwner::Other), _) => {
                Err(not_permitted(requester, Invalid { problems: vec![problem] }))
            }
            (Ok(BucketOwner::Missing), BucketUse::Source(object)) => {
                let source = CloudError::new("get bucket", bucket, Kind::NotFound);
                Err(UploadError::Fetch { object, source })
            }
            (Ok(BucketOwner::Missing), BucketUse::Store) => {
                let missing = no_bucket(bucket, function.kms_key().unwrap_or_default());
                Err(UploadError::Refused(Box::new(missing)))
            }
            (Err(source), _) => Err(UploadError::Owner { bucket: bucket.clone(), source }),
        }
    }
}

fn not_permitted(requester: &str, source: Invalid) -> UploadError {
    UploadError::NotPermitted { requester: requester.to_owned(), source }
}
