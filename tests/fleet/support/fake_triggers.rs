//! Triggers of one kind in memory, whose calls fail or stop on request.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use longshore_cloud::{
    CloudError, Kind, LiveTrigger, TopicPush, TriggerShape, TriggerState, Triggers,
};
use longshore_messages::TriggerOwner;
use parking_lot::Mutex;
use tokio::sync::Notify;

pub(crate) struct FakeTriggers<S> {
    triggers: Mutex<BTreeMap<String, LiveTrigger<S>>>,
    /// Each write, as `CALL WORDS`.
    writes: Mutex<Vec<String>>,
    refusals: Mutex<VecDeque<(Kind, &'static str)>>,
    stop: Mutex<Option<Arc<Stop>>>,
}

impl<S> Default for FakeTriggers<S> {
    fn default() -> Self {
        Self {
            triggers: Mutex::default(),
            writes: Mutex::default(),
            refusals: Mutex::default(),
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
        self.refusals.lock().push_back((kind, words));
    }

    /// Stops the next write.
    pub(crate) fn stop_next(&self) -> Arc<Stop> {
        let stop = Arc::new(Stop::default());
        *self.stop.lock() = Some(Arc::clone(&stop));
        stop
    }

    async fn write(&self, call: &'static str, name: &str, shape: &str) -> Result<(), CloudError> {
        let stop = self.stop.lock().take();
        if let Some(stop) = stop {
            stop.reached.notify_one();
            stop.released.notified().await;
        }
        if let Some((kind, words)) = self.refusals.lock().pop_front() {
            return Err(CloudError::caused(call, name, kind, words));
        }
        let word = call.split(' ').next().unwrap_or_default();
        self.writes.lock().push(format!("{word} {shape}"));
        Ok(())
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
        self.write("create trigger", shape.name(), &shape.words()).await?;
        let live = LiveTrigger { shape: shape.clone(), state: TriggerState::Active };
        self.triggers.lock().entry(shape.name().to_owned()).or_insert(live);
        Ok(())
    }

    async fn update(&self, shape: &S, _: &[S::Field]) -> Result<(), CloudError> {
        self.write("update trigger", shape.name(), &shape.words()).await?;
        let mut triggers = self.triggers.lock();
        let missing = || CloudError::new("update trigger", shape.name(), Kind::NotFound);
        triggers.get_mut(shape.name()).ok_or_else(missing)?.shape = shape.clone();
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<(), CloudError> {
        let shape = self.triggers.lock().get(name).map(|live| live.shape.words());
        self.write("delete trigger", name, &shape.unwrap_or_default()).await?;
        self.triggers.lock().remove(name);
        Ok(())
    }
}
