//! What was published, for tests: the last messages, in a bounded record that a restart forgets.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use longshore_local_kit::state::Scope;
use parking_lot::Mutex;
use time::OffsetDateTime;

use crate::core::Draft;

/// The last messages that are kept, and the most of all their data and of one's.
const MESSAGES_MAX: usize = 1_000;
const TOTAL_MAX_BYTES: usize = 4 << 20;
const DATA_MAX_BYTES: usize = 64 << 10;

/// A message that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedMessage {
    pub topic: String,
    pub id: u64,
    pub published_at: OffsetDateTime,
    pub attributes: BTreeMap<String, String>,
    pub ordering_key: String,
    /// At most the first 64 KiB.
    pub data: Bytes,
    /// The length of all of the data.
    pub size_bytes: usize,
}

/// The messages that were published last.
#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    messages: VecDeque<PublishedMessage>,
    bytes: usize,
}

impl PublishedMessage {
    pub(crate) fn of(topic: &str, draft: &Draft) -> Self {
        // A copy: a slice would keep the whole request in memory.
        let data = draft.data.get(..DATA_MAX_BYTES).unwrap_or(&draft.data);
        Self {
            topic: topic.to_owned(),
            id: 0,
            published_at: OffsetDateTime::UNIX_EPOCH,
            attributes: draft.attributes.clone(),
            ordering_key: draft.ordering_key.clone(),
            data: Bytes::copy_from_slice(data),
            size_bytes: draft.data.len(),
        }
    }
}

impl Record {
    pub(crate) fn add(&self, messages: impl IntoIterator<Item = PublishedMessage>) {
        let mut kept = self.0.lock();
        for message in messages {
            kept.bytes += message.data.len();
            kept.messages.push_back(message);
            while kept.messages.len() > MESSAGES_MAX || kept.bytes > TOTAL_MAX_BYTES {
                let Some(oldest) = kept.messages.pop_front() else { break };
                kept.bytes -= oldest.data.len();
            }
        }
    }

    /// The messages of matching topics, oldest first.
    pub(crate) fn of(&self, matches: impl Fn(&str) -> bool) -> Vec<PublishedMessage> {
        let kept = self.0.lock();
        kept.messages.iter().filter(|message| matches(&message.topic)).cloned().collect()
    }

    pub(crate) fn forget(&self, scope: &Scope) {
        let mut kept = self.0.lock();
        kept.messages.retain(|message| !scope.has(&message.topic));
        kept.bytes = kept.messages.iter().map(|message| message.data.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &str, data: usize) -> PublishedMessage {
        let draft = Draft { data: Bytes::from(vec![7; data]), ..Draft::default() };
        PublishedMessage::of(topic, &draft)
    }

    #[test]
    fn the_record_is_bounded_in_messages_and_in_bytes() {
        let record = Record::default();
        record.add((0..MESSAGES_MAX + 5).map(|_| message("projects/p/topics/a", 1)));
        assert_eq!(record.of(|_| true).len(), MESSAGES_MAX);
        record.add((0..100).map(|_| message("projects/p/topics/b", 1 << 20)));
        let kept = record.of(|_| true);
        assert_eq!(kept.len(), TOTAL_MAX_BYTES / DATA_MAX_BYTES);
        assert!(kept.iter().all(|message| message.data.len() == DATA_MAX_BYTES));
        assert_eq!(kept[0].size_bytes, 1 << 20);
    }

    #[test]
    fn the_messages_of_a_project_are_forgotten() {
        let record = Record::default();
        record.add(["projects/p/topics/t", "projects/q/topics/t"].map(|topic| message(topic, 3)));
        record.forget(&Scope::Project("p".to_owned()));
        let left = record.of(|_| true);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].topic, "projects/q/topics/t");
        record.forget(&Scope::Everything);
        assert_eq!(record.0.lock().bytes, 0);
    }
}
