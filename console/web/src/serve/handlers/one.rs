//! Pages about one deployment, function or batch.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use longshore_cloud::{Build, chain};
use longshore_console_model::detail::{BuildDetail, Detail, function_of, object_name};
use longshore_console_model::filter::Filter;
use longshore_console_model::index::entry::Entry;
use longshore_console_model::index::snapshot::Snapshot;
use longshore_console_model::{ledger_trace, why};
use longshore_messages::{BatchId, DeploymentId, FunctionRef};
use longshore_trace_store::{Idle, Trace, Waterfall};
use maud::{Markup, html};

use super::{Shared, now, page, problem};
use crate::catalogue;
use crate::site::Site;
use crate::views::build::BuildPage;
use crate::views::deployment::{self as view, Drawing, Overview, Tab};
use crate::views::page::Section;
use crate::views::tabs::Line;
use crate::views::{
    batches as batches_view, build as build_view, functions as functions_view, tabs,
};
use crate::words::short;

/// Lines of a log that a page shows.
const LOG_LINES: usize = 3_000;

/// Lines that a function printed.
const PRINTED_LINES: usize = 500;

struct Found {
    id: DeploymentId,
    snapshot: Arc<Snapshot>,
    entry: Option<Arc<Entry>>,
}

/// The deployment of a path, or the page that says that there is none.
async fn find(site: &Site, id: &str) -> Result<Found, Response> {
    let snapshot = site.index.fresh().await;
    let Ok(id) = id.parse::<DeploymentId>() else {
        let text = "This is not an id of a deployment: it has 32 hexadecimal characters.";
        return Err(problem(site, &snapshot, StatusCode::NOT_FOUND, text));
    };
    if let Some(entry) = snapshot.entry(id).cloned() {
        return Ok(Found { id, snapshot, entry: Some(entry) });
    }
    // The index may not have it yet.
    match site.fleet.ledger.listed_deployment(id).await {
        Ok(Some(listed)) => {
            let mut entry = Entry::of(listed, None);
            if let Ok(Some(request)) = site.fleet.ledger.request(id).await {
                entry.function = entry.function.or_else(|| function_of(&request));
            }
            Ok(Found { id, snapshot, entry: Some(Arc::new(entry)) })
        }
        Ok(None) => {
            let text = "The ledger has no deployment with this id.";
            Err(problem(site, &snapshot, StatusCode::NOT_FOUND, text))
        }
        Err(error) => Err(problem(site, &snapshot, StatusCode::BAD_GATEWAY, &chain(&error))),
    }
}

fn deployment_page(site: &Site, found: &Found, tab: Tab, body: Markup) -> Response {
    let entry = found.entry.as_deref();
    let title = entry.map_or_else(|| short(&found.id.to_string()).to_owned(), Entry::name);
    let body = html! { (view::top(found.id, entry, &found.snapshot, tab, now())) (body) };
    page(site, &found.snapshot, Section::Deployments, &title, body).into_response()
}

pub(crate) async fn deployment(
    State(site): Shared,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let found = match find(&site, &id).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let drawing = Drawing::parse(&query.unwrap_or_default());
    let detail = read(&site, found.id).await;
    let (trace, is_from_ledger) = trace_of(&site, found.id, found.entry.as_deref(), &detail);
    let idle = if drawing.is_unfolded { Idle::Shown } else { Idle::Folded };
    let drawn = Waterfall::of(&trace, idle);
    let entry = found.entry.as_ref();
    let last_good = entry.and_then(|entry| found.snapshot.last_good_before(entry));
    let last_good_trace = match last_good.filter(|_| drawing.is_compared) {
        None => None,
        Some(good) => {
            let detail = read(&site, good.id).await;
            let (trace, is_other_ledgers) = trace_of(&site, good.id, Some(good), &detail);
            // Spans of a store and records of the ledger cannot be compared.
            if is_other_ledgers == is_from_ledger {
                Some(trace)
            } else {
                ledger_trace::of(good.id, Some(good), &detail, now())
            }
        }
    };
    let waiting = match entry.filter(|entry| entry.state.is_open()) {
        Some(_) => waiting(&site, found.id).await,
        None => None,
    };
    let body = view::overview(&Overview {
        id: found.id,
        entry,
        snapshot: &found.snapshot,
        detail: &detail,
        waiting,
        trace: &trace,
        drawn: &drawn,
        is_from_ledger,
        drawing,
        last_good,
        last_good_trace: last_good_trace.as_ref(),
        now: now(),
    });
    deployment_page(&site, &found, Tab::Overview, body)
}

