//! Jobs, without clock, sockets and files, except for the system's time zone database. Only events
//! change the recorded state.

mod model;
mod names;
mod progress;
mod refusal;
mod schedule;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use longshore_local_kit::durable;
use longshore_local_kit::state::Scope;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(crate) use model::{Job, OWN_HEADERS, Progress, Retry, Run, Spec, Status, Target};
pub(crate) use names::{LocationName, check_job};
pub(crate) use progress::Attempt;
pub use refusal::Refusal;

/// A recorded change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    /// A job was created or changed.
    Job(Box<Job>),
    /// A job proceeded.
    Progress {
        name: String,
        progress: Progress,
    },
    Deleted {
        name: String,
    },
    Reset(Scope),
}

/// The state.
#[derive(Debug, Default)]
pub(crate) struct Scheduler {
    /// By full names.
    jobs: BTreeMap<String, Job>,
    /// Larger than the number of every execution.
    next_run: u64,
    /// The executions whose attempts are being made. A restart forgets them.
    in_flight: BTreeSet<u64>,
}

impl durable::Core for Scheduler {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::Job(job) => {
                self.saw_runs(&job.progress);
                self.jobs.insert(job.spec.name.clone(), *job);
            }
            Event::Progress { name, progress } => {
                self.saw_runs(&progress);
                if let Some(job) = self.jobs.get_mut(&name) {
                    job.progress = progress;
                }
            }
            Event::Deleted { name } => drop(self.jobs.remove(&name)),
            Event::Reset(scope) => self.jobs.retain(|name, _| !scope.has(name)),
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        self.jobs.values().cloned().map(|job| Event::Job(Box::new(job))).collect()
    }
}

type Decided = Result<(Job, Vec<Event>), Refusal>;

impl Scheduler {
    fn saw_runs(&mut self, progress: &Progress) {
        let next = progress.runs.keys().next_back().map_or(0, |last| last + 1);
        self.next_run = self.next_run.max(next);
    }

    /// # Errors
    /// [`Refusal::NoJob`].
    pub(crate) fn job(&self, name: &str) -> Result<&Job, Refusal> {
        self.jobs.get(name).ok_or(Refusal::NoJob)
    }

    /// The jobs of a location, by name.
    pub(crate) fn jobs_in(&self, location: &LocationName) -> impl Iterator<Item = &Job> {
        let prefix = format!("{location}/jobs/");
        self.jobs.values().filter(move |job| job.spec.name.starts_with(&prefix))
    }

    /// # Errors
    /// [`Refusal::Invalid`]; [`Refusal::AlreadyExists`].
    pub(crate) fn create(&self, spec: Spec, now: OffsetDateTime) -> Decided {
        spec.check()?;
        if self.jobs.contains_key(&spec.name) {
            return Err(Refusal::AlreadyExists(spec.name));
        }
        let progress = Progress { next_tick: spec.next_after(now), ..Progress::default() };
        Ok(saved(Job { spec, updated_at: now, progress }))
    }

    /// Replaces what a caller decides. A paused job stays paused, and an execution goes on.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]; [`Refusal::NoJob`].
    pub(crate) fn update(&self, spec: Spec, now: OffsetDateTime) -> Decided {
        let job = self.job(&spec.name)?;
        spec.check()?;
        let progress = Progress { next_tick: spec.next_after(now), ..job.progress.clone() };
        Ok(saved(Job { spec, updated_at: now, progress }))
    }

    /// # Errors
    /// [`Refusal::NoJob`].
    pub(crate) fn delete(&self, name: &str) -> Result<((), Vec<Event>), Refusal> {
        self.job(name)?;
        Ok(((), vec![Event::Deleted { name: name.to_owned() }]))
    }

    /// Stops the schedule and its retries. Pausing a paused job is a no-op.
    ///
    /// # Errors
    /// [`Refusal::NoJob`].
    pub(crate) fn pause(&self, name: &str) -> Decided {
        let mut progress = self.job(name)?.progress.clone();
        progress.is_paused = true;
        progress.runs.retain(|_, run| run.is_forced);
        self.proceeded(name, progress)
    }

    /// Resumes the schedule with its next time. Resuming an enabled job is a no-op.
    ///
    /// # Errors
    /// [`Refusal::NoJob`].
    pub(crate) fn resume(&self, name: &str, now: OffsetDateTime) -> Decided {
        let job = self.job(name)?;
        let mut progress = job.progress.clone();
        if progress.is_paused {
            progress.is_paused = false;
            progress.next_tick = job.spec.next_after(now);
        }
        self.proceeded(name, progress)
    }

    /// Executes a job now, even if it is paused or being executed.
    ///
    /// # Errors
    /// [`Refusal::NoJob`].
    pub(crate) fn run(&self, name: &str, now: OffsetDateTime) -> Decided {
        let mut progress = self.job(name)?.progress.clone();
        progress.runs.insert(self.next_run, Run::new(now, true));
        self.proceeded(name, progress)
    }

    fn proceeded(&self, name: &str, progress: Progress) -> Decided {
        let job = Job { progress: progress.clone(), ..self.job(name)?.clone() };
        Ok((job, vec![Event::Progress { name: name.to_owned(), progress }]))
    }
}

fn saved(job: Job) -> (Job, Vec<Event>) {
    let event = Event::Job(Box::new(job.clone()));
    (job, vec![event])
}
