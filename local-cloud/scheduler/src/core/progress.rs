//! What is due, and how an attempt ends.
//!
//! An execution is recorded before its first attempt and removed after its last one, so a process
//! that dies in between repeats the attempt after its restart: at least once, as Google promises. A
//! time that passes while the local cloud is down, or while the previous execution goes on, starts
//! an execution as soon as possible. If several such times have passed, that is one execution, for
//! the first of them.

use std::time::Duration;

use longshore_local_kit::targets::backoff;
use time::OffsetDateTime;

use super::model::{Job, Progress, Retry, Run, Spec, Status};
use super::{Event, Scheduler};

/// An attempt that has to be made now.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// Full name of the job.
    pub(crate) job: String,
    /// Number of the execution.
    pub(crate) run: u64,
    pub(crate) scheduled_for: OffsetDateTime,
    pub(crate) spec: Spec,
}

impl Scheduler {
    /// The attempts that are due. The caller commits the events, then calls [`Scheduler::begin`].
    pub(crate) fn due(&self, now: OffsetDateTime) -> (Vec<Event>, Vec<Attempt>) {
        let (mut events, mut attempts) = (Vec::new(), Vec::new());
        let mut next_run = self.next_run;
        for job in self.jobs.values() {
            let mut progress = job.progress.clone();
            if let Some(tick) = due_tick(job).filter(|tick| *tick <= now) {
                progress.next_tick = job.spec.next_after(now);
                progress.runs.insert(next_run, Run::new(tick, false));
                next_run += 1;
            }
            let before = attempts.len();
            for (id, run) in &mut progress.runs {
                if run.due_at > now || self.in_flight.contains(id) {
                    continue;
                }
                run.first_attempt_at.get_or_insert(now);
                attempts.push(Attempt {
                    job: job.spec.name.clone(),
                    run: *id,
                    scheduled_for: run.scheduled_for,
                    spec: job.spec.clone(),
                });
            }
            if attempts.len() > before {
                progress.last_attempt_at = Some(now);
                events.push(Event::Progress { name: job.spec.name.clone(), progress });
            }
        }
        (events, attempts)
    }

    /// Notes that the attempts are being made. A restart forgets it, and makes them again.
    pub(crate) fn begin(&mut self, attempts: &[Attempt]) {
        self.in_flight.extend(attempts.iter().map(|attempt| attempt.run));
    }

    /// Notes that an attempt has ended, whether or not that can be recorded.
    pub(crate) fn end(&mut self, attempt: &Attempt) {
        self.in_flight.remove(&attempt.run);
    }

    /// The outcome of an attempt.
    pub(crate) fn finish(
        &self,
        attempt: &Attempt,
        status: Status,
        now: OffsetDateTime,
    ) -> Vec<Event> {
        let Some(job) = self.jobs.get(&attempt.job) else { return Vec::new() };
        let mut progress = job.progress.clone();
        let retry = progress.runs.get(&attempt.run).cloned().and_then(|mut run| {
            run.failures += 1;
            run.due_at = retry_at(&job.spec.retry, &run, job.progress.next_tick, now)?;
            Some(run)
        });
        match retry.filter(|_| status.code != 0) {
            Some(run) => drop(progress.runs.insert(attempt.run, run)),
            None => drop(progress.runs.remove(&attempt.run)),
        }
        progress.status = Some(status);
        vec![Event::Progress { name: attempt.job.clone(), progress }]
    }

    /// When [`Scheduler::due`] has something next.
    pub(crate) fn next_wakeup(&self) -> Option<OffsetDateTime> {
        let times = self.jobs.values().flat_map(|job| {
            let runs = job.progress.runs.iter();
            let waiting = runs.filter(|(id, _)| !self.in_flight.contains(id));
            waiting.map(|(_, run)| run.due_at).chain(due_tick(job))
        });
        times.min()
    }
}

/// The next time of the schedule at which an execution may begin.
fn due_tick(job: &Job) -> Option<OffsetDateTime> {
    let Progress { is_paused, next_tick, .. } = job.progress;
    next_tick.filter(|_| !is_paused && job.scheduled_run().is_none())
}

/// When a failed execution is retried: while either limit is not reached, and before the next time of
/// the schedule.
fn retry_at(
    retry: &Retry,
    run: &Run,
    next_tick: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let elapsed = now - run.first_attempt_at.unwrap_or(now);
    let is_over = run.failures > retry.count
        && (retry.max_duration == Duration::ZERO || elapsed >= retry.max_duration);
    if retry.count == 0 || is_over {
        return None;
    }
    let pause = backoff(retry.min_backoff, retry.max_backoff, retry.doublings, run.failures);
    let at = now + pause;
    next_tick.is_none_or(|tick| at < tick).then_some(at)
}

impl Run {
    pub(super) fn new(scheduled_for: OffsetDateTime, is_forced: bool) -> Self {
        Self {
            scheduled_for,
            is_forced,
            first_attempt_at: None,
            failures: 0,
            due_at: scheduled_for,
        }
    }
}
