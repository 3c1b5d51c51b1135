//! Eventarc over the other services: its port, implemented with the services of this process.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;

use crate::functions_ports::{call, is_not_found};
use longshore_local_cloud_run as run;
use longshore_local_eventarc::{Cloud, PortError, Subscription};
use longshore_local_kit::rest::{Code, RestApi};
use longshore_local_pubsub::core::Refusal;
use longshore_local_pubsub::{self as pubsub, PushOrder};
use longshore_local_storage::core::{EventType, NotificationConfig};
use longshore_local_storage::{self as storage, Preconditions, StorageError};

/// Location of a bucket that names none.
const DEFAULT_LOCATION: &str = "us";

/// The services that triggers are made of.
pub(crate) struct Around {
    pubsub: Arc<pubsub::Service>,
    storage: Arc<storage::Service>,
    run: Arc<dyn RestApi>,
    /// Id and number of the default project.
    project: (String, u64),
}

impl Around {
    pub(crate) fn new(
        pubsub: Arc<pubsub::Service>,
        storage: Arc<storage::Service>,
        run: Arc<run::Service>,
        project: (String, u64),
    ) -> Self {
        Self { pubsub, storage, run: run::api(run), project }
    }

    /// Both services take a lock and write to the disk, so they are called on blocking threads.
    async fn on_pubsub<T: Send + 'static>(
        &self,
        action: impl FnOnce(&pubsub::Service) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, PortError> {
        let pubsub = Arc::clone(&self.pubsub);
        let joined = tokio::task::spawn_blocking(move || action(&pubsub)).await;
        joined.map_err(|error| PortError::Unavailable(error.to_string()))?.map_err(of_pubsub)
    }

    async fn on_storage<T: Send + 'static>(
        &self,
        action: impl FnOnce(&storage::Service) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, PortError> {
        let storage = Arc::clone(&self.storage);
        let joined = tokio::task::spawn_blocking(move || action(&storage)).await;
        joined.map_err(|error| PortError::Unavailable(error.to_string()))?.map_err(of_storage)
    }
}

#[async_trait]
impl Cloud for Around {
    fn project_id(&self, project: &str) -> String {
        let (id, number) = &self.project;
        if *project == number.to_string() { id.clone() } else { project.to_owned() }
    }

    async fn has_topic(&self, topic: &str) -> Result<bool, PortError> {
        Ok(self.pubsub.has_topic(topic))
    }

    async fn ensure_topic(&self, topic: &str) -> Result<(), PortError> {
        let topic = topic.to_owned();
        self.on_pubsub(move |pubsub| pubsub.ensure_topic(&topic)).await
    }

    async fn delete_topic(&self, topic: &str) -> Result<(), PortError> {
        let topic = topic.to_owned();
        self.on_pubsub(move |pubsub| pubsub.remove_topic(&topic)).await
    }

    async fn ensure_subscription(&self, subscription: &Subscription) -> Result<(), PortError> {
        let Subscription { name, topic, endpoint, audience, account, once, service } =
            subscription.clone();
        let order = PushOrder { name, topic, endpoint, account, audience, once, service };
        self.on_pubsub(move |pubsub| pubsub.ensure_push(order)).await
    }

    async fn delete_subscription(&self, subscription: &str) -> Result<(), PortError> {
        let subscription = subscription.to_owned();
        self.on_pubsub(move |pubsub| pubsub.remove_subscription(&subscription)).await
    }

    async fn bucket_location(
        &self,
        project: &str,
        bucket: &str,
    ) -> Result<Option<String>, PortError> {
        let (project, bucket) = (project.to_owned(), bucket.to_owned());
        self.on_storage(move |storage| {
            if storage.is_of_project(&bucket, &project) != Some(true) {
                return Ok(None);
            }
            let location = storage.bucket(&bucket, &Preconditions::default())?.attributes.location;
            let named = location.to_ascii_lowercase();
            Ok(Some(if named.is_empty() { DEFAULT_LOCATION.to_owned() } else { named }))
        })
        .await
    }

    async fn ensure_notification(
        &self,
        bucket: &str,
        event_type: &str,
        topic: &str,
    ) -> Result<(), PortError> {
        let Some(event_type) = event_type_of(event_type) else { return Ok(()) };
        let config = NotificationConfig {
            bucket: bucket.to_owned(),
            id: 0,
            topic: topic.to_owned(),
            event_types: vec![event_type],
            object_name_prefix: String::new(),
            custom_attributes: [].into(),
            with_payload: true,
        };
        self.on_storage(move |storage| {
            let own = storage.notifications(&config.bucket)?;
            if own.iter().any(|own| own.topic == config.topic) {
                return Ok(());
            }
            storage.create_notification(config).map(drop)
        })
        .await
    }

    async fn delete_notifications(&self, bucket: &str, topic: &str) -> Result<(), PortError> {
        let (bucket, topic) = (bucket.to_owned(), topic.to_owned());
        self.on_storage(move |storage| {
            let all = match storage.notifications(&bucket) {
                Ok(all) => all,
                Err(StorageError::NoBucket(_)) => return Ok(()),
                Err(error) => return Err(error),
            };
            let mut own = all.iter().filter(|config| config.topic == topic);
            own.try_for_each(|config| storage.delete_notification(&bucket, &config.id.to_string()))
        })
        .await
    }

    async fn service_url(&self, service: &str) -> Result<Option<String>, PortError> {
        match call(&self.run, Method::GET, &format!("v2/{service}"), &[], None).await {
            Ok(found) => {
                let url = found.get("uri").and_then(serde_json::Value::as_str).unwrap_or_default();
                Ok((!url.is_empty()).then(|| url.to_owned()))
            }
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn event_type_of(name: &str) -> Option<EventType> {
    [
        EventType::ObjectFinalize,
        EventType::ObjectMetadataUpdate,
        EventType::ObjectDelete,
        EventType::ObjectArchive,
    ]
    .into_iter()
    .find(|event_type| event_type.as_str() == name)
}

fn of_pubsub(refusal: Refusal) -> PortError {
    let message = refusal.to_string();
    let code = match refusal {
        Refusal::Journal(_) => return PortError::Unavailable(message),
        Refusal::InvalidArgument(_) | Refusal::AckIds(_) => Code::InvalidArgument,
        Refusal::FailedPrecondition(_) => Code::FailedPrecondition,
        Refusal::NotFound(_) => Code::NotFound,
        Refusal::AlreadyExists(_) => Code::AlreadyExists,
        Refusal::Aborted(_) => Code::Aborted,
        Refusal::Unserved(_) => Code::Unimplemented,
    };
    PortError::Refused { code, message }
}

fn of_storage(error: StorageError) -> PortError {
    let message = error.to_string();
    match error {
        StorageError::Content(_) | StorageError::Journal(_) => PortError::Unavailable(message),
        StorageError::NoBucket(_) => PortError::Refused { code: Code::NotFound, message },
        _ => PortError::Refused { code: Code::FailedPrecondition, message },
    }
}
