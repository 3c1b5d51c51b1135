//! Publishing, and the limits of a message:
//! <https://cloud.google.com/pubsub/quotas#resource_limits>.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use time::OffsetDateTime;

use super::model::Message;
use super::refusal::Refusal;
use super::{Event, PubSub};

/// Messages of one request.
const MESSAGES_PER_REQUEST: usize = 1000;
/// Bytes of all messages of one request, and so of each.
const REQUEST_BYTES: u64 = 10_000_000;
/// Attributes of a message.
const ATTRIBUTES: usize = 100;
/// Bytes of an attribute's key.
const KEY_BYTES: usize = 256;
/// Bytes of an attribute's value.
const VALUE_BYTES: usize = 1024;
/// Bytes of an ordering key.
const ORDERING_KEY_BYTES: usize = 1024;

/// A message as its publisher hands it in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The payload.
    pub data: Bytes,
    /// What filters look at.
    pub attributes: BTreeMap<String, String>,
    /// Empty: no order.
    pub ordering_key: String,
}

/// What a publish came to. The messages are taken once the events are written down, not before.
#[derive(Debug, PartialEq)]
pub struct Published {
    /// The messages' ids, in the order of the request.
    pub ids: Vec<u64>,
    /// To be committed.
    pub events: Vec<Event>,
}

impl PubSub {
    /// Publishes messages to every subscription of the topic whose filter they pass.
    ///
    /// # Errors
    /// When the topic does not exist, a limit is exceeded, or a message is not what the topic's
    /// schema describes; no message of the request was published then.
    pub fn publish(
        &mut self,
        topic: &str,
        mut drafts: Vec<Draft>,
        now: OffsetDateTime,
    ) -> Result<Published, Refusal> {
        let settings = self.topic(topic)?.schema.clone();
        check_request(&drafts)?;
        if let Some(settings) = settings {
            for draft in &mut drafts {
                draft.attributes.extend(self.schemas.attributes_of(&settings, &draft.data)?);
            }
        }
        let mut published = Published {
            ids: Vec::with_capacity(drafts.len()),
            events: Vec::with_capacity(drafts.len()),
        };
        for Draft { data, attributes, ordering_key } in drafts {
            let message = Message {
                id: self.serials.next(now),
                published_at: now,
                data,
                attributes,
                ordering_key,
            };
            published.ids.push(message.id);
            published.events.extend(self.fan_out(topic, message));
        }
        Ok(published)
    }

    /// The event that stores a message for all who get it; `None` when nobody does and its topic
    /// does not retain it.
    pub(super) fn fan_out(&self, topic: &str, message: Message) -> Option<Event> {
        let configs = self.subscriptions.values().map(super::Backlog::config);
        let attached = configs.filter(|config| config.topic == topic && !config.detached);
        let passed = attached.filter(|config| config.filter.passes(&message.attributes));
        let subscriptions: Vec<String> = passed.map(|config| config.name.clone()).collect();
        let retains = self.topics.get(topic).is_some_and(|topic| topic.config.retention.is_some());
        let topic = retains.then(|| topic.to_owned());
        (retains || !subscriptions.is_empty()).then_some(Event::Stored {
            message,
            subscriptions,
            topic,
        })
    }

    pub(super) fn store(
        &mut self,
        message: Message,
        subscriptions: &[String],
        topic: Option<&str>,
    ) {
        self.serials.saw(message.id);
        let message = Arc::new(message);
        if let Some(topic) = topic.and_then(|topic| self.topics.get_mut(topic)) {
            topic.retained.insert(message.id, Arc::clone(&message));
        }
        for name in subscriptions {
            if let Some(backlog) = self.subscriptions.get_mut(name) {
                backlog.store(Arc::clone(&message));
            }
        }
    }
}

fn check_request(drafts: &[Draft]) -> Result<(), Refusal> {
    if drafts.is_empty() || drafts.len() > MESSAGES_PER_REQUEST {
        return Err(Refusal::invalid(format!(
            "{} messages in a request, must be 1 to {MESSAGES_PER_REQUEST}",
            drafts.len()
        )));
    }
    let mut bytes = 0;
    for draft in drafts {
        check_draft(draft)?;
        if draft.ordering_key != drafts[0].ordering_key {
            return Err(Refusal::invalid(
                "all messages of a request must have the same ordering key",
            ));
        }
        let attributes: usize =
            draft.attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
        bytes += (draft.data.len() + attributes + draft.ordering_key.len()) as u64;
    }
    if bytes > REQUEST_BYTES {
        return Err(Refusal::invalid(format!(
            "{bytes} bytes of messages in a request, at most {REQUEST_BYTES} are allowed"
        )));
    }
    Ok(())
}

fn check_draft(draft: &Draft) -> Result<(), Refusal> {
    if draft.data.is_empty() && draft.attributes.is_empty() {
        return Err(Refusal::invalid("a message needs data or at least one attribute"));
    }
    if draft.attributes.len() > ATTRIBUTES {
        return Err(Refusal::invalid(format!(
            "a message has {} attributes, at most {ATTRIBUTES}",
            draft.attributes.len()
        )));
    }
    for (key, value) in &draft.attributes {
        // `googclient_` is what Google's own clients set.
        if key.is_empty()
            || key.len() > KEY_BYTES
            || (key.starts_with("goog") && !key.starts_with("googclient_"))
        {
            let rule = format!("must have 1 to {KEY_BYTES} bytes and not start with goog");
            return Err(Refusal::invalid(format!("attribute key {key:?}: {rule}")));
        }
        if value.len() > VALUE_BYTES {
            return Err(Refusal::invalid(format!(
                "attribute {key:?} has {} bytes, at most {VALUE_BYTES}",
                value.len()
            )));
        }
    }
    if draft.ordering_key.len() > ORDERING_KEY_BYTES {
        return Err(Refusal::invalid(format!(
            "an ordering key has at most {ORDERING_KEY_BYTES} bytes"
        )));
    }
    Ok(())
}
