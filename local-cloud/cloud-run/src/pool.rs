//! The instances of one revision, scaled to its requests and down to zero.

mod lease;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::chain::with_sources;
use super::instance::{Host, Instance, Recipe, StartError};
use super::logs::{LogStore, Source};
use super::machine::{Evictable, InstanceRoom};

pub(crate) use lease::{Lease, Unavailable};

/// Minimum and maximum number of instances, and concurrent requests of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) concurrency: usize,
}

pub(crate) struct Pool {
    host: Arc<Host>,
    recipe: Recipe,
    state: Mutex<State>,
    /// Notifies waiting requests of every change.
    changed: watch::Sender<()>,
    /// The number of requests that wait for a slot, or that have one and wait in vain.
    queued: watch::Sender<usize>,
}

struct State {
    limits: Limits,
    members: Vec<Member>,
    starting: usize,
    waiting: usize,
    failed_starts: u64,
    last_failure: String,
    stopped: bool,
}

struct Member {
    instance: Arc<Instance>,
    in_flight: usize,
    idle_since: Instant,
    _room: InstanceRoom,
    /// Dropped to end the task that watches the process.
    _watched: tokio_util::sync::DropGuard,
}

impl Pool {
    pub(crate) fn new(host: Arc<Host>, recipe: Recipe, limits: Limits) -> Arc<Self> {
        let state = State {
            limits,
            members: Vec::new(),
            starting: 0,
            waiting: 0,
            failed_starts: 0,
            last_failure: String::new(),
            stopped: false,
        };
        let changed = watch::Sender::new(());
        let queued = watch::Sender::new(0);
        let pool = Arc::new(Self { host, recipe, state: Mutex::new(state), changed, queued });
        let evictable = Arc::downgrade(&pool);
        pool.host.machine.register(evictable);
        pool
    }

    pub(crate) fn set_limits(&self, limits: Limits) {
        self.lock().limits = limits;
        self.changed.send_replace(());
    }

    /// Starts the first instance and waits until it listens.
    ///
    /// # Errors
    /// Fails as [`Instance::start`] does.
    pub(crate) async fn start_first(self: &Arc<Self>) -> Result<(), StartError> {
        let room = self.host.machine.room(self.host.tuning.room).await;
        self.start_in(room).await
    }

    async fn start_in(self: &Arc<Self>, room: Option<InstanceRoom>) -> Result<(), StartError> {
        let room = room.ok_or(StartError::NoRoom)?;
        let instance = Instance::start(&self.host, &self.recipe).await?;
        self.adopt(instance, room);
        Ok(())
    }

    /// Resolves while another request waits for a slot.
    pub(crate) async fn is_awaited(&self) {
        // Fails only if the sender, which the pool owns, is gone.
        let _ = self.queued.subscribe().wait_for(|queued| *queued > 0).await;
    }

    /// Whether the container's port is named for HTTP/2.
    pub(crate) fn is_port_http2(&self) -> bool {
        self.recipe.is_port_http2()
    }

    /// How long the body of a request may stall while others wait for its slot.
    pub(crate) fn body_patience(&self) -> Duration {
        self.host.tuning.body_patience
    }

    /// The log of its revision, and what an entry says about where it comes from.
    pub(crate) fn log(&self) -> (Arc<LogStore>, Source) {
        let Recipe { service, revision, labels, .. } = &self.recipe;
        let source = Source {
            service: service.clone(),
            revision: revision.clone(),
            instance: String::new(),
            labels: labels.clone(),
        };
        (Arc::clone(&self.host.logs), source)
    }

    /// Starts an instance that was counted as starting.
    async fn start_one(self: &Arc<Self>, room: Option<InstanceRoom>) {
        let started = self.start_in(room).await;
        let mut state = self.lock();
        state.starting -= 1;
        if let Err(error) = started {
            state.failed_starts += 1;
            state.last_failure = with_sources(&error);
        }
        drop(state);
        self.changed.send_replace(());
    }

