//! Batches: all of them, and one with its progress and its failures.

use std::sync::Arc;

use longshore_console_model::filter::Filter;
use longshore_console_model::index::entry::Entry;
use longshore_console_model::index::snapshot::{Feeding, Snapshot};
use longshore_ledger::{BatchControl, ListedBatch, MemberState};
use longshore_messages::BatchId;
use maud::{Markup, html};
use time::{Duration, OffsetDateTime};

use super::page::{action_link, heading, nothing};
use super::{deployments, failures};
use crate::catalogue::BatchDetail;
use crate::words::{Tone, ago, count, counted, moment, pill, short, span};

/// Squares of the picture of a batch: more functions share one.
const SQUARES_MAX: usize = 2_000;

/// Deployments in the table of a batch.
const TABLE: usize = 50;

pub(crate) fn list(snapshot: &Snapshot, now: OffsetDateTime) -> Markup {
    html! {
        (heading("Batches", &html! {
            p class="lead" id="lead" data-live {
                b { (count(snapshot.feeding.len())) }
                " in progress, " (count(snapshot.batches.len())) " in all"
            }
        }))
        div id="batches" data-live {
            @if snapshot.batches.is_empty() {
                (nothing("No batch yet. Start one with `longshore batch start batch.yaml`."))
            } @else {
                ul class="batch-list" {
                    @for batch in snapshot.batches.iter() {
                        li { (row(batch, snapshot.feeding.get(&batch.id), now)) }
                    }
                }
            }
        }
    }
}

fn row(batch: &ListedBatch, feeding: Option<&Feeding>, now: OffsetDateTime) -> Markup {
    html! {
        a class="card batch-row" href={ "/batches/" (batch.id) } {
            span class="batch-name" { b { (name(&batch.name, batch.id)) }
                span class="sub" {
                    (counted(batch.functions, "function")) ", " (ago(batch.accepted_at, now))
                } }
            @match feeding {
                Some(feeding) => {
                    @if feeding.is_paused { (pill(Tone::Warn, "paused")) }
                    @else { (pill(Tone::Busy, "running")) }
                    (bar(feeding, batch.functions))
                    span class="num" { (count(feeding.done)) " of " (count(batch.functions)) }
                }
                None => (outcome(batch.outcome.as_deref().unwrap_or("ended"))),
            }
        }
    }
}

fn name(name: &str, id: BatchId) -> String {
    if name.is_empty() { format!("Batch {}", short(&id.to_string())) } else { name.to_owned() }
}

fn outcome(word: &str) -> Markup {
    let tone = match word {
        "completed" => Tone::Good,
        "stopped" | "rejected" => Tone::Bad,
        _ => Tone::Quiet,
    };
    pill(tone, word)
}

