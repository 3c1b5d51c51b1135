//! Makes and removes what triggers consist of, through the port.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::catalogue::{self, Source};
use crate::core::{Entry, Failure, Verb};
use crate::ports::{Cloud, PortError, Subscription};
use crate::service::Service;
use longshore_local_kit::Seldom;
use longshore_local_kit::rest::Code;

/// Pause after a failure of this machine.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How long an operation is repeated when this machine is at fault, such as with a full disk. As
/// long as Cloud Functions repeats a step.
const MACHINE_PATIENCE: Duration = Duration::from_secs(120);

static CANNOT_WORK: Seldom = Seldom::new();

impl Service {
    /// Starts the task of an operation, which ends with it.
    pub(crate) fn drive(self: &Arc<Self>, operation: String) -> JoinHandle<()> {
        let (service, work) = (Arc::clone(self), self.operations.begin(&operation, &self.stopping));
        self.tasks.spawn(async move {
            work.run(service.work_off(&operation)).await;
        })
    }

    /// Makes sure, in the background, that every trigger has its transport. The URL of a service may
    /// have another port than when the trigger was made.
    pub(crate) fn refresh(self: &Arc<Self>) {
        let idle: Vec<Entry> =
            self.core().all().filter(|entry| entry.operation.is_none()).cloned().collect();
        let (service, stopping) = (Arc::clone(self), self.stopping.clone());
        self.tasks.spawn(stopping.run_until_cancelled_owned(async move {
            for entry in idle {
                if let Err(error) = make(&*service.deps.cloud, &entry).await {
                    let trigger = &entry.trigger.0.name;
                    tracing::warn!(%error, trigger, "this trigger delivers no events");
                }
            }
        }));
    }

    async fn work_off(&self, operation: &str) {
        loop {
            let Some((verb, name, before)) = self.core().operation(operation).and_then(|found| {
                let pending = found.outcome.is_none();
                pending.then(|| Some((found.verb, found.target()?, found.before.clone())))?
            }) else {
                return;
            };
            let Some(entry) = self.core().entry(&name).ok().cloned() else { return };
            let failure = self.patiently(verb, &entry, before.as_deref()).await.err();
            if let Some(failure) = &failure {
                tracing::info!(operation, failure.code, failure.message, "an operation failed");
                self.undo(verb, &entry, before.as_deref()).await;
            }
            let ended = self
                .commit(|core, moment| Ok(((), core.ended(operation, failure.clone(), moment))));
            if let Err(error) = ended {
                // The operation is carried out again, which is harmless.
                tracing::error!(operation, %error, "cannot record the end of an operation");
                sleep(RETRY_PAUSE).await;
            }
        }
    }

    /// Carries out an operation, and repeats it while this machine is at fault, for a while.
    async fn patiently(
        &self,
        verb: Verb,
        entry: &Entry,
        before: Option<&Entry>,
    ) -> Result<(), Failure> {
        let patience = Instant::now() + MACHINE_PATIENCE;
        loop {
            match carry_out(&*self.deps.cloud, verb, entry, before).await {
                Ok(()) => return Ok(()),
                Err(PortError::Refused { code, message }) => {
                    return Err(Failure { code: code.number(), message });
                }
                Err(PortError::Unavailable(message)) if Instant::now() >= patience => {
                    return Err(Failure { code: Code::Internal.number(), message });
                }
                Err(PortError::Unavailable(message)) => {
                    if let Some(omitted) = CANNOT_WORK.due() {
                        tracing::warn!(message, omitted, "cannot continue an operation yet");
                    }
                    sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// Restores what was before a failed operation, as far as possible.
    async fn undo(&self, verb: Verb, entry: &Entry, before: Option<&Entry>) {
        let cloud = &*self.deps.cloud;
        let undone = match (verb, before) {
            (Verb::Create, _) => remove(cloud, entry).await,
            (Verb::Update, Some(before)) => make(cloud, before).await,
            (Verb::Update, None) | (Verb::Delete, _) => Ok(()),
        };
        if let Err(error) = undone {
            let trigger = &entry.trigger.0.name;
            tracing::warn!(%error, trigger, "cannot undo an operation that failed");
        }
    }
}

async fn carry_out(
    cloud: &dyn Cloud,
    verb: Verb,
    entry: &Entry,
    before: Option<&Entry>,
) -> Result<(), PortError> {
    if verb == Verb::Delete {
        return remove(cloud, entry).await;
    }
    make(cloud, entry).await?;
    match before.map(|before| before.filter(catalogue::BUCKET)) {
        Some(bucket) if !bucket.is_empty() && bucket != entry.filter(catalogue::BUCKET) => {
            cloud.delete_notifications(bucket, &entry.transport().topic).await
        }
        Some(_) | None => Ok(()),
    }
}

/// Makes the topic, the subscription and what publishes to the topic. Idempotent.
async fn make(cloud: &dyn Cloud, entry: &Entry) -> Result<(), PortError> {
    let transport = entry.transport();
    let Some(kind) = entry.kind() else { return Ok(()) };
    if entry.owns_topic {
        cloud.ensure_topic(&transport.topic).await?;
    }
    let service = &entry.target.service;
    let Some(url) = cloud.service_url(service).await? else {
        return Err(PortError::Refused {
            code: Code::NotFound,
            message: format!("Resource '{service}' was not found"),
        });
    };
    let trigger = &entry.trigger.0;
    let subscription = Subscription {
        endpoint: endpoint(&url, &entry.target.path, kind.source, &transport.topic),
        name: transport.subscription,
        topic: transport.topic.clone(),
        audience: url,
        account: trigger.service_account.clone(),
        once: trigger.retry_policy.is_some(),
        service: service.clone(),
    };
    cloud.ensure_subscription(&subscription).await?;
    match kind.source {
        Source::Storage(event_type) => {
            let bucket = entry.filter(catalogue::BUCKET);
            cloud.ensure_notification(bucket, event_type, &transport.topic).await
        }
        Source::Topic | Source::Audit => Ok(()),
    }
}

/// Removes all of it. The topic of a caller is kept. Idempotent.
async fn remove(cloud: &dyn Cloud, entry: &Entry) -> Result<(), PortError> {
    let transport = entry.transport();
    let bucket = entry.filter(catalogue::BUCKET);
    if !bucket.is_empty() {
        cloud.delete_notifications(bucket, &transport.topic).await?;
    }
    cloud.delete_subscription(&transport.subscription).await?;
    if entry.owns_topic {
        cloud.delete_topic(&transport.topic).await?;
    }
    Ok(())
}

/// The endpoint with Google's parameter, which says how a message becomes an event.
fn endpoint(url: &str, path: &str, source: Source, topic: &str) -> String {
    let mode = match source {
        Source::Storage(_) => "GCS_NOTIFICATION".to_owned(),
        Source::Topic => format!("CUSTOM_PUBSUB_{}", topic.replace('/', "%2F")),
        Source::Audit => "CE_PUBSUB_BINDING".to_owned(),
    };
    let path = if path.is_empty() { "/" } else { path };
    format!("{}{path}?__GCP_CloudEventsMode={mode}", url.trim_end_matches('/'))
}
