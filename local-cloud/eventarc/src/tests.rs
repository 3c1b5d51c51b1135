//! The service over a cloud that is under a test's control.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::calls;
use crate::core::Refusal;
use crate::json::from_value;
use crate::ports::{Cloud, PortError, Subscription};
use crate::proto::iam;
use crate::proto::longrunning::{ListOperationsRequest, Operation};
use crate::proto::v1::{
    CreateTriggerRequest, DeleteTriggerRequest, ListProvidersRequest, ListTriggersRequest,
    UpdateTriggerRequest,
};
use crate::service::{Deps, Service};
use crate::{AuditLog, FunctionTrigger};
use longshore_local_kit::Announce;
use longshore_local_kit::rest::Code;

const PARENT: &str = "projects/p/locations/europe-west1";
const NAME: &str = "projects/p/locations/europe-west1/triggers/t";

/// The topic, the attributes and the data of a message.
type Published = (String, BTreeMap<String, String>, Value);

/// A cloud that records what exists in it, and can be stopped at one of its calls.
struct World {
    topics: Mutex<Vec<String>>,
    subscriptions: Mutex<BTreeMap<String, Subscription>>,
    /// Bucket, type and topic.
    notifications: Mutex<Vec<[String; 3]>>,
    published: Mutex<Vec<Published>>,
    /// The call that never returns.
    stuck_at: watch::Sender<&'static str>,
    reached: watch::Sender<bool>,
    /// The call that is refused.
    refused: Mutex<&'static str>,
    url: Mutex<String>,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            topics: Mutex::new(vec!["projects/p/topics/mine".to_owned()]),
            subscriptions: Mutex::default(),
            notifications: Mutex::default(),
            published: Mutex::default(),
            stuck_at: watch::Sender::new(""),
            reached: watch::Sender::new(false),
            refused: Mutex::new(""),
            url: Mutex::new("http://127.0.0.1:4711".to_owned()),
        })
    }

    async fn call(&self, name: &str) -> Result<(), PortError> {
        if *self.stuck_at.borrow() == name {
            self.reached.send_replace(true);
            std::future::pending::<()>().await;
        }
        if *self.refused.lock() == name {
            let message = format!("{name} refused");
            return Err(PortError::Refused { code: Code::FailedPrecondition, message });
        }
        Ok(())
    }

    fn open(self: &Arc<Self>, dir: &Path) -> Arc<Service> {
        let deps = Deps { cloud: Arc::<Self>::clone(self), announce: Arc::<Self>::clone(self) };
        Service::open(dir, deps).unwrap()
    }

    /// What remains of triggers: topics of Eventarc, subscriptions and notifications.
    fn remains(&self) -> (usize, usize, usize) {
        let topics = self.topics.lock().iter().filter(|topic| topic.contains("eventarc")).count();
        (topics, self.subscriptions.lock().len(), self.notifications.lock().len())
    }

    fn subscription(&self) -> Subscription {
        self.subscriptions.lock().values().next().unwrap().clone()
    }
}

#[async_trait]
impl Cloud for World {
    fn project_id(&self, project: &str) -> String {
        if project == "42" { "p".to_owned() } else { project.to_owned() }
    }

    async fn has_topic(&self, topic: &str) -> Result<bool, PortError> {
        Ok(self.topics.lock().iter().any(|known| known == topic))
    }

    async fn ensure_topic(&self, topic: &str) -> Result<(), PortError> {
        self.call("topic").await?;
        let mut topics = self.topics.lock();
        if !topics.iter().any(|known| known == topic) {
            topics.push(topic.to_owned());
        }
        Ok(())
    }

    async fn delete_topic(&self, topic: &str) -> Result<(), PortError> {
        self.topics.lock().retain(|known| known != topic);
        Ok(())
    }

    async fn ensure_subscription(&self, subscription: &Subscription) -> Result<(), PortError> {
        self.call("subscription").await?;
        self.subscriptions.lock().insert(subscription.name.clone(), subscription.clone());
        Ok(())
    }

    async fn delete_subscription(&self, subscription: &str) -> Result<(), PortError> {
        self.call("delete").await?;
        self.subscriptions.lock().remove(subscription);
        Ok(())
    }