/// Why a deployment waits, in a sentence.
async fn waiting(site: &Site, id: DeploymentId) -> Option<String> {
    match why::of(&site.fleet.ledger, id).await {
        Ok(why) => why,
        Err(error) => Some(format!("The ledger cannot say why it waits: {}", chain(&error))),
    }
}

/// What the ledger has of a deployment.
async fn read(site: &Site, id: DeploymentId) -> Detail {
    Detail::read(&site.fleet.ledger, &site.fleet.clients, id).await
}

/// The spans of a deployment from the store, or from the ledger's records, and whether it is the
/// latter.
fn trace_of(
    site: &Site,
    id: DeploymentId,
    entry: Option<&Entry>,
    detail: &Detail,
) -> (Trace, bool) {
    let stored = site.traces.as_ref().and_then(|store| {
        let trace_id = store.of_deployment(&id.to_string());
        let trace_id = trace_id.or_else(|| detail.trace_id()?.parse().ok())?;
        let trace = store.trace(trace_id)?.of_deployment(&id.to_string());
        (!trace.spans.is_empty()).then_some(trace)
    });
    match stored {
        Some(trace) => (trace, false),
        None => (ledger_trace::of(id, entry, detail, now()).unwrap_or_default(), true),
    }
}

pub(crate) async fn deployment_tab(
    State(site): Shared,
    Path((id, tab)): Path<(String, String)>,
) -> Response {
    let found = match find(&site, &id).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let Some(tab) = Tab::named(&tab) else {
        return problem(&site, &found.snapshot, StatusCode::NOT_FOUND, "There is no such page.");
    };
    let body = match tab {
        Tab::Overview => html! { p { a href={ "/deployments/" (found.id) } { "The deployment" } } },
        Tab::Messages => tabs::messages(&read(&site, found.id).await),
        Tab::Ledger => match site.fleet.ledger.objects_of(found.id).await {
            Ok(objects) => tabs::ledger(found.id, &objects),
            Err(error) => {
                let text = chain(&error);
                return problem(&site, &found.snapshot, StatusCode::BAD_GATEWAY, &text);
            }
        },
        Tab::Log => {
            let detail = read(&site, found.id).await;
            let build = build_log(&site, detail.build.as_ref()).await;
            let printed = printed(&site, found.entry.as_deref()).await;
            tabs::logs(&build, &printed)
        }
        Tab::Build => {
            let detail = read(&site, found.id).await;
            let live = match &detail.build {
                Some(build) => build.live(&site.fleet.clients).await,
                None => Ok(None),
            };
            let log = log_of(&site, &live).await;
            let layers = match &detail.build {
                Some(build) => build.layers(&site.fleet.clients).await,
                None => Ok(None),
            };
            let build = detail.build.as_ref();
            build_view::body(&BuildPage { detail: build, live, log, layers, now: now() })
        }
    };
    deployment_page(&site, &found, tab, body)
}

async fn build_log(site: &Site, build: Option<&BuildDetail>) -> Result<Vec<String>, String> {
    match build {
        Some(build) => log_of(site, &build.live(&site.fleet.clients).await).await,
        None => Ok(Vec::new()),
    }
}

async fn log_of(site: &Site, live: &Result<Option<Build>, String>) -> Result<Vec<String>, String> {
    match live {
        Ok(Some(build)) => {
            let log = site.fleet.clients.builds.log_tail(build, LOG_LINES).await;
            log.map_err(|error| chain(&error))
        }
        Ok(None) => Ok(Vec::new()),
        Err(problem) => Err(problem.clone()),
    }
}

