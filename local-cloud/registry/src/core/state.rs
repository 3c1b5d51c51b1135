//! The state, and the events that produce it.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::manifest::Manifest;
use super::names::{Digest, ImageKey, RepositoryKey};
use longshore_local_kit::durable::Core;
use longshore_local_kit::state::Scope;

/// Number of finished operations that are kept: only the client that started one reads it, within
/// seconds.
const OPERATIONS_KEPT: usize = 1000;

/// The etag of the default policy, as at Google.
const UNSET_ETAG: &str = "ACAB";

#[derive(Debug, Default)]
pub struct Registry {
    pub(super) repositories: BTreeMap<RepositoryKey, Repository>,
    pub(super) operations: VecDeque<Operation>,
}

/// One repository and its images.
#[derive(Debug)]
pub struct Repository {
    pub settings: Settings,
    pub created_at: OffsetDateTime,
    /// Time of the last change of the settings.
    pub changed_at: Option<OffsetDateTime>,
    pub policy: Policy,
    pub(super) images: BTreeMap<String, Image>,
}

/// The IAM policy of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// `google.iam.v1.Binding`s, as received.
    #[serde(default)]
    pub bindings: Vec<Value>,
    /// Base64, because the field is bytes. In a request: empty, or the etag of the policy to
    /// replace.
    #[serde(default)]
    pub etag: String,
    /// Version of the format.
    #[serde(default)]
    pub version: i32,
}

impl Default for Policy {
    fn default() -> Self {
        Self { bindings: Vec::new(), etag: UNSET_ETAG.to_owned(), version: 0 }
    }
}

/// The settings of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub description: String,
    pub labels: BTreeMap<String, String>,
    /// Full name of the Cloud KMS key without which nothing is pushed or pulled; empty: none.
    pub kms_key_name: String,
    /// `google.devtools.artifactregistry.v1.CleanupPolicy`s by name, as received. Stored and
    /// returned; they have no effect.
    #[serde(default)]
    pub cleanup_policies: BTreeMap<String, Value>,
    /// Stored and returned; has no effect.
    #[serde(default)]
    pub cleanup_policy_dry_run: bool,
    /// Whether a tag always points to its first manifest.
    #[serde(default)]
    pub immutable_tags: bool,
    /// Whether new images are to be scanned, if that is configured. Stored and returned; nothing is
    /// scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability_scanning: Option<bool>,
}

/// One image: its blobs, manifests and tags.
#[derive(Debug, Default)]
pub struct Image {
    /// Blobs that can be pulled under the image's name, with their lengths in bytes.
    pub blobs: BTreeMap<Digest, u64>,
    /// Manifests; Artifact Registry calls them versions.
    pub manifests: BTreeMap<Digest, StoredManifest>,
    /// Tags, each with the digest of one of the manifests.
    pub tags: BTreeMap<String, Digest>,
}

/// A manifest with the times of its pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredManifest {
    pub manifest: Manifest,
    /// Time of the first push.
    pub uploaded_at: OffsetDateTime,
    /// Time of the last push.
    pub updated_at: OffsetDateTime,
}

