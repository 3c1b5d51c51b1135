//! Sources of functions in Cloud Storage.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use time::OffsetDateTime;

use longshore_local_functions::{Object, Place, PortError, Sources};
use longshore_local_kit::rest::Code;
use longshore_local_storage::{
    self as storage, BucketAttributes, CopyRequest, ObjectReference, Preconditions, StorageError,
    UrlToSign, WriteRequest,
};

/// Google's pages say that a URL is to be used within 30 minutes.
const URL_LIFETIME_SECONDS: u32 = 30 * 60;

/// The origins of Google's consoles, which read sources in a browser.
const CONSOLES: [&str; 5] = [
    "https://*.cloud.google.com",
    "https://*.corp.google.com",
    "https://*.corp.google.com:*",
    "https://*.cloud.google",
    "https://*.byoid.goog",
];

pub(super) struct StoredSources {
    pub(super) storage: Arc<storage::Service>,
    /// `http://ADDRESS` of the storage.
    pub(super) base: String,
    /// Id and number of the default project.
    pub(super) project: (String, u64),
}

impl StoredSources {
    /// The storage takes a lock and writes to the disk, so it is called on blocking threads.
    async fn blocking<T: Send + 'static>(
        &self,
        action: impl FnOnce(&storage::Service) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, PortError> {
        let storage = Arc::clone(&self.storage);
        let joined = tokio::task::spawn_blocking(move || action(&storage)).await;
        joined.map_err(|error| PortError::Unavailable(error.to_string()))?.map_err(port_error)
    }

    fn signed(&self, url: &UrlToSign<'_>) -> String {
        self.storage.sign_url(url, OffsetDateTime::now_utc())
    }
}

#[async_trait]
impl Sources for StoredSources {
    fn project_number(&self, project: &str) -> u64 {
        self.storage.project_number(project).unwrap_or(self.project.1)
    }

    fn project_id(&self, project: &str) -> String {
        let (id, number) = &self.project;
        if *project == number.to_string() { id.clone() } else { project.to_owned() }
    }

    async fn upload_url(&self, place: &Place, signer: &str) -> Result<String, PortError> {
        let bucket = place.clone();
        self.blocking(move |storage| ensure(storage, &bucket, false)).await?;
        Ok(self.signed(&UrlToSign {
            base: &self.base,
            method: "PUT",
            bucket: &place.bucket,
            object: &place.object,
            generation: 0,
            content_type: "application/zip",
            agent: signer,
            lifetime_seconds: URL_LIFETIME_SECONDS,
        }))
    }

    async fn download_url(&self, object: &Object, signer: &str) -> Result<String, PortError> {
        let found = self.find(object).await?;
        Ok(self.signed(&UrlToSign {
            base: &self.base,
            method: "GET",
            bucket: &found.bucket,
            object: &found.name,
            generation: found.generation,
            content_type: "",
            agent: signer,
            lifetime_seconds: URL_LIFETIME_SECONDS,
        }))
    }

    async fn find(&self, object: &Object) -> Result<Object, PortError> {
        let Object { bucket, name, generation } = object.clone();
        self.blocking(move |storage| {
            let found = storage.object(&bucket, &name, generation, &Preconditions::default())?;
            Ok(Object { bucket, name, generation: found.generation })
        })
        .await
    }

    async fn copy(&self, from: &Object, to: &Place) -> Result<Object, PortError> {
        let (from, to) = (from.clone(), to.clone());
        self.blocking(move |storage| {
            ensure(storage, &to, true)?;
            let request = CopyRequest {
                source: ObjectReference {
                    bucket: from.bucket,
                    object: from.name,
                    generation: from.generation,
                    ..ObjectReference::default()
                },
                destination: WriteRequest {
                    bucket: to.bucket,
                    object: to.object,
                    ..WriteRequest::default()
                },
                attributes: None,
            };
            let copied = storage.copy(request, OffsetDateTime::now_utc())?.object;
            Ok(Object { bucket: copied.bucket, name: copied.name, generation: copied.generation })
        })
        .await
    }
}

/// Creates a bucket with the settings that Google gives it. Earlier sources are kept: three of each
/// function.
fn ensure(storage: &storage::Service, place: &Place, keeps: bool) -> Result<(), StorageError> {
    let (method, rule) = if keeps {
        (
            "GET",
            json!({"action": {"type": "Delete"}, "condition": {"isLive": false, "numNewerVersions": 3}}),
        )
    } else {
        ("PUT", json!({"action": {"type": "Delete"}, "condition": {"age": 1, "isLive": true}}))
    };
    let cors = json!([{"method": [method], "origin": CONSOLES, "maxAgeSeconds": 3600}]);
    let attributes = BucketAttributes {
        location: place.location.clone(),
        labels: [("goog-managed-by".to_owned(), "cloudfunctions".to_owned())].into(),
        uniform_access: true,
        versioning: keeps,
        recorded: [("cors".to_owned(), cors), ("lifecycle".to_owned(), json!({"rule": [rule]}))]
            .into(),
        default_kms_key: place.kms_key.clone(),
        ..BucketAttributes::default()
    };
    let now = OffsetDateTime::now_utc();
    storage.ensure_bucket(&place.bucket, &place.project, attributes, now).map(drop)
}

fn port_error(error: StorageError) -> PortError {
    match error {
        StorageError::NoBucket(_) | StorageError::NoObject { .. } => {
            PortError::refused(Code::NotFound, error.to_string())
        }
        StorageError::Content(_) | StorageError::Journal(_) => {
            PortError::Unavailable(error.to_string())
        }
        other => PortError::refused(Code::FailedPrecondition, other.to_string()),
    }
}
