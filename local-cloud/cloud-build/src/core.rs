//! The builds as a state machine: they wait in a queue, a bounded number runs at a time, and each
//! ends once.

mod filter;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

pub(crate) use filter::Filter;
pub(crate) use record::{
    End, Failure, FailureKind, Image, Provenance, Record, Request, Span, Spec, Status,
};

use longshore_local_kit::durable::Core;
use longshore_local_kit::state::Scope;

/// Maximum number of running builds; the others wait. A build mostly runs pip, which uses about one
/// processor.
pub(crate) const RUNNING_AT_ONCE: usize = 2;

/// How often a build starts again after the process stopped. More often than a local cloud is
/// restarted within the time of one build, unless the build is what ends it.
pub(crate) const INTERRUPTIONS_MAX: u32 = 10;

/// Google's default for `Build.queue_ttl` is one hour.
pub(crate) const QUEUE_TTL: Duration = Duration::hours(1);

/// Maximum number of ended builds, far more than anyone lists on one machine. Beyond it, the oldest
/// are forgotten first.
const KEEP_ENDED: usize = 10_000;

/// A change of the state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A build was accepted.
    Created { id: String, spec: Box<Spec>, at: OffsetDateTime },
    /// Work on it started, possibly again after a restart.
    Started { id: String, at: OffsetDateTime },
    /// The process that worked on it has exited; it waits in the queue again from this time on.
    Interrupted { id: String, at: OffsetDateTime },
    /// It ended.
    Ended { id: String, at: OffsetDateTime, end: Box<End> },
    /// A record from a snapshot.
    Restored { record: Box<Record> },
    /// Everything in a scope was removed.
    Reset { scope: Scope },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelError {
    /// The build does not exist.
    NotFound,
    /// The build has already ended.
    Ended,
}

/// All builds of this local cloud, in the order of their creation.
#[derive(Debug, Default)]
pub(crate) struct Builds {
    records: BTreeMap<u64, Record>,
    positions: HashMap<String, u64>,
    next_position: u64,
}

impl Builds {
    /// Accepts a build.
    pub(crate) fn submit(&self, id: String, spec: Spec, at: OffsetDateTime) -> Vec<Event> {
        vec![Event::Created { id, spec: Box::new(spec), at }]
    }

    /// Expires builds that waited too long, and starts others up to the maximum, the oldest first:
    /// [`RUNNING_AT_ONCE`], or as many as this in each project and region.
    pub(crate) fn schedule(&self, at: OffsetDateTime, in_each_place: Option<usize>) -> Vec<Event> {
        let place = |record: &Record| {
            let Spec { project, region, .. } = &record.spec;
            in_each_place.map(|_| (project.clone(), region.clone()))
        };
        let mut running: HashMap<_, usize> = HashMap::new();
        for record in self.records.values().filter(|record| record.status == Status::Working) {
            *running.entry(place(record)).or_default() += 1;
        }
        let maximum = in_each_place.unwrap_or(RUNNING_AT_ONCE);
        let mut events = Vec::new();
        for record in self.records.values().filter(|record| record.status == Status::Queued) {
            let ttl = record.spec.queue_ttl();
            if at - record.queued_at >= ttl {
                let seconds = ttl.whole_seconds();
                let detail = format!("build was queued for longer than {seconds} s");
                let end = End::without_work(Status::Expired, &detail);
                events.push(Event::Ended { id: record.id.clone(), at, end: Box::new(end) });
                continue;
            }
            let running = running.entry(place(record)).or_default();
            if *running < maximum {
                *running += 1;
                events.push(Event::Started { id: record.id.clone(), at });
            }
        }
        events
    }

