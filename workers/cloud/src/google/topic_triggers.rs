//! Push subscriptions: [`Triggers`] over `google-cloud-pubsub`.

use std::time::Duration;

use async_trait::async_trait;
use google_cloud_pubsub::client::SubscriptionAdmin;
use google_cloud_pubsub::model::push_config::{
    AuthenticationMethod, NoWrapper, OidcToken, PubsubWrapper, Wrapper,
};
use google_cloud_pubsub::model::subscription::State;
use google_cloud_pubsub::model::{
    DeadLetterPolicy, ExpirationPolicy, PushConfig, RetryPolicy, Subscription,
};
use google_cloud_wkt::FieldMask;
use longshore_google_clients::Connect as _;
use longshore_messages::TriggerOwner;

use super::call::{Call, found, unless_exists};
use super::profile::{Profile, REQUEST_LIMIT};
use crate::error::ConnectError;
use crate::{
    CloudError, Kind, LiveTrigger, PushBody, PushField, TopicPush, TriggerShape as _, TriggerState,
    Triggers,
};

/// Subscriptions of one page: the largest that Pub/Sub returns
/// (`google.pubsub.v1.ListSubscriptionsRequest`).
const PAGE_SIZE: i32 = 1_000;

/// The topic of a subscription whose topic was deleted (`google.pubsub.v1.Subscription.topic`).
const DELETED_TOPIC: &str = "_deleted-topic_";

/// What Pub/Sub does where a retry policy does not say (`google.pubsub.v1.RetryPolicy`).
const DEFAULT_MINIMUM_BACKOFF: Duration = Duration::from_secs(10);
const DEFAULT_MAXIMUM_BACKOFF: Duration = Duration::from_secs(600);

pub(crate) struct GoogleTopicTriggers {
    subscriptions: SubscriptionAdmin,
}

impl GoogleTopicTriggers {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
    ) -> Result<Self, ConnectError> {
        let client = profile.api(SubscriptionAdmin::builder(), endpoint).connect().await;
        let failed = |source| ConnectError::Client { service: "pubsub", source };
        Ok(Self { subscriptions: client.map_err(failed)? })
    }
}

#[async_trait]
impl Triggers<TopicPush> for GoogleTopicTriggers {
    /// Takes one list call per thousand subscriptions of the project, because Pub/Sub has no filter for
    /// lists.
    #[tracing::instrument(name = "cloud.list_triggers", skip_all, fields(service = "pubsub", resource = owner.project))]
    async fn list(
        &self,
        owner: &TriggerOwner<'_>,
    ) -> Result<Vec<LiveTrigger<TopicPush>>, CloudError> {
        let parent = format!("projects/{}", owner.project);
        let call = Call::new("list triggers", &parent);
        let mut triggers = Vec::new();
        let request = |token| {
            let list = self.subscriptions.list_subscriptions().set_project(&parent);
            list.set_page_size(PAGE_SIZE).set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            let live = page.subscriptions.iter().map(observed);
            triggers.extend(live.filter(|live| live.shape.is_of(owner)));
            page.next_page_token
        })
        .await?;
        Ok(triggers)
    }

    #[tracing::instrument(name = "cloud.create_trigger", skip_all, fields(service = "pubsub", resource = shape.name))]
    async fn create(&self, shape: &TopicPush) -> Result<(), CloudError> {
        let call = Call::new("create trigger", &shape.name);
        let requested = requested(shape).ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let request =
            || self.subscriptions.create_subscription().with_request(requested.clone()).send();
        unless_exists(call.repeated(REQUEST_LIMIT, request).await)
    }

    #[tracing::instrument(name = "cloud.update_trigger", skip_all, fields(service = "pubsub", resource = shape.name))]
    async fn update(&self, shape: &TopicPush, fields: &[PushField]) -> Result<(), CloudError> {
        let call = Call::new("update trigger", &shape.name);
        let requested = requested(shape).ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let paths: Option<Vec<&str>> = fields.iter().map(|field| path(*field)).collect();
        let paths = paths.ok_or_else(|| {
            let reason = "a subscription keeps its topic, its filter and its order";
            call.caused(Kind::InvalidArgument, reason)
        })?;
        let request = || {
            self.subscriptions
                .update_subscription()
                .set_subscription(requested.clone())
                .set_update_mask(FieldMask::default().set_paths(paths.clone()))
                .send()
        };
        call.repeated(REQUEST_LIMIT, request).await.map(drop)
    }

    #[tracing::instrument(name = "cloud.delete_trigger", skip_all, fields(service = "pubsub", resource = name))]
    async fn delete(&self, name: &str) -> Result<(), CloudError> {
        let call = Call::new("delete trigger", name);
        let request = || self.subscriptions.delete_subscription().set_subscription(name).send();
        found(call.repeated(REQUEST_LIMIT, request).await).map(drop)
    }
}

