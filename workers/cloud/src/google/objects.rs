//! Cloud Storage: [`Objects`] over `google-cloud-storage`.
//!
//! Content travels over the JSON API, everything else over gRPC. A write with a generation
//! precondition is sent once: a retry after a lost response would find the object of the first
//! attempt and report a conflict. So after an `Err` it is unknown whether the object was written,
//! and the caller has to read it.

mod bucket;

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use google_cloud_gax::options::RequestOptionsBuilder as _;
use google_cloud_gax::retry_policy::{NeverRetry, RetryPolicyExt as _};
use google_cloud_storage::client::{Storage, StorageControl};
use google_cloud_storage::model::{Bucket, Object};
use google_cloud_storage::retry_policy::RetryableErrors;
use longshore_google_clients::Connect as _;

use bucket::{default_key, new_bucket};

use super::call::{Call, found, noted, unless_exists};
use super::profile::{DOCUMENT_LIMIT, Profile, REQUEST_LIMIT, TRANSFER_LIMIT};
use super::timestamps::time_or_epoch;
use super::transfer;
use crate::error::ConnectError;
use crate::retry::Policy;
use crate::{BucketOwner, BucketSpec, CloudError, Created, Kind, ObjectMeta, Objects, Replaced};

/// Maximum size of a document, which is held in memory. Anything larger is an archive and is
/// streamed.
const DOCUMENT_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

pub(crate) struct GoogleObjects {
    content: Storage,
    control: StorageControl,
}

impl GoogleObjects {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
    ) -> Result<Self, ConnectError> {
        let failed = |source| ConnectError::Client { service: "storage", source };
        Ok(Self {
            content: profile.storage(endpoint).build().await.map_err(failed)?,
            control: profile
                .api(StorageControl::builder(), endpoint)
                .connect()
                .await
                .map_err(failed)?,
        })
    }

    /// Reads a whole document, or `None` if it does not exist.
    async fn read(
        &self,
        call: Call<'_>,
        bucket: &str,
        name: &str,
    ) -> Result<Option<(i64, Bytes)>, CloudError> {
        let attempt = || call.within(DOCUMENT_LIMIT, self.read_once(call, bucket, name));
        found(call.retried(|| async { attempt().await? }).await)
    }

    async fn read_once(
        &self,
        call: Call<'_>,
        bucket: &str,
        name: &str,
    ) -> Result<(i64, Bytes), CloudError> {
        let request = self.content.read_object(path(bucket), name).with_retry_policy(NeverRetry);
        let mut response = request.send().await.map_err(|error| call.failed(error))?;
        let mut content = BytesMut::new();
        while let Some(chunk) = response.next().await {
            let chunk = chunk.map_err(|error| call.failed(error))?;
            if (content.len() + chunk.len()) as u64 > DOCUMENT_LIMIT_BYTES {
                return Err(
                    call.caused(Kind::InvalidArgument, "the document is larger than 16 MiB")
                );
            }
            content.extend_from_slice(&chunk);
        }
        Ok((response.object().generation, content.freeze()))
    }

    /// The metadata of one generation (0 for the newest), or `None` if it does not exist.
    async fn meta(
        &self,
        call: Call<'_>,
        bucket: &str,
        name: &str,
        generation: i64,
    ) -> Result<Option<ObjectMeta>, CloudError> {
        let request = || {
            self.control
                .get_object()
                .set_bucket(path(bucket))
                .set_object(name)
                .set_generation(generation)
                .send()
        };
        Ok(found(call.repeated(REQUEST_LIMIT, request).await)?.as_ref().map(meta))
    }

    async fn write(
        &self,
        call: Call<'_>,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Option<i64>, CloudError> {
        let request = self
            .content
            .write_object(path(bucket), name, content)
            .set_if_generation_match(generation)
            .set_metadata(metadata)
            .with_idempotency(false)
            // Not idempotent, so the client only retries to connect.
            .with_retry_policy(RetryableErrors.with_time_limit(Policy::CALL.budget));
        let written = call.once(DOCUMENT_LIMIT, request.send_unbuffered()).await;
        unless_precondition_failed(written)
    }

    /// Whether this bucket belongs to the project.
    async fn belongs_to(&self, bucket: &Bucket, spec: &BucketSpec) -> Result<bool, CloudError> {
        if bucket.project == project_path(&spec.project) {
            return Ok(true);
        }
        // Google names the owner by its number. The project's list of buckets answers the question
        // without another API to resolve the number.
        self.lists(&spec.project, &spec.name).await
    }

    /// Whether a project has this bucket.
    async fn lists(&self, project: &str, bucket: &str) -> Result<bool, CloudError> {
        let call = Call::new("list buckets", project);
        let mut page_token = String::new();
        loop {
            let request = || {
                let request = self
                    .control
                    .list_buckets()
                    .set_parent(project_path(project))
                    .set_prefix(bucket);
                request.set_page_token(&page_token).send()
            };
            let page = call.repeated(REQUEST_LIMIT, request).await?;
            let name = path(bucket);
            if page.buckets.iter().any(|other| other.name == name || other.bucket_id == bucket) {
                return Ok(true);
            }
            if page.next_page_token.is_empty() {
                return Ok(false);
            }
            page_token = page.next_page_token;
        }
    }

    async fn bucket(&self, name: &str) -> Result<Option<Bucket>, CloudError> {
        let call = Call::new("get bucket", name);
        found(
            call.repeated(REQUEST_LIMIT, || self.control.get_bucket().set_name(path(name)).send())
                .await,
        )
    }
}

