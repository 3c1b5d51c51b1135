//! The clock of services that act on their own. Tests set it, and do not wait.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::watch;

/// Maximum sleep of the system's clock: a sleep does not notice that the machine was suspended or
/// its clock was set.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Tells the time, and waits for one.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> SystemTime;

    /// Waits until `time`. May return earlier, so the caller checks what is due.
    async fn until(&self, time: SystemTime);
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn until(&self, time: SystemTime) {
        let wait = time.duration_since(SystemTime::now()).unwrap_or_default();
        tokio::time::sleep(wait.min(LONGEST_SLEEP)).await;
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
        Self(Arc::new(SystemClock))
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
