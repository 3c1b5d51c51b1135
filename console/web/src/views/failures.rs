//! Failures, grouped by their cause.

use std::sync::Arc;

use longshore_console_model::failures::{Group, groups};
use longshore_console_model::filter::Filter;
use longshore_console_model::index::entry::Entry;
use longshore_console_model::index::snapshot::Snapshot;
use maud::{Markup, html};
use time::OffsetDateTime;

use super::page::{heading, nothing};
use crate::words::{Tone, ago, counted, icon};

/// Deployments of a group that are listed.
const LISTED: usize = 12;

const TIMES: [(&str, &str); 4] = [("1h", "1 h"), ("24h", "24 h"), ("7d", "7 d"), ("", "Any time")];

pub(crate) fn body(snapshot: &Snapshot, since: &str, now: OffsetDateTime) -> Markup {
    let filter = Filter::default().with("state", "failed").with("since", since);
    let failed = filter.select(snapshot, now);
    let groups = groups(&failed);
    html! {
        (heading("Failures", &html! {
            p class="lead" id="lead" data-live {
                b { (counted(failed.len(), "deployment")) }
                " failed for " b { (counted(groups.len(), "cause")) }
            }
        }))
        nav class="chips" aria-label="Time" {
            @for (word, name) in TIMES {
                a href={ "/failures" @if word != "24h" { "?since=" (word) } }
                    aria-current=[(since == word).then_some("true")] { (name) }
            }
        }
        div id="groups" data-live {
            @if groups.is_empty() { (nothing("Nothing has failed in this time.")) }
            @for group in &groups { (card(group, &filter, now)) }
        }
    }
}

/// The causes of some deployments, as cards.
pub(crate) fn cards(entries: &[Arc<Entry>], filter: &Filter, now: OffsetDateTime) -> Markup {
    html! { @for group in &groups(entries) { (card(group, filter, now)) } }
}

/// The part of the URL that leads to a group.
pub(crate) fn anchor(group: &Group) -> String {
    let text = format!("{}-{}", group.stage, group.root.id);
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

fn card(group: &Group, filter: &Filter, now: OffsetDateTime) -> Markup {
    let cause = group.root.cause.as_ref();
    let all = filter.with("code", &group.code).with("cause", &group.shape);
    let last = group.members.last().and_then(|last| last.ended_at);
    html! {
        section class="card cause bad" id=(anchor(group)) {
            div class="card-head" {
                h2 { (icon(Tone::Bad)) (group.code) span class="sub" { " in " (group.stage) } }
                span class="grow" {}
                a class="button small" href=(all.url()) {
                    (counted(group.members.len(), "deployment"))
                }
            }
            @if let Some(cause) = cause {
                p class="reason clamp" { (cause.reason) }
                @if !cause.advice.is_empty() {
                    p class="advice" { b { "Do this: " } (cause.advice) }
                }
            }
            dl class="facts" {
                div {
                    dt { "First" }
                    dd { a href={ "/deployments/" (group.root.id) } { (group.root.name()) } }
                }
                div { dt { "Failed on their own" } dd { (group.own) } }
                @if !group.fell.is_empty() {
                    div { dt { "Failed with the same build" } dd { (group.fell.len()) } }
                }
                @if let Some(last) = last { div { dt { "Last" } dd { (ago(last, now)) } } }
            }
            ul class="names" {
                @for entry in group.members.iter().rev().take(LISTED) {
                    li { a href={ "/deployments/" (entry.id) } { (entry.name()) }
                        @if group.fell.iter().any(|fell| fell.id == entry.id) {
                            span class="sub" { " failed with it" }
                        } }
                }
                @if group.members.len() > LISTED {
                    li {
                        a href=(all.url()) {
                            (counted(group.members.len() - LISTED, "more deployment"))
                        }
                    }
                }
            }
        }
    }
}
