//! Topics and push subscriptions that other services of this process make, as Google's service
//! agents do. Each call is idempotent.

use std::time::Duration;

use crate::Service;
use crate::core::{Oidc, Push, Refusal, Retry, Subscription, Topic, Wrapper};

/// A push subscription with the settings that Eventarc gives its own:
/// <https://cloud.google.com/eventarc/docs/retry-events>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushOrder {
    /// `projects/P/subscriptions/S`.
    pub name: String,
    /// `projects/P/topics/T`.
    pub topic: String,
    /// An http or https URL.
    pub endpoint: String,
    /// Email of the account whose token each request carries; empty: none.
    pub account: String,
    /// Audience of the token.
    pub audience: String,
    /// Whether a message is sent once, whatever the endpoint answers.
    pub once: bool,
    /// Full name of the service behind the endpoint.
    pub service: String,
}

/// How long an undelivered message is kept.
const RETENTION: Duration = Duration::from_secs(24 * 3600);

/// The time limit of a request: that of an event function, ten minutes.
const ACK_DEADLINE: Duration = Duration::from_secs(600);

const BACKOFF: Retry =
    Retry { minimum: Duration::from_secs(10), maximum: Duration::from_secs(600) };

impl Service {
    /// Whether a topic exists.
    #[must_use]
    pub fn has_topic(&self, topic: &str) -> bool {
        self.read(|core| core.topic(topic).is_ok())
    }

    /// Creates a topic if it does not exist.
    ///
    /// # Errors
    /// When the name is invalid, or the journal cannot be written.
    pub fn ensure_topic(&self, name: &str) -> Result<(), Refusal> {
        let topic = Topic { name: name.to_owned(), ..Topic::default() };
        without(self.change(|core, _| Ok(((), core.create_topic(topic)?))), |refusal| {
            matches!(refusal, Refusal::AlreadyExists(_))
        })
    }

    /// Deletes a topic. No-op if it does not exist.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn remove_topic(&self, name: &str) -> Result<(), Refusal> {
        without(self.change(|core, _| Ok(((), core.delete_topic(name)?))), |refusal| {
            matches!(refusal, Refusal::NotFound(_))
        })
    }

    /// Creates a push subscription. Of one that exists, only the push settings are changed, so that
    /// users may change the others.
    ///
    /// # Errors
    /// When the topic does not exist, a setting is invalid, or the journal cannot be written.
    pub fn ensure_push(&self, order: PushOrder) -> Result<(), Refusal> {
        let PushOrder { name, topic, endpoint, account, audience, once, service } = order;
        let oidc = (!account.is_empty()).then_some(Oidc { email: account, audience });
        let wrapper = Wrapper::Pubsub;
        let push = Push { endpoint, oidc, wrapper, once, service, ..Push::default() };
        // Left behind by a topic that was deleted.
        let is_stale = |current: &Subscription| current.topic != topic;
        if self.read(|core| core.subscription(&name).is_ok_and(is_stale)) {
            self.remove_subscription(&name)?;
        }
        self.change(|core, _| {
            let current = core.subscription(&name).map(|current| current.push.clone());
            let events = match current {
                Ok(current) if current.as_ref() == Some(&push) => Vec::new(),
                Ok(_) => core.modify_push(&name, Some(push))?,
                Err(_) => core.create_subscription(Subscription {
                    ack_deadline: ACK_DEADLINE,
                    retention: RETENTION,
                    retry: Some(BACKOFF),
                    push: Some(push),
                    ..Subscription::new(name, topic)
                })?,
            };
            Ok(((), events))
        })
    }

    /// Deletes a subscription. No-op if it does not exist.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn remove_subscription(&self, name: &str) -> Result<(), Refusal> {
        without(self.change(|core, _| Ok(((), core.delete_subscription(name)?))), |refusal| {
            matches!(refusal, Refusal::NotFound(_))
        })
    }
}

fn without(result: Result<(), Refusal>, is_done: impl Fn(&Refusal) -> bool) -> Result<(), Refusal> {
    match result {
        Err(refusal) if is_done(&refusal) => Ok(()),
        result => result,
    }
}
