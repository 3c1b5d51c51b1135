//! The state of a function: its latest deployment in the ledger, its live service, and the
//! deployment that wrote the service.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::{ConditionState, LiveFunction, LiveService};
use longshore_ledger::{Ended, Head, Record, Surveyed};
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, DeploymentId, Flavour, FunctionRef, GENERATION_ANNOTATION, Published,
    StageMessage,
};
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::flavour::service_name;
use crate::incomplete::noted;
use crate::output::Tone;
use crate::stages::{decode, ended, under_way};
use crate::unreadable::{UNREADABLE, Unreadable};

/// Maximum number of functions that are read concurrently.
const READS_AT_ONCE: usize = 16;

/// Maximum number of projects and regions whose services are listed concurrently.
const PLACES_AT_ONCE: usize = 8;

/// What is read about a function besides its latest deployment and its live service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    Nothing,
    /// The runtime of the live service, and when it was written.
    Summary,
    /// The image that the live service was written with, and when.
    Published,
}

/// What a survey says about the newest deployment of a function. By default it says nothing.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    runtime: Option<Option<String>>,
    ended: Option<Ended>,
}

/// What the cloud has of a function.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) service: Option<LiveService>,
    /// The function in the Cloud Functions API, if it was deployed by that.
    pub(crate) function: Option<LiveFunction>,
}

#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) at: FunctionRef,
    /// `None` if it is unreadable.
    pub(crate) head: Option<Head>,
    pub(crate) live: Option<LiveService>,
    /// The function in the Cloud Functions API, if it was deployed by that.
    pub(crate) function: Option<LiveFunction>,
    /// State of the latest deployment.
    pub(crate) newest: String,
    /// Whether the latest deployment is a deletion.
    pub(crate) deleting: bool,
    /// The image that the live service was written with, if this fleet wrote it, and if it was read.
    pub(crate) published: Option<Published>,
    /// The requested runtime. `None` if the builder chose it, or if it is unknown.
    pub(crate) runtime: Option<String>,
    /// When the deployment that wrote the live service ended.
    pub(crate) deployed_at: Option<OffsetDateTime>,
    /// Ledger entries that are missing here.
    pub(crate) unreadable: Vec<Unreadable>,
}