    /// Adds an instance that listens to the pool, and removes it when its process exits.
    fn adopt(self: &Arc<Self>, instance: Instance, room: InstanceRoom) {
        let instance = Arc::new(instance);
        let watched = tokio_util::sync::CancellationToken::new();
        let mut state = self.lock();
        if state.stopped {
            // Dropping it stops it.
            return;
        }
        let member = Member {
            instance: Arc::clone(&instance),
            in_flight: 0,
            idle_since: Instant::now(),
            _room: room,
            _watched: watched.clone().drop_guard(),
        };
        state.members.push(member);
        drop(state);
        // It may be idle, and make room for another one.
        self.host.machine.notify();
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::select! {
                () = instance.ended() => if let Some(pool) = pool.upgrade() {
                    pool.lock().members.retain(|member| !Arc::ptr_eq(&member.instance, &instance));
                    pool.changed.send_replace(());
                },
                () = watched.cancelled() => {}
            }
        });
        self.changed.send_replace(());
    }

    /// Stops instances that have been idle for long enough, down to the minimum, and starts
    /// instances up to the minimum, as far as this machine has room for them.
    pub(crate) async fn scale(self: &Arc<Self>, now: Instant) {
        let idle = {
            let mut state = self.lock();
            let missing = state.limits.min.saturating_sub(state.members.len() + state.starting);
            if !state.stopped {
                for room in std::iter::repeat_with(|| self.host.machine.spare()).take(missing) {
                    let Some(room) = room else { break };
                    state.starting += 1;
                    let pool = Arc::clone(self);
                    tokio::spawn(async move { pool.start_one(Some(room)).await });
                }
            }
            state.take_idle(now, self.host.tuning.idle)
        };
        stop_all(idle).await;
    }

    /// Rejects new requests, waits at most `patience` for the running ones, then stops the
    /// instances.
    pub(crate) async fn retire(&self, patience: Duration) {
        let mut changed = self.changed.subscribe();
        self.lock().stopped = true;
        self.changed.send_replace(());
        let quiet = async {
            while self.lock().members.iter().any(|member| member.in_flight > 0) {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        if timeout(patience, quiet).await.is_err() {
            tracing::debug!(
                revision = self.recipe.revision,
                "cutting off the requests of a retired revision"
            );
        }
        let members = std::mem::take(&mut self.lock().members);
        stop_all(members).await;
    }

    /// Number of instances.
    #[cfg(test)]
    pub(crate) fn instances(&self) -> usize {
        self.lock().members.len()
    }

    /// Number of running requests.
    #[cfg(test)]
    pub(crate) fn in_flight(&self) -> usize {
        self.lock().members.iter().map(|member| member.in_flight).sum()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

#[async_trait]
impl Evictable for Pool {
    fn idle_longest(&self) -> Option<(bool, Instant)> {
        let state = self.lock();
        let is_needed = state.members.len() <= state.limits.min;
        state.idle().map(|(_, since)| (is_needed, since)).min()
    }

    async fn stop_idle_longest(&self) {
        let member = {
            let mut state = self.lock();
            let longest = state.idle().min_by_key(|(_, since)| *since);
            longest.map(|(index, _)| state.members.swap_remove(index))
        };
        stop_all(member.into_iter().collect()).await;
    }
}

impl State {
    /// The idle instances, and since when they are.
    fn idle(&self) -> impl Iterator<Item = (usize, Instant)> {
        let members = self.members.iter().enumerate();
        members
            .filter(|(_, member)| member.in_flight == 0)
            .map(|(index, member)| (index, member.idle_since))
    }

    fn take_idle(&mut self, now: Instant, idle: Duration) -> Vec<Member> {
        let spare = self.members.len().saturating_sub(self.limits.min);
        let mut taken = Vec::new();
        let mut kept = Vec::new();
        for member in self.members.drain(..) {
            let is_idle =
                member.in_flight == 0 && now.saturating_duration_since(member.idle_since) >= idle;
            if is_idle && taken.len() < spare { taken.push(member) } else { kept.push(member) }
        }
        self.members = kept;
        taken
    }
}

async fn stop_all(members: Vec<Member>) {
    let stops = members.into_iter().map(|member| async move {
        let Member { instance, _watched, _room, .. } = member;
        drop(_watched);
        instance.stop().await;
    });
    futures::future::join_all(stops).await;
}
