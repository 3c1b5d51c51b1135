//! Which of the next calls fail or are delayed.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_local_kit::state::Scope;
use parking_lot::Mutex;
use serde::Serialize;

use super::status::Status;

/// Faults that wait for calls. More than any test needs.
const FAULTS_MAX: usize = 1_000;

/// Maximum delay of a call.
pub(super) const DELAY_MAX: Duration = Duration::from_secs(3_600);

/// What happens to the next calls of a method.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// The name of a method, or the beginning of names, followed by `*`.
    pub(super) method: String,
    /// Occurs in the path or in the routing header of the calls. Empty: all calls.
    pub(super) resource: String,
    /// How many calls are left.
    pub(super) calls: u32,
    pub(super) delay: Duration,
    /// `None`: the call is only delayed.
    pub(super) failure: Option<Failure>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) status: Status,
    pub(super) message: String,
    pub(super) when: When,
}

/// Whether a call that fails is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum When {
    /// It fails before, and reaches no service.
    Before,
    /// It is carried out, and its response is lost.
    After,
}

/// There are too many.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany(pub(super) usize);

/// The faults that wait for calls, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    faults: BTreeMap<u64, Fault>,
    last: u64,
}

impl Fault {
    pub(super) fn is_about(&self, method: &str) -> bool {
        match self.method.strip_suffix('*') {
            Some(beginning) => method.starts_with(beginning),
            None => self.method == method,
        }
    }
}

impl Faults {
    /// Returns the id.
    pub(super) fn add(&self, fault: Fault) -> Result<u64, TooMany> {
        let mut waiting = self.0.lock();
        if waiting.faults.len() >= FAULTS_MAX {
            return Err(TooMany(FAULTS_MAX));
        }
        waiting.last += 1;
        let id = waiting.last;
        waiting.faults.insert(id, fault);
        Ok(id)
    }

    pub(super) fn all(&self) -> Vec<(u64, Fault)> {
        self.0.lock().faults.iter().map(|(id, fault)| (*id, fault.clone())).collect()
    }

    /// Whether there was one with this id.
    pub(super) fn remove(&self, id: u64) -> bool {
        self.0.lock().faults.remove(&id).is_some()
    }

    /// Removes all faults, or those whose resource is in a project.
    pub(super) fn forget(&self, scope: &Scope) {
        self.0.lock().faults.retain(|_, fault| !scope.has(&fault.resource));
    }

    /// What happens to a call: the oldest fault that is about it, which it uses up by one.
    pub(super) fn take(&self, method: &str, places: &[String]) -> Option<Fault> {
        let mut waiting = self.0.lock();
        if waiting.faults.is_empty() {
            return None;
        }
        let (id, fault) = waiting.faults.iter_mut().find(|(_, fault)| {
            let is_there = |place: &String| place.contains(&fault.resource);
            fault.is_about(method) && places.iter().any(is_there)
        })?;
        fault.calls = fault.calls.saturating_sub(1);
        let (id, taken) = (*id, fault.clone());
        if taken.calls == 0 {
            waiting.faults.remove(&id);
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(method: &str, resource: &str, calls: u32) -> Fault {
        let (method, resource) = (method.to_owned(), resource.to_owned());
        Fault { method, resource, calls, delay: Duration::ZERO, failure: None }
    }

    #[test]
    fn a_fault_is_used_up_by_the_calls_that_it_is_about() {
        let faults = Faults::default();
        faults.add(fault("a.Get", "projects/p/", 2)).unwrap();
        faults.add(fault("a.*", "", 1)).unwrap();
        let took = |method: &str, place: &str| {
            faults.take(method, &[place.to_owned()]).map(|fault| fault.method)
        };
        assert_eq!(took("a.Get", "/v1/projects/p/x").as_deref(), Some("a.Get"));
        assert_eq!(took("b.Get", "/v1/projects/p/x"), None);
        assert_eq!(took("a.Get", "/v1/projects/q/x").as_deref(), Some("a.*"));
        assert_eq!(took("a.Get", "/v1/projects/q/x"), None);
        assert_eq!(took("a.Get", "/v1/projects/p/x").as_deref(), Some("a.Get"));
        assert_eq!(took("a.Get", "/v1/projects/p/x"), None);
        assert!(faults.all().is_empty());
    }

    #[test]
    fn the_faults_of_a_project_are_forgotten() {
        let faults = Faults::default();
        for resource in ["projects/p/topics/t", "projects/q/", ""] {
            faults.add(fault("a.Get", resource, 1)).unwrap();
        }
        faults.forget(&Scope::Project("p".to_owned()));
        assert_eq!(faults.all().len(), 2);
        faults.forget(&Scope::Everything);
        assert!(faults.all().is_empty());
    }

    #[test]
    fn there_is_a_maximum() {
        let faults = Faults::default();
        for _ in 0..FAULTS_MAX {
            faults.add(fault("a.Get", "", 1)).unwrap();
        }
        assert_eq!(faults.add(fault("a.Get", "", 1)), Err(TooMany(FAULTS_MAX)));
        assert!(faults.remove(1));
        assert!(!faults.remove(1));
    }
}