/// What the revision of a deployment printed.
async fn printed(site: &Site, entry: Option<&Entry>) -> Result<Vec<Line>, String> {
    let Some((at, revision)) =
        entry.and_then(|entry| Some((entry.function.as_ref()?, entry.revision.as_ref()?)))
    else {
        return Ok(Vec::new());
    };
    let service = at.service_id();
    let lines = site.fleet.clients.logs.service_tail(
        &at.project,
        &at.region,
        &service,
        Some(revision),
        PRINTED_LINES,
    );
    let lines = lines.await.map_err(|error| chain(&error))?;
    let line = |line: longshore_cloud::LogLine| Line {
        at: Some(line.at),
        is_error: matches!(&*line.severity, "ERROR" | "CRITICAL" | "ALERT" | "EMERGENCY"),
        text: line.text,
    };
    Ok(lines.into_iter().map(line).collect())
}

pub(crate) async fn ledger_object(
    State(site): Shared,
    Path((id, name)): Path<(String, String)>,
) -> Response {
    let found = match find(&site, &id).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let missing = || {
        let text = "The ledger has no such entry of this deployment.";
        problem(&site, &found.snapshot, StatusCode::NOT_FOUND, text)
    };
    let Some(name) = object_name(&name) else { return missing() };
    match site.fleet.ledger.object_of(found.id, name).await {
        Ok(Some(content)) => {
            let body = tabs::object(found.id, name, &content);
            deployment_page(&site, &found, Tab::Ledger, body)
        }
        Ok(None) => missing(),
        Err(error) => problem(&site, &found.snapshot, StatusCode::BAD_GATEWAY, &chain(&error)),
    }
}

/// The trace in OTLP's JSON, if a store has it.
pub(crate) async fn export(State(site): Shared, Path(id): Path<String>) -> Response {
    let found = match find(&site, &id).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let exported = site.traces.as_ref().and_then(|store| {
        let data = store.otlp(store.of_deployment(&found.id.to_string())?)?;
        longshore_trace_store::to_json(&data).ok()
    });
    match exported {
        Some(json) => {
            let name = format!("attachment; filename=\"{}.trace.json\"", found.id);
            let headers =
                [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, name)];
            (headers, json).into_response()
        }
        None => {
            let text = "No trace store on this machine has the spans of this deployment.";
            problem(&site, &found.snapshot, StatusCode::NOT_FOUND, text)
        }
    }
}

pub(crate) async fn function(
    State(site): Shared,
    Path((project, region, name)): Path<(String, String, String)>,
) -> Response {
    let snapshot = site.index.fresh().await;
    let Ok(at) = format!("{project}/{region}/{name}").parse::<FunctionRef>() else {
        let text = "This is not the name of a function: PROJECT/REGION/NAME.";
        return problem(&site, &snapshot, StatusCode::NOT_FOUND, text);
    };
    let filter = Filter::default().with("function", &at.to_string());
    let history = filter.select(&snapshot, now());
    let detail = catalogue::function(&site, &at).await;
    let body = functions_view::one(&at, &detail, &history, now());
    page(&site, &snapshot, Section::Functions, &at.name, body).into_response()
}

pub(crate) async fn batch(State(site): Shared, Path(id): Path<String>) -> Response {
    let snapshot = site.index.fresh().await;
    let Ok(id) = id.parse::<BatchId>() else {
        let text = "This is not an id of a batch: it has 32 hexadecimal characters.";
        return problem(&site, &snapshot, StatusCode::NOT_FOUND, text);
    };
    match catalogue::batch(&site, id).await {
        Ok(Some(detail)) => {
            let body = batches_view::one(id, &detail, &snapshot, now());
            page(&site, &snapshot, Section::Batches, "Batch", body).into_response()
        }
        Ok(None) => {
            let text = "The fleet has not received a batch with this id.";
            problem(&site, &snapshot, StatusCode::NOT_FOUND, text)
        }
        Err(error) => problem(&site, &snapshot, StatusCode::BAD_GATEWAY, &error),
    }
}
