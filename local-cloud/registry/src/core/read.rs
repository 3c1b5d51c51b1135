//! Queries of the state.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::names::{Digest, ImageKey, RepositoryKey};
use super::state::{Image, Operation, Registry, Repository, StoredManifest};

impl Registry {
    #[must_use]
    pub fn repository(&self, key: &RepositoryKey) -> Option<&Repository> {
        self.repositories.get(key)
    }

    /// The repositories of a project in a location, by name.
    pub fn repositories(
        &self,
        project: &str,
        location: &str,
    ) -> impl Iterator<Item = (&RepositoryKey, &Repository)> {
        self.repositories
            .iter()
            .filter(move |(key, _)| key.project == project && key.location == location)
    }

    /// The location of each repository of a project, with duplicates.
    pub fn locations(&self, project: &str) -> impl Iterator<Item = &str> {
        self.repositories
            .keys()
            .filter(move |key| key.project == project)
            .map(|key| key.location.as_str())
    }

    /// Every image that has a manifest, by name.
    pub fn images(&self) -> impl Iterator<Item = ImageKey> {
        self.repositories.iter().flat_map(|(key, repository)| {
            repository
                .images()
                .map(|(name, _)| ImageKey { repository: key.clone(), image: name.clone() })
        })
    }

    /// Blobs that no manifest of their image references.
    #[must_use]
    pub fn unreferenced(&self) -> Vec<(ImageKey, Digest)> {
        let mut unreferenced = Vec::new();
        for (key, repository) in &self.repositories {
            for (name, image) in &repository.images {
                let named: BTreeSet<&Digest> =
                    image.manifests.values().flat_map(|stored| stored.manifest.digests()).collect();
                let image_key = || ImageKey { repository: key.clone(), image: name.clone() };
                let alone = image.blobs.keys().filter(|digest| !named.contains(digest));
                unreferenced.extend(alone.map(|digest| (image_key(), digest.clone())));
            }
        }
        unreferenced
    }

    /// The repository of a distribution path. Paths have no location: without a requested one, it
    /// is the first location with a repository of this name.
    #[must_use]
    pub fn locate(
        &self,
        project: &str,
        name: &str,
        location: Option<&str>,
    ) -> Option<&RepositoryKey> {
        let mut named =
            self.repositories.keys().filter(|key| key.project == project && key.name == name);
        named.find(|key| location.is_none_or(|location| key.location == location))
    }

    #[must_use]
    pub fn image(&self, key: &ImageKey) -> Option<&Image> {
        self.repositories.get(&key.repository)?.images.get(&key.image)
    }

    #[must_use]
    pub fn operation(&self, project: &str, location: &str, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| {
            operation.id == id && operation.project == project && operation.location == location
        })
    }

    /// The length of a blob that some image of the project has.
    #[must_use]
    pub fn blob_of_project(&self, project: &str, digest: &Digest) -> Option<u64> {
        let repositories = self.repositories.iter().filter(|(key, _)| key.project == project);
        let mut images = repositories.flat_map(|(_, repository)| repository.images.values());
        images.find_map(|image| image.blobs.get(digest).copied())
    }

    /// Whether any image needs the bytes of this digest.
    #[must_use]
    pub fn needs(&self, digest: &Digest) -> bool {
        let mut images =
            self.repositories.values().flat_map(|repository| repository.images.values());
        images.any(|image| image.blobs.contains_key(digest) || image.manifests.contains_key(digest))
    }

    /// The digests of all blobs and manifests.
    pub fn all_contents(&self) -> BTreeSet<Digest> {
        self.repositories.values().flat_map(Repository::contents).cloned().collect()
    }
}

impl Repository {
    /// Images that have a manifest, by name. An image with blobs only does not exist yet for its
    /// users.
    pub fn images(&self) -> impl Iterator<Item = (&String, &Image)> {
        self.images.iter().filter(|(_, image)| !image.manifests.is_empty())
    }

    /// Digests of all blobs and manifests, with duplicates.
    pub fn contents(&self) -> impl Iterator<Item = &Digest> {
        self.images.values().flat_map(|image| image.blobs.keys().chain(image.manifests.keys()))
    }

    /// The total length of all blobs and manifests, each counted once.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        let blobs = self
            .images
            .values()
            .flat_map(|image| image.blobs.iter().map(|(digest, size)| (digest, *size)));
        let manifests = self.images.values().flat_map(|image| image.manifests.iter());
        let manifests = manifests.map(|(digest, stored)| (digest, stored.manifest.size_bytes));
        blobs.chain(manifests).collect::<BTreeMap<_, _>>().values().sum()
    }

    /// Time of the last push or change of settings, or of the creation.
    #[must_use]
    pub fn updated_at(&self) -> OffsetDateTime {
        let pushes = self.images.values().filter_map(Image::updated_at);
        pushes.chain(self.changed_at).fold(self.created_at, OffsetDateTime::max)
    }
}

impl Image {
    /// Time of the first push of a manifest that still exists.
    #[must_use]
    pub fn created_at(&self) -> Option<OffsetDateTime> {
        self.manifests.values().map(|stored| stored.uploaded_at).min()
    }

    /// Time of the last push.
    #[must_use]
    pub fn updated_at(&self) -> Option<OffsetDateTime> {
        self.manifests.values().map(|stored| stored.updated_at).max()
    }

    /// The manifest of a tag or a digest.
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<(&Digest, &StoredManifest)> {
        match Digest::parse(reference) {
            Ok(digest) => self.manifests.get_key_value(&digest),
            Err(_) => self.manifests.get_key_value(self.tags.get(reference)?),
        }
    }

    /// Tags that point to a manifest.
    #[must_use]
    pub fn tags_of(&self, digest: &Digest) -> Vec<String> {
        self.tags
            .iter()
            .filter(|(_, target)| *target == digest)
            .map(|(tag, _)| tag.clone())
            .collect()
    }

    /// The tags after `last` (empty: all), in the order of the specification: case-insensitive,
    /// unless case is the only difference.
    #[must_use]
    pub fn tags_after(&self, last: &str) -> Vec<&str> {
        let order = |tag: &str| (tag.to_ascii_lowercase(), tag.to_owned());
        let mut tags: Vec<&str> =
            self.tags.keys().map(String::as_str).filter(|tag| order(tag) > order(last)).collect();
        tags.sort_by_key(|tag| order(tag));
        tags
    }

    /// Manifests whose subject is the given one.
    pub fn referrers<'a>(
        &'a self,
        subject: &'a Digest,
    ) -> impl Iterator<Item = (&'a Digest, &'a StoredManifest)> {
        self.manifests
            .iter()
            .filter(move |(_, stored)| stored.manifest.subject.as_ref() == Some(subject))
    }
}
