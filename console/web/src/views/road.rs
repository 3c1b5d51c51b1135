//! The road: what waits, works, is done and failed at each stage, and what deserves a look.

use std::sync::Arc;

use longshore_console_model::failures::{Group, groups};
use longshore_console_model::filter::Filter;
use longshore_console_model::index::entry::{Entry, Stage, State};
use longshore_console_model::index::snapshot::{Snapshot, Station, is_slow, is_stuck};
use maud::{Markup, html};
use time::{Duration, OffsetDateTime};

use super::page::{heading, nothing};
use crate::words::{Tone, ago, count, counted, icon, span, state_words, what};

/// Deployments of a station that have a dot of their own.
const DOTS_MAX: usize = 48;

/// Bars of the chart of the last hour.
const MINUTES: usize = 60;

/// Deployments in the short list of the newest ones.
const NEWEST: usize = 8;

/// Causes of failures that are listed.
const CAUSES: usize = 4;

pub(crate) fn body(snapshot: &Snapshot, now: OffsetDateTime) -> Markup {
    let stations = snapshot.stations(now);
    let ended: Vec<&Arc<Entry>> = ended_within(snapshot, now, Duration::HOUR).collect();
    html! {
        (heading("The road", &html! {
            p class="lead" id="lead" data-live { (summary(&stations, &ended, snapshot)) }
        }))
        section class="road" id="road" data-live aria-label="Stages" {
            (entrance(snapshot))
            @for station in &stations { (station_card(station, now)) }
            (exit(&ended))
        }
        section class="card" id="hour" data-live aria-label="The last hour" {
            div class="card-head" { h2 { "The last hour" } (legend()) }
            (chart(&ended, now))
        }
        div class="columns" {
            section class="card" id="attention" data-live {
                div class="card-head" { h2 { "Needs attention" } }
                (attention(snapshot, &stations, now))
            }
            section class="card" id="newest" data-live {
                div class="card-head" {
                    h2 { "Newest deployments" }
                    a href="/deployments" { "All " (count(snapshot.entries.len())) }
                }
                (newest(snapshot, now))
            }
        }
    }
}

fn ended_within(
    snapshot: &Snapshot,
    now: OffsetDateTime,
    within: Duration,
) -> impl Iterator<Item = &Arc<Entry>> {
    let recent = move |entry: &&Arc<Entry>| entry.ended_at.is_some_and(|at| now - at <= within);
    snapshot.entries.iter().filter(recent)
}

/// What happens, in one sentence.
fn summary(stations: &[Station], ended: &[&Arc<Entry>], snapshot: &Snapshot) -> Markup {
    let open: usize = stations.iter().map(|station| station.inside.len()).sum();
    let waiting: usize = snapshot.feeding.values().map(|batch| batch.waiting).sum();
    let failed = ended.iter().filter(|entry| entry.state == State::Failed).count();
    html! {
        @if open == 0 && waiting == 0 { "Nothing is in progress. " }
        @else { b { (counted(open, "deployment")) } " in progress"
            @if waiting > 0 { ", " b { (count(waiting)) } " waiting in batches" } ". " }
        "In the last hour " b { (count(ended.len())) } " ended"
        @if failed > 0 { ", of which " b class="bad" { (count(failed)) } " failed" }
        "."
        @if let Some(typical) = snapshot.typical_whole() {
            " Half of them take no longer than " b { (span(typical)) } "."
        }
    }
}

/// What batches have not admitted yet.
fn entrance(snapshot: &Snapshot) -> Markup {
    let waiting: usize = snapshot.feeding.values().map(|batch| batch.waiting).sum();
    let paused = snapshot.feeding.values().filter(|batch| batch.is_paused).count();
    html! {
        a class="gate" href="/batches" {
            span class="gate-name" { "Batches" }
            span class="gate-number" { (count(waiting)) }
            span class="gate-note" {
                @if snapshot.feeding.is_empty() { "none in progress" }
                @else if paused == 1 { "1 batch paused" }
                @else if paused > 1 { (count(paused)) " batches paused" }
                @else { "not admitted yet" }
            }
        }
    }
}

