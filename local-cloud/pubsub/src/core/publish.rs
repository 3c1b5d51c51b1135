//! Publishing, and the limits of a message:
//! <https://cloud.google.com/pubsub/quotas#resource_limits>.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use time::OffsetDateTime;

use super::model::Message;
use super::refusal::Refusal;
use super::{Event, PubSub};

/// Maximum number of messages in a request.
const MESSAGES_PER_REQUEST: usize = 1000;
/// Maximum size of all messages in a request, and therefore of each, in bytes.
const REQUEST_BYTES: u64 = 10_000_000;
/// Maximum number of attributes of a message.
const ATTRIBUTES: usize = 100;
/// Maximum size of an attribute's key, in bytes.
const KEY_BYTES: usize = 256;
/// Maximum size of an attribute's value, in bytes.
const VALUE_BYTES: usize = 1024;
/// Maximum size of an ordering key, in bytes.
const ORDERING_KEY_BYTES: usize = 1024;

/// A message to be published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub data: Bytes,
    /// What filters match.
    pub attributes: BTreeMap<String, String>,
    /// Empty if the message has no ordering key.
    pub ordering_key: String,
    /// See [`lineage`](longshore_local_kit::lineage).
    pub generation: u32,
}

/// The result of a publish. The messages count as published once the events are committed.
#[derive(Debug, PartialEq)]
pub struct Published {
    /// The messages' ids, in the order of the request.
    pub ids: Vec<u64>,
    pub events: Vec<Event>,
}

impl PubSub {
    /// Publishes messages to every subscription of the topic whose filter they pass.
    ///
    /// # Errors
    /// When the topic does not exist, a limit is exceeded, or a message does not match the topic's
    /// schema. No message of the request is published then.
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
        for Draft { data, attributes, ordering_key, generation } in drafts {
            let message = Message {
                id: self.serials.next(now),
                published_at: now,
                data,
                attributes,
                ordering_key,
                generation,
            };
            published.ids.push(message.id);
            published.events.extend(self.fan_out(topic, message));
        }
        Ok(published)
    }

    /// The event that stores a message for the subscriptions that get it. `None` if there are none
    /// and neither the topic nor a snapshot retains the message.
    pub(super) fn fan_out(&self, topic: &str, message: Message) -> Option<Event> {
        let configs = self.subscriptions.values().map(super::Backlog::config);
        let attached = configs.filter(|config| config.topic == topic && !config.detached);
        let passed = attached.filter(|config| config.filter.passes(&message.attributes));
        let subscriptions: Vec<String> = passed.map(|config| config.name.clone()).collect();
        let retains = self.topics.get(topic).is_some_and(|topic| topic.config.retention.is_some());
        let of_topic = self.snapshots.values().filter(|log| log.config.topic == topic);
        let snapshots: Vec<String> = of_topic.map(|log| log.config.name.clone()).collect();
        let is_kept = retains || !subscriptions.is_empty() || !snapshots.is_empty();
        let topic = retains.then(|| topic.to_owned());
        is_kept.then_some(Event::Stored { message, subscriptions, topic, snapshots })
    }

    pub(super) fn store(
        &mut self,
        message: Message,
        subscriptions: &[String],
        topic: Option<&str>,
        snapshots: &[String],
    ) {
        self.serials.saw(message.id);
        let message = Arc::new(message);
        if let Some(topic) = topic.and_then(|topic| self.topics.get_mut(topic)) {
            topic.retained.insert(message.id, Arc::clone(&message));
        }
        for name in snapshots {
            if let Some(snapshot) = self.snapshots.get_mut(name) {
                snapshot.messages.insert(message.id, Arc::clone(&message));
            }
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
            "a request must have 1 to {MESSAGES_PER_REQUEST} messages, not {}",
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
            "the messages of the request have {bytes} bytes, the maximum is {REQUEST_BYTES}"
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
            "a message has {} attributes, the maximum is {ATTRIBUTES}",
            draft.attributes.len()
        )));
    }
    for (key, value) in &draft.attributes {
        // Google's own clients set attributes that start with `googclient_`.
        if key.is_empty()
            || key.len() > KEY_BYTES
            || (key.starts_with("goog") && !key.starts_with("googclient_"))
        {
            let rule = format!("must have 1 to {KEY_BYTES} bytes and not start with goog");
            return Err(Refusal::invalid(format!("attribute key {key:?}: {rule}")));
        }
        if value.len() > VALUE_BYTES {
            return Err(Refusal::invalid(format!(
                "attribute {key:?} has {} bytes, the maximum is {VALUE_BYTES}",
                value.len()
            )));
        }
    }
    if draft.ordering_key.len() > ORDERING_KEY_BYTES {
        return Err(Refusal::invalid(format!(
            "the ordering key has more than {ORDERING_KEY_BYTES} bytes"
        )));
    }
    Ok(())
}