impl Known {
    /// All functions of the fleet, as far as they can be read, including deleted ones. Functions
    /// and services are listed, with one call for each page. A function is read only if its newest
    /// deployment has not ended, failed, or did not write its service.
    ///
    /// # Errors
    /// When the ledger or the services cannot be listed, or a read fails.
    pub(crate) async fn all(target: &CloudTarget, detail: Detail) -> Result<Vec<Self>, CliError> {
        let surveyed = target.ledger.survey_functions().await.map_err(CliError::ledger)?;
        let places: BTreeSet<(String, String)> = surveyed
            .iter()
            .map(|one| (one.function.project.clone(), one.function.region.clone()))
            .collect();
        let listed = stream::iter(places)
            .map(async |(project, region)| list_of_place(target, &project, &region).await)
            .buffer_unordered(PLACES_AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        let (services, functions): (Vec<_>, Vec<_>) = listed.into_iter().unzip();
        let live: BTreeMap<String, LiveService> = services.into_iter().flatten().collect();
        let mut functions: BTreeMap<String, LiveFunction> = functions
            .into_iter()
            .flatten()
            .map(|function| (function.name.clone(), function))
            .collect();
        let with_live: Vec<_> = surveyed
            .into_iter()
            .map(|one| {
                let function = functions.remove(&one.function.function());
                let service = live.get(&service_name(&one.function, function.as_ref()));
                let service = service.filter(|live| {
                    // The service of a function with another spelling of the name is not its own.
                    function.is_some() || !live.is_of_function()
                });
                (Live { service: service.cloned(), function }, one)
            })
            .collect();
        let read = stream::iter(with_live).map(|(live, one)| {
            let Surveyed { function, head, runtime, ended } = one;
            let summary = Summary { runtime, ended };
            Self::read(target, function, head.map_err(CliError::ledger), live, detail, summary)
        });
        read.buffered(READS_AT_ONCE).try_collect().await
    }

    /// Reads the state of a function whose head and live service are known, as far as it can be
    /// read. What the summary of the newest deployment says is not read. Otherwise makes one small
    /// read if the latest deployment wrote the service, and one more for each detail.
    pub(crate) async fn read(
        target: &CloudTarget,
        at: FunctionRef,
        head: Result<Head, CliError>,
        live: Live,
        detail: Detail,
        summary: Summary,
    ) -> Result<Self, CliError> {
        let Live { service: live, function } = live;
        let mut unreadable = Vec::new();
        let head = noted(head, &mut unreadable)?;
        let latest = head.as_ref().map(|head| head.deployment);
        let writer = match &function {
            Some(function) => function.written_by(),
            None => live.as_ref().and_then(writer),
        };
        let is_latests = writer.is_some() && latest == writer;
        // Of the newest deployment, which may not have written the service.
        let Summary { runtime, ended } = summary;
        let (known_runtime, known_end) =
            if is_latests { (runtime, ended.as_ref()) } else { (None, None) };
        let is_published = detail == Detail::Published;
        let is_described = is_published || (detail == Detail::Summary && known_runtime.is_none());
        let is_dated = is_published || detail == Detail::Summary;
        let described = writer.filter(|_| is_described);
        let concluded = writer.filter(|_| known_end.is_none() && (is_dated || is_latests));
        let unknown = latest.filter(|_| !is_latests && ended.is_none());
        let (published, outcome, newest) = tokio::join!(
            maybe(described.map(|id| target.ledger.stage_record(id, "registry-watcher"))),
            maybe(concluded.map(|id| target.ledger.outcome(id))),
            maybe(unknown.map(|id| newest(target, id))),
        );
        let published = noted(published.map_err(CliError::ledger), &mut unreadable)?.flatten();
        let published: Option<Published> = published.as_ref().and_then(decode);
        let outcome = noted(outcome.map_err(CliError::ledger), &mut unreadable)?;
        let deployed_at = match known_end {
            Some(ended) => Some(ended.ended_at),
            None => outcome.as_ref().and_then(|outcome| Some(outcome.as_ref()?.finished_at)),
        };
        let newest = match (&ended, latest, &outcome) {
            // The end of a deletion is not noted.
            (Some(ended), _, _) => Ok(Some((ended.outcome.clone(), false))),
            // A deployment that wrote a service is not a deletion.
            (None, Some(id), Some(outcome)) if is_latests => {
                state(target, id, outcome.as_ref()).await.map(|state| Some((state, false)))
            }
            (None, _, _) => newest,
        };
        let newest = noted(newest, &mut unreadable)?.flatten();
        let (newest, deleting) = newest.unwrap_or_else(|| (UNREADABLE.to_owned(), false));
        let runtime = match known_runtime {
            Some(runtime) => runtime,
            None => published.as_ref().and_then(requested_runtime),
        };
        Ok(Self {
            at,
            head,
            live,
            function,
            newest,
            deleting,
            published,
            runtime,
            deployed_at,
            unreadable,
        })
    }

    /// Whether the function was deleted and not deployed again.
    pub(crate) fn is_gone(&self) -> bool {
        self.deleting && self.live.is_none() && self.function.is_none()
    }

    /// By which of Google's two methods the function is deployed.
    pub(crate) fn flavour(&self) -> Flavour {
        match (&self.published, &self.function) {
            (_, Some(_)) | (Some(Published::Function(_)), None) => Flavour::Functions,
            (Some(Published::Shared(_)) | None, None) => Flavour::Run,
        }
    }

    /// State of the live service, independent of the latest deployment.
    pub(crate) fn state(&self) -> &'static str {
        match &self.live {
            _ if self.head.is_none() => UNREADABLE,
            Some(_) if self.deleting => "deleting",
            Some(live) if !live.latest_ready_revision.is_empty() => {
                // The same measure as that of the outcome of a deployment.
                let gets_all = live.percent_of(&live.latest_ready_revision) >= 100;
                if gets_all { "serving" } else { "pinned" }
            }
            Some(live) => match live.condition.state {
                ConditionState::Failed => "failed",
                ConditionState::Pending | ConditionState::Succeeded => "coming up",
            },
            // Half made: its operation failed before it had a service.
            None if self.function.is_some() => "failed",
            None => "none",
        }
    }

