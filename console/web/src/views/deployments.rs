//! The list of deployments, with its filter.

use std::sync::Arc;

use longshore_console_model::filter::{Filter, Sort};
use longshore_console_model::index::entry::{Entry, Stage};
use longshore_console_model::index::snapshot::Snapshot;
use maud::{Markup, html};
use time::OffsetDateTime;

use super::page::{heading, nothing};
use crate::words::{ago, count, day, short, span, state, what};

/// Rows of a page, and of a part that a script asks for.
pub(crate) const ROWS: usize = 100;

/// Quick choices of a state.
const STATES: [(&str, &str); 8] = [
    ("", "All"),
    ("open", "In progress"),
    ("slow", "Slow"),
    ("stuck", "Stuck"),
    ("parked", "Parked"),
    ("failed", "Failed"),
    ("deployed", "Deployed"),
    ("unchanged", "Unchanged"),
];

/// Quick choices of a time.
const TIMES: [(&str, &str); 5] =
    [("", "Any time"), ("15m", "15 min"), ("1h", "1 h"), ("24h", "24 h"), ("7d", "7 d")];

pub(crate) fn body(
    snapshot: &Snapshot,
    filter: &Filter,
    from: usize,
    now: OffsetDateTime,
) -> Markup {
    let selected = filter.select(snapshot, now);
    let shown: Vec<&Arc<Entry>> = selected.iter().skip(from).take(ROWS).collect();
    let query = filter.query();
    html! {
        (heading("Deployments", &html! {
            p class="lead" id="lead" data-live aria-live="polite" {
                b { (count(selected.len())) } " of " (count(snapshot.entries.len()))
            }
        }))
        (controls(filter, snapshot))
        @if selected.is_empty() {
            div id="none" {
                (nothing("No deployment matches. Remove part of the filter, or search for fewer words."))
            }
        } @else {
            div class="rows" id="rows" data-rows={ "/deployments/rows?" (query) }
                data-total=(selected.len()) data-from=(from) {
                table class="list" aria-rowcount=(selected.len() + 1) {
                    caption class="sr" { "Deployments, " (filter.sort.as_str()) " first" }
                    thead { tr aria-rowindex="1" {
                        th scope="col" { "State" }
                        th scope="col" { "Function" }
                        th scope="col" class="wide" { "Requested by" }
                        th scope="col" class="wide" { "Details" }
                        th scope="col" class="num" { "Took" }
                        th scope="col" class="num" { "Requested" }
                    } }
                    tbody { (rows(&shown, from, now)) }
                }
            }
            (pages(filter, from, selected.len()))
        }
    }
}

/// Rows of the list, with their places in it.
pub(crate) fn rows(entries: &[&Arc<Entry>], from: usize, now: OffsetDateTime) -> Markup {
    html! {
        @for (index, entry) in entries.iter().enumerate() {
            tr aria-rowindex=(from + index + 2) {
                td class="c-state" { (state(entry)) }
                th scope="row" class="c-function" {
                    a class="cover" href={ "/deployments/" (entry.id) } { (entry.name()) }
                    span class="sub" {
                        @match &entry.function {
                            Some(at) => {
                                (at.region) @if let Some(generation) = entry.generation {
                                    " · generation " (generation)
                                }
                            }
                            None => { (short(&entry.id.to_string())) }
                        }
                    }
                }
                td class="wide c-requester" { span class="clip" { (source(entry)) } }
                td class="wide c-what" { span class="clip" { (what(entry, now)) } }
                td class="num c-took" { (span(entry.took(now))) }
                td class="num c-ago" { (ago(entry.requested_at, now)) }
            }
        }
    }
}

/// Who requested it.
fn source(entry: &Entry) -> Markup {
    html! {
        @if entry.batch.is_some() { "a batch" }
        @else if entry.source.is_empty() { "–" }
        @else { (entry.source.trim_start_matches("//")) }
        @if !entry.requester.is_empty() && entry.requester != longshore_messages::DEFAULT_REQUESTER
            {
            span class="sub" { (entry.requester) }
        }
    }
}

