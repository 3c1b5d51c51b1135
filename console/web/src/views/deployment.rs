//! One deployment.

mod side;

use std::sync::Arc;

use longshore_console_model::detail::Detail;
use longshore_console_model::index::entry::{Entry, Stage, State};
use longshore_console_model::index::snapshot::Snapshot;
use longshore_ledger::Action;
use longshore_messages::{DeploymentFinished, DeploymentId, Failure, FailureClass, Outcome};
use longshore_trace_store::{Trace, Waterfall};
use maud::{Markup, html};
use time::OffsetDateTime;

use super::page::action_link;
use super::tabs::{is_complaint, log};
use super::waterfall::{self, Beside};
use crate::words::{Tone, ago, icon, short, span, state};

/// The parts of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Log,
    Build,
    Messages,
    Ledger,
}

impl Tab {
    const ALL: [Self; 5] = [Self::Overview, Self::Log, Self::Build, Self::Messages, Self::Ledger];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.path() == name)
    }

    fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Log => "log",
            Self::Build => "build",
            Self::Messages => "messages",
            Self::Ledger => "ledger",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Log => "Log",
            Self::Build => "Build",
            Self::Messages => "Messages",
            Self::Ledger => "Ledger",
        }
    }
}

/// How the waterfall is drawn: the query of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// Whether idle time is drawn as long as it was.
    pub(crate) is_unfolded: bool,
    /// Whether the last good deployment is drawn beside it.
    pub(crate) is_compared: bool,
}

impl Drawing {
    pub(crate) fn parse(query: &str) -> Self {
        let mut drawing = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match (&*key, &*value) {
                ("idle", "shown") => drawing.is_unfolded = true,
                ("beside", "last-good") => drawing.is_compared = true,
                _ => {}
            }
        }
        drawing
    }

    fn query(self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.is_unfolded.then_some("idle=shown"));
        parts.extend(self.is_compared.then_some("beside=last-good"));
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// The title and the parts of a deployment's page.
pub(crate) fn top(
    id: DeploymentId,
    entry: Option<&Entry>,
    snapshot: &Snapshot,
    tab: Tab,
    now: OffsetDateTime,
) -> Markup {
    let function = entry.and_then(|entry| entry.function.as_ref());
    html! {
        nav class="crumbs" aria-label="Where this is" {
            a href="/deployments" { "Deployments" }
            @if let Some(at) = function {
                span aria-hidden="true" { "/" } a href={ "/functions/" (at) } { (at.name) }
            }
        }
        div class="heading" id="heading" data-live {
            h1 {
                @if let Some(at) = function { (at.name) } @else {
                    "Deployment " (short(&id.to_string()))
                }
                @if let Some(generation) = entry.and_then(|entry| entry.generation) {
                    span class="sub" { " generation " (generation) }
                }
            }
            @if let Some(entry) = entry {
                (state(entry))
                span class="sub" {
                    @if entry.state.is_open() { "for " (span(entry.took(now))) }
                    @else {
                        "after " (span(entry.took(now))) ", "
                            (ago(entry.ended_at.unwrap_or(now), now))
                    }
                }
                span class="grow" {}
                div class="buttons" { (buttons(entry, snapshot)) }
            }
        }
        nav class="tabs" aria-label="Parts of the deployment" {
            @for one in Tab::ALL {
                a href={ "/deployments/" (id) @if !one.path().is_empty() { "/" (one.path()) } }
                    aria-current=[(one == tab).then_some("page")] { (one.name()) }
            }
        }
    }
}

fn buttons(entry: &Entry, snapshot: &Snapshot) -> Markup {
    let id = entry.id.to_string();
    let is_newest = !snapshot.has_newer(entry);
    html! {
        @if entry.state.is_open() && !entry.is_cancel_requested {
            (action_link("Cancel", "cancel", &id, "danger"))
        }
        @if !entry.state.is_open() && entry.state != State::Deletion {
            (action_link("Deploy again", "redeploy", &id, ""))
        }
        @if let (false, State::Deployed, Some(at), Some(revision)) =
            (is_newest, &entry.state, &entry.function, &entry.revision) {
            (action_link("Roll back to it", "rollback", &format!("{at}@{revision}"), ""))
        }
    }
}

/// What the overview shows.
pub(crate) struct Overview<'a> {
    pub(crate) id: DeploymentId,
    pub(crate) entry: Option<&'a Arc<Entry>>,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) detail: &'a Detail,
    /// Why it waits, in a sentence.
    pub(crate) waiting: Option<String>,
    pub(crate) trace: &'a Trace,
    pub(crate) drawn: &'a Waterfall,
    /// Whether the trace is from the ledger's records alone.
    pub(crate) is_from_ledger: bool,
    pub(crate) drawing: Drawing,
    /// The last good deployment of the function, and its trace if it is drawn.
    pub(crate) last_good: Option<&'a Arc<Entry>>,
    pub(crate) last_good_trace: Option<&'a Trace>,
    pub(crate) now: OffsetDateTime,
}

pub(crate) fn overview(page: &Overview<'_>) -> Markup {
    let Overview { entry, detail, now, .. } = page;
    html! {
        div class="with-side" {
            div class="main-column" {
                @if let Some(waiting) = &page.waiting {
                    section class="card why" id="why" data-live aria-label="Why it waits" {
                        (icon(Tone::Busy))
                        p { (waiting) }
                    }
                }
                @if let Some(finished) = &detail.finished { (end(page.id, finished)) }
                @if let Some(entry) = entry { (stages(entry, page.snapshot, *now)) }
                (trace_card(page))
                @if !detail.actions.is_empty() { (actions(&detail.actions, *now)) }
            }
            section class="side" id="side" data-live aria-label="Facts" { (side::facts(page)) }
        }
    }
}

