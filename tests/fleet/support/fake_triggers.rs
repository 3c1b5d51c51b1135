//! Triggers of one kind in memory, whose calls fail or stop on request.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use longshore_cloud::{
    CloudError, EventRoute, Kind, LiveTrigger, TopicPush, TriggerShape, TriggerState, Triggers,
};
use longshore_messages::TriggerOwner;
use parking_lot::Mutex;
use tokio::sync::Notify;

pub(crate) struct FakeTriggers<S> {
    triggers: Mutex<BTreeMap<String, LiveTrigger<S>>>,
    /// Each write, as `CALL WORDS`.
    writes: Mutex<Vec<String>>,
    /// What happens to the next writes. Later ones succeed.
    faults: Mutex<VecDeque<Fault>>,
    stop: Mutex<Option<Arc<Stop>>>,
}

/// What happens to a write.
#[derive(Clone, Copy)]
enum Fault {
    None,
    /// It has no effect.
    Refused(Kind, &'static str),
    /// It has its effect, but the response is lost.
    Lost,
}

impl<S> Default for FakeTriggers<S> {
    fn default() -> Self {
        Self {
            triggers: Mutex::default(),
            writes: Mutex::default(),
            faults: Mutex::default(),
            stop: Mutex::default(),
        }
    }
}

/// How tests name a trigger.
pub(crate) trait Words {
    fn words(&self) -> String;
}

impl Words for TopicPush {
    /// The name of the topic and the filter.
    fn words(&self) -> String {
        let topic = self.topic.rsplit('/').next().unwrap_or_default();
        format!("{topic} {}", self.filter).trim_end().to_owned()
    }
}

impl Words for EventRoute {
    /// The verb of the type and the filters.
    fn words(&self) -> String {
        let verb = self.event_type.rsplit('.').next().unwrap_or_default();
        let values = self.filters.iter().map(|filter| format!(" {}", filter.value));
        format!("{verb}{}", values.collect::<String>())
    }
}

/// A write that stops before it has an effect.
#[derive(Default)]
pub(crate) struct Stop {
    reached: Notify,
    released: Notify,
}

impl Stop {
    /// Waits until the write has stopped.
    pub(crate) async fn reached(&self) {
        self.reached.notified().await;
    }

    pub(crate) fn release(&self) {
        self.released.notify_one();
    }
}

impl FakeTriggers<TopicPush> {
    /// Deletes the topics.
    pub(crate) fn detach_all(&self) {
        for live in self.triggers.lock().values_mut() {
            live.shape.topic = "_deleted-topic_".to_owned();
            live.state = TriggerState::Detached;
        }
    }
}

impl<S: TriggerShape + Words> FakeTriggers<S> {
    /// What exists.
    pub(crate) fn all(&self) -> Vec<String> {
        self.triggers.lock().values().map(|live| live.shape.words()).collect()
    }

    /// The only trigger.
    pub(crate) fn only(&self) -> LiveTrigger<S> {
        let triggers = self.triggers.lock();
        assert_eq!(triggers.len(), 1);
        triggers.values().next().unwrap().clone()
    }

    /// Puts a trigger there, as another tool does.
    pub(crate) fn put(&self, shape: S) {
        let live = LiveTrigger { shape, state: TriggerState::Active };
        self.triggers.lock().insert(live.shape.name().to_owned(), live);
    }

    /// The writes since the last call.
    pub(crate) fn take_writes(&self) -> Vec<String> {
        std::mem::take(&mut self.writes.lock())
    }

    /// Refuses the next write.
    pub(crate) fn refuse(&self, kind: Kind, words: &'static str) {
        self.faults.lock().push_back(Fault::Refused(kind, words));
    }

    /// Fails one write, after this number of writes that succeed: before its effect, or after it.
    pub(crate) fn fail_after(&self, writes: usize, has_effect: bool) {
        let fault = match has_effect {
            true => Fault::Lost,
            false => Fault::Refused(Kind::Unavailable, "no answer"),
        };
        let mut faults = self.faults.lock();
        faults.extend(std::iter::repeat_n(Fault::None, writes));
        faults.push_back(fault);
    }

    /// Forgets faults that have not happened.
    pub(crate) fn be_well(&self) {
        self.faults.lock().clear();
    }

    /// Stops the next write.
    pub(crate) fn stop_next(&self) -> Arc<Stop> {
        let stop = Arc::new(Stop::default());
        *self.stop.lock() = Some(Arc::clone(&stop));
        stop
    }

    /// Returns what the caller learns after the effect.
    async fn write(
        &self,
        call: &'static str,
        name: &str,
        shape: &str,
    ) -> Result<Result<(), CloudError>, CloudError> {
        let stop = self.stop.lock().take();
        if let Some(stop) = stop {
            stop.reached.notify_one();
            stop.released.notified().await;
        }
        let learns = match self.faults.lock().pop_front().unwrap_or(Fault::None) {
            Fault::None => Ok(()),
            Fault::Refused(kind, words) => {
                return Err(CloudError::caused(call, name, kind, words));
            }
            Fault::Lost => Err(CloudError::new(call, name, Kind::Unavailable)),
        };
        let word = call.split(' ').next().unwrap_or_default();
        self.writes.lock().push(format!("{word} {shape}"));
        Ok(learns)
    }
}

#[async_trait]
impl<S: TriggerShape + Words> Triggers<S> for FakeTriggers<S> {
    async fn list(&self, owner: &TriggerOwner<'_>) -> Result<Vec<LiveTrigger<S>>, CloudError> {
        let prefix = format!("projects/{}/", owner.project);
        let is_one = |live: &&LiveTrigger<S>| {
            live.shape.name().starts_with(&prefix) && live.shape.is_of(owner)
        };
        Ok(self.triggers.lock().values().filter(is_one).cloned().collect())
    }

    async fn create(&self, shape: &S) -> Result<(), CloudError> {
        let learns = self.write("create trigger", shape.name(), &shape.words()).await?;
        let live = LiveTrigger { shape: shape.clone(), state: TriggerState::Active };
        self.triggers.lock().entry(shape.name().to_owned()).or_insert(live);
        learns
    }

    async fn update(&self, shape: &S, _: &[S::Field]) -> Result<(), CloudError> {
        let learns = self.write("update trigger", shape.name(), &shape.words()).await?;
        let mut triggers = self.triggers.lock();
        let missing = || CloudError::new("update trigger", shape.name(), Kind::NotFound);
        triggers.get_mut(shape.name()).ok_or_else(missing)?.shape = shape.clone();
        learns
    }

    async fn delete(&self, name: &str) -> Result<(), CloudError> {
        let shape = self.triggers.lock().get(name).map(|live| live.shape.words());
        let learns = self.write("delete trigger", name, &shape.unwrap_or_default()).await?;
        self.triggers.lock().remove(name);
        learns
    }
}
