//! Request slots of the instances of a pool.

use std::sync::Arc;

use tokio::time::{Instant, timeout};

use super::Pool;
use crate::instance::Instance;

/// Why a request gets no instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unavailable {
    #[error("no instance became free in time")]
    Busy,
    #[error("{0}")]
    CannotStart(String),
    #[error("the revision is being stopped")]
    Stopped,
}

/// One request slot of an instance. Dropping it frees the slot.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    instance: Arc<Instance>,
}

impl Pool {
    /// Leases a request slot of an instance: a free one, one of an instance that is started for it,
    /// or one that becomes free in time.
    ///
    /// # Errors
    /// [`Unavailable`]. Retrying may help, unless the container cannot start.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease, Unavailable> {
        let mut changed = self.changed.subscribe();
        let entered = Instant::now();
        let failed_before = {
            let mut state = self.lock();
            state.waiting += 1;
            state.failed_starts
        };
        let _waiting = Waiting(self);
        let mut in_queue = None;
        loop {
            if let Some(lease) = self.try_lease(failed_before)? {
                return Ok(lease);
            }
            in_queue.get_or_insert_with(|| InQueue::enter(self));
            let left = self.host.tuning.queue.saturating_sub(entered.elapsed());
            let is_starting = self.lock().starting > 0;
            // While an instance starts, its own time limit ends the wait.
            let pause = if is_starting { self.host.tuning.startup_limit } else { left };
            if timeout(pause, changed.changed()).await.is_err() && !is_starting {
                return Err(Unavailable::Busy);
            }
        }
    }

    /// Counts a request that has a slot as one that waits for it, until this is dropped.
    pub(crate) fn count_as_waiting(&self) -> impl Drop + '_ {
        InQueue::enter(self)
    }

    fn try_lease(self: &Arc<Self>, failed_before: u64) -> Result<Option<Lease>, Unavailable> {
        let mut state = self.lock();
        if state.stopped {
            return Err(Unavailable::Stopped);
        }
        let concurrency = state.limits.concurrency;
        let free = state
            .members
            .iter_mut()
            .filter(|member| member.in_flight < concurrency)
            .min_by_key(|member| member.in_flight);
        if let Some(member) = free {
            member.in_flight += 1;
            return Ok(Some(Lease {
                pool: Arc::clone(self),
                instance: Arc::clone(&member.instance),
            }));
        }
        if state.failed_starts > failed_before && state.starting == 0 {
            return Err(Unavailable::CannotStart(state.last_failure.clone()));
        }
        let enough_on_their_way = state.waiting <= state.starting * concurrency;
        if !enough_on_their_way && state.members.len() + state.starting < state.limits.max {
            state.starting += 1;
            let pool = Arc::clone(self);
            tokio::spawn(async move {
                let room = pool.host.machine.room(pool.host.tuning.queue).await;
                pool.start_one(room).await;
            });
        }
        Ok(None)
    }
}

impl Lease {
    /// A new connection to the instance.
    ///
    /// # Errors
    /// When it does not listen any more.
    pub(crate) async fn connect(&self) -> std::io::Result<tokio::net::TcpStream> {
        self.instance.door.connect().await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        if let Some(member) =
            state.members.iter_mut().find(|member| Arc::ptr_eq(&member.instance, &self.instance))
        {
            member.in_flight -= 1;
            member.idle_since = Instant::now();
        }
        drop(state);
        self.pool.changed.send_replace(());
        self.pool.host.machine.notify();
    }
}

/// Counts a request that waits.
struct InQueue<'a>(&'a Pool);

impl<'a> InQueue<'a> {
    fn enter(pool: &'a Pool) -> Self {
        pool.queued.send_modify(|queued| *queued += 1);
        Self(pool)
    }
}

impl Drop for InQueue<'_> {
    fn drop(&mut self) {
        self.0.queued.send_modify(|queued| *queued -= 1);
    }
}

/// Counts a request that has no instance yet.
struct Waiting<'a>(&'a Pool);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}
