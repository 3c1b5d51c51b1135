//! When a round takes place: one at a time, at most once a second, and for everything that has
//! arrived by then.
//!
//! The progress of a batch is one object, and Cloud Storage takes one write per second of it. So
//! inputs wait for the next round together, without a slot, and are acknowledged after it.
//! <https://cloud.google.com/storage/quotas#objects>

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Time from the start of a round to the start of the next.
pub(crate) const ROUND_INTERVAL: Duration = Duration::from_secs(1);

/// Lets those who need a round share it.
pub(crate) struct Rounds {
    interval: Duration,
    /// When the next round may start. Held during a round.
    next: Mutex<Option<Instant>>,
    /// Number of the last ticket.
    issued: AtomicU64,
    /// The last ticket that a round has served.
    served: AtomicU64,
}

impl Rounds {
    /// `interval` is the time from the start of a round to the start of the next.
    pub(crate) fn every(interval: Duration) -> Self {
        let (issued, served) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { interval, next: Mutex::new(None), issued, served }
    }

    /// Returns after a round that began after this call. Runs `round` if no other caller runs one. If it
    /// fails, another waiting caller runs the next.
    pub(crate) async fn after<E>(
        &self,
        round: impl Future<Output = Result<(), E>>,
    ) -> Result<(), E> {
        let ticket = self.issued.fetch_add(1, Ordering::AcqRel) + 1;
        let mut next = self.next.lock().await;
        if self.served.load(Ordering::Acquire) >= ticket {
            return Ok(());
        }
        if let Some(next) = *next {
            tokio::time::sleep_until(next).await;
        }
        let serves = self.issued.load(Ordering::Acquire);
        *next = Some(Instant::now() + self.interval);
        round.await?;
        self.served.store(serves, Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn everyone_who_comes_during_a_round_shares_the_next() {
        let (rounds, held) = (Rounds::every(Duration::ZERO), AtomicUsize::new(0));
        let goes_on = Semaphore::new(0);
        let first = rounds.after(async {
            let permit = goes_on.acquire().await;
            held.fetch_add(1, Ordering::AcqRel);
            permit.map(drop)
        });
        let others = futures::future::join_all((0..100).map(|_| {
            rounds.after(async {
                held.fetch_add(1, Ordering::AcqRel);
                Ok::<(), ()>(())
            })
        }));
        let (first, others, ()) = tokio::join!(first, others, async { goes_on.add_permits(1) });
        assert!(first.is_ok() && others.into_iter().all(|one| one.is_ok()));
        assert_eq!(held.load(Ordering::Acquire), 2);
    }

    #[tokio::test]
    async fn after_a_round_that_fails_another_one_is_held() {
        let (rounds, held) = (Rounds::every(Duration::ZERO), AtomicUsize::new(0));
        let need = || {
            rounds.after(async {
                match held.fetch_add(1, Ordering::AcqRel) {
                    0 => Err("broken"),
                    _ => Ok(()),
                }
            })
        };
        let results = futures::future::join_all((0..3).map(|_| need())).await;
        assert_eq!(results, [Err("broken"), Ok(()), Ok(())]);
        assert_eq!(held.load(Ordering::Acquire), 2);
    }
}