    async fn bucket_location(
        &self,
        project: &str,
        bucket: &str,
    ) -> Result<Option<String>, PortError> {
        let location = match bucket {
            "b" | "c" if project == "p" => Some("europe-west1"),
            "multi" => Some("eu"),
            _ => None,
        };
        Ok(location.map(str::to_owned))
    }

    async fn ensure_notification(
        &self,
        bucket: &str,
        event_type: &str,
        topic: &str,
    ) -> Result<(), PortError> {
        self.call("notification").await?;
        let config = [bucket, event_type, topic].map(str::to_owned);
        let mut configs = self.notifications.lock();
        if !configs.contains(&config) {
            configs.push(config);
        }
        Ok(())
    }

    async fn delete_notifications(&self, bucket: &str, topic: &str) -> Result<(), PortError> {
        self.notifications.lock().retain(|config| config[0] != bucket || config[2] != topic);
        Ok(())
    }

    async fn service_url(&self, service: &str) -> Result<Option<String>, PortError> {
        Ok(service.ends_with("/services/s").then(|| self.url.lock().clone()))
    }
}

impl Announce for World {
    fn announce(&self, topic: &str, attributes: BTreeMap<String, String>, data: Bytes) {
        let data = serde_json::from_slice(&data).unwrap();
        self.published.lock().push((topic.to_owned(), attributes, data));
    }
}

fn document(bucket: &str) -> Value {
    json!({
        "eventFilters": [
            {"attribute": "type", "value": "google.cloud.storage.object.v1.finalized"},
            {"attribute": "bucket", "value": bucket},
        ],
        "destination": {"cloudRun": {"service": "s", "region": "europe-west1", "path": "/in"}},
        "serviceAccount": "a@p.iam.gserviceaccount.com",
    })
}

async fn create(service: &Arc<Service>, document: Value) -> Result<Operation, Refusal> {
    let request = CreateTriggerRequest {
        parent: PARENT.to_owned(),
        trigger: Some(from_value(document)?),
        trigger_id: "t".to_owned(),
        validate_only: false,
    };
    calls::create(service, request).await
}

async fn delete(service: &Arc<Service>) -> Result<Operation, Refusal> {
    let request = DeleteTriggerRequest { name: NAME.to_owned(), ..Default::default() };
    calls::delete(service, request).await
}

#[tokio::test]
async fn a_trigger_is_made_and_removed_with_all_its_parts() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    let operation = create(&service, document("b")).await.unwrap();
    assert!(operation.done);
    assert_eq!(world.remains(), (1, 1, 1));
    let subscription = world.subscription();
    assert_eq!(
        subscription.endpoint,
        "http://127.0.0.1:4711/in?__GCP_CloudEventsMode=GCS_NOTIFICATION"
    );
    assert_eq!(subscription.audience, "http://127.0.0.1:4711");
    assert_eq!(subscription.account, "a@p.iam.gserviceaccount.com");
    assert_eq!(world.notifications.lock()[0][1], "OBJECT_FINALIZE");
    let by_number = calls::get(&service, "projects/42/locations/europe-west1/triggers/t");
    assert_eq!(by_number.unwrap().name, NAME);

    delete(&service).await.unwrap();
    assert_eq!(world.remains(), (0, 0, 0));
    assert_eq!(calls::get(&service, NAME).unwrap_err().code(), Code::NotFound);
    assert_eq!(delete(&service).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn the_topic_of_a_caller_carries_its_messages_and_stays() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    let published = "google.cloud.pubsub.topic.v1.messagePublished";
    let of_topic = |topic: &str| {
        json!({
            "eventFilters": [{"attribute": "type", "value": published}],
            "destination": {"cloudRun": {"service": "s", "region": "europe-west1"}},
            "transport": {"pubsub": {"topic": topic}},
        })
    };
    let missing = create(&service, of_topic("projects/p/topics/nothing")).await.unwrap_err();
    assert_eq!(missing.to_string(), "Resource not found (resource=nothing).");
    create(&service, of_topic("projects/p/topics/mine")).await.unwrap();
    let mode = "CUSTOM_PUBSUB_projects%2Fp%2Ftopics%2Fmine";
    assert_eq!(
        world.subscription().endpoint,
        format!("http://127.0.0.1:4711/?__GCP_CloudEventsMode={mode}")
    );
    delete(&service).await.unwrap();
    assert_eq!(*world.topics.lock(), ["projects/p/topics/mine"]);
}

