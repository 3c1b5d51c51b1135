//! Cloud Run in memory, which other tools change and which refuses writes on request.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use longshore_cloud::{
    Accepted, CloudError, Condition, ConditionState, Kind, LiveService, OperationState,
    Precondition, ServiceShape, Services, TrafficShare,
};
use longshore_messages::Access;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::fakes::unused;

/// Cloud Run. Each write serves at once, unless the test says otherwise.
#[derive(Default)]
pub(crate) struct FakeServices {
    services: Mutex<BTreeMap<String, LiveService>>,
    /// What the next reads return, before they show the truth again.
    stale: Mutex<VecDeque<Option<LiveService>>>,
    refusals: Mutex<VecDeque<Refusal>>,
    /// Number of calls of `write`, including refused ones.
    writes: AtomicUsize,
    /// Runs after the next accepted write, before its operation ends.
    after_write: Mutex<Option<AfterWrite>>,
    /// Notified when the test lets an operation end.
    finished: Notify,
    is_slow: AtomicBool,
    /// Whether an organization policy forbids services that do not check who calls them.
    is_checked: AtomicBool,
    /// Services that everyone may call by their IAM policies.
    public: Mutex<BTreeSet<String>>,
    /// Who may call each service by its IAM policy, everyone aside.
    invokers: Mutex<BTreeMap<String, BTreeSet<String>>>,
    /// How the next changes of an IAM policy fail.
    policy_refusals: Mutex<VecDeque<Refusal>>,
}

type AfterWrite = Box<dyn FnOnce(&mut BTreeMap<String, LiveService>) + Send>;

/// Why a write is refused, and whether another writer changes the service at that moment.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    pub(crate) words: &'static str,
    pub(crate) is_changed: bool,
}

impl FakeServices {
    /// The service that serves under this name.
    pub(crate) fn live(&self, name: &str) -> Option<LiveService> {
        self.services.lock().get(name).cloned()
    }

    /// Puts a service there, as another API does.
    pub(crate) fn put(&self, name: &str, live: LiveService) {
        self.services.lock().insert(name.to_owned(), live);
    }

    /// Deletes a service, as another tool does.
    pub(crate) fn remove(&self, name: &str) {
        self.services.lock().remove(name);
    }

    /// Changes a service as another tool does: with a new etag and generation.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut LiveService)) {
        changed(&mut self.services.lock(), name, change);
    }

    /// Refuses the next writes.
    pub(crate) fn refuse(&self, times: usize, refusal: &Refusal) {
        self.refusals.lock().extend(std::iter::repeat_n(refusal.clone(), times));
    }

    /// Makes the next reads stale.
    pub(crate) fn show_next(&self, stale: impl IntoIterator<Item = Option<LiveService>>) {
        self.stale.lock().extend(stale);
    }

    /// Runs this after the next accepted write.
    pub(crate) fn after_write(
        &self,
        work: impl FnOnce(&mut BTreeMap<String, LiveService>) + Send + 'static,
    ) {
        *self.after_write.lock() = Some(Box::new(work));
    }

    /// Makes operations run until [`FakeServices::finish`].
    pub(crate) fn be_slow(&self) {
        self.is_slow.store(true, Ordering::SeqCst);
    }

    pub(crate) fn finish(&self) {
        self.is_slow.store(false, Ordering::SeqCst);
        self.finished.notify_one();
    }

    /// Forbids services that do not check who calls them.
    pub(crate) fn forbid_unchecked(&self) {
        self.is_checked.store(true, Ordering::SeqCst);
    }

    /// Whether everyone may call a service by its IAM policy.
    pub(crate) fn is_public(&self, name: &str) -> bool {
        self.public.lock().contains(name)
    }

    /// Refuses the next change of an IAM policy.
    pub(crate) fn refuse_policy(&self, kind: Kind, words: &'static str) {
        self.policy_refusals.lock().push_back(Refusal { kind, words, is_changed: false });
    }

    /// Who may call a service by its IAM policy.
    pub(crate) fn may_call(&self, name: &str) -> BTreeSet<String> {
        self.invokers.lock().get(name).cloned().unwrap_or_default()
    }

    /// Lets a principal call a service, as another tool does.
    pub(crate) fn let_call(&self, name: &str, member: &str) {
        self.invokers.lock().entry(name.to_owned()).or_default().insert(member.to_owned());
    }

    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }
}

/// Applies a write of another tool.
pub(crate) fn changed(
    services: &mut BTreeMap<String, LiveService>,
    name: &str,
    change: impl FnOnce(&mut LiveService),
) {
    let live = services.get_mut(name).expect("the service exists");
    change(live);
    live.generation += 1;
    live.etag = live.generation.to_string();
}