#[async_trait]
impl Objects for GoogleObjects {
    #[tracing::instrument(name = "cloud.get_object", skip_all, fields(service = "storage", resource = %address(bucket, name)))]
    async fn get(&self, bucket: &str, name: &str) -> Result<Option<(i64, Bytes)>, CloudError> {
        self.read(Call::new("get object", &address(bucket, name)), bucket, name).await
    }

    #[tracing::instrument(name = "cloud.head_object", skip_all, fields(service = "storage", resource = %address(bucket, name)))]
    async fn head(&self, bucket: &str, name: &str) -> Result<Option<ObjectMeta>, CloudError> {
        self.meta(Call::new("get object metadata", &address(bucket, name)), bucket, name, NEWEST)
            .await
    }

    #[tracing::instrument(name = "cloud.create_object", skip_all, fields(service = "storage", resource = %address(bucket, name)))]
    async fn create(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
    ) -> Result<Created, CloudError> {
        let address = address(bucket, name);
        let call = Call::new("create object", &address);
        let written = self.write(call, bucket, name, ABSENT, content, BTreeMap::new()).await?;
        Ok(written.map_or(Created::Exists, Created::New))
    }

    #[tracing::instrument(name = "cloud.create_object", skip_all, fields(service = "storage", resource = %address(bucket, name)))]
    async fn create_described(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        let address = address(bucket, name);
        let call = Call::new("create object", &address);
        let written = self.write(call, bucket, name, ABSENT, content, metadata).await?;
        Ok(written.map_or(Created::Exists, Created::New))
    }

    async fn replace(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
    ) -> Result<Replaced, CloudError> {
        self.replace_described(bucket, name, generation, content, BTreeMap::new()).await
    }

    #[tracing::instrument(name = "cloud.replace_object", skip_all, fields(service = "storage", resource = %address(bucket, name)))]
    async fn replace_described(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Replaced, CloudError> {
        let address = address(bucket, name);
        let call = Call::new("replace object", &address);
        if generation == ABSENT {
            return Err(call.caused(Kind::InvalidArgument, "generation 0 would create the object"));
        }
        let written = self.write(call, bucket, name, generation, content, metadata).await?;
        Ok(written.map_or(Replaced::Conflict, Replaced::New))
    }

    #[tracing::instrument(name = "cloud.list_objects", skip_all, fields(service = "storage", resource = %address(bucket, prefix)))]
    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectMeta>, CloudError> {
        let address = address(bucket, prefix);
        let call = Call::new("list objects", &address);
        let mut objects = Vec::new();
        let request = |token| {
            let list = self.control.list_objects().set_parent(path(bucket)).set_prefix(prefix);
            list.set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            objects.extend(page.objects.iter().map(meta));
            page.next_page_token
        })
        .await?;
        Ok(objects)
    }

    #[tracing::instrument(name = "cloud.delete_object", skip_all, fields(service = "storage", resource = %address(bucket, name)))]
    async fn delete(&self, bucket: &str, name: &str) -> Result<(), CloudError> {
        let address = address(bucket, name);
        let request =
            || self.control.delete_object().set_bucket(path(bucket)).set_object(name).send();
        found(Call::new("delete object", &address).repeated(REQUEST_LIMIT, request).await)?;
        Ok(())
    }