    /// Number of triggers that are part of the function itself, in the Functions flavour.
    pub(crate) fn own_triggers(&self) -> usize {
        let event = self.function.as_ref().and_then(|function| function.shape.event.as_ref());
        usize::from(event.is_some())
    }

    pub(crate) fn tone(&self) -> Tone {
        match self.state() {
            "serving" => Tone::Good,
            "failed" | UNREADABLE => Tone::Bad,
            "none" => Tone::Quiet,
            _ => Tone::Busy,
        }
    }

    pub(crate) fn url(&self) -> Option<String> {
        self.live.as_ref().map(|live| live.url.clone()).filter(|url| !url.is_empty())
    }
}

/// The services of a project and region, and the functions of the Cloud Functions API.
async fn list_of_place(
    target: &CloudTarget,
    project: &str,
    region: &str,
) -> Result<(Vec<(String, LiveService)>, Vec<LiveFunction>), CliError> {
    let clients = &target.clients;
    let services = clients.services.list(project, region).await.map_err(CliError::ReadService)?;
    // A project that does not use that API may not have it enabled.
    if !services.iter().any(|(_, live)| live.is_of_function()) {
        return Ok((services, Vec::new()));
    }
    let functions = clients.functions.list(project, region).await.map_err(CliError::ReadService)?;
    Ok((services, functions))
}

fn requested_runtime(published: &Published) -> Option<String> {
    published.specification()?.runtime.clone()
}

/// State of a deployment, and whether it is a deletion.
async fn newest(
    target: &CloudTarget,
    id: DeploymentId,
) -> Result<Option<(String, bool)>, CliError> {
    let (outcome, deletion) = tokio::join!(target.ledger.outcome(id), target.ledger.deletion(id));
    if deletion.map_err(CliError::ledger)?.is_some() {
        return Ok(Some(("deletion".to_owned(), true)));
    }
    let outcome = outcome.map_err(CliError::ledger)?;
    state(target, id, outcome.as_ref()).await.map(|state| Some((state, false)))
}

/// State of a deployment whose outcome has been read.
async fn state(
    target: &CloudTarget,
    id: DeploymentId,
    outcome: Option<&Record>,
) -> Result<String, CliError> {
    match outcome {
        Some(record) => Ok(ended(id, record)?.outcome.as_str().to_owned()),
        None => under_way(target, id).await,
    }
}

/// Awaits a read, if there is one.
async fn maybe<T, E>(
    read: Option<impl Future<Output = Result<Option<T>, E>>>,
) -> Result<Option<T>, E> {
    match read {
        Some(read) => read.await,
        None => Ok(None),
    }
}

/// The deployment that wrote a service, if a fleet wrote it.
pub(crate) fn writer(live: &LiveService) -> Option<DeploymentId> {
    live.shape.annotations.get(DEPLOYMENT_ANNOTATION)?.parse().ok()
}

/// The generation annotated on a service, or 0 if there is none.
pub(crate) fn generation(live: &LiveService) -> u64 {
    live.shape
        .annotations
        .get(GENERATION_ANNOTATION)
        .and_then(|generation| generation.parse().ok())
        .unwrap_or(0)
}
