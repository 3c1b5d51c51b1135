//! Functions: all of them, and one with its revisions, traffic, triggers and history.

use std::sync::Arc;

use longshore_cloud::{LiveService, TrafficShare};
use longshore_console_model::index::entry::{Entry, State};
use longshore_messages::FunctionRef;
use maud::{Markup, html};
use time::OffsetDateTime;

use super::page::{action_link, heading, nothing};
use crate::catalogue::{FunctionDetail, FunctionRow, TriggerRow, service_state};
use crate::words::{Tone, ago, count, counted, day, pill, span, state, what};

/// Deployments in the history of a function.
const HISTORY: usize = 60;

/// Functions on one page. More are found by a search.
const LISTED: usize = 1_000;

pub(crate) fn list(
    rows: &[FunctionRow],
    problems: &[String],
    text: &str,
    now: OffsetDateTime,
) -> Markup {
    let matching: Vec<&FunctionRow> = rows
        .iter()
        .filter(|row| {
            let at = row.at.to_string().to_lowercase();
            let runtime = row.runtime.as_deref().unwrap_or_default();
            text.to_lowercase().split_whitespace().all(|word| {
                at.contains(word) || runtime.contains(word) || row.state.1.contains(word)
            })
        })
        .collect();
    html! {
        (heading("Functions", &html! {
            p class="lead" id="lead" data-live {
                b { (count(matching.len())) }
                " of " (count(rows.len()))
            }
        }))
        form class="filter" action="/functions" role="search" aria-label="Functions"
            data-filter {
            div class="filter-row" {
                label class="grow" { span class="sr" { "Name, region, runtime or state" }
                    input type="search" name="q" value=(text)
                        placeholder="Name, region, runtime, state …"
                        autocomplete="off" spellcheck="false"; }
                button class="button" { "Filter" }
            }
        }
        @for problem in problems {
            p class="notice bad" { (problem) }
        }
        @if matching.is_empty() { (nothing("No function matches.")) } @else {
            div id="functions" data-live {
                table class="list" {
                    caption class="sr" { "Functions by name" }
                    thead { tr {
                        th scope="col" { "Service" } th scope="col" { "Function" }
                        th scope="col" class="wide" { "Runtime" }
                        th scope="col" { "Newest deployment" }
                        th scope="col" class="wide" { "Revision" }
                        th scope="col" class="num" { "Requested" }
                    } }
                    tbody { @for row in matching.iter().take(LISTED) { (row_of(row, now)) } }
                }
            }
            @if matching.len() > LISTED {
                p class="sub" {
                    (count(matching.len() - LISTED)) " more: search for a part of the name."
                }
            }
        }
    }
}

fn row_of(row: &FunctionRow, now: OffsetDateTime) -> Markup {
    html! {
        tr {
            td class="c-state" { (pill(row.state.0, row.state.1)) }
            th scope="row" class="c-function" {
                a class="cover" href={ "/functions/" (row.at) } { (row.at.name) }
                span class="sub" {
                    (row.at.region) @if let Some(generation) = row.generation {
                        " · generation " (generation)
                    }
                }
            }
            td class="wide" { (row.runtime.as_deref().unwrap_or("–")) }
            td class="c-newest" {
                @if let Some(newest) = &row.newest { (state(newest)) }
                @else if !row.is_readable { span class="tag bad" { "unreadable" } }
                @else { "–" }
            }
            td class="wide" { code { (row.revision.as_deref().unwrap_or("–")) } }
            td class="num c-ago" {
                @if let Some(newest) = &row.newest { (ago(newest.requested_at, now)) }
            }
        }
    }
}

pub(crate) fn one(
    at: &FunctionRef,
    detail: &FunctionDetail,
    history: &[Arc<Entry>],
    now: OffsetDateTime,
) -> Markup {
    let live = detail.live.as_ref().ok().and_then(Option::as_ref);
    let (tone, word) = service_state(live);
    html! {
        nav class="crumbs" aria-label="Where this is" { a href="/functions" { "Functions" } }
        div class="heading" id="heading" data-live {
            h1 { (at.name) }
            (pill(tone, word))
            span class="sub" { (at.region) " · " (at.project) }
            span class="grow" {}
            @if let Some(url) = live.map(|live| &live.url).filter(|url| !url.is_empty()) {
                a class="button" href=(url) rel="noreferrer" {
                    "Open" span class="sr" { " the function" }
                }
            }
        }
        @if let Err(problem) = &detail.live {
            p class="notice bad" { "The service cannot be read: " (problem) }
        }
        div class="columns" {
            section class="card" id="traffic" data-live {
                div class="card-head" { h2 { "Traffic" } }
                @match live {
                    None => (nothing("There is no service.")),
                    Some(live) => (traffic(live)),
                }
            }
            section class="card" id="triggers" data-live {
                div class="card-head" { h2 { "Triggers and callers" } }
                (triggers(detail, now))
            }
        }
        section class="card" id="history" data-live {
            div class="card-head" {
                h2 { "History" }
                span class="sub" { (counted(history.len(), "deployment")) }
            }
            (history_table(at, live, history, now))
        }
    }
}

