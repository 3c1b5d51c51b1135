//! The sweep over functions that may be written: ends their deployments, and has the newest deployment
//! of a function deployed again if an older one overwrote it.
//!
//! It starts from the marks in the ledger, and takes one list of functions for each project and region
//! with a mark.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::LiveFunction;
use longshore_ledger::{Ledger, OperatingDeployment, Record};
use longshore_messages::{
    DeploymentFinished, DeploymentId, OperationStarted, Outcome, Submitted, TraceContext, decode,
};
use longshore_runner::{Found, SweepLog};
use time::OffsetDateTime;

use super::conclude::{FunctionConcluder, again};
use super::plan::{Ended, Mark, Newest, mark};
use crate::{WatchError, WatcherOutput};

/// Maximum number of projects and regions, and of functions in each, that are handled concurrently.
const AT_ONCE: usize = 8;

/// The worker whose record says which operation was started for a deployment.
const SUBMITTER: &str = "build-submitter";

/// One sweep.
pub(crate) struct FunctionSweep<'a> {
    concluder: FunctionConcluder<'a>,
    log: &'a SweepLog,
    now: OffsetDateTime,
}

impl<'a> FunctionSweep<'a> {
    pub(crate) fn new(concluder: FunctionConcluder<'a>, log: &'a SweepLog) -> Self {
        let now = concluder.ledger.now();
        Self { concluder, log, now }
    }

    /// Everything that is due. `Err` only if the ledger cannot be listed.
    pub(crate) async fn run(&self) -> Result<Vec<Found<WatcherOutput>>, WatchError> {
        let marks = self.ledger().list_operating().await.map_err(WatchError::Ledger)?;
        let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for mark in marks {
            let place = (mark.function.project.clone(), mark.function.region.clone());
            places.entry(place).or_default().push(mark);
        }
        let found = stream::iter(places)
            .map(async |((project, region), marks)| self.place(&project, &region, marks).await);
        Ok(found.buffered(AT_ONCE).concat().await)
    }

    fn ledger(&self) -> &'a Ledger {
        self.concluder.ledger
    }

    async fn place(
        &self,
        project: &str,
        region: &str,
        marks: Vec<OperatingDeployment>,
    ) -> Vec<Found<WatcherOutput>> {
        let item = format!("functions of {project}/{region}");
        let listed = async {
            let listed = self.concluder.functions.list(project, region).await;
            listed.map_err(WatchError::Function)
        };
        let Some(listed) = self.log.item(&item, listed).await else { return Vec::new() };
        let live: BTreeMap<String, LiveFunction> =
            listed.into_iter().map(|live| (live.name.clone(), live)).collect();
        let found = stream::iter(marks).map(async |marked| {
            let live = live.get(&marked.function.function());
            let item = format!("function {} of deployment {}", marked.function, marked.id);
            self.log.item(&item, self.check(&marked, live)).await.flatten()
        });
        found.buffered(AT_ONCE).filter_map(async |found| found).collect().await
    }

    /// Concludes a deployment that is marked, or decides what becomes of its mark.
    async fn check(
        &self,
        marked: &OperatingDeployment,
        live: Option<&LiveFunction>,
    ) -> Result<Option<Found<WatcherOutput>>, WatchError> {
        let ledger = self.ledger();
        let (record, outcome) =
            tokio::join!(ledger.stage_record(marked.id, SUBMITTER), ledger.outcome(marked.id));
        let started = record.map_err(WatchError::Ledger)?.as_ref().and_then(started);
        if outcome.map_err(WatchError::Ledger)?.is_some() {
            return self.after_end(marked, started.is_some(), live).await;
        }
        // Its own message is delivered again until there is a record.
        let Some((started, trace)) = started else { return Ok(None) };
        let is_in_progress = live.is_some_and(|live| !live.state.is_settled());
        if is_in_progress && self.now < started.deployment.deadline_at {
            return Ok(None);
        }
        let concluded = self.concluder.conclude(&started, &trace).await?;
        Ok(concluded.ok().map(Found::Handoff))
    }

    async fn after_end(
        &self,
        marked: &OperatingDeployment,
        has_operation: bool,
        live: Option<&LiveFunction>,
    ) -> Result<Option<Found<WatcherOutput>>, WatchError> {
        let ledger = self.ledger();
        let head = ledger.head(&marked.function).await.map_err(WatchError::Ledger)?;
        let head = head.map(|head| head.deployment);
        let is_newest = head == Some(marked.id);
        let newest = match head.filter(|head| *head != marked.id) {
            Some(id) => Some(self.newest(id).await?),
            None => None,
        };
        let trace = newest.as_ref().map(|(_, trace)| trace.clone()).unwrap_or_default();
        let newest = newest.map(|(newest, _)| newest);
        let ended = Ended { has_operation, is_newest, newest, live: live.cloned() };
        match mark(marked, &ended, self.now) {
            Mark::Keep => Ok(None),
            Mark::Remove => {
                let removed = ledger.unmark_operating(&marked.function, marked.id).await;
                removed.map_err(WatchError::Ledger).map(|()| None)
            }
            Mark::DeployAgain => Ok(deploy_again(marked, ended.newest, &trace)),
        }
    }

    async fn newest(&self, id: DeploymentId) -> Result<(Newest, TraceContext), WatchError> {
        let ledger = self.ledger();
        let (record, outcome, is_open) = tokio::join!(
            ledger.stage_record(id, SUBMITTER),
            ledger.outcome(id),
            ledger.is_open(id)
        );
        let (started, trace) = match record.map_err(WatchError::Ledger)?.as_ref().and_then(started)
        {
            Some((started, trace)) => (Some(started), trace),
            None => (None, TraceContext::default()),
        };
        let outcome = outcome.map_err(WatchError::Ledger)?;
        let is_open = is_open.map_err(WatchError::Ledger)? && outcome.is_none();
        let is_lost = outcome.is_some_and(|record| is_lost(&record));
        Ok((Newest { is_open, is_lost, started }, trace))
    }
}

fn deploy_again(
    marked: &OperatingDeployment,
    newest: Option<Newest>,
    trace: &TraceContext,
) -> Option<Found<WatcherOutput>> {
    let started = newest?.started?;
    let reason = format!("deployment {} is older, and overwrote the function", marked.id);
    tracing::warn!(deployment = %started.deployment.id, reason, "the newest deployment is lost");
    Some(Found::Handoff(again(&started, 1, reason, trace)))
}

/// The operation that a record of build-submitter is about, if it is of this flavour.
fn started(record: &Record) -> Option<(OperationStarted, TraceContext)> {
    let trace = TraceContext::from_attributes(&record.message.attributes);
    match decode::<Submitted>(&record.message) {
        Ok(Submitted::Function(started)) => Some((*started, trace)),
        Ok(Submitted::Shared(_)) | Err(_) => None,
    }
}

/// Whether a deployment ended without making the function what it wants.
fn is_lost(record: &Record) -> bool {
    match decode::<DeploymentFinished>(&record.message).map(|finished| finished.outcome) {
        Ok(Outcome::Deployed(_) | Outcome::Unchanged(_) | Outcome::TrafficPinned { .. }) => false,
        Ok(Outcome::Failed(_) | Outcome::Superseded { .. } | Outcome::Cancelled) | Err(_) => true,
    }
}
