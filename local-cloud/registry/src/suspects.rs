//! Removal of blobs that no manifest names: what is left of deleted images, and of pushes that were
//! given up.
//!
//! A push uploads its blobs before the manifest that names them, or finds out that they are there
//! already. So a blob goes only when it was found without a manifest and then left alone for a
//! whole grace period: whoever asks for it, uploads it or mounts it begins the period anew.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::core::{Digest, ImageKey};

/// Far longer than anybody lets pass between the blobs and the manifest of one push on one machine.
pub(super) const GRACE: Duration = Duration::from_hours(1);

/// A blob of one image.
pub(super) type Blob = (ImageKey, Digest);

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
    pub(super) fn overdue(&self, unreferenced: Vec<Blob>, now: Instant) -> Vec<Blob> {
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