/// A long-running operation. Every operation has finished when it is returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Last segment of its name.
    pub id: String,
    pub project: String,
    pub location: String,
    pub result: OperationResult,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationResult {
    /// A repository was created. The settings are those at that time.
    Created {
        key: RepositoryKey,
        settings: Settings,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Something was deleted.
    Deleted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A repository was created.
    RepositoryCreated {
        key: RepositoryKey,
        settings: Settings,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The settings of a repository changed.
    RepositoryChanged {
        key: RepositoryKey,
        settings: Settings,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The IAM policy of a repository was set.
    PolicySet { key: RepositoryKey, policy: Policy },
    /// A repository was deleted with everything in it.
    RepositoryDeleted { key: RepositoryKey },
    /// A blob was added to an image.
    BlobAdded { image: ImageKey, digest: Digest, size_bytes: u64 },
    /// A blob was removed from an image.
    BlobRemoved { image: ImageKey, digest: Digest },
    /// A manifest was pushed, for the first time or again.
    ManifestPushed {
        image: ImageKey,
        digest: Digest,
        manifest: Manifest,
        /// Time of the first push.
        #[serde(with = "time::serde::rfc3339")]
        uploaded_at: OffsetDateTime,
        /// Time of this push.
        #[serde(with = "time::serde::rfc3339")]
        updated_at: OffsetDateTime,
    },
    /// A manifest was deleted.
    ManifestDeleted { image: ImageKey, digest: Digest },
    /// A tag was created or moved.
    Tagged {
        image: ImageKey,
        tag: String,
        /// The manifest.
        digest: Digest,
    },
    /// A tag was deleted.
    Untagged { image: ImageKey, tag: String },
    /// Everything in a scope was removed.
    Reset(Scope),
    /// An operation finished.
    OperationFinished(Operation),
}

impl Core for Registry {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::RepositoryCreated { key, settings, at } => {
                let (changed_at, policy, images) = (None, Policy::default(), BTreeMap::new());
                self.repositories.insert(
                    key,
                    Repository { settings, created_at: at, changed_at, policy, images },
                );
            }
            Event::RepositoryChanged { key, settings, at } => {
                if let Some(repository) = self.repositories.get_mut(&key) {
                    repository.settings = settings;
                    repository.changed_at = Some(at);
                }
            }
            Event::PolicySet { key, policy } => {
                if let Some(repository) = self.repositories.get_mut(&key) {
                    repository.policy = policy;
                }
            }
            Event::RepositoryDeleted { key } => {
                self.repositories.remove(&key);
            }
            Event::Reset(scope) => {
                self.repositories.retain(|key, _| !scope.has_project(&key.project));
                self.operations.retain(|operation| !scope.has_project(&operation.project));
            }
            Event::OperationFinished(operation) => {
                self.operations.push_back(operation);
                while self.operations.len() > OPERATIONS_KEPT {
                    self.operations.pop_front();
                }
            }
            Event::BlobAdded { image, digest, size_bytes } => self.change(image, |image| {
                image.blobs.insert(digest, size_bytes);
            }),
            Event::BlobRemoved { image, digest } => self.change(image, |image| {
                image.blobs.remove(&digest);
            }),
            Event::ManifestPushed { image, digest, manifest, uploaded_at, updated_at } => self
                .change(image, |image| {
                    image
                        .manifests
                        .insert(digest, StoredManifest { manifest, uploaded_at, updated_at });
                }),
            Event::ManifestDeleted { image, digest } => self.change(image, |image| {
                image.manifests.remove(&digest);
            }),
            Event::Tagged { image, tag, digest } => self.change(image, |image| {
                image.tags.insert(tag, digest);
            }),
            Event::Untagged { image, tag } => self.change(image, |image| {
                image.tags.remove(&tag);
            }),
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (key, repository) in &self.repositories {
            let settings = repository.settings.clone();
            events.push(Event::RepositoryCreated {
                key: key.clone(),
                settings: settings.clone(),
                at: repository.created_at,
            });
            events.extend(repository.changed_at.map(|at| Event::RepositoryChanged {
                key: key.clone(),
                settings,
                at,
            }));
            events.push(Event::PolicySet { key: key.clone(), policy: repository.policy.clone() });
            for (name, image) in &repository.images {
                let key = ImageKey { repository: key.clone(), image: name.clone() };
                snapshot_image(&key, image, &mut events);
            }
        }
        events.extend(self.operations.iter().cloned().map(Event::OperationFinished));
        events
    }
}

impl Registry {
    fn change(&mut self, key: ImageKey, change: impl FnOnce(&mut Image)) {
        let Some(repository) = self.repositories.get_mut(&key.repository) else { return };
        let image = repository.images.entry(key.image.clone()).or_default();
        change(image);
        if image.blobs.is_empty() && image.manifests.is_empty() {
            repository.images.remove(&key.image);
        }
    }
}

fn snapshot_image(key: &ImageKey, image: &Image, events: &mut Vec<Event>) {
    for (digest, size_bytes) in &image.blobs {
        events.push(Event::BlobAdded {
            image: key.clone(),
            digest: digest.clone(),
            size_bytes: *size_bytes,
        });
    }
    for (digest, stored) in &image.manifests {
        events.push(Event::ManifestPushed {
            image: key.clone(),
            digest: digest.clone(),
            manifest: stored.manifest.clone(),
            uploaded_at: stored.uploaded_at,
            updated_at: stored.updated_at,
        });
    }
    for (tag, digest) in &image.tags {
        events.push(Event::Tagged { image: key.clone(), tag: tag.clone(), digest: digest.clone() });
    }
}
