//! One clock for all workers: the bucket's.
//!
//! Deadlines and graces compare times that different machines wrote. Each worker measures how far
//! its own clock is from the bucket's, and reads every time that counts with that correction.

use longshore_cloud::Created;
use time::{Duration, OffsetDateTime};

use crate::{Ledger, LedgerError, names};

/// Largest difference with which a worker ends deployments. Synchronized clocks differ by
/// milliseconds, so a larger one means a machine that is not set up, and the measurement may soon be
/// wrong as well.
pub const SKEW_MAX: Duration = Duration::seconds(30);

impl Ledger {
    /// The time by the bucket's clock, as of the last measurement.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.clock.ahead()
    }

    /// Whether this machine's clock differs so little from the bucket's that the worker may end
    /// deployments that no message asks it to end.
    #[must_use]
    pub fn is_clock_sound(&self) -> bool {
        self.clock.ahead().abs() <= SKEW_MAX
    }

    /// Measures how far the bucket's clock is ahead of this machine's, and corrects
    /// [`Ledger::now`] by that. Takes three requests: an object is written, and its creation time
    /// read. The error is at most half of the time that the write takes.
    pub async fn measure_clock(&self) -> Result<Duration, LedgerError> {
        let before = OffsetDateTime::now_utc();
        let name = names::clock(before, std::process::id());
        let created = self.create(&name, &()).await?;
        let after = OffsetDateTime::now_utc();
        let written = self.head_of(&name).await?;
        self.delete(&name).await?;
        if let (Created::New(_), Some(meta)) = (created, written) {
            let ahead: Duration = meta.created_at - (before + (after - before) / 2);
            self.clock.set_ahead(ahead);
        }
        Ok(self.clock.ahead())
    }
}
