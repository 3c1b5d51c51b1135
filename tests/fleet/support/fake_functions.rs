//! The Cloud Functions API in memory: one operation on a function at a time, each of which makes a
//! build and a service when the test lets it end.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use longshore_cloud::{
    CloudError, Condition, ConditionState, FunctionField, FunctionProgress, FunctionShape,
    FunctionStage, FunctionState, Functions, Kind, LiveFunction, LiveService, OfferedRuntime,
    OperationEnd, RuntimeStage, ServiceShape, StageName, TrafficShare, UploadPlace,
};
use longshore_messages::StorageObject;
use parking_lot::Mutex;
use time::OffsetDateTime;

use super::fake_services::FakeServices;
use super::fakes::{DIGEST, FakeBuilds};

/// The place of all operations and builds.
const PLACE: &str = "projects/demo-project/locations/europe-west1";

/// How the next call of a kind fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Nothing happens.
    Refused(Kind),
    /// The operation begins, but its response is lost.
    Unanswered,
}

/// How an operation ends that does not succeed.
#[derive(Clone, Debug)]
pub(crate) struct Defeat {
    pub(crate) kind: Kind,
    pub(crate) stage: StageName,
    pub(crate) message: &'static str,
}

/// The Cloud Functions API.
pub(crate) struct FakeFunctions {
    state: Mutex<State>,
    services: Arc<FakeServices>,
    builds: Arc<FakeBuilds>,
}

#[derive(Default)]
struct State {
    functions: BTreeMap<String, LiveFunction>,
    operations: Vec<FunctionProgress>,
    faults: VecDeque<Fault>,
    defeats: VecDeque<Defeat>,
    /// Operations end only when the test says so.
    is_slow: bool,
    uploads: usize,
    refused_uploads: VecDeque<Kind>,
    /// Name, kind of call, and the fields of an update.
    writes: Vec<(String, &'static str, Vec<FunctionField>)>,
    lists: usize,
    /// Generally available runtimes, and the calls that listed them.
    runtimes: Vec<&'static str>,
    runtime_lists: usize,
}

impl FakeFunctions {
    pub(crate) fn new(services: Arc<FakeServices>, builds: Arc<FakeBuilds>) -> Self {
        Self { state: Mutex::default(), services, builds }
    }

    pub(crate) fn fail_next(&self, fault: Fault) {
        self.state.lock().faults.push_back(fault);
    }

    pub(crate) fn defeat_next(&self, defeat: Defeat) {
        self.state.lock().defeats.push_back(defeat);
    }

    pub(crate) fn refuse_uploads(&self, kinds: impl IntoIterator<Item = Kind>) {
        self.state.lock().refused_uploads.extend(kinds);
    }

    /// Makes operations run until [`FakeFunctions::finish`].
    pub(crate) fn be_slow(&self) {
        self.state.lock().is_slow = true;
    }

    /// Ends the operations that run.
    pub(crate) fn finish(&self) {
        let mut state = self.state.lock();
        let running: Vec<_> = state
            .operations
            .iter()
            .filter(|operation| operation.end == OperationEnd::InProgress)
            .map(|operation| operation.name.clone())
            .collect();
        for name in running {
            self.end(&mut state, &name);
        }
    }

    /// From now on, operations end at once.
    pub(crate) fn be_fast(&self) {
        self.state.lock().is_slow = false;
        self.finish();
    }

    pub(crate) fn live(&self, name: &str) -> Option<LiveFunction> {
        self.state.lock().functions.get(name).cloned()
    }

