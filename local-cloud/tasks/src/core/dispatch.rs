//! Which tasks are dispatched when, and how an attempt ends.
//!
//! A queue has a bucket of tokens, which fills with the rate of the queue up to its burst size. Each
//! dispatch takes one. A task stays recorded until an attempt has succeeded or failed for the last
//! time, so a process that dies in between attempts it again after its restart.

use std::time::Duration;

use longshore_local_kit::targets::{Outcome, backoff};
use time::OffsetDateTime;

use super::{Attempted, CloudTasks, Entry, Event, Progress, Retry, Routing, Spec, Status, Task};

/// The age at which a task is not retried any more (`CloudTasks.CreateQueue`).
const AGE_MAX: Duration = Duration::from_secs(31 * 24 * 3600);

/// An attempt that has to be made now.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) spec: Spec,
    /// As it was before this attempt.
    pub(crate) before: Progress,
    /// That of the queue.
    pub(crate) routing: Option<Routing>,
}

impl CloudTasks {
    /// The attempts that are due. The caller commits the events, then calls [`CloudTasks::begin`].
    pub(crate) fn due(&self, now: OffsetDateTime) -> (Vec<Event>, Vec<Attempt>) {
        let attempts: Vec<Attempt> =
            self.queues.values().flat_map(|entry| entry.due(now)).collect();
        let events = attempts.iter().map(|attempt| {
            let progress = Box::new(attempt.before.dispatched(now));
            Event::Progress { name: attempt.spec.name.clone(), progress }
        });
        (events.collect(), attempts)
    }

    /// Notes that the attempts are being made. A restart forgets it, and makes them again.
    pub(crate) fn begin(&mut self, attempts: &[Attempt], now: OffsetDateTime) {
        for attempt in attempts {
            let name = &attempt.spec.name;
            let Some(entry) = self.entry_of(name) else { continue };
            if !attempt.before.is_forced {
                entry.tokens = Some((entry.tokens_at(now) - 1.0, now));
            }
            entry.forget(name);
            entry.in_flight.insert(name.clone());
        }
    }

    /// Notes that an attempt has ended, whether or not that can be recorded.
    pub(crate) fn end(&mut self, attempt: &Attempt) {
        let name = &attempt.spec.name;
        if let Some(entry) = self.entry_of(name) {
            entry.in_flight.remove(name);
            entry.wait_for(name);
        }
    }

    /// The outcome of an attempt.
    pub(crate) fn finish(
        &self,
        attempt: &Attempt,
        outcome: &Outcome,
        now: OffsetDateTime,
    ) -> Vec<Event> {
        let name = &attempt.spec.name;
        let queue = name.split_once("/tasks/").and_then(|(queue, _)| self.queues.get(queue));
        let Some((entry, task)) = queue.and_then(|entry| Some((entry, entry.tasks.get(name)?)))
        else {
            return Vec::new();
        };
        // A task with the same name that was created meanwhile is another one.
        if task.spec != attempt.spec {
            return Vec::new();
        }
        let progress = task.progress.ended(outcome, now);
        let retry = task.spec.retry.unwrap_or(entry.queue.retry);
        let again = (!outcome.is_success()).then(|| retry_at(&retry, task, &progress, now));
        match again.flatten() {
            Some(scheduled_at) => {
                let scheduled_at = if progress.is_forced { now } else { scheduled_at };
                let progress = Box::new(Progress { scheduled_at, ..progress });
                vec![Event::Progress { name: name.clone(), progress }]
            }
            None => vec![Event::TaskGone { name: name.clone(), at: now }],
        }
    }

    /// When [`CloudTasks::due`] has something next, unless an attempt ends first.
    pub(crate) fn next_wakeup(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.queues.values().filter_map(|entry| entry.next_wakeup(now)).min()
    }
}

