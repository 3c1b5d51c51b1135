//! The requests that the APIs received last, in a bounded record that a restart forgets. Contents
//! are not kept.

use std::collections::VecDeque;

use longshore_local_kit::state::Scope;
use parking_lot::Mutex;
use time::OffsetDateTime;

/// The requests that are kept.
pub(super) const REQUESTS_MAX: usize = 1_000;

/// Longer targets are cut off.
const TARGET_MAX_CHARACTERS: usize = 500;

/// A request, and how it was answered.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) at: OffsetDateTime,
    /// The host name of the API at Google.
    pub(super) service: &'static str,
    /// Google's name for the method. Empty if the API has no such method.
    pub(super) method: &'static str,
    /// `POST /v1/projects/p/topics/t:publish`, or the path of a gRPC method.
    pub(super) target: String,
    /// The project that the path or the routing header names. Empty if none.
    pub(super) project: String,
    pub(super) http_status: u16,
    /// The status of a gRPC call that failed at once.
    pub(super) grpc_status: Option<String>,
    /// Whether a fault made it fail, or delayed it.
    pub(super) has_fault: bool,
}

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct Requests(Mutex<VecDeque<Received>>);

impl Requests {
    pub(super) fn add(&self, mut received: Received) {
        if let Some((end, _)) = received.target.char_indices().nth(TARGET_MAX_CHARACTERS) {
            received.target.truncate(end);
        }
        let mut kept = self.0.lock();
        if kept.len() >= REQUESTS_MAX {
            kept.pop_front();
        }
        kept.push_back(received);
    }

    pub(super) fn matching(&self, matches: impl Fn(&Received) -> bool) -> Vec<Received> {
        self.0.lock().iter().filter(|received| matches(received)).cloned().collect()
    }

    pub(super) fn forget(&self, scope: &Scope) {
        self.0.lock().retain(|received| !scope.has_project(&received.project));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_bounded() {
        let requests = Requests::default();
        let received = |project: &str| Received {
            at: OffsetDateTime::UNIX_EPOCH,
            service: "pubsub.googleapis.com",
            method: "",
            target: "é".repeat(10_000),
            project: project.to_owned(),
            http_status: 200,
            grpc_status: None,
            has_fault: false,
        };
        requests.add(received("first"));
        (0..REQUESTS_MAX).for_each(|_| requests.add(received("p")));
        let kept = requests.matching(|_| true);
        assert_eq!(kept.len(), REQUESTS_MAX);
        assert!(kept.iter().all(|kept| kept.project == "p"));
        assert_eq!(kept[0].target.chars().count(), TARGET_MAX_CHARACTERS);
        requests.forget(&Scope::Project("p".to_owned()));
        assert!(requests.matching(|_| true).is_empty());
    }
}