fn traffic(live: &LiveService) -> Markup {
    html! {
        ul class="shares" {
            @for share in &live.traffic {
                li {
                    code class="clip" {
                        (revision_of(share, live))
                    }
                    @if share.follows_latest { span class="tag" { "newest" } }
                    @if !share.tag.is_empty() { span class="tag" { (share.tag) } }
                    svg class="share" width="100%" height="8" role="presentation" {
                        rect class="track" width="100%" height="8" rx="4" {}
                        rect class="bar good" width={ (share.percent) "%" } height="8" rx="4" {}
                    }
                    span class="num" { (share.percent) "%" }
                }
            }
        }
        @if live.traffic.is_empty() { (nothing("No revision has ever been ready.")) }
        dl class="facts" {
            div {
                dt { "Newest ready" }
                dd { code { (text_or_dash(&live.latest_ready_revision)) } }
            }
            @if live.latest_created_revision != live.latest_ready_revision {
                div {
                    dt { "Newest created" }
                    dd { code { (text_or_dash(&live.latest_created_revision)) } }
                }
            }
            div { dt { "Image" } dd { code class="break" { (live.shape.image) } } }
            @if !live.condition.message.is_empty() {
                div { dt { "Cloud Run says" } dd { (live.condition.message) } }
            }
        }
    }
}

/// The share of all requests that the revision of a deployment gets, in percent.
fn share_of(entry: &Entry, live: Option<&LiveService>) -> Option<i32> {
    Some(live?.percent_of(entry.revision.as_ref()?))
}

/// The revision of a share, which may be the newest one at any time.
fn revision_of<'a>(share: &'a TrafficShare, live: &'a LiveService) -> &'a str {
    match share.revision.as_str() {
        "" => &live.latest_ready_revision,
        named => named,
    }
}

fn text_or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

fn triggers(detail: &FunctionDetail, now: OffsetDateTime) -> Markup {
    html! {
        @for problem in &detail.problems { p class="notice bad" { (problem) } }
        @if detail.triggers.is_empty() && detail.callers.is_empty() {
            (nothing("Only HTTP requests call it."))
        }
        ul class="newest" {
            @for trigger in &detail.triggers { (trigger_row(trigger, now)) }
            @for caller in &detail.callers {
                li class="plain-row" {
                    span class="grow" { code { (caller) } span class="sub" { "may call it" } }
                }
            }
        }
    }
}

fn trigger_row(trigger: &TriggerRow, now: OffsetDateTime) -> Markup {
    let tone = match trigger.state {
        "active" => Tone::Good,
        "failing" | "detached" => Tone::Bad,
        _ => Tone::Quiet,
    };
    html! {
        li class="plain-row" {
            (pill(tone, trigger.state))
            span class="grow" { b { (trigger.kind) } " " code { (trigger.name) }
                @if let Some(problem) = &trigger.problem { span class="sub" { (problem) } } }
            @if let Some(at) = trigger.last_at { (ago(at, now)) }
        }
    }
}

fn history_table(
    at: &FunctionRef,
    live: Option<&LiveService>,
    history: &[Arc<Entry>],
    now: OffsetDateTime,
) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="Table of deployments" {
            table class="list history" {
                caption class="sr" { "Deployments of the function, newest first" }
                thead { tr {
                    th scope="col" { "State" } th scope="col" class="num" { "Generation" }
                    th scope="col" { "Revision" } th scope="col" class="wide" { "Details" }
                    th scope="col" class="wide" { "Requested by" }
                    th scope="col" class="num" { "Took" } th scope="col" class="num" { "Requested" }
                    th scope="col" { span class="sr" { "Action" } }
                } }
                tbody { @for entry in history.iter().take(HISTORY) {
                    @let share = share_of(entry, live);
                    tr {
                        td class="c-state" { (state(entry)) }
                        td class="num c-generation" { a class="cover" href={ "/deployments/" (entry.id) } {
                            (entry.generation.map_or_else(String::new, |number| number.to_string()))
                        } }
                        td class="c-revision" { code { (entry.revision.as_deref().unwrap_or("–")) }
                            @if let Some(share) = share.filter(|share| *share > 0) {
                                " " span class="tag good" { (share) "%" }
                            } }
                        td class="wide c-what" {
                            span class="clip" { (beside_the_revision(entry, now)) }
                        }
                        td class="wide" {
                            span class="clip" { (entry.source.trim_start_matches("//")) }
                        }
                        td class="num c-took" { (span(entry.took(now))) }
                        td class="num c-ago" { (day(entry.requested_at)) }
                        td class="c-action" {
                            @if let (State::Deployed, Some(revision), true) =
                                (&entry.state, &entry.revision, share != Some(100)) {
                                @let target = format!("{at}@{revision}");
                                (action_link("Roll back", "rollback", &target, "small"))
                            }
                        }
                    }
                } }
            }
        }
    }
}

/// The details of a deployment without its revision, which has a column of its own.
fn beside_the_revision(entry: &Entry, now: OffsetDateTime) -> String {
    let details = what(entry, now);
    let revision = entry.revision.as_deref().unwrap_or_default();
    let rest = details.strip_prefix(revision).unwrap_or(&details);
    rest.trim_start_matches(", ").to_owned()
}
