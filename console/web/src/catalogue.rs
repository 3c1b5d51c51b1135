//! What is read about functions and batches when their pages are opened.

use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::{ConditionState, LiveService, LiveTrigger, TriggerShape, Triggers, chain};
use longshore_console_model::index::entry::{Entry, State};
use longshore_ledger::{AcceptedBatch, BatchProgress, MemberState};
use longshore_messages::{
    BatchFinished, BatchId, DeploymentId, FunctionRef, TriggerKind, TriggerOwner, decode,
};
use time::OffsetDateTime;

use crate::services::Services;
use crate::site::Site;
use crate::words::Tone;

/// Maximum number of places whose services are listed at the same time.
const PLACES_AT_ONCE: usize = 8;

/// A function for the list of all of them.
pub(crate) struct FunctionRow {
    pub(crate) at: FunctionRef,
    pub(crate) runtime: Option<String>,
    pub(crate) generation: Option<u64>,
    pub(crate) newest: Option<Arc<Entry>>,
    /// Whether the ledger's entry of its newest deployment can be read.
    pub(crate) is_readable: bool,
    pub(crate) state: (Tone, &'static str),
    pub(crate) revision: Option<String>,
}

/// All functions, sorted by name, and what could not be read.
pub(crate) async fn functions(site: &Site) -> Result<(Vec<FunctionRow>, Vec<String>), String> {
    let surveyed = site.fleet.ledger.survey_functions().await.map_err(|error| chain(&error))?;
    let places =
        surveyed.iter().map(|one| (one.function.project.clone(), one.function.region.clone()));
    let services = services(site, places.collect()).await;
    let unlisted = services.problems.iter();
    let unlisted = unlisted.map(|problem| format!("Services cannot be listed: {problem}"));
    let heads = surveyed.iter().filter_map(|one| Some((&one.function, one.head.as_ref().err()?)));
    let unreadable = heads.map(|(function, error)| format!("{function}: {}", chain(error)));
    let problems = unlisted.chain(unreadable).collect();
    let snapshot = site.index.current();
    let rows = surveyed.into_iter().filter_map(|one| {
        let is_readable = one.head.is_ok();
        let head = one.head.ok();
        let newest = head.as_ref().and_then(|head| snapshot.entry(head.deployment).cloned());
        let live = services.by_name.get(&one.function.service());
        let is_deleted = newest.as_ref().is_some_and(|entry| entry.state == State::Deletion);
        if is_deleted && live.is_none() {
            return None;
        }
        Some(FunctionRow {
            state: service_state(live),
            revision: live.map(|live| live.latest_ready_revision.clone()).filter(|r| !r.is_empty()),
            runtime: one.runtime.flatten(),
            generation: head.map(|head| head.admission.generation),
            at: one.function,
            newest,
            is_readable,
        })
    });
    let mut rows: Vec<FunctionRow> = rows.collect();
    rows.sort_by(|one, other| {
        (&one.at.name, one.at.to_string()).cmp(&(&other.at.name, other.at.to_string()))
    });
    Ok((rows, problems))
}

async fn services(
    site: &Site,
    places: std::collections::BTreeSet<(String, String)>,
) -> Arc<Services> {
    if let Some(services) = site.services.recent() {
        return services;
    }
    let listed = stream::iter(places).map(async |(project, region)| {
        let services = site.fleet.clients.services.list(&project, &region).await;
        services.map_err(|error| format!("{region} of {project}: {}", chain(&error)))
    });
    let listed: Vec<_> = listed.buffer_unordered(PLACES_AT_ONCE).collect().await;
    let mut all = Services::default();
    for place in listed {
        match place {
            Ok(services) => all.by_name.extend(services),
            Err(problem) => all.problems.push(problem),
        }
    }
    let all = Arc::new(all);
    site.services.keep(&all);
    all
}

/// What a live service does, in a word.
pub(crate) fn service_state(live: Option<&LiveService>) -> (Tone, &'static str) {
    let Some(live) = live else { return (Tone::Quiet, "no service") };
    if !live.latest_ready_revision.is_empty() {
        let gets_all = live.percent_of(&live.latest_ready_revision) >= 100;
        return if gets_all { (Tone::Good, "serving") } else { (Tone::Warn, "pinned") };
    }
    match live.condition.state {
        ConditionState::Failed => (Tone::Bad, "failed"),
        ConditionState::Pending | ConditionState::Succeeded => (Tone::Busy, "coming up"),
    }
}

/// A function.
pub(crate) struct FunctionDetail {
    pub(crate) live: Result<Option<LiveService>, String>,
    pub(crate) triggers: Vec<TriggerRow>,
    pub(crate) callers: Vec<String>,
    pub(crate) problems: Vec<String>,
}

/// What calls a function.
pub(crate) struct TriggerRow {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) state: &'static str,
    pub(crate) last_at: Option<OffsetDateTime>,
    pub(crate) problem: Option<String>,
}