    /// Ends a build at the request of a caller. Results of work that is still running are ignored
    /// from then on.
    ///
    /// # Errors
    /// If the build does not exist or has ended.
    pub(crate) fn cancel(&self, id: &str, at: OffsetDateTime) -> Result<Vec<Event>, CancelError> {
        let record = self.get(id).ok_or(CancelError::NotFound)?;
        if record.status.is_terminal() {
            return Err(CancelError::Ended);
        }
        let end = End::without_work(Status::Cancelled, "build was cancelled");
        Ok(vec![Event::Ended { id: id.to_owned(), at, end: Box::new(end) }])
    }

    /// Records the end of the work; a no-op if the build has already ended.
    pub(crate) fn finish(&self, id: &str, at: OffsetDateTime, end: End) -> Vec<Event> {
        let working = self.get(id).is_some_and(|record| record.status == Status::Working);
        if working {
            vec![Event::Ended { id: id.to_owned(), at, end: Box::new(end) }]
        } else {
            Vec::new()
        }
    }

    /// Requeues the builds that had not ended when the process last stopped. Ends those that were
    /// interrupted too often.
    pub(crate) fn interrupted(&self, at: OffsetDateTime) -> Vec<Event> {
        let open = self.records.values().filter(|record| !record.status.is_terminal());
        open.map(|Record { id, status, interruptions, .. }| {
            let id = id.clone();
            if *status == Status::Working && *interruptions >= INTERRUPTIONS_MAX {
                let end = End::without_work(
                    Status::InternalError,
                    &format!(
                        "the local cloud stopped {} times while it worked on the build",
                        interruptions + 1
                    ),
                );
                Event::Ended { id, at, end: Box::new(end) }
            } else {
                Event::Interrupted { id, at }
            }
        })
        .collect()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Record> {
        self.positions.get(id).and_then(|position| self.records.get(position))
    }

    /// Matching builds, newest first, each with its position. With `before`, the list continues
    /// after that position.
    pub(crate) fn newest<'a>(
        &'a self,
        before: Option<u64>,
        matches: impl Fn(&Record) -> bool + 'a,
    ) -> impl Iterator<Item = (u64, &'a Record)> {
        let range = self.records.range(..before.unwrap_or(u64::MAX)).rev();
        range
            .filter(move |(_, record)| matches(record))
            .map(|(position, record)| (*position, record))
    }

    fn insert(&mut self, record: Record) {
        self.positions.insert(record.id.clone(), self.next_position);
        self.records.insert(self.next_position, record);
        self.next_position += 1;
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut Record)) {
        if let Some(record) =
            self.positions.get(id).and_then(|position| self.records.get_mut(position))
        {
            change(record);
        }
    }

    fn forget_oldest(&mut self) {
        if self.records.len() <= KEEP_ENDED {
            return;
        }
        let oldest = self
            .records
            .iter()
            .find(|(_, record)| record.status.is_terminal())
            .map(|(position, _)| *position);
        if let Some(record) = oldest.and_then(|position| self.records.remove(&position)) {
            self.positions.remove(&record.id);
        }
    }
}

impl Core for Builds {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::Created { id, spec, at } => {
                self.insert(Record::queued(id, *spec, at));
                self.forget_oldest();
            }
            Event::Started { id, at } => self.change(&id, |record| {
                record.status = Status::Working;
                record.started_at = Some(at);
            }),
            Event::Interrupted { id, at } => self.change(&id, |record| {
                // Time during which the machine was off must not expire a build.
                record.queued_at = at;
                record.interruptions += u32::from(record.status == Status::Working);
                record.status = Status::Queued;
                record.started_at = None;
            }),
            Event::Ended { id, at, end } => self.change(&id, |record| {
                record.status = end.status;
                record.ended_at = Some(at);
                record.end = Some(*end);
            }),
            Event::Restored { record } => self.insert(*record),
            Event::Reset { scope } => {
                self.records.retain(|_, record| !scope.has_project(&record.spec.project));
                let records = &self.records;
                self.positions.retain(|_, position| records.contains_key(position));
            }
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        self.records
            .values()
            .map(|record| Event::Restored { record: Box::new(record.clone()) })
            .collect()
    }
}