fn station_card(station: &Station, now: OffsetDateTime) -> Markup {
    let Station {
        stage,
        inside,
        waiting: _,
        parked,
        slow,
        done_last_hour,
        failed_last_hour,
        per_minute,
        typical,
    } = station;
    let url = url_of(&[("stage", stage.as_str()), ("state", "open")]);
    let is_active = !inside.is_empty();
    html! {
        article class={ "station" @if is_active { " active" } } {
            header {
                h2 { a href=(url) { (stage.does()) } }
                span class="station-worker" { (stage.as_str()) }
            }
            div class="station-number" {
                span class="big" { (count(inside.len())) }
                span class="station-note" { (inside_words(*stage, inside)) }
            }
            div class="dots" {
                @for entry in inside.iter().take(DOTS_MAX) { (dot(entry, *typical, now)) }
                @if inside.len() > DOTS_MAX {
                    a class="more" href=(url) { "+" (count(inside.len() - DOTS_MAX)) }
                }
            }
            dl class="station-facts" {
                div { dt { "rate" } dd { (rate(*per_minute)) } }
                div { dt { "typical" } dd { (typical.map_or_else(|| "–".to_owned(), span)) } }
                div { dt { "last hour" } dd { (count(*done_last_hour)) } }
            }
            @if *slow > 0 || *parked > 0 || *failed_last_hour > 0 {
                p class="station-alert" {
                    @if *failed_last_hour > 0 {
                        a class="bad" href=(url_of(&[
                            ("stage", stage.as_str()), ("state", "failed"), ("since", "1h"),
                        ])) {
                            (icon(Tone::Bad)) (count(*failed_last_hour)) " failed"
                        }
                    }
                    @if *parked > 0 {
                        a href="/parked" { (icon(Tone::Warn)) (count(*parked)) " parked" }
                    }
                    @if *slow > *parked {
                        a
                            href=(url_of(&[("stage", stage.as_str()), ("state", "slow")]))
                            {
                            (icon(Tone::Warn)) (count(slow - parked)) " slow"
                        }
                    }
                }
            }
        }
    }
}

/// What those in a stage do.
fn inside_words(stage: Stage, inside: &[Arc<Entry>]) -> String {
    match (stage, inside.len()) {
        (_, 0) => "idle".to_owned(),
        (Stage::Uploader, _) => "storing source".to_owned(),
        (Stage::BuildSubmitter, _) => "to be submitted".to_owned(),
        (Stage::RegistryWatcher, _) => "wait for builds".to_owned(),
        (Stage::ServiceDeployer, _) => {
            let writing = inside.iter().filter(|entry| entry.writing_since.is_some()).count();
            format!("{writing} writing, {} queued", inside.len() - writing)
        }
    }
}

/// A deployment as a dot, which says how long it has been there.
fn dot(entry: &Entry, typical: Option<Duration>, now: OffsetDateTime) -> Markup {
    let class = match &entry.state {
        State::Parked(_) => "parked",
        _ if is_stuck(entry, now) => "stuck",
        _ if is_slow(entry, typical, now) => "slow",
        _ => "fine",
    };
    let since = span(now - entry.in_stage_since());
    let label = format!("{}: {} for {since}", entry.name(), state_words(&entry.state));
    html! {
        a class={ "dot " (class) } href={ "/deployments/" (entry.id) } title=(label) {
            span class="sr" { (label) }
        }
    }
}

fn rate(per_minute: f64) -> String {
    if per_minute == 0.0 {
        return "–".to_owned();
    }
    if per_minute < 10.0 { format!("{per_minute:.1}/min") } else { format!("{per_minute:.0}/min") }
}

/// The list with these parts of a filter.
fn url_of(parts: &[(&str, &str)]) -> String {
    let filter = Filter::default();
    parts.iter().fold(filter, |filter, (key, value)| filter.with(key, value)).url()
}