impl Entry {
    fn tokens_at(&self, now: OffsetDateTime) -> f64 {
        let limits = self.queue.limits;
        let Some((tokens, at)) = self.tokens else { return limits.burst() };
        let elapsed = (now - at).as_seconds_f64().max(0.0);
        (tokens + elapsed * limits.rate).min(limits.burst())
    }

    fn has_room(&self) -> bool {
        let concurrent = usize::try_from(self.queue.limits.concurrent).unwrap_or(usize::MAX);
        !self.queue.is_paused && !self.queue.is_disabled && self.in_flight.len() < concurrent
    }

    fn due(&self, now: OffsetDateTime) -> Vec<Attempt> {
        let attempt = |name: &String| {
            let task = self.tasks.get(name)?;
            Some(Attempt {
                spec: task.spec.clone(),
                before: task.progress.clone(),
                routing: self.queue.routing.clone(),
            })
        };
        let mut attempts: Vec<Attempt> = self.forced.iter().filter_map(attempt).collect();
        if !self.has_room() {
            return attempts;
        }
        let room = usize::try_from(self.queue.limits.concurrent).unwrap_or(usize::MAX);
        let room = room.saturating_sub(self.in_flight.len() + attempts.len());
        let mut tokens = self.tokens_at(now);
        let due = self.waiting.iter().take_while(|(at, _)| *at <= now);
        let due = due.filter(|(_, name)| !self.forced.contains(name)).take(room);
        for (_, name) in due {
            if tokens < 1.0 {
                break;
            }
            tokens -= 1.0;
            attempts.extend(attempt(name));
        }
        attempts
    }

    fn next_wakeup(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        if !self.forced.is_empty() {
            return Some(now);
        }
        let (at, _) = self.waiting.first().filter(|_| self.has_room())?;
        let (tokens, rate) = (self.tokens_at(now), self.queue.limits.rate);
        if tokens >= 1.0 {
            return Some(*at);
        }
        if rate <= 0.0 {
            return None;
        }
        /// Rounding must not wake a queue just before it has a token.
        const MARGIN: Duration = Duration::from_millis(1);
        let refilled = now + Duration::from_secs_f64((1.0 - tokens) / rate) + MARGIN;
        Some(refilled.max(*at))
    }
}

impl Progress {
    fn dispatched(&self, now: OffsetDateTime) -> Self {
        Self {
            is_forced: false,
            dispatches: self.dispatches.saturating_add(1),
            first_dispatch_at: self.first_dispatch_at.or(Some(now)),
            last_attempt: Some(Attempted {
                scheduled_at: self.scheduled_at,
                dispatched_at: now,
                end: None,
            }),
            ..self.clone()
        }
    }

    fn ended(&self, outcome: &Outcome, now: OffsetDateTime) -> Self {
        let mut progress = self.clone();
        if let Some(last) = &mut progress.last_attempt {
            let status = Status { code: outcome.code(), message: outcome.message() };
            last.end = Some((now, status));
        }
        if let Outcome::Answered(status) = *outcome {
            progress.responses = progress.responses.saturating_add(1);
            progress.last_response = Some(status);
            if status < 500 {
                progress.executions = progress.executions.saturating_add(1);
            }
        }
        progress.failures = progress.failures.saturating_add(1);
        progress
    }
}

/// When a failed task is attempted again. `None` once both limits are reached, or the task is too
/// old.
fn retry_at(
    retry: &Retry,
    task: &Task,
    progress: &Progress,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let elapsed = now - progress.first_dispatch_at.unwrap_or(now);
    let (has_limit, attempts_used) = match retry.max_attempts {
        Some(max) => (true, progress.failures >= max),
        None => (retry.max_duration > Duration::ZERO, true),
    };
    let time_used = retry.max_duration == Duration::ZERO || elapsed >= retry.max_duration;
    if (has_limit && attempts_used && time_used) || now - task.spec.created_at >= AGE_MAX {
        return None;
    }
    let Retry { min_backoff, max_backoff, doublings, .. } = *retry;
    Some(now + backoff(min_backoff, max_backoff, doublings, progress.failures))
}