fn end(id: DeploymentId, finished: &DeploymentFinished) -> Markup {
    match &finished.outcome {
        Outcome::Failed(failure) => failed(id, failure),
        Outcome::TrafficPinned { ready, traffic } => html! {
            section class="card cause warn" {
                h2 { (icon(Tone::Warn)) "The revision is ready, and does not get all requests" }
                p { (ready.revision) " gets " (traffic.percent) "%, because the traffic is pinned: "
                    (traffic.distribution()) }
                p class="advice" { b { "Move the traffic: " } code { (traffic.command) } }
            }
        },
        Outcome::Superseded { by: Some(by) } => html! {
            section class="card cause" {
                p { "A newer request for the function replaced it: "
                    a href={ "/deployments/" (by) } { code { (short(&by.to_string())) } } }
            }
        },
        Outcome::Deployed(serving) | Outcome::Unchanged(serving) => html! {
            section class="card served" {
                (icon(Tone::Good))
                p {
                    b { (serving.revision) }
                    " serves at " a href=(serving.url) rel="noreferrer" { (serving.url) }
                }
            }
        },
        Outcome::Superseded { by: None } | Outcome::Cancelled => html! {},
    }
}

fn failed(id: DeploymentId, failure: &Failure) -> Markup {
    let party = match failure.class {
        FailureClass::User => "the request or the source",
        FailureClass::System => "the platform or the fleet",
    };
    html! {
        section class="card cause bad" id="cause" {
            h2 {
                (icon(Tone::Bad)) (failure.code) span class="sub" {
                    " in " (failure.stage) ", caused by " (party)
                }
            }
            p class="reason" { (failure.reason) }
            @if !failure.advice.is_empty() {
                p class="advice" { b { "Do this: " } (failure.advice) }
            }
            @if !failure.log_tail.is_empty() {
                (log(failure.log_tail.iter().map(|line| (None, is_complaint(line), line.as_str()))))
                p { a href={ "/deployments/" (id) "/log" } { "The whole log" } }
            }
        }
    }
}

/// The stages as a strip: how long each took, beside what is usual.
fn stages(entry: &Entry, snapshot: &Snapshot, now: OffsetDateTime) -> Markup {
    html! {
        section class="card" id="stages" data-live {
            ol class="strip" {
                @for stage in Stage::ALL {
                    @let took = entry.took_in(stage);
                    @let is_here = entry.state.stage() == Some(stage);
                    @let took = took.or_else(|| is_here.then(|| now - entry.in_stage_since()));
                    @let typical = snapshot.typical(stage);
                    @let is_slow = matches!((took, typical), (Some(took), Some(typical))
                        if took > typical * 3 && took.whole_seconds() > 5);
                    @let place = if is_here { "here" } else if took.is_some() { "done" } else { "ahead" };
                    li class={ (place)
                        @if is_slow { " slow" } } aria-current=[is_here.then_some("step")] {
                        span class="strip-name" { (stage.does()) }
                        span class="strip-took" { (took.map_or_else(|| "–".to_owned(), span)) }
                        span class="sub" {
                            @if let Some(typical) = typical { "usually " (span(typical)) }
                        }
                    }
                }
            }
        }
    }
}

fn trace_card(page: &Overview<'_>) -> Markup {
    let Overview { id, drawing, drawn, trace, .. } = page;
    let here = format!("/deployments/{id}");
    let folded = Drawing { is_unfolded: !drawing.is_unfolded, ..*drawing };
    let compared = Drawing { is_compared: !drawing.is_compared, ..*drawing };
    let total = span(nanos(drawn.duration_ns()));
    let idle = span(nanos(drawn.idle_ns));
    let beside = page.last_good.zip(page.last_good_trace).map(|(entry, trace)| Beside {
        trace,
        label: html! { "Beside " a href={ "/deployments/" (entry.id) } { "the last good one" }
        ", which took " (span(entry.took(page.now))) },
    });
    html! {
        section class="card" id="trace" data-live {
            div class="card-head" {
                h2 { "Where the time went" }
                span class="sub" { (total) ", idle for " (idle) }
                span class="grow" {}
                a class="button small" href={ (here) (folded.query()) "#trace" } {
                    @if drawing.is_unfolded { "Fold idle time" } @else { "Show idle time" }
                }
                @if page.last_good.is_some() {
                    a class="button small" href={ (here) (compared.query()) "#trace" } {
                        @if drawing.is_compared { "Alone" } @else { "Beside the last good one" }
                    }
                }
                a class="button small" href={ (here) "/trace.json" } download { "Export" }
            }
            (waterfall::picture(trace, drawn, beside.as_ref()))
            p class="sub legend-line" {
                span { i class="swatch critical" {} "decided the duration" }
                span { i class="swatch fold" {} "idle time, folded" }
                span { i class="swatch wait" {} "waiting" }
                @if page.is_from_ledger {
                    span { "from the ledger’s records: no store has its spans" }
                }
            }
        }
    }
}

/// What operators did with it.
pub(crate) fn actions(actions: &[Action], now: OffsetDateTime) -> Markup {
    html! {
        section class="card" {
            div class="card-head" { h2 { "What operators did" } }
            ul class="newest" { @for action in actions { li class="plain-row" {
                span class="grow" { b { (action.action) } " by " (action.by)
                    span class="sub" { (action.reason) } }
                (ago(action.at, now))
            } } }
        }
    }
}

fn nanos(nanos: u64) -> time::Duration {
    time::Duration::nanoseconds(i64::try_from(nanos).unwrap_or(i64::MAX))
}