#[tokio::test]
async fn what_a_trigger_needs_must_exist() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    let mut elsewhere = document("b");
    elsewhere["destination"]["cloudRun"]["service"] = json!("missing");
    for (document, code, text) in [
        (document("multi"), Code::InvalidArgument, "Bucket \"multi\" location \"eu\""),
        (document("none"), Code::PermissionDenied, "Please verify that the bucket exists"),
        (elsewhere, Code::InvalidArgument, "service \"missing\" does not exist in region"),
    ] {
        let refused = create(&service, document).await.unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(refused.to_string().contains(text), "{refused}");
    }
    assert_eq!(world.remains(), (0, 0, 0));
}

#[tokio::test]
async fn an_operation_that_was_under_way_is_finished_after_a_restart() {
    for stuck_at in ["topic", "subscription", "notification"] {
        let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
        world.stuck_at.send_replace(stuck_at);
        let service = world.open(dir.path());
        let creating = tokio::spawn({
            let service = Arc::clone(&service);
            async move { create(&service, document("b")).await.unwrap().done }
        });
        world.reached.subscribe().wait_for(|reached| *reached).await.unwrap();
        service.stop().await;
        assert!(!creating.await.unwrap(), "stuck at {stuck_at}");
        drop(service);

        world.stuck_at.send_replace("");
        let service = world.open(dir.path());
        service.tasks.close();
        service.tasks.wait().await;
        let request = ListOperationsRequest { name: PARENT.to_owned(), ..Default::default() };
        let operations = calls::list_operations(&service, &request).unwrap().operations;
        assert!(operations.len() == 1 && operations[0].done, "stuck at {stuck_at}");
        assert_eq!(world.remains(), (1, 1, 1));
    }
}

#[tokio::test]
async fn a_trigger_that_cannot_be_made_leaves_nothing() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    *world.refused.lock() = "notification";
    let operation = create(&service, document("b")).await.unwrap();
    assert!(operation.done);
    assert!(format!("{:?}", operation.result).contains("notification refused"));
    assert_eq!(world.remains(), (0, 0, 0));
    assert_eq!(calls::get(&service, NAME).unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_trigger_follows_its_bucket_and_its_service() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    create(&service, document("b")).await.unwrap();
    let mut trigger = document("c");
    trigger["name"] = json!(NAME);
    let request = UpdateTriggerRequest {
        trigger: Some(from_value(trigger).unwrap()),
        update_mask: Some(prost_types::FieldMask { paths: vec!["event_filters".to_owned()] }),
        ..UpdateTriggerRequest::default()
    };
    calls::update(&service, request).await.unwrap();
    assert_eq!(world.remains(), (1, 1, 1));
    assert_eq!(world.notifications.lock()[0][0], "c");
    service.stop().await;
    drop(service);

    *world.url.lock() = "http://127.0.0.1:4712".to_owned();
    let service = world.open(dir.path());
    service.tasks.close();
    service.tasks.wait().await;
    assert!(world.subscription().endpoint.starts_with("http://127.0.0.1:4712/in?"));
    let request = ListTriggersRequest { parent: PARENT.to_owned(), ..Default::default() };
    assert_eq!(calls::list(&service, &request).unwrap().triggers.len(), 1);
}

#[tokio::test]
async fn the_trigger_of_a_function_calls_its_service_once_unless_it_retries() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    let wanted = FunctionTrigger {
        name: NAME.to_owned(),
        function: "projects/p/locations/europe-west1/functions/f".to_owned(),
        service: "projects/p/locations/europe-west1/services/s".to_owned(),
        event_type: "google.cloud.storage.object.v1.deleted".to_owned(),
        filters: vec![("bucket".to_owned(), "b".to_owned(), String::new())],
        account: "a@p.iam.gserviceaccount.com".to_owned(),
        ..FunctionTrigger::default()
    };
    service.check_function_trigger(&wanted).await.unwrap();
    let topic = service.apply_function_trigger(&wanted).await.unwrap();
    assert!(topic.starts_with("projects/p/topics/eventarc-europe-west1-t-"), "{topic}");
    assert!(world.subscription().once);
    let shown = calls::get(&service, NAME).unwrap();
    assert_eq!(shown.labels["goog-managed-by"], "cloudfunctions");
    let retrying = FunctionTrigger { retries: true, ..wanted };
    assert_eq!(service.apply_function_trigger(&retrying).await.unwrap(), topic);
    assert!(!world.subscription().once);
    service.delete_function_trigger(NAME).await.unwrap();
    service.delete_function_trigger(NAME).await.unwrap();
    assert_eq!(world.remains(), (0, 0, 0));
}

