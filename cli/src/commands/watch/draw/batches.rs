//! The batches that have not ended.

use std::time::Duration;

use longshore_console_model::words::{count, short};
use ratatui_core::layout::Rect;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::canvas::{Canvas, Row, Tone};
use crate::batch::{self, BatchStatus};
use crate::commands::watch::feed::Seen;

const NAME: usize = 20;
const BAR: usize = 20;
const DONE: usize = 10;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, seen: &Seen, now: OffsetDateTime) {
    // The head, and an empty row at the end.
    let shown = usize::from(area.height.saturating_sub(2));
    if shown == 0 {
        return;
    }
    let mut head = canvas.row(area, 0);
    head.at(1);
    head.put(Tone::Quiet, "BATCHES");
    if seen.batches.len() > shown {
        head.put(Tone::Quiet, &format!("  {} more", count(seen.batches.len() - shown)));
    }
    for (row, status) in (1..).zip(seen.batches.iter().take(shown)) {
        one(&mut canvas.row(area, row), status, now);
    }
}

fn one(row: &mut Row<'_>, status: &BatchStatus, now: OffsetDateTime) {
    let id = status.batch.to_string();
    let name = if status.name.is_empty() { short(&id) } else { &status.name };
    row.at(1);
    row.left(Tone::Bold, name, NAME);
    bar(row, status);
    let of = format!("{}/{}", count(done(status)), count(status.functions));
    row.right(Tone::Plain, &of, DONE);
    for (index, (tone, text)) in words(status, now).into_iter().enumerate() {
        row.put(Tone::Quiet, if index == 0 { " " } else { ", " });
        row.put(tone, &text);
    }
}

/// What there is to say about a batch, the most important first.
fn words(status: &BatchStatus, now: OffsetDateTime) -> Vec<(Tone, String)> {
    let mut words = Vec::new();
    if status.state != "running" {
        words.push((Tone::Warn, status.state.clone()));
    }
    if status.failed > 0 {
        words.push((Tone::Bad, format!("{} failed", count(status.failed))));
    }
    if status.needs_approval {
        words.push((Tone::Warn, "needs approval".to_owned()));
    } else if status.at_gate.is_some() {
        words.push((Tone::Busy, "at its gates".to_owned()));
    }
    words.extend(left(status, now).map(|left| (Tone::Plain, format!("{left} left"))));
    if let Some(wave) = status.wave.filter(|_| status.waves > 1) {
        words.push((Tone::Plain, format!("wave {wave} of {}", status.waves)));
    }
    words.push((Tone::Quiet, format!("{} in flight", count(status.in_flight))));
    words
}

fn done(status: &BatchStatus) -> usize {
    status.functions.saturating_sub(status.waiting + status.in_flight)
}

/// Done, failed and in flight. What is there at all has a cell, except for what is done.
fn bar(row: &mut Row<'_>, status: &BatchStatus) {
    let whole = status.functions.max(1);
    let cells = |part: usize| (part * BAR).div_ceil(whole).min(BAR);
    let failed = cells(status.failed);
    let flying = cells(status.in_flight).min(BAR - failed);
    let good = done(status).saturating_sub(status.failed) * BAR / whole;
    let good = good.min(BAR - failed - flying);
    row.put(Tone::Good, &"█".repeat(good));
    row.put(Tone::Bad, &"▓".repeat(failed));
    row.put(Tone::Busy, &"▒".repeat(flying));
    row.put(Tone::Quiet, &"░".repeat(BAR - good - failed - flying));
}

/// How long the rest takes, as expected now.
fn left(status: &BatchStatus, now: OffsetDateTime) -> Option<String> {
    let started = OffsetDateTime::parse(status.started_at.as_deref()?, &Rfc3339).ok()?;
    let takes = Duration::from_secs(status.takes_seconds?);
    let left = takes.saturating_sub(Duration::try_from(now - started).unwrap_or_default());
    Some(batch::minutes(left.as_secs()))
}