fn share(revision: &str) -> TrafficShare {
    TrafficShare {
        revision: revision.to_owned(),
        follows_latest: true,
        percent: 100,
        tag: String::new(),
        url: String::new(),
    }
}

#[async_trait]
impl Services for FakeServices {
    async fn get(&self, name: &str) -> Result<Option<LiveService>, CloudError> {
        let stale = self.stale.lock().pop_front();
        Ok(stale.unwrap_or_else(|| self.live(name)))
    }

    async fn pace_write(&self, _: &str) -> Duration {
        Duration::ZERO
    }

    async fn write(
        &self,
        name: &str,
        shape: &ServiceShape,
        precondition: Precondition,
    ) -> Result<Accepted, CloudError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let mut services = self.services.lock();
        if let Some(Refusal { kind, words, is_changed }) = self.refusals.lock().pop_front() {
            if is_changed {
                changed(&mut services, name, |_| {});
            }
            return Err(CloudError::caused("write", name, kind, words));
        }
        if self.is_checked.load(Ordering::SeqCst) && shape.settings.access == Some(Access::Public) {
            let words = "Constraint constraints/run.managed.requireInvokerIam violated";
            let kind = Kind::PreconditionFailed;
            return Err(CloudError::caused("write service", name, kind, words));
        }
        let etag = services.get(name).map(|live| live.etag.clone());
        let expected = match precondition {
            Precondition::Absent if etag.is_some() => {
                return Err(CloudError::new("write", name, Kind::AlreadyExists));
            }
            Precondition::Absent => None,
            Precondition::Etag(etag) => Some(etag),
        };
        if etag != expected {
            return Err(CloudError::new("write", name, Kind::PreconditionFailed));
        }
        let before = services.get(name);
        let generation = before.map_or(0, |live| live.generation) + 1;
        let revision = generation.to_string();
        let mut traffic = before.map_or_else(|| vec![share("")], |live| live.traffic.clone());
        for share in traffic.iter_mut().filter(|share| share.follows_latest) {
            share.revision.clone_from(&revision);
        }
        let live = LiveService {
            shape: shape.clone(),
            etag: revision.clone(),
            generation,
            url: format!("https://{name}"),
            reconciled: true,
            condition: Condition {
                state: ConditionState::Succeeded,
                reason: String::new(),
                message: String::new(),
            },
            latest_created_revision: revision.clone(),
            latest_ready_revision: revision,
            traffic,
        };
        services.insert(name.to_owned(), live);
        if let Some(work) = self.after_write.lock().take() {
            work(&mut services);
        }
        Ok(Accepted { operation: name.to_owned(), generation: Some(generation) })
    }

    async fn set_access(
        &self,
        name: &str,
        access: Access,
        etag: &str,
    ) -> Result<Accepted, CloudError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let mut services = self.services.lock();
        if services.get(name).is_none_or(|live| live.etag != etag) {
            return Err(CloudError::new("write", name, Kind::PreconditionFailed));
        }
        changed(&mut services, name, |live| live.shape.settings.access = Some(access));
        Ok(Accepted { operation: name.to_owned(), generation: None })
    }

    async fn wait(&self, _: &str, _: Duration) -> Result<OperationState, CloudError> {
        if self.is_slow.load(Ordering::SeqCst) {
            self.finished.notified().await;
        }
        Ok(OperationState::Succeeded)
    }

    async fn list(&self, _: &str, _: &str) -> Result<Vec<(String, LiveService)>, CloudError> {
        Err(unused("list services"))
    }

    async fn set_public(&self, name: &str, is_public: bool) -> Result<(), CloudError> {
        if let Some(Refusal { kind, words, .. }) = self.policy_refusals.lock().pop_front() {
            return Err(CloudError::caused("set service policy", name, kind, words));
        }
        let mut public = self.public.lock();
        if is_public {
            public.insert(name.to_owned());
        } else {
            public.remove(name);
        }
        Ok(())
    }

    async fn invokers(&self, name: &str) -> Result<BTreeSet<String>, CloudError> {
        Ok(self.may_call(name))
    }

    async fn change_invokers(
        &self,
        name: &str,
        add: &BTreeSet<String>,
        remove: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        if let Some(Refusal { kind, words, .. }) = self.policy_refusals.lock().pop_front() {
            return Err(CloudError::caused("set service policy", name, kind, words));
        }
        let mut invokers = self.invokers.lock();
        let members = invokers.entry(name.to_owned()).or_default();
        members.retain(|member| !remove.contains(member));
        members.extend(add.iter().cloned());
        Ok(())
    }

    async fn delete(&self, _: &str, _: &str) -> Result<(), CloudError> {
        Err(unused("delete service"))
    }
}
