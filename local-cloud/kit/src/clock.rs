//! The clock of services that act on their own. Tests set it, and do not wait.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::watch;

/// Maximum sleep: a longer one does not notice that the machine was suspended or its clock was set.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Tells the time, and waits for one.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> SystemTime;

    /// Waits until `time`. May return earlier, so the caller checks what is due.
    async fn until(&self, time: SystemTime);
}

/// The clock of this machine, and ahead of it by what was asked for, so that what is due later can
/// happen now. Time passes as usual. The next start is at the machine's time again.
#[derive(Debug)]
pub struct LeadingClock(watch::Sender<Duration>);

impl Default for LeadingClock {
    fn default() -> Self {
        Self(watch::Sender::new(Duration::ZERO))
    }
}

impl LeadingClock {
    /// Moves the clock ahead and wakes those that wait. Returns `None`, without effect, if it would
    /// be more than [`LEAD_MAX`] ahead.
    pub fn advance(&self, by: Duration) -> Option<SystemTime> {
        let mut is_moved = false;
        self.0.send_if_modified(|lead| {
            let moved = lead.checked_add(by).filter(|lead| *lead <= LEAD_MAX);
            is_moved = moved.is_some();
            *lead = moved.unwrap_or(*lead);
            is_moved
        });
        is_moved.then(|| self.now())
    }

    /// Moves the clock back to the machine's time.
    pub fn catch_up(&self) {
        self.0.send_replace(Duration::ZERO);
    }
}

/// Maximum lead of a clock: enough for a schedule that runs once in four years.
pub const LEAD_MAX: Duration = Duration::from_secs(5 * 366 * 24 * 3_600);

#[async_trait]
impl Clock for LeadingClock {
    fn now(&self) -> SystemTime {
        SystemTime::now() + *self.0.borrow()
    }

    async fn until(&self, time: SystemTime) {
        let mut lead = self.0.subscribe();
        let wait = time.duration_since(self.now()).unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(wait.min(LONGEST_SLEEP)) => {}
            // The sender is in `self`, so it is not closed.
            _ = lead.changed() => {}
        }
    }
}

/// A clock that services share.
#[derive(Clone)]
pub struct SharedClock(Arc<dyn Clock>);

impl SharedClock {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(clock)
    }

    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.0.now()
    }

    /// Waits until this much time has passed.
    pub async fn pass(&self, time: Duration) {
        self.reach(self.now() + time).await;
    }

    /// Waits until `time`.
    pub async fn reach(&self, time: SystemTime) {
        while self.now() < time {
            self.0.until(time).await;
        }
    }
}

impl Default for SharedClock {
    fn default() -> Self {
        Self(Arc::new(LeadingClock::default()))
    }
}

impl fmt::Debug for SharedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedClock").field(&self.now()).finish()
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock(watch::Sender<SystemTime>);

impl ManualClock {
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        Self(watch::Sender::new(time))
    }

    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now += by);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *self.0.borrow()
    }

    async fn until(&self, time: SystemTime) {
        // The sender is in `self`, so it is not closed.
        let _ = self.0.subscribe().wait_for(|now| *now >= time).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_leading_clock_wakes_who_waits_and_keeps_its_lead() {
        let clock = Arc::new(LeadingClock::default());
        let (begun, hour) = (clock.now(), Duration::from_secs(3_600));
        let waiting = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move {
                while clock.now() < begun + hour {
                    clock.until(begun + hour).await;
                }
            }
        });
        let moved = clock.advance(hour).unwrap();
        assert!(moved >= begun + hour);
        waiting.await.unwrap();
        assert_eq!(clock.advance(LEAD_MAX), None);
        assert!(clock.now() < begun + hour * 2);
    }
}
