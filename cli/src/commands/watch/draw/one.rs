//! One deployment with its waterfall.

use longshore_console_model::index::entry::Entry;
use longshore_console_model::words::{self, ago_words, span, state_words};
use longshore_messages::DeploymentId;
use ratatui_core::layout::Rect;
use time::OffsetDateTime;

use super::canvas::{Canvas, Row, Tone, wrapped};
use super::list::said;
use crate::commands::trace::drawing;
use crate::commands::watch::app::App;
use crate::commands::watch::feed::Seen;

/// Rows of a sentence that does not fit into one.
const SENTENCE_ROWS: usize = 4;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    app: &App,
    seen: &Seen,
    id: DeploymentId,
    now: OffsetDateTime,
) {
    let entry = seen.snapshot.entry(id);
    let mut name = canvas.row(area, 1);
    name.at(1);
    if let Some(function) = entry.and_then(|entry| entry.function.as_ref()) {
        name.put(Tone::Bold, &format!("{function}  "));
    }
    name.put(Tone::Quiet, &id.to_string());
    let mut used = 2;
    if let Some(entry) = entry {
        state(&mut canvas.row(area, used), entry, now);
        used += 1;
        let width = usize::from(area.width).saturating_sub(2);
        for (tone, text) in sentences(entry, seen, now) {
            for line in wrapped(&text, width).into_iter().take(SENTENCE_ROWS) {
                let mut row = canvas.row(area, used);
                row.at(1);
                row.put(tone, &line);
                used += 1;
            }
        }
    }
    used += 1;
    let waterfall = Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(used),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(used),
    };
    draw_waterfall(canvas, waterfall, app, seen, id);
}

fn state(row: &mut Row<'_>, entry: &Entry, now: OffsetDateTime) {
    let tone: Tone = words::Tone::of(&entry.state).into();
    let took = span(entry.took(now));
    let took = if entry.state.is_open() { format!("for {took}") } else { format!("after {took}") };
    row.at(1);
    row.put(tone, &format!("{} {} {took}", tone.mark(), state_words(&entry.state)));
    let ago = ago_words(now - entry.requested_at);
    let by = entry.source.trim_start_matches("//");
    row.put(Tone::Quiet, &format!("   requested {ago} by {by}"));
    if let Some(batch) = entry.batch {
        row.put(Tone::Quiet, &format!(" in batch {batch}"));
    }
}

/// Why it waits, or why it failed and what to do.
fn sentences(entry: &Entry, seen: &Seen, now: OffsetDateTime) -> Vec<(Tone, String)> {
    let Some(cause) = &entry.cause else {
        return vec![(Tone::Plain, said(entry, seen, now))];
    };
    let why = format!("{} in {}: {}", cause.code, cause.stage, cause.reason);
    let mut lines = vec![(Tone::Bad, why)];
    if !cause.advice.is_empty() {
        lines.push((Tone::Plain, format!("Do this: {}", cause.advice)));
    }
    lines
}

fn draw_waterfall(canvas: &mut Canvas<'_>, area: Rect, app: &App, seen: &Seen, id: DeploymentId) {
    let trace = seen.opened.as_ref().filter(|(opened, _)| *opened == id).map(|(_, trace)| trace);
    let Some(trace) = trace else {
        canvas.row(area, 0).put(Tone::Quiet, "reading its trace …");
        return;
    };
    let lines = drawing(trace, app.idle, usize::from(area.width), "i");
    let most = lines.len().saturating_sub(usize::from(area.height));
    for (row, parts) in (0..area.height).zip(lines.into_iter().skip(app.scrolled.min(most))) {
        let mut row = canvas.row(area, row);
        for (tone, text) in parts {
            row.put(tone.into(), text.as_str());
        }
    }
}