    /// Puts a function there, as another tool does.
    pub(crate) fn put(&self, function: LiveFunction) {
        self.state.lock().functions.insert(function.name.clone(), function);
    }

    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut LiveFunction)) {
        change(self.state.lock().functions.get_mut(name).expect("the function exists"));
    }

    pub(crate) fn operations_begun(&self) -> usize {
        self.state.lock().operations.len()
    }

    /// The calls that write, with the fields of updates.
    pub(crate) fn writes(&self) -> Vec<(String, &'static str, Vec<FunctionField>)> {
        self.state.lock().writes.clone()
    }

    pub(crate) fn lists(&self) -> usize {
        self.state.lock().lists
    }

    /// The runtimes that are generally available from now on.
    pub(crate) fn offer(&self, runtimes: impl IntoIterator<Item = &'static str>) {
        self.state.lock().runtimes = runtimes.into_iter().collect();
    }

    pub(crate) fn runtime_lists(&self) -> usize {
        self.state.lock().runtime_lists
    }

    fn begin(
        &self,
        call: &'static str,
        name: &str,
        fields: &[FunctionField],
        change: impl FnOnce(Option<LiveFunction>) -> LiveFunction,
    ) -> Result<String, CloudError> {
        let mut state = self.state.lock();
        state.writes.push((name.to_owned(), call, fields.to_vec()));
        let fault = state.faults.pop_front();
        if let Some(Fault::Refused(kind)) = fault {
            return Err(CloudError::new(call, name, kind));
        }
        let live = state.functions.get(name).cloned();
        let exists = live.is_some();
        if live.as_ref().is_some_and(|live| !live.state.is_settled()) {
            return Err(CloudError::new(call, name, Kind::PreconditionFailed));
        }
        if call == "create function" && exists {
            return Err(CloudError::new(call, name, Kind::AlreadyExists));
        }
        if call != "create function" && !exists {
            return Err(CloudError::new(call, name, Kind::NotFound));
        }
        let mut function = change(live);
        function.state = FunctionState::Deploying;
        state.functions.insert(name.to_owned(), function);
        let operation = format!("{PLACE}/operations/op-{}", state.operations.len());
        state.operations.push(FunctionProgress {
            name: operation.clone(),
            target: name.to_owned(),
            is_creation: call == "create function",
            started_at: Some(OffsetDateTime::now_utc()),
            end: OperationEnd::InProgress,
            stages: Vec::new(),
            build: String::new(),
        });
        if !state.is_slow {
            self.end(&mut state, &operation);
        }
        match fault {
            Some(Fault::Unanswered) => Err(CloudError::new(call, name, Kind::DeadlineExceeded)),
            Some(Fault::Refused(_)) | None => Ok(operation),
        }
    }

    fn end(&self, state: &mut State, operation: &str) {
        let number = state.operations.len();
        let found = state.operations.iter_mut().find(|one| one.name == operation).unwrap();
        let target = found.target.clone();
        let Some(function) = state.functions.get_mut(&target) else {
            found.end = OperationEnd::Succeeded;
            return;
        };
        if let Some(defeat) = state.defeats.pop_front() {
            let error = defeat.message.to_owned();
            found.end = OperationEnd::Failed { kind: defeat.kind, message: error.clone() };
            let stage = FunctionStage {
                name: defeat.stage,
                is_complete: true,
                errors: vec![error.clone()],
            };
            found.stages = vec![stage];
            function.state = FunctionState::Failed;
            function.messages = vec![error];
            return;
        }
        found.end = OperationEnd::Succeeded;
        let id = target.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let image = format!("europe-west1-docker.pkg.dev/demo-project/gcf-artifacts/{id}");
        let build = operation.replace("/operations/", "/builds/");
        found.build.clone_from(&build);
        self.builds.add_pushed(&build, &format!("{image}:version_1"), DIGEST);
        function.state = FunctionState::Active;
        function.messages.clear();
        function.build = build;
        function.service = service_of(&target);
        function.revision = format!("revision-{number}");
        function.url = format!("https://{}", function.service);
        self.services.put(&function.service, service(function, &format!("{image}:version_1")));
    }
}

fn service_of(function: &str) -> String {
    let (place, id) = function.split_once("/functions/").unwrap();
    format!("{place}/services/{}", id.to_ascii_lowercase().replace('_', "-"))
}

