//! What callers do with tasks.

use std::time::Duration;

use time::OffsetDateTime;

use super::{CloudTasks, Event, Progress, Refusal, Spec, Task, queue_of, schedule};

/// How long a name that a caller has chosen is not available after its task has ended. Google
/// promises at most 24 hours.
const NAME_REUSE_AFTER: Duration = Duration::from_secs(3600);

type Decided = Result<(Task, Vec<Event>), Refusal>;

impl CloudTasks {
    /// # Errors
    /// [`Refusal::Invalid`] for a malformed name; [`Refusal::NotFound`]; [`Refusal::TaskGone`].
    pub(crate) fn task(&self, name: &str, now: OffsetDateTime) -> Result<&Task, Refusal> {
        let entry = self.queues.get(queue_of(name)?);
        match entry.and_then(|entry| entry.tasks.get(name)) {
            Some(task) => Ok(task),
            None if self.is_name_used(name, now) => Err(Refusal::TaskGone),
            None => Err(Refusal::NotFound),
        }
    }

    /// The tasks of a queue, by name.
    ///
    /// # Errors
    /// [`Refusal::NoQueue`].
    pub(crate) fn tasks_in(&self, queue: &str) -> Result<impl Iterator<Item = &Task>, Refusal> {
        let entry = self.queues.get(queue).ok_or(Refusal::NoQueue)?;
        Ok(entry.tasks.values())
    }

    /// Adds a task. Once its events are committed, it is attempted at least once, whatever happens to
    /// this process, unless it is deleted first.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]; [`Refusal::NoQueue`]; [`Refusal::TaskExists`];
    /// [`Refusal::TaskNameUsed`].
    pub(crate) fn create_task(
        &self,
        spec: Spec,
        wanted: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Decided {
        let queue = queue_of(&spec.name)?;
        let entry = self.queues.get(queue).ok_or(Refusal::NoQueue)?;
        spec.check()?;
        let at = schedule(wanted, now)?;
        if entry.tasks.contains_key(&spec.name) {
            return Err(Refusal::TaskExists);
        }
        if self.is_name_used(&spec.name, now) {
            return Err(Refusal::TaskNameUsed);
        }
        let task = Task { spec, progress: Progress::new(at) };
        let mut events = self.expired_names(now);
        events.push(Event::Task(Box::new(task.clone())));
        Ok((task, events))
    }

    /// # Errors
    /// Those of [`CloudTasks::task`].
    pub(crate) fn delete_task(
        &self,
        name: &str,
        now: OffsetDateTime,
    ) -> Result<((), Vec<Event>), Refusal> {
        self.task(name, now)?;
        Ok(((), vec![Event::TaskGone { name: name.to_owned(), at: now }]))
    }

    /// Attempts a task now, even if its queue is paused or has reached its limits. If an attempt is
    /// being made, the next one follows it.
    ///
    /// # Errors
    /// Those of [`CloudTasks::task`].
    pub(crate) fn run_task(&self, name: &str, now: OffsetDateTime) -> Decided {
        let mut task = self.task(name, now)?.clone();
        task.progress.is_forced = true;
        task.progress.scheduled_at = now;
        let progress = Box::new(task.progress.clone());
        Ok((task, vec![Event::Progress { name: name.to_owned(), progress }]))
    }

    fn is_name_used(&self, name: &str, now: OffsetDateTime) -> bool {
        self.gone_tasks.get(name).is_some_and(|at| now < *at + NAME_REUSE_AFTER)
    }

    /// Forgets a few of the names that are available again, so that their number stays limited.
    fn expired_names(&self, now: OffsetDateTime) -> Vec<Event> {
        /// More than one, so that names are forgotten faster than they are used.
        const AT_ONCE: usize = 2;
        let expired = self.gone_tasks.iter().filter(|(_, at)| now >= **at + NAME_REUSE_AFTER);
        let names = expired.take(AT_ONCE).map(|(name, _)| name.clone());
        names.map(|name| Event::NameFree { name }).collect()
    }
}