#[tokio::test]
async fn an_audit_log_is_published_as_an_event() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    let mut trigger = document("b");
    trigger["eventFilters"] = json!([
        {"attribute": "type", "value": "google.cloud.audit.log.v1.written"},
        {"attribute": "serviceName", "value": "pubsub.googleapis.com"},
        {"attribute": "methodName", "value": "google.pubsub.v1.Publisher.CreateTopic"},
    ]);
    create(&service, trigger).await.unwrap();
    let log = AuditLog {
        project: "p".to_owned(),
        service: "pubsub.googleapis.com".to_owned(),
        method: "google.pubsub.v1.Publisher.CreateTopic".to_owned(),
        resource: "projects/p/topics/new".to_owned(),
        ..AuditLog::default()
    };
    service.audit(&log);
    service.audit(&AuditLog { method: "another".to_owned(), ..log });
    let published = world.published.lock();
    let [(topic, attributes, data)] = &published[..] else { panic!("{published:?}") };
    assert!(topic.contains("/eventarc-europe-west1-t-"), "{topic}");
    assert_eq!(attributes["ce-subject"], "pubsub.googleapis.com/projects/p/topics/new");
    assert_eq!(attributes["ce-methodname"], "google.pubsub.v1.Publisher.CreateTopic");
    assert_eq!(data["protoPayload"]["resourceName"], "projects/p/topics/new");
    assert!(world.subscription().endpoint.ends_with("=CE_PUBSUB_BINDING"));
}

#[tokio::test]
async fn providers_show_what_can_be_filtered() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    let request = ListProvidersRequest { parent: PARENT.to_owned(), ..Default::default() };
    let providers = calls::list_providers(&service, &request).unwrap().providers;
    let names: Vec<&str> =
        providers.iter().map(|provider| provider.display_name.as_str()).collect();
    assert_eq!(names, ["Cloud Audit Logs", "Cloud Pub/Sub", "Cloud Storage"]);
    let audit =
        calls::get_provider(&service, &format!("{PARENT}/providers/cloudaudit.googleapis.com"));
    let attributes = audit.unwrap().event_types[0].filtering_attributes.clone();
    let patterns: Vec<&str> = attributes
        .iter()
        .filter(|attribute| attribute.path_pattern_supported)
        .map(|attribute| attribute.attribute.as_str())
        .collect();
    assert_eq!(patterns, ["resourceName"]);
    let missing = calls::get_provider(&service, &format!("{PARENT}/providers/nothing"));
    assert_eq!(missing.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn what_a_policy_does_not_have_is_refused_by_name() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
    let service = world.open(dir.path());
    create(&service, document("b")).await.unwrap();
    let set = |version: i32, paths: &[&str]| {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let request = iam::SetIamPolicyRequest {
            resource: NAME.to_owned(),
            policy: Some(iam::Policy { version, ..iam::Policy::default() }),
            update_mask: Some(prost_types::FieldMask { paths }),
        };
        calls::set_policy(&service, request)
    };
    set(1, &["bindings", "etag"]).unwrap();
    let options = Some(iam::GetPolicyOptions { requested_policy_version: 2 });
    let get = iam::GetIamPolicyRequest { resource: NAME.to_owned(), options };
    let test = iam::TestIamPermissionsRequest {
        resource: NAME.to_owned(),
        permissions: vec!["eventarc.*".to_owned()],
    };
    for (refused, field) in [
        (set(1, &["audit_configs"]).map(drop), "audit_configs"),
        (set(2, &[]).map(drop), "policy.version"),
        (calls::get_policy(&service, &get).map(drop), "requested_policy_version"),
        (calls::test_permissions(&service, test).map(drop), "permissions"),
    ] {
        let refused = refused.unwrap_err();
        assert!(refused.to_string().contains(field), "{refused}");
    }
}
