//! Decisions about tags and packages that only the Artifact Registry API needs.

use time::OffsetDateTime;

use super::decide::{DeleteError, PushError, UnknownRepository};
use super::names::{Digest, ImageKey, RepositoryKey};
use super::state::{Event, Registry, Settings};

/// Why a tag was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    #[error("tag {0:?} already exists")]
    AlreadyExists(String),
    #[error("tag {0:?} does not exist")]
    Unknown(String),
    #[error("version {0} does not exist")]
    UnknownVersion(Digest),
    #[error("the tags of the repository are immutable")]
    Immutable,
}

impl Registry {
    /// Changes the settings of a repository.
    pub fn change_repository(
        &self,
        key: &RepositoryKey,
        settings: Settings,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, UnknownRepository> {
        self.must_have(key)?;
        Ok(vec![Event::RepositoryChanged { key: key.clone(), settings, at: now }])
    }

    /// Creates a tag that points to a version.
    pub fn create_tag(
        &self,
        key: &ImageKey,
        tag: &str,
        digest: &Digest,
    ) -> Result<Vec<Event>, TagError> {
        if self.image(key).is_some_and(|image| image.tags.contains_key(tag)) {
            return Err(TagError::AlreadyExists(tag.to_owned()));
        }
        self.tagged(key, tag, digest)
    }

    /// Makes an existing tag point to another version.
    pub fn move_tag(
        &self,
        key: &ImageKey,
        tag: &str,
        digest: &Digest,
    ) -> Result<Vec<Event>, TagError> {
        match self.image(key).and_then(|image| image.tags.get(tag)) {
            None => Err(TagError::Unknown(tag.to_owned())),
            Some(current) if current != digest && self.has_immutable_tags(key) => {
                Err(TagError::Immutable)
            }
            Some(_) => self.tagged(key, tag, digest),
        }
    }

    fn tagged(&self, key: &ImageKey, tag: &str, digest: &Digest) -> Result<Vec<Event>, TagError> {
        if self.image(key).is_none_or(|image| !image.manifests.contains_key(digest)) {
            return Err(TagError::UnknownVersion(digest.clone()));
        }
        Ok(vec![Event::Tagged { image: key.clone(), tag: tag.to_owned(), digest: digest.clone() }])
    }

    /// Deletes the manifests and tags of an image. The next sweep removes its blobs.
    pub fn delete_image(&self, key: &ImageKey) -> Result<Vec<Event>, DeleteError> {
        let image = self.image(key).filter(|image| !image.manifests.is_empty());
        let image = image.ok_or_else(|| DeleteError::Unknown(key.image.clone()))?;
        let tags =
            image.tags.keys().map(|tag| Event::Untagged { image: key.clone(), tag: tag.clone() });
        let manifests = image
            .manifests
            .keys()
            .map(|digest| Event::ManifestDeleted { image: key.clone(), digest: digest.clone() });
        Ok(tags.chain(manifests).collect())
    }

    /// Checks whether a push may make the tag point to this manifest.
    pub(super) fn check_mutable(
        &self,
        key: &ImageKey,
        tag: &str,
        digest: &Digest,
    ) -> Result<(), PushError> {
        let current = self.image(key).and_then(|image| image.tags.get(tag));
        match current {
            Some(current) if current != digest && self.has_immutable_tags(key) => {
                Err(PushError::ImmutableTag(tag.to_owned()))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn has_immutable_tags(&self, key: &ImageKey) -> bool {
        self.repository(&key.repository)
            .is_some_and(|repository| repository.settings.immutable_tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Manifest, Policy, SetPolicyError};
    use longshore_local_kit::durable::Core as _;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn image() -> ImageKey {
        let repository =
            RepositoryKey { project: "p".into(), location: "l".into(), name: "r".into() };
        ImageKey { repository, image: "app".into() }
    }

    fn digest(byte: u8) -> Digest {
        Digest::sha256(&[byte; 32])
    }

    fn apply(registry: &mut Registry, events: Vec<Event>) {
        events.into_iter().for_each(|event| registry.apply(event));
    }

    /// A repository whose image has two manifests, the first with the tag `v1`.
    fn registry(immutable_tags: bool) -> Registry {
        let mut registry = Registry::default();
        let settings = Settings { immutable_tags, ..Settings::default() };
        let created =
            registry.create_repository(&image().repository, settings, "id".into(), NOW).unwrap();
        apply(&mut registry, created);
        for (byte, tag) in [(1, Some("v1")), (2, None)] {
            let manifest =
                Manifest::read("application/vnd.oci.image.manifest.v1+json", b"{}").unwrap();
            let pushed =
                registry.push_manifest(&image(), &digest(byte), manifest, tag, NOW).unwrap();
            apply(&mut registry, pushed);
        }
        registry
    }

    #[test]
    fn a_tag_is_created_once_and_moved_between_existing_versions() {
        let registry = registry(false);
        assert!(registry.create_tag(&image(), "v2", &digest(2)).is_ok());
        assert_eq!(
            registry.create_tag(&image(), "v1", &digest(2)),
            Err(TagError::AlreadyExists("v1".into()))
        );
        assert_eq!(
            registry.create_tag(&image(), "v3", &digest(3)),
            Err(TagError::UnknownVersion(digest(3)))
        );
        assert!(registry.move_tag(&image(), "v1", &digest(2)).is_ok());
        assert_eq!(
            registry.move_tag(&image(), "v2", &digest(2)),
            Err(TagError::Unknown("v2".into()))
        );
    }

    #[test]
    fn an_immutable_tag_stays_where_it_is() {
        let registry = registry(true);
        let manifest =
            || Manifest::read("application/vnd.oci.image.manifest.v1+json", b"{}").unwrap();
        assert!(
            registry.push_manifest(&image(), &digest(1), manifest(), Some("v1"), NOW).is_ok(),
            "the same again"
        );
        let moved = registry.push_manifest(&image(), &digest(2), manifest(), Some("v1"), NOW);
        assert_eq!(moved, Err(PushError::ImmutableTag("v1".into())));
        assert_eq!(registry.move_tag(&image(), "v1", &digest(2)), Err(TagError::Immutable));
        assert!(registry.create_tag(&image(), "v2", &digest(2)).is_ok());
    }

    #[test]
    fn a_snapshot_has_changed_settings_and_policy() {
        let mut registry = registry(false);
        let key = image().repository;
        let later = NOW + time::Duration::HOUR;
        let changed = registry.change_repository(
            &key,
            Settings { description: "new".into(), ..Settings::default() },
            later,
        );
        apply(&mut registry, changed.unwrap());
        let policy = |etag: &str| Policy {
            bindings: vec![serde_json::json!({"role": "r"})],
            etag: etag.into(),
            version: 1,
        };
        let set = registry.set_policy(&key, policy("ACAB")).unwrap();
        apply(&mut registry, set);
        assert_eq!(registry.set_policy(&key, policy("ACAB")), Err(SetPolicyError::Changed));
        let mut copy = Registry::default();
        apply(&mut copy, registry.snapshot());
        for registry in [&registry, &copy] {
            let repository = registry.repository(&key).unwrap();
            assert_eq!(
                (&*repository.settings.description, repository.updated_at()),
                ("new", later)
            );
            assert_eq!(repository.policy.bindings.len(), 1);
        }
    }

    #[test]
    fn a_deleted_image_leaves_its_blobs_to_the_sweep() {
        let mut registry = registry(false);
        let added = registry.add_blob(&image(), digest(7), 3).unwrap();
        apply(&mut registry, added);
        let deleted = registry.delete_image(&image()).unwrap();
        apply(&mut registry, deleted);
        assert_eq!(registry.repository(&image().repository).unwrap().images().count(), 0);
        assert_eq!(registry.unreferenced(), [(image(), digest(7))]);
        assert_eq!(registry.delete_image(&image()), Err(DeleteError::Unknown("app".into())));
    }
}