/// How those of the last hour ended.
fn exit(ended: &[&Arc<Entry>]) -> Markup {
    let number = |state: State| ended.iter().filter(|entry| entry.state == state).count();
    let rows = [
        (State::Deployed, Tone::Good),
        (State::Unchanged, Tone::Good),
        (State::TrafficPinned, Tone::Warn),
        (State::Failed, Tone::Bad),
        (State::Superseded, Tone::Quiet),
        (State::Cancelled, Tone::Quiet),
    ];
    html! {
        article class="station end" {
            header { h2 { "Ended" } span class="station-worker" { "last hour" } }
            ul class="ends" {
                @for (state, tone) in rows {
                    @let here = number(state.clone());
                    li class={ @if here == 0 { "zero" } } {
                        a
                            href=(url_of(&[("state", state.word()), ("since", "1h")]))
                            {
                            (icon(tone)) span class="grow" { (state_words(&state)) }
                            span class="num" { (count(here)) }
                        }
                    }
                }
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        ul class="legend" {
            li { i class="swatch good" {} "serves" }
            li { i class="swatch bad" {} "failed" }
            li { i class="swatch quiet" {} "other ends" }
        }
    }
}

/// Ends in each minute of the last hour, as stacked bars.
fn chart(ended: &[&Arc<Entry>], now: OffsetDateTime) -> Markup {
    let mut minutes = [[0_u32; 3]; MINUTES];
    for entry in ended {
        let Some(at) = entry.ended_at else { continue };
        let ago = usize::try_from((now - at).whole_minutes().max(0)).unwrap_or(MINUTES);
        let Some(index) = (MINUTES - 1).checked_sub(ago) else { continue };
        let kind = match entry.state {
            ref state if state.is_good() => 0,
            State::Failed => 1,
            _ => 2,
        };
        minutes[index][kind] += 1;
    }
    let highest = minutes.iter().map(|kinds| kinds.iter().sum::<u32>()).max().unwrap_or(0);
    let scale = 64.0 / f64::from(highest.max(4));
    let (total, busiest) = (ended.len(), usize::try_from(highest).unwrap_or(usize::MAX));
    html! {
        svg class="chart" viewBox="0 0 600 76" preserveAspectRatio="none" role="img"
            aria-label={ (counted(total, "deployment")) " ended in the last hour, at most "
                (count(busiest)) " in a minute" } {
            path class="axis" d="M0 70.5H600" {}
            @for (index, kinds) in minutes.iter().enumerate() {
                @let x = index * 10 + 1;
                @let heights = kinds.map(|number| f64::from(number) * scale);
                @for (kind, class) in ["good", "bad", "quiet"].into_iter().enumerate() {
                    @if heights[kind] > 0.0 {
                        rect class={ "bar " (class) } x=(x) width="8" rx="1"
                            y=(format!("{:.1}", 70.0 - heights[..=kind].iter().sum::<f64>()))
                            height=(format!("{:.1}", heights[kind])) {}
                    }
                }
            }
        }
        div class="chart-scale" aria-hidden="true" {
            span { "60 min ago" } span { "at most " (count(busiest)) " a minute" } span { "now" }
        }
    }
}

/// What is stuck, parked or failed, most urgent first.
fn attention(snapshot: &Snapshot, stations: &[Station], now: OffsetDateTime) -> Markup {
    let stuck: Vec<&Arc<Entry>> = stations
        .iter()
        .flat_map(|station| &station.inside)
        .filter(|entry| is_stuck(entry, now))
        .collect();
    let recent: Vec<Arc<Entry>> =
        ended_within(snapshot, now, Duration::DAY).map(Arc::clone).collect();
    let causes = groups(&recent);
    let unread = snapshot.parked.len();
    if stuck.is_empty() && causes.is_empty() && unread == 0 {
        return nothing("Nothing is stuck, parked or failed in the last day.");
    }
    html! {
        ul class="attention" {
            @if unread > 0 {
                li { a href="/parked" {
                    (icon(Tone::Warn))
                    span class="grow" { b { (counted(unread, "parked message")) }
                        span class="sub" {
                            "No worker can handle them. Fix the cause, then publish them again."
                        } }
                } }
            }
            @if let Some(oldest) = stuck.iter().min_by_key(|entry| entry.in_stage_since()) {
                li
                    { a href=(url_of(&[("state", "stuck"), ("sort", "slowest")])) {
                    (icon(Tone::Warn))
                    span class="grow" { b { (counted(stuck.len(), "deployment")) " stuck" }
                        span class="sub" { (oldest.name()) " has been " (state_words(&oldest.state))
                            " for " (span(now - oldest.in_stage_since())) } }
                } }
            }
            @for group in causes.iter().take(CAUSES) { li { (cause(group, now)) } }
            @if causes.len() > CAUSES {
                li {
                    a href="/failures" {
                        span class="grow" { (counted(causes.len() - CAUSES, "more cause")) }
                    }
                }
            }
        }
    }
}

fn cause(group: &Group, now: OffsetDateTime) -> Markup {
    let reason = group.root.cause.as_ref().map_or("", |cause| cause.reason.as_str());
    html! {
        a href={ "/failures#" (super::failures::anchor(group)) } {
            (icon(Tone::Bad))
            span class="grow" {
                b { (group.code) } " · " (counted(group.members.len(), "deployment"))
                span class="sub clip" { (reason.lines().next().unwrap_or_default()) }
            }
            @if let Some(at) = group.members.last().and_then(|last| last.ended_at) {
                (ago(at, now))
            }
        }
    }
}

fn newest(snapshot: &Snapshot, now: OffsetDateTime) -> Markup {
    if snapshot.entries.is_empty() {
        return nothing("Nothing has been deployed yet. Deploy with `longshore deploy DIR`.");
    }
    html! {
        ul class="newest" {
            @for entry in snapshot.entries.iter().take(NEWEST) {
                li { a href={ "/deployments/" (entry.id) } {
                    (icon(Tone::of(&entry.state)))
                    span class="grow" { b { (entry.name()) } " "
                        span class="sub" { (what(entry, now)) } }
                    (ago(entry.requested_at, now))
                } }
            }
        }
    }
}