fn controls(filter: &Filter, snapshot: &Snapshot) -> Markup {
    let requesters: std::collections::BTreeSet<&str> = snapshot
        .entries
        .iter()
        .map(|entry| entry.requester.as_str())
        .filter(|r| !r.is_empty())
        .collect();
    let regions: std::collections::BTreeSet<&str> = snapshot
        .entries
        .iter()
        .filter_map(|entry| Some(entry.function.as_ref()?.region.as_str()))
        .collect();
    let hidden = ["function", "batch", "code", "cause", "until"];
    html! {
        form class="filter" action="/deployments" role="search" aria-label="Deployments"
            data-filter {
            div class="filter-row" {
                label class="grow" {
                    span class="sr" { "Words in the function, id, requester or cause" }
                    input type="search" name="q" value=(filter.text) autocomplete="off"
                        placeholder="Function, id, requester, error code …" spellcheck="false";
                }
                @for (key, value) in filter.selecting() {
                    @if hidden.contains(&key) || key == "state" || key == "since" {
                        input type="hidden" name=(key) value=(value);
                    }
                }
                (choice("stage", "Any stage", &filter.stage, Stage::ALL.map(Stage::as_str)))
                @if regions.len() > 1 || !filter.region.is_empty() {
                    (choice("region", "Any region", &filter.region, regions))
                }
                @if requesters.len() > 1 || !filter.requester.is_empty() {
                    (choice("requester", "Any requester", &filter.requester, requesters))
                }
                (order(filter.sort))
                button class="button" type="submit" { "Filter" }
            }
        }
        nav class="chips groups" aria-label="States and times" {
            span class="chips" {
                @for (word, name) in STATES {
                    a href=(filter.with("state", word).url())
                        aria-current=[(filter.state == word).then_some("true")] { (name) }
                }
            }
            span class="chips" {
                @for (word, name) in TIMES {
                    a href=(filter.with("since", word).url())
                        aria-current=[(filter.since == word).then_some("true")] { (name) }
                }
            }
        }
        @let removable: Vec<_> =
            filter.selecting().into_iter().filter(|(key, _)| hidden.contains(key)).collect();
        @if !removable.is_empty() {
            p class="selected" {
                @for (key, value) in removable {
                    a href=(filter.with(key, "").url()) title="Remove" {
                        span class="sub" { (key) } " " (value) span aria-hidden="true" { " ×" }
                        span class="sr" { ", remove" }
                    }
                }
            }
        }
    }
}

fn choice<'a>(
    name: &str,
    any: &str,
    chosen: &str,
    values: impl IntoIterator<Item = &'a str>,
) -> Markup {
    html! {
        label {
            span class="sr" { (name) }
            select name=(name) {
                option value="" { (any) }
                @for value in values {
                    option value=(value) selected[value == chosen] { (value) }
                }
            }
        }
    }
}

fn order(chosen: Sort) -> Markup {
    html! {
        label {
            span class="sr" { "order" }
            select name="sort" {
                @for sort in Sort::ALL {
                    option value=(sort.as_str()) selected[sort == chosen] {
                        @match sort {
                            Sort::Newest => "newest first",
                            Sort::Slowest => "slowest first",
                            Sort::Function => "by function",
                        }
                    }
                }
            }
        }
    }
}

fn pages(filter: &Filter, from: usize, total: usize) -> Markup {
    let at = |from: usize| {
        let query = filter.query();
        let join = if query.is_empty() { "" } else { "&" };
        format!("/deployments?{query}{join}from={from}")
    };
    html! {
        @if total > ROWS {
            nav class="pages" id="pages" aria-label="Pages" {
                @if from > 0 { a href=(at(from.saturating_sub(ROWS))) rel="prev" { "← Before" } }
                span {
                    (count(from + 1)) "–" (count((from + ROWS).min(total))) " of " (count(total))
                }
                @if from + ROWS < total { a href=(at(from + ROWS)) rel="next" { "After →" } }
            }
        }
    }
}

/// A short table of deployments of one function or batch.
pub(crate) fn table(entries: &[Arc<Entry>], now: OffsetDateTime, caption: &str) -> Markup {
    html! {
        table class="list short" {
            caption class="sr" { (caption) }
            thead { tr {
                th scope="col" { "State" }
                th scope="col" { "Function" }
                th scope="col" class="wide" { "Requested by" }
                th scope="col" class="wide" { "Details" }
                th scope="col" class="num" { "Took" }
                th scope="col" class="num" { "Requested" }
            } }
            tbody { @for entry in entries {
                tr {
                    td class="c-state" { (state(entry)) }
                    th scope="row" class="c-function" {
                        a class="cover" href={ "/deployments/" (entry.id) } { (entry.name()) }
                        span class="sub" { (entry.function.as_ref().map_or("", |at| &at.region)) }
                    }
                    td class="wide c-requester" { span class="clip" { (source(entry)) } }
                    td class="wide c-what" { span class="clip" { (what(entry, now)) } }
                    td class="num c-took" { (span(entry.took(now))) }
                    td class="num c-ago" { (day(entry.requested_at)) }
                }
            } }
        }
    }
}