fn service(function: &LiveFunction, image: &str) -> LiveService {
    let mut shape = ServiceShape { image: image.to_owned(), ..ServiceShape::default() };
    shape.settings.access = Some(longshore_messages::Access::Authenticated);
    let id = function.name.rsplit('/').next().unwrap().to_ascii_lowercase();
    shape.settings.labels = BTreeMap::from([
        ("goog-managed-by".to_owned(), "cloudfunctions".to_owned()),
        ("goog-drz-cloudfunctions-id".to_owned(), id),
    ]);
    LiveService {
        shape,
        etag: function.revision.clone(),
        generation: 1,
        url: function.url.clone(),
        reconciled: true,
        condition: Condition {
            state: ConditionState::Succeeded,
            reason: String::new(),
            message: String::new(),
        },
        latest_created_revision: function.revision.clone(),
        latest_ready_revision: function.revision.clone(),
        traffic: vec![TrafficShare {
            revision: function.revision.clone(),
            follows_latest: true,
            percent: 100,
            tag: String::new(),
            url: String::new(),
        }],
    }
}

#[async_trait]
impl Functions for FakeFunctions {
    async fn upload_place(
        &self,
        project: &str,
        region: &str,
        _kms_key: Option<&str>,
    ) -> Result<UploadPlace, CloudError> {
        let mut state = self.state.lock();
        state.uploads += 1;
        Ok(UploadPlace {
            url: "https://storage.example.com/signed".to_owned(),
            bucket: format!("gcf-v2-uploads-{project}-{region}"),
            object: format!("{}.zip", state.uploads),
        })
    }

    async fn upload(&self, place: &UploadPlace, file: &Path) -> Result<StorageObject, CloudError> {
        assert!(file.exists(), "there is an archive");
        if let Some(kind) = self.state.lock().refused_uploads.pop_front() {
            return Err(CloudError::new("upload source", place.object.clone(), kind));
        }
        let (bucket, object) = (place.bucket.clone(), place.object.clone());
        Ok(StorageObject { bucket, object, generation: 1 })
    }

    async fn get(&self, name: &str) -> Result<Option<LiveFunction>, CloudError> {
        Ok(self.live(name))
    }

    async fn list(&self, project: &str, region: &str) -> Result<Vec<LiveFunction>, CloudError> {
        let place = format!("projects/{project}/locations/{region}/");
        let mut state = self.state.lock();
        state.lists += 1;
        let functions = state.functions.values().filter(|one| one.name.starts_with(&place));
        Ok(functions.cloned().collect())
    }

    async fn pace_write(&self, _: &str) -> Duration {
        Duration::ZERO
    }

    async fn create(&self, name: &str, shape: &FunctionShape) -> Result<String, CloudError> {
        let shape = shape.clone();
        self.begin("create function", name, &[], |_| LiveFunction {
            name: name.to_owned(),
            shape,
            ..LiveFunction::default()
        })
    }

    async fn update(
        &self,
        name: &str,
        shape: &FunctionShape,
        fields: &[FunctionField],
    ) -> Result<String, CloudError> {
        let shape = shape.clone();
        self.begin("update function", name, fields, |live| LiveFunction {
            shape,
            ..live.expect("the function exists")
        })
    }

    async fn delete(&self, name: &str) -> Result<Option<String>, CloudError> {
        let mut state = self.state.lock();
        state.writes.push((name.to_owned(), "delete function", Vec::new()));
        let Some(live) = state.functions.get(name) else { return Ok(None) };
        if !live.state.is_settled() {
            return Err(CloudError::new("delete function", name, Kind::PreconditionFailed));
        }
        state.functions.remove(name);
        self.services.remove(&service_of(name));
        Ok(Some(format!("{PLACE}/operations/deletion")))
    }

    async fn runtimes(&self, _: &str, _: &str) -> Result<Vec<OfferedRuntime>, CloudError> {
        let mut state = self.state.lock();
        state.runtime_lists += 1;
        let offered = state
            .runtimes
            .iter()
            .map(|id| OfferedRuntime { id: (*id).to_owned(), stage: RuntimeStage::Ga });
        Ok(offered.collect())
    }

    async fn operation(&self, name: &str) -> Result<Option<FunctionProgress>, CloudError> {
        Ok(self.state.lock().operations.iter().find(|one| one.name == name).cloned())
    }

    async fn operations(&self, _: &str, _: &str) -> Result<Vec<FunctionProgress>, CloudError> {
        Ok(self.state.lock().operations.clone())
    }
}
