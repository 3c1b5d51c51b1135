//! Blobs that no manifest references: the remains of deleted images and of abandoned pushes. The
//! sweep removes them.
//!
//! A push uploads its blobs before the manifest that references them, or finds that they exist. So
//! a blob is removed only after it was found without a manifest and not accessed for a whole grace
//! period: every request that reads, uploads or mounts it restarts the period.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::core::{Digest, ImageKey};

/// Far longer than the time between the blobs and the manifest of one push on one machine.
pub(super) const GRACE: Duration = Duration::from_hours(1);

/// A blob of one image.
pub(super) type Blob = (ImageKey, Digest);

/// Blobs that were found without a manifest, each with the start of its grace period. A restart
/// restarts all periods.
#[derive(Debug, Default)]
pub(super) struct Suspects(Mutex<HashMap<Blob, Instant>>);

impl Suspects {
    /// Restarts the grace period of a blob that a request accesses.
    pub(super) fn touch(&self, image: &ImageKey, digest: &Digest) {
        let mut suspects = self.0.lock();
        suspects.remove(&(image.clone(), digest.clone()));
    }

    /// Records the blobs without a manifest, and returns those whose grace period is over.
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
