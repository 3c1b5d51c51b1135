//! The service over ports that are under a test's control.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::calls;
use crate::core::Refusal;
use crate::json::from_value;
use crate::ports::{
    BuildOrder, BuildState, Builds, NoKeys, Object, Place, PortError, Repositories, ServiceState,
    Services, Sources, TriggerOrder, Triggers,
};
use crate::proto::longrunning::ListOperationsRequest;
use crate::proto::v2::function::State;
use crate::proto::v2::{Function, GenerateUploadUrlRequest};
use crate::service::{Deps, Service};
use longshore_local_kit::rest::Code;

const PARENT: &str = "projects/p/locations/europe-west1";
const NAME: &str = "projects/p/locations/europe-west1/functions/f";

/// A cloud that does nothing, counts its calls, and can be stopped at one of them.
struct World {
    calls: Mutex<Vec<String>>,
    /// The call that never returns.
    stuck_at: watch::Sender<&'static str>,
    reached: watch::Sender<bool>,
    /// How often the machine still fails.
    failures: Mutex<usize>,
    service: Mutex<Option<Value>>,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            calls: Mutex::default(),
            stuck_at: watch::Sender::new(""),
            reached: watch::Sender::new(false),
            failures: Mutex::default(),
            service: Mutex::default(),
        })
    }

    async fn call(&self, name: &str, detail: &str) -> Result<(), PortError> {
        let call = format!("{name} {detail}");
        self.calls.lock().push(call.trim_end().to_owned());
        if *self.stuck_at.borrow() == name {
            self.reached.send_replace(true);
            std::future::pending::<()>().await;
        }
        let mut failures = self.failures.lock();
        if name == "copy" && *failures > 0 {
            *failures -= 1;
            return Err(PortError::Unavailable("the disk is full".to_owned()));
        }
        Ok(())
    }

    fn count(&self, call: &str) -> usize {
        self.calls.lock().iter().filter(|made| made.starts_with(call)).count()
    }

    fn deps(self: &Arc<Self>) -> Deps {
        Deps {
            sources: Arc::<Self>::clone(self),
            repositories: Arc::<Self>::clone(self),
            builds: Arc::<Self>::clone(self),
            services: Arc::<Self>::clone(self),
            triggers: Arc::<Self>::clone(self),
            keys: Arc::new(NoKeys),
        }
    }

    fn open(self: &Arc<Self>, dir: &Path) -> Arc<Service> {
        Service::open(dir, self.deps()).unwrap()
    }
}

#[async_trait]
impl Sources for World {
    fn project_number(&self, _project: &str) -> u64 {
        42
    }

    fn project_id(&self, project: &str) -> String {
        if project == "42" { "p".to_owned() } else { project.to_owned() }
    }

    async fn upload_url(&self, place: &Place, signer: &str) -> Result<String, PortError> {
        Ok(format!("http://storage/{}/{}?{signer}", place.bucket, place.object))
    }

    async fn download_url(&self, object: &Object, _signer: &str) -> Result<String, PortError> {
        Ok(format!("http://storage/{}/{}#{}", object.bucket, object.name, object.generation))
    }

    async fn find(&self, object: &Object) -> Result<Object, PortError> {
        if object.name == "missing.zip" {
            return Err(PortError::refused(Code::NotFound, "no such object"));
        }
        Ok(Object { generation: 7, ..object.clone() })
    }

    async fn copy(&self, _from: &Object, to: &Place) -> Result<Object, PortError> {
        self.call("copy", "").await?;
        Ok(Object { bucket: to.bucket.clone(), name: to.object.clone(), generation: 8 })
    }
}

#[async_trait]
impl Repositories for World {
    async fn ensure(&self, repository: &str) -> Result<(), PortError> {
        self.call("ensure", repository).await
    }

    async fn check(&self, repository: &str) -> Result<(), PortError> {
        Err(PortError::refused(Code::NotFound, format!("no repository {repository}")))
    }

    async fn delete_package(&self, _repository: &str, package: &str) -> Result<(), PortError> {
        self.call("delete-package", package).await
    }
}

#[async_trait]
impl Builds for World {
    async fn start(&self, order: &BuildOrder) -> Result<String, PortError> {
        self.call("build", &order.id).await?;
        Ok(format!("projects/42/locations/europe-west1/builds/{}", order.id))
    }

