//! The state, and the events that it is the sum of.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::manifest::Manifest;
use super::names::{Digest, ImageKey, RepositoryKey};
use super::policy::Policy;
use longshore_local_kit::durable::Core;

/// Finished operations that are remembered: a client asks for its own within seconds, and nothing
/// else ever does.
const OPERATIONS_KEPT: usize = 1000;

/// All repositories.
#[derive(Debug, Default)]
pub struct Registry {
    pub(super) repositories: BTreeMap<RepositoryKey, Repository>,
    pub(super) operations: VecDeque<Operation>,
}

/// One repository and its images.
#[derive(Debug)]
pub struct Repository {
    /// What its creator chose.
    pub settings: Settings,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When its settings were changed, if they ever were.
    pub changed_at: Option<OffsetDateTime>,
    /// Who may use it, by the wish of its owner.
    pub policy: Policy,
    pub(super) images: BTreeMap<String, Image>,
}

/// What the creator of a repository chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// For people.
    pub description: String,
    /// For people and their tools.
    pub labels: BTreeMap<String, String>,
    /// Kept as a name: contents are not encrypted here.
    pub kms_key_name: String,
    /// `google.devtools.artifactregistry.v1.CleanupPolicy`s by name, as they were given. Kept and
    /// answered; nothing is cleaned up.
    #[serde(default)]
    pub cleanup_policies: BTreeMap<String, Value>,
    /// Belongs to the policies.
    #[serde(default)]
    pub cleanup_policy_dry_run: bool,
    /// A tag never points to another manifest than at first.
    #[serde(default)]
    pub immutable_tags: bool,
}

/// One image: what was uploaded for it, and what it consists of.
#[derive(Debug, Default)]
pub struct Image {
    /// Blobs that can be pulled under the image's name, with their lengths in bytes.
    pub blobs: BTreeMap<Digest, u64>,
    /// Manifests; Artifact Registry calls them versions.
    pub manifests: BTreeMap<Digest, StoredManifest>,
    /// Tags, each with a digest that is among the manifests.
    pub tags: BTreeMap<String, Digest>,
}

/// A manifest and when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredManifest {
    /// What is known of it.
    pub manifest: Manifest,
    /// The first push.
    pub uploaded_at: OffsetDateTime,
    /// The last push.
    pub updated_at: OffsetDateTime,
}

/// A long-running operation. Here they are short: each is finished when it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Last part of its name.
    pub id: String,
    /// Project id.
    pub project: String,
    /// Region.
    pub location: String,
    /// What came of it.
    pub result: OperationResult,
}

/// What came of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationResult {
    /// A repository was created; as it was then.
    Created {
        /// Which.
        key: RepositoryKey,
        /// With what.
        settings: Settings,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Something was deleted.
    Deleted,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A repository is there.
    RepositoryCreated {
        /// Which.
        key: RepositoryKey,
        /// With what.
        settings: Settings,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The settings of a repository are others.
    RepositoryChanged {
        /// Which.
        key: RepositoryKey,
        /// The new ones.
        settings: Settings,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Others may use a repository.
    PolicySet {
        /// Which.
        key: RepositoryKey,
        /// Who.
        policy: Policy,
    },
    /// A repository and all in it is gone.
    RepositoryDeleted {
        /// Which.
        key: RepositoryKey,
    },
    /// A blob can be pulled under an image's name.
    BlobAdded {
        /// The image.
        image: ImageKey,
        /// The blob.
        digest: Digest,
        /// Its length.
        size_bytes: u64,
    },
    /// A blob cannot be pulled under an image's name any more.
    BlobRemoved {
        /// The image.
        image: ImageKey,
        /// The blob.
        digest: Digest,
    },
    /// A manifest was pushed, for the first time or again.
    ManifestPushed {
        /// The image.
        image: ImageKey,
        /// Digest of the manifest.
        digest: Digest,
        /// What is known of it.
        manifest: Manifest,
        /// The first push.
        #[serde(with = "time::serde::rfc3339")]
        uploaded_at: OffsetDateTime,
        /// This push.
        #[serde(with = "time::serde::rfc3339")]
        updated_at: OffsetDateTime,
    },
    /// A manifest is gone.
    ManifestDeleted {
        /// The image.
        image: ImageKey,
        /// Digest of the manifest.
        digest: Digest,
    },
    /// A tag points to a manifest, whatever it pointed to before.
    Tagged {
        /// The image.
        image: ImageKey,
        /// The tag.
        tag: String,
        /// The manifest.
        digest: Digest,
    },
    /// A tag is gone.
    Untagged {
        /// The image.
        image: ImageKey,
        /// The tag.
        tag: String,
    },
    /// An operation came to its end.
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
