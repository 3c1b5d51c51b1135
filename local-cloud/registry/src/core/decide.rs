//! Decisions: from a request and the current time to events or a refusal. They do not change the
//! state.

use time::OffsetDateTime;

use super::manifest::{Manifest, Reference, ReferenceKind};
use super::names::{Digest, ImageKey, RepositoryKey};
use super::state::{Event, Image, Operation, OperationResult, Registry, Settings};

/// The repository does not exist. A push creates images, but never repositories.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("repository {0} does not exist")]
pub struct UnknownRepository(pub RepositoryKey);

/// Why a repository was not created. Retrying does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateRepositoryError {
    #[error("repository {0} already exists")]
    AlreadyExists(RepositoryKey),
}

/// Why a manifest was rejected. A retry succeeds after the missing content was pushed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error(transparent)]
    UnknownRepository(#[from] UnknownRepository),
    /// The manifest references content that the image does not have.
    #[error("the manifest references content that was not pushed before it")]
    MissingReferences(Vec<Reference>),
    /// The tag points to another manifest, and the repository has immutable tags.
    #[error("the repository has immutable tags, and tag {0:?} points to another manifest")]
    ImmutableTag(String),
}

/// Why a blob was not removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoveBlobError {
    #[error("blob {0} does not exist")]
    Unknown(Digest),
    /// A manifest references the blob, which can be removed after the manifest is deleted.
    #[error("the blob is part of manifest {0}")]
    InUse(Digest),
}

/// Why a manifest or a tag was not deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteError {
    #[error("{0:?} does not exist")]
    Unknown(String),
    /// Tags point to the manifest, and the caller did not request to delete them as well.
    #[error("tags point to it: {0:?}")]
    Tagged(Vec<String>),
}

