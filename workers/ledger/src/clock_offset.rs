//! How far the bucket's clock is ahead of this machine's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::Duration;

/// How far the bucket's clock is ahead of this machine's, in milliseconds. Zero until it is
/// measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClockOffset(Arc<AtomicI64>);

impl ClockOffset {
    pub(crate) fn ahead(&self) -> Duration {
        Duration::milliseconds(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set_ahead(&self, ahead: Duration) {
        let milliseconds = i64::try_from(ahead.whole_milliseconds()).unwrap_or(i64::MAX);
        self.0.store(milliseconds, Ordering::Relaxed);
    }
}
