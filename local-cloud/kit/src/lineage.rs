//! How far an event is from its first cause, to stop a function that causes its own events.
//!
//! An event that nothing but a caller outside caused has the generation 0. What an instance of a
//! service does while events are delivered to the service causes events of a later generation: one
//! more than the lowest that is being delivered. A call may belong to any of them, so the true
//! generation is never lower, and no event is stopped too early. A loop can get some events
//! further: while an earlier event is still being answered, the count follows that one. So a
//! service that also gets events from outside all the time hides its loop while it does. An
//! instance that shares the network of the machine reaches the APIs as a caller outside does, so
//! its events are not counted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

/// The last generation that is delivered. Chains of functions that end are far shorter, and a loop
/// of functions that take a second each is stopped within a minute.
pub const GENERATIONS_MAX: u32 = 16;

tokio::task_local! {
    static GENERATION: u32;
}

/// The generation of the events that the current call causes.
#[must_use]
pub fn current() -> u32 {
    GENERATION.try_with(|generation| *generation).unwrap_or_default()
}

/// Runs a call whose events are of a generation.
pub async fn caused_by<F: Future>(generation: u32, call: F) -> F::Output {
    GENERATION.scope(generation, call).await
}

/// Runs a part of a call on another thread: `generation` is [`current`] of the call.
pub fn blocking<T>(generation: u32, part: impl FnOnce() -> T) -> T {
    GENERATION.sync_scope(generation, part)
}

/// The events that are being delivered, by the full names of their services.
#[derive(Debug, Default)]
pub struct Deliveries {
    in_flight: Mutex<HashMap<String, BTreeMap<u32, usize>>>,
}

/// An event that is being delivered, until it is dropped.
#[derive(Debug)]
pub struct InFlight {
    deliveries: Arc<Deliveries>,
    service: String,
    generation: u32,
}

impl Deliveries {
    /// Begins to deliver an event.
    #[must_use]
    pub fn begin(self: &Arc<Self>, service: &str, generation: u32) -> InFlight {
        let mut in_flight = self.in_flight.lock();
        *in_flight.entry(service.to_owned()).or_default().entry(generation).or_default() += 1;
        InFlight { deliveries: Arc::clone(self), service: service.to_owned(), generation }
    }

    /// The generation of the events that an instance of a service causes now.
    #[must_use]
    pub fn caused_by(&self, service: &str) -> u32 {
        let in_flight = self.in_flight.lock();
        let lowest = in_flight.get(service).and_then(|events| events.keys().next());
        lowest.map_or(0, |generation| generation.saturating_add(1))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut in_flight = self.deliveries.in_flight.lock();
        let Some(events) = in_flight.get_mut(&self.service) else { return };
        if let Some(count) = events.get_mut(&self.generation) {
            *count -= 1;
            if *count == 0 {
                events.remove(&self.generation);
            }
        }
        if events.is_empty() {
            in_flight.remove(&self.service);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_does_follows_the_lowest_event_that_it_gets() {
        let deliveries = Arc::new(Deliveries::default());
        assert_eq!(deliveries.caused_by("s"), 0);
        let later = deliveries.begin("s", 7);
        assert_eq!(deliveries.caused_by("s"), 8);
        assert_eq!(deliveries.caused_by("other"), 0);
        let outside = deliveries.begin("s", 0);
        let again = deliveries.begin("s", 0);
        drop(outside);
        assert_eq!(deliveries.caused_by("s"), 1);
        drop(again);
        assert_eq!(deliveries.caused_by("s"), 8);
        drop(later);
        assert_eq!(deliveries.caused_by("s"), 0);
    }

    #[tokio::test]
    async fn a_call_knows_its_generation_on_every_thread() {
        assert_eq!(current(), 0);
        let seen = caused_by(3, async {
            let generation = current();
            let part = tokio::task::spawn_blocking(move || blocking(generation, current));
            (generation, part.await.unwrap())
        });
        assert_eq!(seen.await, (3, 3));
    }
}