/// How far a batch is: done, failed and in flight.
fn bar(feeding: &Feeding, functions: usize) -> Markup {
    let share = |part: usize| ratio(part, functions) * 100.0;
    let good = feeding.done.saturating_sub(feeding.failed);
    let Feeding { done, failed, in_flight, .. } = feeding;
    let label = format!("{done} of {functions} done, {failed} failed, {in_flight} in flight");
    html! {
        svg class="share" width="100%" height="10" role="img"
            aria-label=(label) {
            rect class="track" width="100%" height="10" rx="5" {}
            rect class="bar good" width={ (format!("{:.2}", share(good))) "%" } height="10" {}
            rect class="bar bad" x={ (format!("{:.2}", share(good))) "%" }
                width={ (format!("{:.2}", share(feeding.failed))) "%" } height="10" {}
            rect class="bar busy" x={ (format!("{:.2}", share(feeding.done))) "%" }
                width={ (format!("{:.2}", share(feeding.in_flight))) "%" } height="10" {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of a bar needs few digits")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

pub(crate) fn one(
    id: BatchId,
    detail: &BatchDetail,
    snapshot: &Snapshot,
    now: OffsetDateTime,
) -> Markup {
    let filter = Filter::default().with("batch", &id.to_string());
    let entries = filter.select(snapshot, now);
    let accepted = detail.accepted.as_ref();
    let title = name(accepted.map_or("", |accepted| &accepted.settings.name), id);
    html! {
        nav class="crumbs" aria-label="Where this is" { a href="/batches" { "Batches" } }
        div class="heading" id="heading" data-live {
            h1 { (title) }
            (state(detail))
            span class="grow" {}
            (buttons(id, detail))
        }
        div class="with-side" {
            div class="main-column" {
                (progress(detail, &entries, now))
                (squares(detail, snapshot))
                div id="causes" data-live { (failures::cards(&entries, &filter, now)) }
                section class="card" id="members" data-live {
                    div class="card-head" { h2 { "Deployments" }
                        a href=(filter.url()) { "All " (count(entries.len())) } }
                    @if entries.is_empty() { (nothing("Nothing is admitted yet.")) }
                    @else {
                        @let newest = &entries[..entries.len().min(TABLE)];
                        (deployments::table(newest, now, "Deployments of the batch, newest first"))
                    }
                }
            }
            section class="side" aria-label="Facts" { (facts(id, detail)) }
        }
    }
}

fn state(detail: &BatchDetail) -> Markup {
    if let Some(finished) = &detail.finished {
        return outcome(finished.outcome.as_str());
    }
    match detail.progress.as_ref().map(|progress| progress.control) {
        Some(BatchControl::Running) => pill(Tone::Busy, "running"),
        Some(BatchControl::Paused) => pill(Tone::Warn, "paused"),
        Some(BatchControl::Cancelled) => pill(Tone::Quiet, "being cancelled"),
        Some(BatchControl::Stopped) => pill(Tone::Bad, "stopped, the rest runs to its end"),
        None => pill(Tone::Quiet, "unknown"),
    }
}

fn buttons(id: BatchId, detail: &BatchDetail) -> Markup {
    let id = id.to_string();
    let has_ended = detail.finished.is_some();
    let control = detail.progress.as_ref().map(|progress| progress.control);
    html! {
        @if !has_ended && control == Some(BatchControl::Running) {
            (action_link("Pause", "batch-pause", &id, ""))
        }
        @if !has_ended && control == Some(BatchControl::Paused) {
            (action_link("Resume", "batch-resume", &id, ""))
        }
        @if !has_ended && control != Some(BatchControl::Cancelled) {
            (action_link("Cancel", "batch-cancel", &id, "danger"))
        }
        @if has_ended && detail.accepted.is_some() {
            (action_link("Retry what failed", "batch-retry", &id, ""))
        }
    }
}

/// How many functions there are in each state, the rate, and how long the rest takes.
fn progress(detail: &BatchDetail, entries: &[Arc<Entry>], now: OffsetDateTime) -> Markup {
    let Some(progress) = &detail.progress else { return html! {} };
    let functions = progress.members.len();
    let number = |state| progress.count(state);
    let (waiting, in_flight) = (number(MemberState::Waiting), number(MemberState::Admitted));
    let feeding = Feeding {
        waiting,
        in_flight,
        done: functions - waiting - in_flight,
        failed: number(MemberState::Failed),
        is_paused: progress.control == BatchControl::Paused,
    };
    let states = [
        (MemberState::Deployed, "deployed"),
        (MemberState::Unchanged, "unchanged"),
        (MemberState::TrafficPinned, "traffic-pinned"),
        (MemberState::Failed, "failed"),
        (MemberState::Superseded, "superseded"),
        (MemberState::Cancelled, "cancelled"),
        (MemberState::NotStarted, "not started"),
        (MemberState::Admitted, "in flight"),
        (MemberState::Waiting, "waiting"),
    ];
    let is_open = detail.finished.is_none();
    html! {
        section class="card" id="progress" data-live {
            div class="card-head" {
                h2 { (count(feeding.done)) " of " (count(functions)) " done" }
                span class="grow" {}
                @if is_open { span class="sub" { (eta(entries, waiting + in_flight, now)) } }
            }
            (bar(&feeding, functions))
            ul class="numbers" {
                @for (state, word) in states {
                    @if number(state) > 0 { li { b { (count(number(state))) } " " (word) } }
                }
            }
        }
    }
}

/// How long the rest takes, if it goes on as in the last minutes.
fn eta(entries: &[Arc<Entry>], left: usize, now: OffsetDateTime) -> String {
    let window = Duration::minutes(10);
    let ended: Vec<OffsetDateTime> =
        entries.iter().filter_map(|entry| entry.ended_at).filter(|at| now - *at < window).collect();
    let Some(first) = ended.iter().min() else {
        return "no end in the last ten minutes, so no forecast".to_owned();
    };
    if left == 0 {
        return "ends now".to_owned();
    }
    let seconds = (now - *first).as_seconds_f64().max(1.0);
    #[expect(clippy::cast_precision_loss, reason = "a forecast needs few digits")]
    let (ended, left) = (ended.len() as f64, left as f64);
    let per_second = ended / seconds;
    let rest = Duration::seconds_f64(left / per_second);
    format!("{:.1} a minute, about {} left", per_second * 60.0, span(rest))
}

/// A square for each function, or for some, in the order of admission.
fn squares(detail: &BatchDetail, snapshot: &Snapshot) -> Markup {
    if detail.members.is_empty() {
        return html! {};
    }
    let is_known = |member: &crate::catalogue::Member| snapshot.entry(member.deployment).is_some();
    html! {
        section class="card" id="squares" data-live {
            div class="card-head" {
                h2 { "Functions" }
                span class="sub" { "in the order of their admission" }
            }
            div class="squares" {
                @for member in detail.members.iter().take(SQUARES_MAX) {
                    @let class = square(member.state);
                    @let label = format!("{}: {}", member.at.name, member.state.as_str());
                    @if is_known(member) {
                        a class={ "square " (class) } href={ "/deployments/" (member.deployment) }
                            title=(label) {
                            span class="sr" { (label) }
                        }
                    } @else {
                        span class={ "square " (class) } title=(label) {
                            span class="sr" { (label) }
                        }
                    }
                }
            }
            @if detail.members.len() > SQUARES_MAX {
                p class="sub" { (count(detail.members.len() - SQUARES_MAX)) " more" }
            }
        }
    }
}

fn square(state: MemberState) -> &'static str {
    match state {
        MemberState::Waiting => "ahead",
        MemberState::Admitted | MemberState::Staged | MemberState::Releasing => "busy",
        MemberState::Deployed | MemberState::Unchanged => "good",
        MemberState::TrafficPinned | MemberState::Held | MemberState::Parked => "warn",
        MemberState::Failed => "bad",
        MemberState::Superseded | MemberState::Cancelled | MemberState::NotStarted => "quiet",
    }
}

fn facts(id: BatchId, detail: &BatchDetail) -> Markup {
    html! {
        dl class="side-facts" {
            div { dt { "Batch" } dd { code class="break" { (id) } } }
            @if let Some(accepted) = &detail.accepted {
                div { dt { "Requested by" } dd { (accepted.requester) } }
                div { dt { "Accepted" } dd { (moment(accepted.accepted_at)) } }
                @if let Some(tolerated) = accepted.settings.tolerated_failures {
                    div {
                        dt { "Stops after" }
                        dd {
                            "more than "
                                (tolerated) " failures"
                        }
                    }
                }
                @if !accepted.settings.waves.is_empty() {
                    div {
                        dt { "Waves" }
                        dd {
                            @for wave in &accepted.settings.waves { (wave) ", " }
                                "the rest"
                        }
                    }
                }
                @if let Some(window) = accepted.settings.window {
                    div { dt { "In flight in a place" } dd { "at most " (window) } }
                }
                @if let Some(before) = accepted.retry_of {
                    div {
                        dt { "Retry of" }
                        dd {
                            a href={ "/batches/" (before) } {
                                code { (short(&before.to_string())) }
                            }
                        }
                    }
                }
            }
            @if let Some(finished) = &detail.finished {
                div { dt { "Ended" } dd { (moment(finished.finished_at)) } }
            }
        }
    }
}
