//! What callers do with queues.

use time::OffsetDateTime;

use super::{CloudTasks, Event, LocationName, Queue, Refusal, Routing, check_queue};

type Decided = Result<(Queue, Vec<Event>), Refusal>;

impl CloudTasks {
    /// # Errors
    /// [`Refusal::NoQueue`].
    pub(crate) fn queue(&self, name: &str) -> Result<&Queue, Refusal> {
        self.queues.get(name).map(|entry| &entry.queue).ok_or(Refusal::NoQueue)
    }

    /// The queues of a location, by name.
    pub(crate) fn queues_in(&self, location: &LocationName) -> impl Iterator<Item = &Queue> {
        let prefix = format!("{location}/queues/");
        let queues = self.queues.values().map(|entry| &entry.queue);
        queues.filter(move |queue| queue.name.starts_with(&prefix))
    }

    /// # Errors
    /// [`Refusal::Invalid`]; [`Refusal::QueueExists`].
    pub(crate) fn create_queue(&self, queue: Queue) -> Decided {
        if self.queues.contains_key(&queue.name) {
            return Err(Refusal::QueueExists);
        }
        self.save_queue(queue)
    }

    /// Creates the queue, or replaces what callers decide about it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`].
    pub(crate) fn save_queue(&self, queue: Queue) -> Decided {
        check_queue(&queue.name)?;
        queue.limits.check()?;
        queue.retry.check()?;
        queue.routing.iter().try_for_each(Routing::check)?;
        Ok((queue.clone(), vec![Event::Queue(Box::new(queue))]))
    }

    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn delete_queue(
        &self,
        name: &str,
        now: OffsetDateTime,
    ) -> Result<((), Vec<Event>), Refusal> {
        self.queue(name).map_err(|_| Refusal::NotFound)?;
        Ok(((), vec![Event::QueueGone { name: name.to_owned(), at: now }]))
    }

    /// Stops the dispatches of a queue, or resumes them, also those of a disabled queue. A no-op if that
    /// is its state.
    ///
    /// # Errors
    /// [`Refusal::NoQueue`].
    pub(crate) fn set_paused(&self, name: &str, is_paused: bool) -> Decided {
        let current = self.queue(name)?.clone();
        let is_disabled = is_paused && current.is_disabled;
        self.save_queue(Queue { is_paused, is_disabled, ..current })
    }

    /// Deletes the tasks of a queue. An attempt that is being made goes on, without effect.
    ///
    /// # Errors
    /// [`Refusal::NoQueue`].
    pub(crate) fn purge(&self, name: &str, now: OffsetDateTime) -> Decided {
        let entry = self.queues.get(name).ok_or(Refusal::NoQueue)?;
        let tasks = entry.tasks.keys().cloned();
        let mut events: Vec<Event> = tasks.map(|name| Event::TaskGone { name, at: now }).collect();
        let queue = Queue { purged_at: Some(now), ..entry.queue.clone() };
        events.push(Event::Queue(Box::new(queue.clone())));
        Ok((queue, events))
    }
}