/// The field of an update mask. `None` if it cannot be changed.
fn path(field: PushField) -> Option<&'static str> {
    match field {
        PushField::Topic | PushField::Filter | PushField::Order => None,
        PushField::Labels => Some("labels"),
        PushField::Push => Some("push_config"),
        PushField::AckDeadline => Some("ack_deadline_seconds"),
        PushField::Backoff => Some("retry_policy"),
        PushField::DeadLetters => Some("dead_letter_policy"),
    }
}

/// `None` if a value is out of range for protobuf.
fn requested(shape: &TopicPush) -> Option<Subscription> {
    let token =
        OidcToken::new().set_service_account_email(&shape.account).set_audience(&shape.audience);
    let push = PushConfig::new().set_push_endpoint(&shape.endpoint).set_oidc_token(token);
    let push = match shape.body {
        PushBody::Wrapped => push.set_pubsub_wrapper(PubsubWrapper::new()),
        PushBody::Unwrapped { with_metadata } => {
            push.set_no_wrapper(NoWrapper::new().set_write_metadata(with_metadata))
        }
    };
    let mut subscription = Subscription::new()
        .set_name(&shape.name)
        .set_topic(&shape.topic)
        .set_filter(&shape.filter)
        .set_enable_message_ordering(shape.ordered)
        .set_labels(shape.labels.clone())
        .set_push_config(push)
        .set_ack_deadline_seconds(i32::try_from(shape.ack_deadline.as_secs()).ok()?)
        // A policy without a time to live means "never". No policy means a month.
        .set_expiration_policy(ExpirationPolicy::new());
    if let Some((minimum, maximum)) = shape.backoff {
        let wire = |duration| google_cloud_wkt::Duration::try_from(duration).ok();
        let policy = RetryPolicy::new()
            .set_minimum_backoff(wire(minimum)?)
            .set_maximum_backoff(wire(maximum)?);
        subscription = subscription.set_retry_policy(policy);
    }
    if let Some((topic, attempts)) = &shape.dead_letters {
        let policy = DeadLetterPolicy::new()
            .set_dead_letter_topic(topic)
            .set_max_delivery_attempts(i32::try_from(*attempts).ok()?);
        subscription = subscription.set_dead_letter_policy(policy);
    }
    Some(subscription)
}

fn observed(subscription: &Subscription) -> LiveTrigger<TopicPush> {
    let time = |duration: google_cloud_wkt::Duration| Duration::try_from(duration).ok();
    let push = subscription.push_config.clone().unwrap_or_default();
    let (account, audience) = match push.authentication_method {
        Some(AuthenticationMethod::OidcToken(token)) => {
            (token.service_account_email, token.audience)
        }
        Some(_) | None => Default::default(),
    };
    let body = match push.wrapper {
        Some(Wrapper::NoWrapper(nothing)) => {
            PushBody::Unwrapped { with_metadata: nothing.write_metadata }
        }
        Some(_) | None => PushBody::Wrapped,
    };
    let backoff = subscription.retry_policy.as_ref().map(|policy| {
        (
            policy.minimum_backoff.and_then(time).unwrap_or(DEFAULT_MINIMUM_BACKOFF),
            policy.maximum_backoff.and_then(time).unwrap_or(DEFAULT_MAXIMUM_BACKOFF),
        )
    });
    let dead_letters = subscription.dead_letter_policy.as_ref().map(|policy| {
        let attempts = u32::try_from(policy.max_delivery_attempts).unwrap_or_default();
        (policy.dead_letter_topic.clone(), attempts)
    });
    let state = match subscription.state {
        _ if subscription.detached || subscription.topic == DELETED_TOPIC => TriggerState::Detached,
        State::ResourceError => TriggerState::Failing,
        _ => TriggerState::Active,
    };
    let ack_deadline = u64::try_from(subscription.ack_deadline_seconds).unwrap_or_default();
    LiveTrigger {
        shape: TopicPush {
            name: subscription.name.clone(),
            topic: subscription.topic.clone(),
            filter: subscription.filter.clone(),
            ordered: subscription.enable_message_ordering,
            labels: subscription.labels.clone().into_iter().collect(),
            endpoint: push.push_endpoint,
            account,
            audience,
            body,
            ack_deadline: Duration::from_secs(ack_deadline),
            backoff,
            dead_letters,
        },
        state,
        last: None,
    }
}

#[cfg(test)]
mod tests;
