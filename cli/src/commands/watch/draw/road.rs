//! The stages: what waits, works, is done and failed at each, and at which rate.

use longshore_console_model::index::entry::State;
use longshore_console_model::index::snapshot::{Snapshot, Station, is_slow};
use longshore_console_model::words::{count, counted, span, state_words};
use ratatui_core::layout::Rect;
use time::{Duration, OffsetDateTime};

use super::canvas::{Canvas, Row, Tone};

/// Widths of the columns: the stage, what waits and works, what was done and failed in the last hour,
/// the rate, and the typical time.
const STAGE: usize = 15;
const INSIDE: usize = 6;
const HOUR: usize = 8;
const RATE: usize = 9;
const TYPICAL: usize = 11;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, snapshot: &Snapshot, now: OffsetDateTime) {
    heads(&mut canvas.row(area, 0));
    let stations = snapshot.stations(now);
    for (row, station) in (1..).zip(&stations) {
        stage(&mut canvas.row(area, row), station, now);
    }
    ends(&mut canvas.row(area, 5), snapshot, &stations, now);
}

fn heads(row: &mut Row<'_>) {
    row.at(1);
    row.left(Tone::Quiet, "STAGE", STAGE);
    for (head, columns) in [
        ("WAITS", INSIDE),
        ("WORKS", INSIDE),
        ("DONE 1h", HOUR),
        ("FAIL 1h", HOUR),
        ("RATE", RATE),
        ("TYPICAL", TYPICAL),
    ] {
        row.right(Tone::Quiet, head, columns);
    }
}

fn stage(row: &mut Row<'_>, station: &Station, now: OffsetDateTime) {
    let works = station.inside.len() - station.waiting;
    let number = |number: usize| if number == 0 { "–".to_owned() } else { count(number) };
    let tone = |number: usize, tone: Tone| if number == 0 { Tone::Quiet } else { tone };
    row.at(1);
    row.left(tone(station.inside.len(), Tone::Bold), station.stage.does(), STAGE);
    row.right(tone(station.waiting, Tone::Plain), &number(station.waiting), INSIDE);
    row.right(tone(works, Tone::Busy), &number(works), INSIDE);
    row.right(tone(station.done_last_hour, Tone::Good), &number(station.done_last_hour), HOUR);
    row.right(tone(station.failed_last_hour, Tone::Bad), &number(station.failed_last_hour), HOUR);
    row.right(Tone::Plain, &rate(station.per_minute), RATE);
    row.right(Tone::Quiet, &station.typical.map_or_else(|| "–".to_owned(), span), TYPICAL);
    picture(row, station, now);
}

/// A dot for each deployment in the stage, those that have been there longest first.
fn picture(row: &mut Row<'_>, station: &Station, now: OffsetDateTime) {
    row.put(Tone::Plain, " ");
    let rest = row.rest();
    let is_full = station.inside.len() > rest;
    let more = format!("+{}", count(station.inside.len()));
    let dots = if is_full { rest.saturating_sub(more.len()) } else { station.inside.len() };
    for entry in station.inside.iter().take(dots) {
        match &entry.state {
            State::Parked(_) => row.put(Tone::Bad, "!"),
            _ if is_slow(entry, station.typical, now) => row.put(Tone::Warn, "◍"),
            _ if entry.is_waiting() => row.put(Tone::Quiet, "○"),
            _ => row.put(Tone::Busy, "●"),
        }
    }
    if is_full {
        row.put(Tone::Quiet, &format!("+{}", count(station.inside.len() - dots)));
    }
}

fn rate(per_minute: f64) -> String {
    match per_minute {
        0.0 => "–".to_owned(),
        ..10.0 => format!("{per_minute:.1}/min"),
        _ => format!("{per_minute:.0}/min"),
    }
}

/// How those of the last hour ended, and what needs an operator.
fn ends(row: &mut Row<'_>, snapshot: &Snapshot, stations: &[Station], now: OffsetDateTime) {
    let is_recent = |at: OffsetDateTime| now - at <= Duration::HOUR;
    let ended = snapshot.entries.iter().filter(|entry| entry.ended_at.is_some_and(is_recent));
    let ended: Vec<&State> = ended.map(|entry| &entry.state).collect();
    let kinds = [
        (State::Deployed, Tone::Good),
        (State::Unchanged, Tone::Good),
        (State::TrafficPinned, Tone::Warn),
        (State::Failed, Tone::Bad),
        (State::Superseded, Tone::Quiet),
        (State::Cancelled, Tone::Quiet),
    ];
    let mut words = Vec::new();
    for (state, tone) in kinds {
        let number = ended.iter().filter(|one| ***one == state).count();
        if number > 0 {
            words.push((tone, format!("{} {}", count(number), state_words(&state))));
        }
    }
    let slow: usize = stations.iter().map(|station| station.slow).sum();
    if slow > 0 {
        words.push((Tone::Warn, format!("{} slow", count(slow))));
    }
    if !snapshot.parked.is_empty() {
        words.push((Tone::Bad, counted(snapshot.parked.len(), "parked message")));
    }
    if words.is_empty() {
        words.push((Tone::Quiet, "nothing".to_owned()));
    }
    row.at(1);
    row.left(Tone::Quiet, "Ended in 1h", STAGE);
    for (index, (tone, text)) in words.into_iter().enumerate() {
        row.put(Tone::Quiet, if index == 0 { "" } else { ", " });
        row.put(tone, &text);
    }
}
