//! The order of entries, and their pages: `google.logging.v2.ListLogEntriesRequest`.

use std::collections::BTreeMap;

use google_cloud_wkt::Timestamp;
use serde_json::Value;

/// One page of the entries that are offered in any order. It holds one entry more than it returns,
/// however many there are.
///
/// Entries are sorted by time, and those of the same time by their insert ids. Of entries of a
/// project with the same time and insert id, one is returned.
pub(crate) struct Page {
    size: usize,
    is_descending: bool,
    /// The key of the last entry of the page before.
    before: Option<String>,
    entries: BTreeMap<String, Value>,
}

impl Page {
    pub(crate) fn new(size: usize, is_descending: bool, before: Option<String>) -> Self {
        Self { size, is_descending, before, entries: BTreeMap::new() }
    }

    pub(crate) fn offer(&mut self, project: &str, entry: Value) {
        let key = key(project, &entry);
        let is_later = match &self.before {
            None => true,
            Some(before) if self.is_descending => key < *before,
            Some(before) => key > *before,
        };
        if is_later {
            self.entries.entry(key).or_insert(entry);
            if self.entries.len() > self.size + 1 {
                self.drop_last();
            }
        }
    }

    /// The entries, and the key of the last one if others follow.
    pub(crate) fn finish(mut self) -> (Vec<Value>, Option<String>) {
        let has_more = self.entries.len() > self.size;
        if has_more {
            self.drop_last();
        }
        let mut entries: Vec<(String, Value)> = self.entries.into_iter().collect();
        if self.is_descending {
            entries.reverse();
        }
        let last = entries.last().map(|(key, _)| key.clone()).filter(|_| has_more);
        (entries.into_iter().map(|(_, entry)| entry).collect(), last)
    }

    fn drop_last(&mut self) {
        if self.is_descending {
            self.entries.pop_first()
        } else {
            self.entries.pop_last()
        };
    }
}

/// The time of an entry, in seconds and nanoseconds. An entry without one is the oldest.
pub(crate) fn time_of(entry: &Value) -> (i64, i32) {
    let time = entry.get("timestamp").and_then(Value::as_str);
    let time = time.and_then(|text| Timestamp::try_from(text).ok());
    time.map_or((0, 0), |time| (time.seconds(), time.nanos()))
}

/// Sorts as texts do.
fn key(project: &str, entry: &Value) -> String {
    let (seconds, nanos) = time_of(entry);
    let id = entry.get("insertId").and_then(Value::as_str).unwrap_or_default();
    format!("{:020}{nanos:09} {id} {project}", seconds.max(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(second: u32, id: &str) -> Value {
        json!({"timestamp": format!("2026-11-28T10:00:{second:02}Z"), "insertId": id})
    }

    fn ids(page: &[Value]) -> Vec<&str> {
        page.iter().map(|entry| entry["insertId"].as_str().unwrap()).collect()
    }

    #[test]
    fn pages_follow_each_other_in_either_order_and_without_duplicates() {
        let all = [(3, "c"), (1, "b"), (1, "a"), (2, "a"), (3, "c"), (0, "z")];
        let sorted = ["z", "a", "b", "a", "c"];
        for is_descending in [false, true] {
            let (mut found, mut before) = (Vec::new(), None);
            loop {
                let mut page = Page::new(2, is_descending, before.take());
                all.iter().for_each(|(second, id)| page.offer("p", entry(*second, id)));
                let (entries, last) = page.finish();
                found.extend(ids(&entries).into_iter().map(str::to_owned));
                match last {
                    Some(last) => before = Some(last),
                    None => break,
                }
            }
            let mut expected = sorted.to_vec();
            if is_descending {
                expected.reverse();
            }
            assert_eq!(found, expected, "descending: {is_descending}");
        }
    }

    #[test]
    fn entries_of_two_projects_are_no_duplicates() {
        let mut page = Page::new(9, false, None);
        page.offer("p", entry(1, "a"));
        page.offer("q", entry(1, "a"));
        assert_eq!(page.finish().0.len(), 2);
    }
}