    async fn state(&self, _name: &str) -> Result<BuildState, PortError> {
        self.call("await-build", "").await?;
        Ok(BuildState::Succeeded)
    }
}

#[async_trait]
impl Services for World {
    async fn get(&self, _name: &str) -> Result<Option<Value>, PortError> {
        Ok(self.service.lock().clone())
    }

    async fn apply(&self, _: &str, document: &Value, _: &str) -> Result<(), PortError> {
        *self.service.lock() = Some(document.clone());
        self.call("serve", "").await
    }

    async fn state(&self, _name: &str) -> Result<ServiceState, PortError> {
        self.call("await-service", "").await?;
        Ok(ServiceState::Ready { revision: "f-1".to_owned(), uri: "http://f".to_owned() })
    }

    async fn delete(&self, name: &str) -> Result<(), PortError> {
        *self.service.lock() = None;
        self.call("delete-service", name).await
    }
}

#[async_trait]
impl Triggers for World {
    async fn check(&self, order: &TriggerOrder) -> Result<(), PortError> {
        if order.event_type == "unknown" {
            return Err(PortError::refused(Code::InvalidArgument, "Validation failed for trigger"));
        }
        Ok(())
    }

    async fn apply(&self, order: &TriggerOrder) -> Result<String, PortError> {
        self.call("trigger", &order.name).await?;
        Ok("projects/p/topics/eventarc".to_owned())
    }

    async fn delete(&self, name: &str) -> Result<(), PortError> {
        self.call("delete-trigger", name).await
    }
}

fn function() -> Function {
    from_value(json!({"buildConfig": {
        "runtime": "python313",
        "source": {"storageSource": {"bucket": "b", "object": "o.zip"}},
    }}))
    .unwrap()
}

async fn create(service: &Arc<Service>) -> String {
    calls::create(service, PARENT, Some(function()), "f").await.unwrap().name
}

async fn ended(service: &Arc<Service>, operation: &str) {
    let mut commits = service.commits();
    while !calls::get_operation(service, operation).unwrap().done {
        commits.changed().await.unwrap();
    }
}

#[tokio::test]
async fn an_operation_continues_where_it_was_after_a_restart() {
    for stuck_at in ["ensure", "copy", "build", "await-build", "serve", "await-service"] {
        let dir = tempfile::tempdir().unwrap();
        let world = World::new();
        world.stuck_at.send_replace(stuck_at);
        let service = world.open(dir.path());
        let operation = create(&service).await;
        world.reached.subscribe().wait_for(|reached| *reached).await.unwrap();
        service.stop().await;
        drop(service);

        world.stuck_at.send_replace("");
        let service = world.open(dir.path());
        ended(&service, &operation).await;
        let function = calls::get(&service, NAME).unwrap();
        assert_eq!(function.state(), State::Active, "stuck at {stuck_at}");
        let builds: Vec<String> =
            world.calls.lock().iter().filter(|call| call.starts_with("build ")).cloned().collect();
        assert!(builds.windows(2).all(|pair| pair[0] == pair[1]), "one build: {builds:?}");
        let request = ListOperationsRequest { name: PARENT.to_owned(), ..Default::default() };
        let operations = calls::list_operations(&service, &request).unwrap().operations;
        assert_eq!(operations.len(), 1, "no operation is lost or doubled");
        service.stop().await;
    }
}

#[tokio::test]
async fn a_detached_function_leaves_its_service_to_cloud_run() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new();
    let service = world.open(dir.path());
    ended(&service, &create(&service).await).await;
    let operation = calls::detach(&service, NAME).unwrap();
    assert!(matches!(calls::delete(&service, NAME), Err(Refusal::Busy)));
    ended(&service, &operation.name).await;
    assert!(matches!(calls::get(&service, NAME), Err(Refusal::NotFound(_))));
    let left = world.service.lock().clone().unwrap();
    assert_eq!(left["labels"]["goog-managed-by"], "");
    assert_eq!(left["labels"]["goog-cloudfunctions-runtime"], "python313");
    assert!(!crate::drive::belongs_to(&left, "f"));
    assert_eq!(world.count("delete-service"), 0);
    assert!(matches!(calls::detach(&service, NAME), Err(Refusal::NotFound(_))));
    service.stop().await;
}

