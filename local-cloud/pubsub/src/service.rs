//! The core together with its journal, the clock, and those who wait for messages.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::core::{Draft, Event, PubSub, Refusal};
use crate::push::{self, TokenSource};
use longshore_local_kit::Announce;
use longshore_local_kit::durable::Durable;

/// Longest sleep of the timers: a sleep does not notice that the machine was suspended or its clock
/// set.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// Pause of the timers when the journal cannot be written, so that they do not spin.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// What Pub/Sub needs from its surroundings.
#[derive(Clone, Default)]
pub struct Deps {
    /// Signs the identity tokens of push requests. `None`: a subscription whose pushes need tokens
    /// is rejected, and pushes of one that the journal has wait for a start with a source.
    pub tokens: Option<Arc<dyn TokenSource>>,
}

/// Pub/Sub, ready to be served.
pub struct Service {
    state: Mutex<State>,
    timers: Arc<Notify>,
    /// Rung when a subscription may have become one that is pushed.
    pushes: Arc<Notify>,
    deps: Deps,
    stop: CancellationToken,
}

struct State {
    core: Durable<PubSub>,
    /// What the timers wait for.
    wakeup: Option<OffsetDateTime>,
    /// Rung when a subscription has something for its waiting clients.
    bells: HashMap<String, watch::Sender<()>>,
}

impl Service {
    /// Reads the journal in `dir` (made when it is missing) and starts the timers. Needs a Tokio
    /// runtime.
    ///
    /// # Errors
    /// When the journal cannot be read or written. Starting again does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        std::fs::create_dir_all(dir)?;
        let core = Durable::open(&dir.join("journal"), PubSub::default())?;
        let service = Arc::new(Self {
            state: Mutex::new(State { core, wakeup: None, bells: HashMap::new() }),
            timers: Arc::new(Notify::new()),
            pushes: Arc::new(Notify::new()),
            deps,
            stop: CancellationToken::new(),
        });
        runtime.spawn(run_timers(
            Arc::downgrade(&service),
            Arc::clone(&service.timers),
            service.stop.clone(),
        ));
        runtime.spawn(push::supervise(
            Arc::downgrade(&service),
            Arc::clone(&service.pushes),
            service.stop.clone(),
        ));
        Ok(service)
    }

    pub(super) fn tokens(&self) -> Option<&Arc<dyn TokenSource>> {
        self.deps.tokens.as_ref()
    }

    /// Ends open streams and waiting pulls, so that a graceful shutdown does not wait for them:
    /// streams with `UNAVAILABLE`, upon which clients connect again.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Resolves when the service stops.
    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Looks at the state.
    pub(super) fn read<R>(&self, look: impl FnOnce(&PubSub) -> R) -> R {
        look(&self.lock().core)
    }

    /// Carries out a command: its events are written down before anybody is told that it succeeded.
    pub(super) fn change<R>(
        &self,
        command: impl FnOnce(&mut PubSub, OffsetDateTime) -> Result<(R, Vec<Event>), Refusal>,
    ) -> Result<R, Refusal> {
        let state = &mut *self.lock();
        let result = command(state.core.core_mut(), OffsetDateTime::now_utc()).and_then(|(answer, events)| {
            let pushes = events.iter().any(|event| matches!(event, Event::SubscriptionSaved(config) if config.push.is_some()));
            state.core.commit(events).map_err(|error| Refusal::Journal(error.to_string()))?;
            if pushes {
                self.pushes.notify_one();
            }
            Ok(answer)
        });
        // Also after a refusal: leases are not part of what a failed write leaves undone.
        for name in state.core.core_mut().take_awakened() {
            if let Some(bell) = state.bells.get(&name) {
                bell.send_replace(());
            }
        }
        let next = state.core.next_wakeup();
        if next.is_some_and(|next| state.wakeup.is_none_or(|planned| next < planned)) {
            state.wakeup = next;
            self.timers.notify_one();
        }
        result
    }

    /// Rings when the subscription has something for its waiting clients: messages, free capacity,
    /// or its end.
    pub(super) fn bell(&self, subscription: &str) -> watch::Receiver<()> {
        let bells = &mut self.lock().bells;
        bells.retain(|_, bell| !bell.is_closed());
        bells.entry(subscription.to_owned()).or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    /// Does what is due, and says how long nothing will be.
    fn advance(&self) -> Duration {
        if let Err(error) = self.change(|core, now| Ok(((), core.advance(now)))) {
            tracing::error!(%error, "Pub/Sub cannot write down what is due");
            return JOURNAL_RETRY;
        }
        let state = &mut *self.lock();
        state.wakeup = state.core.next_wakeup();
        let wait = state.wakeup.map(|next| next - OffsetDateTime::now_utc());
        wait.map_or(LONGEST_SLEEP, |wait| {
            Duration::try_from(wait).unwrap_or_default().min(LONGEST_SLEEP)
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Announce for Service {
    fn announce(&self, topic: &str, attributes: BTreeMap<String, String>, data: Bytes) {
        let draft = Draft { data, attributes, ordering_key: String::new() };
        let published = self.change(|core, now| {
            core.publish(topic, vec![draft], now).map(|published| ((), published.events))
        });
        match published {
            Ok(()) => {}
            Err(Refusal::NotFound(_)) => {
                tracing::debug!(topic, "nobody has made this topic, a notification is dropped")
            }
            Err(error) => tracing::warn!(topic, %error, "a notification is lost"),
        }
    }
}

async fn run_timers(service: Weak<Service>, timers: Arc<Notify>, stop: CancellationToken) {
    loop {
        let Some(wait) = service.upgrade().map(|service| service.advance()) else { return };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = timers.notified() => {}
            () = stop.cancelled() => return,
        }
    }
}