    #[tracing::instrument(name = "cloud.upload_object", skip_all, fields(service = "storage", resource = %address(bucket, name)))]
    async fn upload(
        &self,
        bucket: &str,
        name: &str,
        file: &Path,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        let address = address(bucket, name);
        let call = Call::new("upload object", &address);
        let file = tokio::fs::File::open(file)
            .await
            .map_err(|error| call.caused(Kind::InvalidArgument, error))?;
        let request = self
            .content
            .write_object(path(bucket), name, file)
            .set_if_generation_match(ABSENT)
            .set_metadata(metadata);
        // A large file goes through a resumable upload, which the client always resumes: its
        // session identifies its own object.
        let written =
            call.once(TRANSFER_LIMIT, request.with_idempotency(false).send_unbuffered()).await;
        Ok(unless_precondition_failed(written)?.map_or(Created::Exists, Created::New))
    }

    #[tracing::instrument(name = "cloud.download_object", skip_all, fields(service = "storage", resource = %address(bucket, name)))]
    async fn download(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        file: &Path,
        limit_bytes: u64,
    ) -> Result<ObjectMeta, CloudError> {
        let address = address(bucket, name);
        let call = Call::new("download object", &address);
        let meta = self
            .meta(call, bucket, name, generation)
            .await?
            .ok_or_else(|| call.error(Kind::NotFound))?;
        let request = self.content.read_object(path(bucket), name).set_generation(meta.generation);
        let content = transfer::download(call, request, file, limit_bytes);
        noted(call.within(TRANSFER_LIMIT, content).await.flatten())?;
        Ok(meta)
    }

    #[tracing::instrument(name = "cloud.ensure_bucket", skip_all, fields(service = "storage", resource = spec.name))]
    async fn ensure_bucket(&self, spec: &BucketSpec) -> Result<(), CloudError> {
        let call = Call::new("create bucket", &spec.name);
        // Reads first, because bucket creation has a low rate limit.
        let bucket = match self.bucket(&spec.name).await? {
            Some(bucket) => bucket,
            None => {
                let request = || {
                    let request = self
                        .control
                        .create_bucket()
                        .set_parent("projects/_")
                        .set_bucket_id(&spec.name);
                    request.set_bucket(new_bucket(spec)).with_idempotency(true).send()
                };
                unless_exists(call.repeated(REQUEST_LIMIT, request).await)?;
                self.bucket(&spec.name).await?.ok_or_else(|| call.error(Kind::Unavailable))?
            }
        };
        if self.belongs_to(&bucket, spec).await? {
            return Ok(());
        }
        Err(call.caused(Kind::PermissionDenied, "a bucket of that name belongs to another project"))
    }

    #[tracing::instrument(name = "cloud.bucket_owner", skip_all, fields(service = "storage", resource = bucket))]
    async fn bucket_owner(&self, bucket: &str, project: &str) -> Result<BucketOwner, CloudError> {
        if self.lists(project, bucket).await? {
            return Ok(BucketOwner::Project);
        }
        match self.bucket(bucket).await {
            Ok(None) => Ok(BucketOwner::Missing),
            Ok(Some(_)) => Ok(BucketOwner::Other),
            Err(error) if error.kind == Kind::PermissionDenied => Ok(BucketOwner::Other),
            Err(error) => Err(error),
        }
    }

    #[tracing::instrument(name = "cloud.get_bucket", skip_all, fields(service = "storage", resource = bucket))]
    async fn default_key(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        Ok(self.bucket(bucket).await?.map(|found| default_key(&found)))
    }
}

/// Selects the newest generation in a read.
const NEWEST: i64 = 0;
/// As a precondition: the object does not exist.
const ABSENT: i64 = 0;

fn path(bucket: &str) -> String {
    format!("projects/_/buckets/{bucket}")
}

fn project_path(project: &str) -> String {
    format!("projects/{project}")
}

fn address(bucket: &str, name: &str) -> String {
    format!("gs://{bucket}/{name}")
}

fn meta(object: &Object) -> ObjectMeta {
    ObjectMeta {
        name: object.name.clone(),
        generation: object.generation,
        size_bytes: u64::try_from(object.size).unwrap_or_default(),
        created_at: time_or_epoch(object.create_time.as_ref()),
        metadata: object.metadata.clone().into_iter().collect(),
        kms_key_version: object.kms_key.clone(),
    }
}

fn unless_precondition_failed(
    written: Result<Object, CloudError>,
) -> Result<Option<i64>, CloudError> {
    match written {
        Ok(object) => Ok(Some(object.generation)),
        Err(error) if error.kind == Kind::PreconditionFailed => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