#[tokio::test]
async fn a_failure_of_this_machine_is_retried() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new();
    *world.failures.lock() = 1;
    let service = world.open(dir.path());
    let operation = create(&service).await;
    ended(&service, &operation).await;
    assert_eq!(calls::get(&service, NAME).unwrap().state(), State::Active);
    assert_eq!(world.count("copy"), 2);
}

#[tokio::test]
async fn the_service_of_another_tool_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new();
    *world.service.lock() = Some(json!({"annotations": {}}));
    let service = world.open(dir.path());
    let refused = calls::create(&service, PARENT, Some(function()), "f").await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert!(refused.to_string().contains("service with this name already exists"), "{refused}");

    *world.service.lock() = None;
    let operation = create(&service).await;
    ended(&service, &operation).await;
    *world.service.lock() = Some(json!({"annotations": {}}));
    let operation = calls::delete(&service, NAME).unwrap();
    ended(&service, &operation.name).await;
    assert_eq!(
        (world.count("delete-service"), world.count("delete-package p__europe--west1__f")),
        (0, 1)
    );
    assert!(matches!(calls::get(&service, NAME), Err(Refusal::NotFound(_))));
}

#[tokio::test]
async fn what_is_missing_elsewhere_is_refused_before_anything_changes() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new();
    let service = world.open(dir.path());
    let key = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
    let with = |path: &str, value: Value| {
        let mut document = json!({"buildConfig": {
            "runtime": "python313",
            "dockerRepository": "projects/p/locations/europe-west1/repositories/mine",
            "source": {"storageSource": {"bucket": "b", "object": "o.zip"}},
        }});
        let (parent, field) = path.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[field] = value;
        from_value::<Function>(document).unwrap()
    };
    let missing = "/buildConfig/source/storageSource/object";
    for (function, code, text) in [
        (with(missing, json!("missing.zip")), Code::InvalidArgument, "gs://b/missing.zip"),
        (with("/kmsKeyName", json!(key)), Code::NotFound, key),
        (with("/description", json!("")), Code::NotFound, "repositories/mine"),
    ] {
        let refused = calls::create(&service, PARENT, Some(function), "f").await.unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
        assert!(refused.to_string().contains(text), "{refused}");
    }
    let request = GenerateUploadUrlRequest {
        parent: PARENT.to_owned(),
        kms_key_name: key.to_owned(),
        ..Default::default()
    };
    assert_eq!(calls::upload_url(&service, &request).await.unwrap_err().code(), Code::NotFound);
    assert!(matches!(calls::get(&service, NAME), Err(Refusal::NotFound(_))));
    assert!(world.calls.lock().is_empty());
}

#[tokio::test]
async fn a_trigger_is_checked_before_and_made_after_the_deployment() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new();
    let service = world.open(dir.path());
    let of_type = |event_type: &str| {
        let trigger = json!({"eventTrigger": {"eventType": event_type}});
        let event_trigger = from_value::<Function>(trigger).unwrap().event_trigger;
        Function { event_trigger, ..function() }
    };
    let refused = calls::create(&service, PARENT, Some(of_type("unknown")), "f").await;
    assert!(refused.unwrap_err().to_string().starts_with("Validation failed for trigger"));
    assert!(world.calls.lock().is_empty());

    let event_type = "google.cloud.pubsub.topic.v1.messagePublished";
    let created = calls::create(&service, PARENT, Some(of_type(event_type)), "f").await.unwrap();
    ended(&service, &created.name).await;
    let trigger = calls::get(&service, NAME).unwrap().event_trigger.unwrap();
    assert_eq!(trigger.pubsub_topic, "projects/p/topics/eventarc");
    assert_eq!(world.count(&format!("trigger {}", trigger.trigger)), 1);
    let deleted = calls::delete(&service, NAME).unwrap();
    ended(&service, &deleted.name).await;
    assert_eq!(world.count(&format!("delete-trigger {}", trigger.trigger)), 1);
}

#[tokio::test]
async fn a_project_is_found_by_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new();
    let service = world.open(dir.path());
    let operation = create(&service).await;
    ended(&service, &operation).await;
    let name = NAME.replace("projects/p/", "projects/42/");
    assert_eq!(calls::get(&service, &name).unwrap().name, NAME);
}
