//! The callers of one process that wait for one quota, in the order of their arrival.
//!
//! One task takes tokens for all of them, so that many callers cost one write of the shared state,
//! which takes one write a second (<https://cloud.google.com/storage/quotas#objects>).

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::bucket::{Bucket, HORIZON_MS, Refusal};
use super::waiting::{self, TakenToken};
use super::{Key, SharedBuckets};

/// Time before the shared state is tried again after an error, and the mean one after another replica
/// was faster.
const AFTER_ERROR_MS: u64 = 1_000;
const AFTER_CONFLICT_MS: u64 = 100;

pub(super) struct Queue {
    pub(super) key: Key,
    /// The size of the quota, as last known.
    pub(super) ceiling: AtomicU32,
    state: Mutex<State>,
    has_refusal: Notify,
    pub(super) turns: AtomicU64,
    pub(super) waited_ms: AtomicU64,
    pub(super) refused: AtomicU64,
}

/// A token that was taken for a caller.
struct Token {
    at_ms: u64,
    /// The position of the caller among those that wait, from 1; 0 if it does not wait.
    position: u32,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<oneshot::Sender<Token>>,
    /// When the tokens that were handed out and cannot be used yet can be.
    due: Vec<u64>,
    refusals: Vec<Refusal>,
    /// Whether a task takes tokens.
    is_driven: bool,
    /// The bucket as this process last wrote it, and its generation.
    last: Option<(i64, Bucket)>,
}

impl Queue {
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            ceiling: AtomicU32::new(1),
            state: Mutex::default(),
            has_refusal: Notify::new(),
            turns: AtomicU64::new(0),
            waited_ms: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// Waits until a token is taken, and then until it may be used. One whose caller gives up before
    /// it is taken goes to the next caller.
    pub(super) async fn turn(self: &Arc<Self>, shared: &Arc<dyn SharedBuckets>) {
        let (sender, receiver) = oneshot::channel();
        self.drive_with(shared, |state| state.waiting.push_back(sender));
        // The task ends only when nothing waits.
        let Ok(Token { at_ms, position }) = receiver.await else { return };
        let wait = Duration::from_millis(at_ms.saturating_sub(shared.now_ms()));
        let position = if wait.is_zero() { 0 } else { position.max(1) };
        waiting::announce(&TakenToken { key: self.key.clone(), wait, position });
        if !wait.is_zero() {
            shared.until(at_ms).await;
        }
    }

    /// Notes a refusal, which the next token takes into account.
    pub(super) fn note_refusal(
        self: &Arc<Self>,
        shared: &Arc<dyn SharedBuckets>,
        refusal: Refusal,
    ) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.drive_with(shared, |state| state.refusals.push(refusal));
        self.has_refusal.notify_one();
    }

    pub(super) fn waiting(&self) -> usize {
        self.state.lock().waiting.iter().filter(|waiting| !waiting.is_closed()).count()
    }

    /// The limit now and what is left of it, as this process last saw them.
    pub(super) fn seen(&self, now_ms: u64) -> (u32, u32) {
        let ceiling = self.ceiling.load(Ordering::Relaxed);
        let state = self.state.lock();
        let seen = state.last.as_ref().map(|(_, bucket)| (bucket.limit(), bucket.left(now_ms)));
        seen.unwrap_or((ceiling, ceiling))
    }

    fn drive_with(
        self: &Arc<Self>,
        shared: &Arc<dyn SharedBuckets>,
        change: impl FnOnce(&mut State),
    ) {
        let mut state = self.state.lock();
        change(&mut state);
        if !std::mem::replace(&mut state.is_driven, true) {
            tokio::spawn(Arc::clone(self).drive(Arc::clone(shared)));
        }
    }

    /// Takes tokens until nothing waits.
    async fn drive(self: Arc<Self>, shared: Arc<dyn SharedBuckets>) {
        loop {
            let (wanted, refusals) = {
                let mut state = self.state.lock();
                state.waiting.retain(|waiting| !waiting.is_closed());
                if state.waiting.is_empty() && state.refusals.is_empty() {
                    state.is_driven = false;
                    return;
                }
                let wanted = u32::try_from(state.waiting.len()).unwrap_or(u32::MAX);
                (wanted, std::mem::take(&mut state.refusals))
            };
            let begun_ms = shared.now_ms();
            let times = self.take(shared.as_ref(), wanted, &refusals).await;
            let last_ms = times.last().copied().unwrap_or_default();
            self.hand_out(times, shared.now_ms());
            // The next tokens are taken when these are half used.
            let half_used_ms = last_ms.saturating_sub(HORIZON_MS / 2);
            let next_ms = half_used_ms.max(begun_ms + shared.between_writes_ms());
            tokio::select! {
                () = shared.until(next_ms) => {}
                // The other replicas have to know it soon.
                () = self.has_refusal.notified() => {}
            }
        }
    }

    fn hand_out(&self, times: Vec<u64>, now_ms: u64) {
        let mut state = self.state.lock();
        state.due.retain(|at_ms| *at_ms > now_ms);
        for at_ms in times {
            let mut position = 0;
            if at_ms > now_ms {
                state.due.push(at_ms);
                position = u32::try_from(state.due.len()).unwrap_or(u32::MAX);
            }
            while let Some(next) = state.waiting.pop_front() {
                if next.send(Token { at_ms, position }).is_ok() {
                    break;
                }
            }
        }
    }

    /// Takes tokens. Tries until it can: a worker without its ledger can do nothing else either.
    async fn take(
        &self,
        shared: &dyn SharedBuckets,
        wanted: u32,
        refusals: &[Refusal],
    ) -> Vec<u64> {
        loop {
            let last = self.state.lock().last.take();
            let seen = match last {
                Some(last) => Some(last),
                None => match shared.read(&self.key).await {
                    Ok(found) => found,
                    Err(error) => {
                        self.cannot_share(shared, error.as_ref()).await;
                        continue;
                    }
                },
            };
            let (generation, mut bucket) = seen
                .map_or_else(Default::default, |(generation, bucket)| (Some(generation), bucket));
            let (now_ms, ceiling) = (shared.now_ms(), self.ceiling.load(Ordering::Relaxed));
            for refusal in refusals {
                bucket.refused(now_ms, *refusal, ceiling);
            }
            let times = bucket.take(now_ms, wanted, ceiling);
            match shared.swap(&self.key, generation, &bucket).await {
                Ok(Some(generation)) => {
                    self.state.lock().last = Some((generation, bucket));
                    return times;
                }
                Ok(None) => {
                    let random = RandomState::new().hash_one(0) % (2 * AFTER_CONFLICT_MS);
                    shared.until(shared.now_ms() + random).await;
                }
                Err(error) => self.cannot_share(shared, error.as_ref()).await,
            }
        }
    }

    async fn cannot_share(
        &self,
        shared: &dyn SharedBuckets,
        error: &(dyn std::error::Error + Send + Sync),
    ) {
        let Key { project, region, api } = &self.key;
        let api = api.name();
        tracing::warn!(%error, project, region, api, "cannot share the quota with other replicas");
        shared.until(shared.now_ms() + AFTER_ERROR_MS).await;
    }
}
