//! The core with its journal, its timers, and the clients that wait for messages.

mod state;

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
use crate::ports::{LoopLog, TokenSource};
use crate::published::{PublishedMessage, Record};
use longshore_local_kit::Announce;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::lineage::{self, Deliveries};

/// Maximum sleep of the timers: a sleep does not notice that the machine was suspended or its clock
/// was set.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// Pause of the timers after a failed write of the journal, so that they do not spin.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// What Pub/Sub needs from other services.
#[derive(Clone, Default)]
pub struct Deps {
    /// Signs the identity tokens of push requests. With `None`, a subscription whose pushes need
    /// tokens is rejected, and one that the journal has is not pushed.
    pub tokens: Option<Arc<dyn TokenSource>>,
    /// The events that are being delivered to services.
    pub deliveries: Arc<Deliveries>,
    /// Gets a report about each event that a loop ends with. The log of this process has it too.
    pub loops: Option<Arc<dyn LoopLog>>,
}

/// Pub/Sub, ready to be served.
pub struct Service {
    state: Mutex<State>,
    timers: Arc<Notify>,
    /// Notified when a subscription may have become a push subscription.
    pushes: Arc<Notify>,
    deps: Deps,
    published: Record,
    stop: CancellationToken,
}

struct State {
    core: Durable<PubSub>,
    /// When the timers run next.
    wakeup: Option<OffsetDateTime>,
    /// By subscription: notified when its waiting clients have something to do.
    bells: HashMap<String, watch::Sender<()>>,
}

impl Service {
    /// Reads the journal in `dir`, which is created if it is missing, and starts the timers. Needs
    /// a Tokio runtime. Nothing is pushed.
    ///
    /// # Errors
    /// When the journal cannot be read or written. Retrying does not help.
    pub(super) fn restore(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        std::fs::create_dir_all(dir)?;
        let core = Durable::open(&dir.join("journal"), PubSub::default())?;
        let service = Arc::new(Self {
            state: Mutex::new(State { core, wakeup: None, bells: HashMap::new() }),
            timers: Arc::new(Notify::new()),
            pushes: Arc::new(Notify::new()),
            deps,
            published: Record::default(),
            stop: CancellationToken::new(),
        });
        runtime.spawn(run_timers(
            Arc::downgrade(&service),
            Arc::clone(&service.timers),
            service.stop.clone(),
        ));
        Ok(service)
    }

    /// Publishes a message to `projects/P/topics/T`. When it returns, the message survives any death
    /// of this process.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if the topic does not exist; those of a publish request.
    pub fn publish(
        &self,
        topic: &str,
        data: Bytes,
        attributes: BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let generation = lineage::current();
        let draft = Draft { data, attributes, ordering_key: String::new(), generation };
        self.publish_all(topic, vec![draft]).map(drop)
    }

    /// Publishes messages, and returns their ids.
    pub(super) fn publish_all(&self, topic: &str, drafts: Vec<Draft>) -> Result<Vec<u64>, Refusal> {
        let mut messages: Vec<_> =
            drafts.iter().map(|draft| PublishedMessage::of(topic, draft)).collect();
        let (ids, published_at) = self.change(|core, now| {
            let published = core.publish(topic, drafts, now)?;
            Ok(((published.ids, now), published.events))
        })?;
        for (message, id) in messages.iter_mut().zip(&ids) {
            (message.id, message.published_at) = (*id, published_at);
        }
        self.published.add(messages);
        Ok(ids)
    }

    /// The last messages that were published to topics whose full names match, oldest first.
    /// At most a thousand messages and 4 MiB of data are kept, and none across a restart.
    pub fn published(&self, matches: impl Fn(&str) -> bool) -> Vec<PublishedMessage> {
        self.published.of(matches)
    }

    pub(super) fn deliveries(&self) -> &Arc<Deliveries> {
        &self.deps.deliveries
    }

    pub(super) fn loops(&self) -> Option<&Arc<dyn LoopLog>> {
        self.deps.loops.as_ref()
    }

    pub(super) fn tokens(&self) -> Option<&Arc<dyn TokenSource>> {
        self.deps.tokens.as_ref()
    }

    /// Ends open streams and waiting pulls, so that a graceful shutdown does not wait for them.
    /// Streams end with `UNAVAILABLE`, after which clients reconnect.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Notified when a subscription may have become a push subscription.
    pub(super) fn pushes(&self) -> Arc<Notify> {
        Arc::clone(&self.pushes)
    }

    /// Cancelled when the service stops.
    pub(super) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Resolves when the service stops.
    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    pub(super) fn read<R>(&self, query: impl FnOnce(&PubSub) -> R) -> R {
        query(&self.lock().core)
    }

    /// Runs a command. Its events are in the journal before the caller learns that it succeeded.
    pub(super) fn change<R>(
        &self,
        command: impl FnOnce(&mut PubSub, OffsetDateTime) -> Result<(R, Vec<Event>), Refusal>,
    ) -> Result<R, Refusal> {
        let state = &mut *self.lock();
        let decided = command(state.core.core_mut(), OffsetDateTime::now_utc());
        let result = decided.and_then(|(answer, events)| {
            let pushes = events.iter().any(saves_push);
            state.core.commit(events).map_err(|error| Refusal::Journal(error.to_string()))?;
            if pushes {
                self.pushes.notify_one();
            }
            Ok(answer)
        });
        // Also after a refusal: a failed write does not undo changes of leases.
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

    /// Notified when the subscription's waiting clients have something to do: there are messages or
    /// free capacity, or the subscription was deleted.
    pub(super) fn bell(&self, subscription: &str) -> watch::Receiver<()> {
        let bells = &mut self.lock().bells;
        bells.retain(|_, bell| !bell.is_closed());
        bells.entry(subscription.to_owned()).or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    /// Runs due timers. Returns the time until the next one.
    fn advance(&self) -> Duration {
        if let Err(error) = self.change(|core, now| Ok(((), core.advance(now)))) {
            tracing::error!(%error, "cannot record the effects of Pub/Sub's timers");
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

fn saves_push(event: &Event) -> bool {
    matches!(event, Event::SubscriptionSaved(config) if config.push.is_some())
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Announce for Service {
    fn announce(&self, topic: &str, attributes: BTreeMap<String, String>, data: Bytes) {
        match self.publish(topic, data, attributes) {
            Ok(()) => {}
            Err(Refusal::NotFound(_)) => {
                tracing::debug!(topic, "the topic does not exist; dropping a notification")
            }
            Err(error) => {
                tracing::warn!(topic, %error, "cannot publish a notification; dropping it")
            }
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
