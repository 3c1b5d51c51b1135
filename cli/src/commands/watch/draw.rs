//! The picture: the road on top, then the batches, then the deployments or one of them.
//!
//! The whole screen is drawn each time, and ratatui sends the cells that differ. All text that others
//! wrote goes through [`Text`], because a terminal acts on more than what ratatui leaves out.

mod batches;
mod canvas;
mod help;
mod list;
mod one;
mod road;

use std::sync::Arc;

use longshore_console_model::index::entry::Entry;
use longshore_console_model::words::clock_words;
use longshore_ledger::PARTS;
use ratatui_core::layout::{Position, Rect};
use ratatui_core::terminal::Frame;
use time::OffsetDateTime;

pub(super) use self::canvas::Paint;
use self::canvas::{Canvas, Tone};
use super::app::{App, Mode};
use super::feed::Seen;
use crate::output::Text;

/// Rows of the road: its heads, a row for each stage, how deployments ended, and an empty one.
const ROAD_ROWS: u16 = 7;

/// Rows about the selected deployment.
const SELECTED_ROWS: u16 = 2;

/// Rows of the deployments without which batches are not shown.
const LIST_ROWS_MIN: u16 = 6;

/// Batches that are shown.
const BATCHES_MAX: u16 = 4;

/// Where each part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Areas {
    title: Rect,
    road: Rect,
    batches: Rect,
    /// The number of deployments, and the filter.
    count: Rect,
    pub(super) list: Rect,
    /// What there is to say about the selected deployment.
    selected: Rect,
    footer: Rect,
}

impl Areas {
    pub(super) fn of(screen: Rect, seen: &Seen) -> Self {
        let running = u16::try_from(seen.batches.len()).unwrap_or(u16::MAX).min(BATCHES_MAX);
        // With its head and an empty row.
        let wanted = if running == 0 { 0 } else { running + 2 };
        let fixed = 1 + ROAD_ROWS + 1 + SELECTED_ROWS + 1;
        let left = screen.height.saturating_sub(fixed);
        let batches = if left >= wanted + LIST_ROWS_MIN { wanted } else { 0 };
        let mut y = screen.y;
        let mut rows = |height: u16| {
            let height = height.min(screen.bottom().saturating_sub(y));
            let area = Rect { y, height, ..screen };
            y += height;
            area
        };
        Self {
            title: rows(1),
            road: rows(ROAD_ROWS),
            batches: rows(batches),
            count: rows(1),
            list: rows(left - batches),
            selected: rows(SELECTED_ROWS),
            footer: rows(1),
        }
    }

    /// Everything between the title and the footer.
    fn body(self) -> Rect {
        let height = self.footer.y.saturating_sub(self.road.y);
        Rect { height, ..self.road }
    }
}

/// Draws the screen. `entries` are the deployments that the filter selects.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    app: &App,
    seen: &Seen,
    entries: &[Arc<Entry>],
    paint: Paint,
    now: OffsetDateTime,
) {
    let areas = Areas::of(frame.area(), seen);
    let mut canvas = Canvas::new(frame.buffer_mut(), paint);
    title(&mut canvas, areas.title, app, seen, now);
    match app.mode {
        Mode::One(id) => one::draw(&mut canvas, areas.body(), app, seen, id, now),
        Mode::Help => help::draw(&mut canvas, areas.body()),
        Mode::List | Mode::Search => {
            road::draw(&mut canvas, areas.road, &seen.snapshot, now);
            batches::draw(&mut canvas, areas.batches, seen, now);
            list::head(&mut canvas, areas.count, app, seen, entries.len());
            list::draw(&mut canvas, areas.list, app, seen, entries, now);
            list::selected(&mut canvas, areas.selected, app, seen, entries, now);
        }
    }
    if let Some(cursor) = footer(&mut canvas, areas.footer, app) {
        frame.set_cursor_position(cursor);
    }
}

fn title(canvas: &mut Canvas<'_>, area: Rect, app: &App, seen: &Seen, now: OffsetDateTime) {
    let clock = format!("{} UTC ", clock_words(now));
    let width = usize::from(area.width).saturating_sub(clock.len());
    let snapshot = &seen.snapshot;
    let mut line = canvas.row(area, 0);
    line.put(Tone::Bold, " watching ");
    match &snapshot.problem {
        Some(problem) => {
            let problem = format!("the ledger cannot be read: {problem}");
            line.left(Tone::Bad, &problem, width.saturating_sub(12));
        }
        None => line.put(Tone::Plain, &app.fleet),
    }
    if snapshot.loaded < PARTS.len() && snapshot.problem.is_none() {
        let share = format!("  reading the history: {} of {}", snapshot.loaded, PARTS.len());
        line.put(Tone::Quiet, &share);
    }
    line.at(width);
    line.put(Tone::Quiet, &clock);
}

/// The keys, or the filter while it is typed. Returns where the cursor is.
fn footer(canvas: &mut Canvas<'_>, area: Rect, app: &App) -> Option<Position> {
    let mut line = canvas.row(area, 0);
    let keys = match app.mode {
        Mode::Search => {
            line.put(Tone::Bold, &format!(" /{}", Text::line(&app.text)));
            let cursor = Position { x: line.x(), y: area.y };
            line.put(Tone::Quiet, "   Enter keeps it, Esc undoes");
            return Some(cursor);
        }
        Mode::List => " ↑↓ select   Enter waterfall   / filter   ? help   q quit",
        Mode::One(_) => " ↑↓ scroll   i idle time   Esc back   Ctrl-C quit",
        Mode::Help => " Esc back   Ctrl-C quit",
    };
    line.put(Tone::Quiet, keys);
    None
}

#[cfg(test)]
mod tests;
