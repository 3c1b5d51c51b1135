//! Triggers of one kind in memory, whose calls fail or stop on request.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use longshore_cloud::{
    CloudError, Enqueuers, EventRoute, Kind, LiveTrigger, ScheduledCall, TaskQueue, TopicPush,
    TriggerShape, TriggerState, Triggers,
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

impl Words for ScheduledCall {
    fn words(&self) -> String {
        self.schedule.clone()
    }
}

impl Words for TaskQueue {
    /// The end of the queue's id.
    fn words(&self) -> String {
        self.name.rsplit('-').next().unwrap_or_default().to_owned()
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

    /// Stops here.
    pub(super) async fn hold(&self) {
        self.reached.notify_one();
        self.released.notified().await;
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

impl<S: TriggerShape> FakeTriggers<S> {
    /// Gives all triggers a state.
    pub(crate) fn set_state(&self, state: TriggerState) {
        self.triggers.lock().values_mut().for_each(|live| live.state = state);
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
        let live = LiveTrigger { shape, state: TriggerState::Active, last: None };
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
            stop.hold().await;
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
        let live = LiveTrigger { shape: shape.clone(), state: TriggerState::Active, last: None };
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

/// Who may add tasks to queues.
#[derive(Default)]
pub(crate) struct FakeEnqueuers {
    members: Mutex<BTreeMap<String, BTreeSet<String>>>,
    refusals: Mutex<VecDeque<(Kind, &'static str)>>,
    stop: Mutex<Option<Arc<Stop>>>,
}

impl FakeEnqueuers {
    /// Who may add tasks to any queue.
    pub(crate) fn all(&self) -> Vec<String> {
        self.members.lock().values().flatten().cloned().collect()
    }

    /// Who may add tasks to a queue.
    pub(crate) fn of(&self, queue: &str) -> Vec<String> {
        self.members.lock().get(queue).into_iter().flatten().cloned().collect()
    }

    /// Gives the role, as another tool does.
    pub(crate) fn put(&self, queue: &str, member: &str) {
        let mut members = self.members.lock();
        members.entry(queue.to_owned()).or_default().insert(member.to_owned());
    }

    /// Refuses the next change.
    pub(crate) fn refuse(&self, kind: Kind, words: &'static str) {
        self.refusals.lock().push_back((kind, words));
    }

    /// Stops the next change.
    pub(crate) fn stop_next(&self) -> Arc<Stop> {
        let stop = Arc::new(Stop::default());
        *self.stop.lock() = Some(Arc::clone(&stop));
        stop
    }
}

#[async_trait]
impl Enqueuers for FakeEnqueuers {
    async fn enqueuers(&self, queue: &str) -> Result<BTreeSet<String>, CloudError> {
        Ok(self.members.lock().get(queue).cloned().unwrap_or_default())
    }

    async fn change_enqueuers(
        &self,
        queue: &str,
        add: &BTreeSet<String>,
        remove: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        let stop = self.stop.lock().take();
        if let Some(stop) = stop {
            stop.hold().await;
        }
        if let Some((kind, words)) = self.refusals.lock().pop_front() {
            return Err(CloudError::caused("set queue policy", queue, kind, words));
        }
        let mut members = self.members.lock();
        let members = members.entry(queue.to_owned()).or_default();
        members.extend(add.iter().cloned());
        members.retain(|member| !remove.contains(member));
        Ok(())
    }
}
