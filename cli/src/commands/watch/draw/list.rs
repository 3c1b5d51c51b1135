//! The deployments.

use std::sync::Arc;

use longshore_console_model::index::entry::Entry;
use longshore_console_model::words::{self, ago_words, count, short, span, state_words, what};
use longshore_ledger::PARTS;
use ratatui_core::layout::Rect;
use time::OffsetDateTime;

use super::canvas::{Canvas, Row, Tone, wrapped};
use crate::commands::watch::app::App;
use crate::commands::watch::feed::Seen;

const STATE: usize = 16;
const NAME: usize = 20;
const TOOK: usize = 11;

/// The same in a wide terminal, which also has the region and the time of the request.
const NAME_WIDE: usize = 28;
const REGION: usize = 16;
const AGO: usize = 10;

/// Columns from which a terminal is wide.
const WIDE: u16 = 110;

/// How many deployments there are, and the filter.
pub(super) fn head(canvas: &mut Canvas<'_>, area: Rect, app: &App, seen: &Seen, shown: usize) {
    let mut row = canvas.row(area, 0);
    let all = seen.snapshot.entries.len();
    let text = app.text.trim();
    row.at(1);
    row.put(Tone::Quiet, "DEPLOYMENTS  ");
    if text.is_empty() {
        row.put(Tone::Quiet, &count(all));
    } else {
        row.put(Tone::Quiet, &format!("{} of {}  ", count(shown), count(all)));
        row.put(Tone::Busy, text);
    }
}

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    app: &App,
    seen: &Seen,
    entries: &[Arc<Entry>],
    now: OffsetDateTime,
) {
    if entries.is_empty() {
        let mut row = canvas.row(area, 0);
        row.at(3);
        let text = if seen.snapshot.loaded < PARTS.len() {
            "Reading …"
        } else if app.text.trim().is_empty() {
            "Nothing has been deployed yet. Deploy with `longshore deploy DIR`."
        } else {
            "No deployment matches. Esc removes the filter."
        };
        row.put(Tone::Quiet, text);
        return;
    }
    let rows = usize::from(area.height);
    let (top, at) = (app.top(entries, rows), app.position(entries));
    for (index, entry) in entries.iter().enumerate().skip(top).take(rows) {
        let row = u16::try_from(index - top).unwrap_or(u16::MAX);
        let mut row = canvas.row(area, row);
        one(&mut row, entry, seen, area.width >= WIDE, now);
        if index == at {
            row.at(0);
            row.put(Tone::Bold, "›");
            row.select();
        }
    }
}

fn one(row: &mut Row<'_>, entry: &Entry, seen: &Seen, is_wide: bool, now: OffsetDateTime) {
    let tone: Tone = words::Tone::of(&entry.state).into();
    row.at(1);
    row.left(tone, tone.mark(), 1);
    row.left(tone, &state_words(&entry.state), STATE);
    row.left(Tone::Plain, &entry.name(), if is_wide { NAME_WIDE } else { NAME });
    if is_wide {
        let region = entry.function.as_ref().map_or("", |function| function.region.as_str());
        row.left(Tone::Quiet, region, REGION);
    }
    row.right(Tone::Plain, &span(entry.took(now)), TOOK);
    if is_wide {
        row.right(Tone::Quiet, &ago_words(now - entry.requested_at), AGO);
    }
    let tone = if entry.cause.is_some() { Tone::Bad } else { Tone::Plain };
    row.put(tone, &said(entry, seen, now));
}

/// Why it waits or failed, or what it became.
pub(super) fn said(entry: &Entry, seen: &Seen, now: OffsetDateTime) -> String {
    let reason = seen.reasons.get(&entry.id).filter(|_| entry.state.is_open());
    reason.cloned().unwrap_or_else(|| what(entry, now))
}

/// The same about the selected deployment, for which a list has too few columns.
pub(super) fn selected(
    canvas: &mut Canvas<'_>,
    area: Rect,
    app: &App,
    seen: &Seen,
    entries: &[Arc<Entry>],
    now: OffsetDateTime,
) {
    let Some(entry) = entries.get(app.position(entries)) else { return };
    let id = entry.id.to_string();
    let indent = short(&id).len() + 3;
    let said = said(entry, seen, now);
    let mut lines = wrapped(&said, usize::from(area.width).saturating_sub(indent)).into_iter();
    let mut first = canvas.row(area, 0);
    first.at(1);
    first.put(Tone::Quiet, short(&id));
    first.at(indent);
    first.put(Tone::Bold, &lines.next().unwrap_or_default());
    // What does not fit into two rows is on the page of the deployment.
    let rest: Vec<String> = lines.collect();
    let mut second = canvas.row(area, 1);
    second.at(indent);
    second.put(Tone::Bold, &rest.join(" "));
}
