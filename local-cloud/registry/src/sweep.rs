//! Removal of blobs that no manifest names: what is left of deleted images, and of pushes that were
//! given up.
//!
//! A push uploads its blobs before the manifest that names them, or finds out that they are there
//! already. So a blob goes only when it was found without a manifest and then left alone for a
//! whole grace period: whoever asks for it, uploads it or mounts it begins the period anew.

use std::collections::HashMap;
use std::sync::Weak;
use std::time::{Duration, Instant};

use super::Service;
use super::core::{Digest, ImageKey, RemoveBlobError};
use parking_lot::Mutex;

/// Far longer than anybody lets pass between the blobs and the manifest of one push on one machine.
const GRACE: Duration = Duration::from_hours(1);

/// Between two sweeps. A sweep looks at names alone.
const INTERVAL: Duration = Duration::from_mins(10);

/// A blob of one image.
type Blob = (ImageKey, Digest);

/// Blobs that were found without a manifest, each with the time from which its grace counts. After
/// a restart it counts anew.
#[derive(Debug, Default)]
pub(super) struct Suspects(Mutex<HashMap<Blob, Instant>>);

impl Suspects {
    /// Somebody has something to do with the blob.
    pub(super) fn touch(&self, image: &ImageKey, digest: &Digest) {
        let mut suspects = self.0.lock();
        suspects.remove(&(image.clone(), digest.clone()));
    }

    /// Takes note of the blobs without a manifest; answers those whose grace is over.
    fn overdue(&self, unreferenced: Vec<Blob>, now: Instant) -> Vec<Blob> {
        let mut suspects = self.0.lock();
        let known = std::mem::take(&mut *suspects);
        suspects.extend(unreferenced.into_iter().map(|blob| {
            let since = known.get(&blob).copied().unwrap_or(now);
            (blob, since)
        }));
        suspects
            .extract_if(|_, since| now.saturating_duration_since(*since) >= GRACE)
            .map(|(blob, _)| blob)
            .collect()
    }
}

/// Sweeps from time to time, as long as the registry is there.
pub(super) async fn keep_sweeping(service: Weak<Service>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    loop {
        ticks.tick().await;
        let Some(service) = service.upgrade() else { return };
        let swept = tokio::task::spawn_blocking(move || sweep(&service, Instant::now()));
        if let Err(error) = swept.await {
            tracing::error!(%error, "a sweep of the registry broke");
        }
    }
}

fn sweep(service: &Service, now: Instant) {
    let unreferenced = service.look(super::core::Registry::unreferenced);
    for (image, digest) in service.suspects.overdue(unreferenced, now) {
        // A manifest that has come meanwhile keeps it.
        let removed =
            service.change(|registry, _| registry.remove_blob(&image, &digest), |_| Ok(()));
        match removed {
            Ok(()) => {
                tracing::debug!(image = image.uri(), %digest, "a blob that no manifest names is removed")
            }
            Err(super::service::ChangeError::Refused(
                RemoveBlobError::Unknown(_) | RemoveBlobError::InUse(_),
            )) => {}
            Err(error @ super::service::ChangeError::Disk(_)) => {
                tracing::warn!(%digest, %error, "a blob cannot be removed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::core::{Manifest, RepositoryKey, Settings};
    use longshore_local_kit::Announce;

    struct Nobody;

    impl Announce for Nobody {
        fn announce(&self, _topic: &str, _attributes: BTreeMap<String, String>, _data: Bytes) {}
    }

    fn image() -> ImageKey {
        let repository =
            RepositoryKey { project: "p".into(), location: "l".into(), name: "r".into() };
        ImageKey { repository, image: "app".into() }
    }

    fn digest(byte: u8) -> Digest {
        Digest::sha256(&[byte; 32])
    }

    /// A registry whose image has the blobs 1 and 2, and a manifest that names the first.
    fn registry(dir: &std::path::Path) -> Arc<Service> {
        let service = Service::open(dir, Arc::new(Nobody)).unwrap();
        let image = image();
        let settings = Settings::default();
        service
            .change(
                |registry, now| {
                    registry.create_repository(&image.repository, settings, "id".into(), now)
                },
                |_| Ok(()),
            )
            .unwrap();
        for blob in [1, 2] {
            service
                .change(
                    |registry, _| registry.add_blob(&image, digest(blob), 3),
                    |contents| contents.put(&digest(blob), b"abc"),
                )
                .unwrap();
        }
        let document = format!(r#"{{"config":{{"digest":"{}","size":3}}}}"#, digest(1));
        let manifest =
            Manifest::read("application/vnd.oci.image.manifest.v1+json", document.as_bytes())
                .unwrap();
        service
            .change(
                |registry, now| registry.push_manifest(&image, &digest(9), manifest, None, now),
                |contents| contents.put(&digest(9), document.as_bytes()),
            )
            .unwrap();
        service
    }

    fn is_there(service: &Service, blob: u8) -> bool {
        let known = service.look(|registry| {
            registry.image(&image()).is_some_and(|image| image.blobs.contains_key(&digest(blob)))
        });
        assert_eq!(service.contents.path(&digest(blob)).exists(), known, "bytes and state agree");
        known
    }

    #[tokio::test]
    async fn a_blob_without_a_manifest_goes_after_a_whole_grace_period() {
        let dir = tempfile::tempdir().unwrap();
        let service = registry(dir.path());
        let begin = Instant::now();
        for (after, there) in
            [(Duration::ZERO, true), (GRACE - Duration::from_secs(1), true), (GRACE, false)]
        {
            sweep(&service, begin + after);
            assert_eq!(is_there(&service, 2), there, "after {after:?}");
            assert!(is_there(&service, 1), "a manifest names it");
        }
    }

    #[tokio::test]
    async fn whoever_asks_for_a_blob_begins_its_grace_anew() {
        let dir = tempfile::tempdir().unwrap();
        let service = registry(dir.path());
        let begin = Instant::now();
        sweep(&service, begin);
        service.suspects.touch(&image(), &digest(2));
        sweep(&service, begin + GRACE);
        assert!(is_there(&service, 2));
        sweep(&service, begin + GRACE + GRACE);
        assert!(!is_there(&service, 2));
    }

    #[tokio::test]
    async fn the_blobs_of_a_deleted_image_go_too() {
        let dir = tempfile::tempdir().unwrap();
        let service = registry(dir.path());
        service.change(|registry, _| registry.delete_image(&image()), |_| Ok(())).unwrap();
        let begin = Instant::now();
        sweep(&service, begin);
        sweep(&service, begin + GRACE);
        assert!(!is_there(&service, 1) && !is_there(&service, 2));
    }
}