impl Registry {
    /// Creates a repository; `operation_id` is the id of the operation that reports it.
    pub fn create_repository(
        &self,
        key: &RepositoryKey,
        settings: Settings,
        operation_id: String,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, CreateRepositoryError> {
        if self.repositories.contains_key(key) {
            return Err(CreateRepositoryError::AlreadyExists(key.clone()));
        }
        let result =
            OperationResult::Created { key: key.clone(), settings: settings.clone(), at: now };
        let created = Event::RepositoryCreated { key: key.clone(), settings, at: now };
        Ok(vec![created, finished(key, operation_id, result)])
    }

    /// Deletes a repository with everything in it.
    pub fn delete_repository(
        &self,
        key: &RepositoryKey,
        operation_id: String,
    ) -> Result<Vec<Event>, UnknownRepository> {
        self.must_have(key)?;
        let deleted = Event::RepositoryDeleted { key: key.clone() };
        Ok(vec![deleted, finished(key, operation_id, OperationResult::Deleted)])
    }

    /// Adds a blob, whose bytes the service has, to an image.
    pub fn add_blob(
        &self,
        image: &ImageKey,
        digest: Digest,
        size_bytes: u64,
    ) -> Result<Vec<Event>, UnknownRepository> {
        self.must_have(&image.repository)?;
        if self.image(image).is_some_and(|image| image.blobs.contains_key(&digest)) {
            return Ok(Vec::new());
        }
        Ok(vec![Event::BlobAdded { image: image.clone(), digest, size_bytes }])
    }

    /// Adds a blob of another image without an upload: of the image `from`, or of any image of the
    /// same project. `None` if none of them has it.
    pub fn mount_blob(
        &self,
        image: &ImageKey,
        digest: &Digest,
        from: Option<&ImageKey>,
    ) -> Result<Option<Vec<Event>>, UnknownRepository> {
        self.must_have(&image.repository)?;
        let size_bytes = match from {
            Some(from) => self.image(from).and_then(|source| source.blobs.get(digest)).copied(),
            None => self.blob_of_project(&image.repository.project, digest),
        };
        size_bytes.map(|size_bytes| self.add_blob(image, digest.clone(), size_bytes)).transpose()
    }

    /// Removes a blob from an image.
    pub fn remove_blob(
        &self,
        key: &ImageKey,
        digest: &Digest,
    ) -> Result<Vec<Event>, RemoveBlobError> {
        let image = self.image(key).filter(|image| image.blobs.contains_key(digest));
        let image = image.ok_or_else(|| RemoveBlobError::Unknown(digest.clone()))?;
        match image.manifests.iter().find(|(_, stored)| stored.manifest.refers_to(digest)) {
            Some((user, _)) => Err(RemoveBlobError::InUse(user.clone())),
            None => Ok(vec![Event::BlobRemoved { image: key.clone(), digest: digest.clone() }]),
        }
    }

    /// Adds a manifest to an image, and makes a tag point to it.
    pub fn push_manifest(
        &self,
        key: &ImageKey,
        digest: &Digest,
        manifest: Manifest,
        tag: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, PushError> {
        self.must_have(&key.repository)?;
        let image = self.image(key);
        let missing: Vec<Reference> = manifest
            .references
            .iter()
            .filter(|reference| !has(image, reference))
            .cloned()
            .collect();
        if !missing.is_empty() {
            return Err(PushError::MissingReferences(missing));
        }
        if let Some(tag) = tag {
            self.check_mutable(key, tag, digest)?;
        }
        let uploaded_at = image
            .and_then(|image| image.manifests.get(digest))
            .map_or(now, |stored| stored.uploaded_at);
        let (image, digest) = (key.clone(), digest.clone());
        let tagged = tag.map(|tag| Event::Tagged {
            image: image.clone(),
            tag: tag.to_owned(),
            digest: digest.clone(),
        });
        let mut events =
            vec![Event::ManifestPushed { image, digest, manifest, uploaded_at, updated_at: now }];
        events.extend(tagged);
        Ok(events)
    }

    /// Deletes a manifest and, if the caller allows it, the tags that point to it.
    pub fn delete_manifest(
        &self,
        key: &ImageKey,
        digest: &Digest,
        with_tags: bool,
    ) -> Result<Vec<Event>, DeleteError> {
        let image = self.image(key).filter(|image| image.manifests.contains_key(digest));
        let image = image.ok_or_else(|| DeleteError::Unknown(digest.to_string()))?;
        let tags = image.tags_of(digest);
        if !with_tags && !tags.is_empty() {
            return Err(DeleteError::Tagged(tags));
        }
        let mut events: Vec<Event> =
            tags.into_iter().map(|tag| Event::Untagged { image: key.clone(), tag }).collect();
        events.push(Event::ManifestDeleted { image: key.clone(), digest: digest.clone() });
        Ok(events)
    }

    /// Deletes a tag, but not the manifest that it points to.
    pub fn delete_tag(&self, key: &ImageKey, tag: &str) -> Result<Vec<Event>, DeleteError> {
        let known = self.image(key).is_some_and(|image| image.tags.contains_key(tag));
        if !known {
            return Err(DeleteError::Unknown(tag.to_owned()));
        }
        Ok(vec![Event::Untagged { image: key.clone(), tag: tag.to_owned() }])
    }

    /// Records a deletion in a repository, for API methods that return an operation.
    #[must_use]
    pub fn note_deletion(key: &RepositoryKey, operation_id: String) -> Event {
        finished(key, operation_id, OperationResult::Deleted)
    }

    pub(super) fn must_have(&self, key: &RepositoryKey) -> Result<(), UnknownRepository> {
        if self.repositories.contains_key(key) {
            Ok(())
        } else {
            Err(UnknownRepository(key.clone()))
        }
    }
}

fn has(image: Option<&Image>, reference: &Reference) -> bool {
    image.is_some_and(|image| match reference.kind {
        ReferenceKind::Blob => image.blobs.contains_key(&reference.digest),
        ReferenceKind::Manifest => image.manifests.contains_key(&reference.digest),
    })
}

fn finished(key: &RepositoryKey, id: String, result: OperationResult) -> Event {
    let (project, location) = (key.project.clone(), key.location.clone());
    Event::OperationFinished(Operation { id, project, location, result })
}