pub(crate) async fn function(site: &Site, at: &FunctionRef) -> FunctionDetail {
    let service = at.service();
    let ledger = &site.fleet.ledger;
    let (live, wired, head) =
        tokio::join!(site.fleet.clients.services.get(&service), ledger.wired(at), ledger.head(at));
    let mut detail = FunctionDetail {
        live: live.map_err(|error| chain(&error)),
        triggers: Vec::new(),
        callers: Vec::new(),
        problems: Vec::new(),
    };
    detail.problems.extend(head.err().map(|error| chain(&error)));
    let wired = match wired {
        Ok(wired) => wired,
        Err(error) => {
            detail.problems.push(chain(&error));
            return detail;
        }
    };
    detail.callers = wired.callers.into_iter().collect();
    let clients = &site.fleet.clients.triggers;
    for kind in wired.kinds {
        let listed = match kind {
            TriggerKind::Topic => listed(site, at, &*clients.topics).await,
            TriggerKind::Event => listed(site, at, &*clients.events).await,
            TriggerKind::Schedule => listed(site, at, &*clients.schedules).await,
            TriggerKind::Queue => listed(site, at, &*clients.queues).await,
        };
        match listed {
            Ok(rows) => detail.triggers.extend(rows),
            Err(problem) => detail.problems.push(problem),
        }
    }
    detail
}

async fn listed<S: TriggerShape>(
    site: &Site,
    at: &FunctionRef,
    client: &dyn Triggers<S>,
) -> Result<Vec<TriggerRow>, String> {
    let owner = TriggerOwner::function(&site.fleet.name, at);
    let listed = client.list(&owner).await.map_err(|error| chain(&error))?;
    Ok(listed.iter().map(TriggerRow::of).collect())
}

impl TriggerRow {
    fn of<S: TriggerShape>(live: &LiveTrigger<S>) -> Self {
        let last = live.last.as_ref();
        Self {
            kind: S::KIND.as_str(),
            name: live.shape.name().rsplit('/').next().unwrap_or_default().to_owned(),
            state: live.state.as_str(),
            last_at: last.map(|last| last.at),
            problem: last.and_then(|last| last.problem.clone()),
        }
    }
}

/// A batch.
pub(crate) struct BatchDetail {
    pub(crate) accepted: Option<AcceptedBatch>,
    pub(crate) progress: Option<BatchProgress>,
    pub(crate) finished: Option<BatchFinished>,
    /// Each function with its state, in the order of admission.
    pub(crate) members: Vec<Member>,
}

/// A function of a batch.
pub(crate) struct Member {
    pub(crate) at: FunctionRef,
    pub(crate) state: MemberState,
    pub(crate) deployment: DeploymentId,
}

/// Reads a batch; `None` if the fleet has not received it.
pub(crate) async fn batch(site: &Site, id: BatchId) -> Result<Option<BatchDetail>, String> {
    let ledger = &site.fleet.ledger;
    let (accepted, progress, outcome) =
        tokio::join!(ledger.batch(id), ledger.batch_progress(id), ledger.batch_outcome(id));
    let text = |error: longshore_ledger::LedgerError| chain(&error);
    let accepted = accepted.map_err(text)?;
    let progress = progress.map_err(text)?.map(|(progress, _)| progress);
    let finished = outcome.map_err(text)?.and_then(|record| decode(&record.message).ok());
    if accepted.is_none() && finished.is_none() {
        return Ok(None);
    }
    let mut members = Vec::new();
    if let (Some(accepted), Some(progress)) = (&accepted, &progress) {
        let requests = ledger.batch_members(id, accepted).await.map_err(text)?;
        members = requests
            .into_iter()
            .zip(&progress.members)
            .map(|(request, state)| {
                let function = request.function.unwrap_or_default();
                let at = FunctionRef {
                    project: function.project,
                    region: function.region,
                    name: function.name,
                };
                let ce_id = id.member(&at);
                let deployment =
                    DeploymentId::requested_by(&accepted.requester, &accepted.source, &ce_id);
                Member { at, state: *state, deployment }
            })
            .collect();
    }
    Ok(Some(BatchDetail { accepted, progress, finished, members }))
}
