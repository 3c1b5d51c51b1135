//! The rows of the deployments in progress, and how they are rendered. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::output::{Text, Tone, paint};

/// Maximum number of rows. With more functions, a summary comes first.
pub(super) const FEW: usize = 8;

/// Frames of the spinner.
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Duration of one frame.
const FRAME_MS: u128 = 100;

/// Maximum width of a name, so that there is room for the step.
const NAME_MAX: usize = 32;

#[derive(Debug)]
pub(super) struct DeploymentRows {
    total: usize,
    rows: Vec<Row>,
    closed: bool,
}

/// Texts are stored as they are shown, in one line each, so that their width is known.
#[derive(Debug)]
struct Row {
    name: Text,
    doing: Text,
    outcome: Option<&'static str>,
}

impl DeploymentRows {
    pub(super) fn new(total: usize) -> Self {
        Self { total, rows: Vec::new(), closed: false }
    }

    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Adds a function, and returns its index.
    pub(super) fn add(&mut self, name: &str) -> usize {
        self.rows.push(Row { name: Text::line(name), doing: Text::default(), outcome: None });
        self.rows.len() - 1
    }

    pub(super) fn step(&mut self, index: usize, doing: &str) {
        if let Some(row) = self.rows.get_mut(index) {
            row.doing = Text::line(doing);
        }
    }

    pub(super) fn end(&mut self, index: usize, outcome: &'static str) {
        if let Some(row) = self.rows.get_mut(index) {
            row.outcome = Some(outcome);
        }
    }

    /// Renders nothing from now on.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// The lines to show on a terminal of this size. None of them is wider than the terminal.
    pub(super) fn render(
        &self,
        columns: usize,
        height: usize,
        passed: Duration,
        coloured: bool,
    ) -> Vec<Text> {
        let busy: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.outcome.is_none() && !row.doing.as_str().is_empty())
            .collect();
        if self.closed || (busy.is_empty() && self.total <= FEW) {
            return Vec::new();
        }
        let frame = usize::try_from(passed.as_millis() / FRAME_MS).unwrap_or(0) % FRAMES.len();
        // Some terminals start a new line once the last column is filled.
        let width = columns.saturating_sub(1);
        let many = self.total > FEW;
        let room = if many { FEW.min(height.saturating_sub(2)) } else { FEW };
        let mut lines = Vec::new();
        if many {
            lines.push(Text::line(&cut(
                &format!("{} {}", FRAMES[frame], self.summary(passed)),
                width,
            )));
        }
        let names = busy
            .iter()
            .take(room)
            .map(|row| row.name.as_str().chars().count())
            .max()
            .unwrap_or(0)
            .min(NAME_MAX);
        for row in busy.iter().take(room) {
            let name = format!("{:<names$}", cut(row.name.as_str(), names));
            let mark = if many { " " } else { FRAMES[frame] };
            let doing = cut(row.doing.as_str(), width.saturating_sub(names + 4));
            lines.push(cut_painted(mark, &name, &doing, width, coloured));
        }
        let hidden = busy.len().saturating_sub(room);
        if many && hidden > 0 {
            lines.push(Text::line(&cut(&format!("  … and {hidden} more"), width)));
        }
        lines
    }

    /// The number of functions for each outcome.
    fn summary(&self, passed: Duration) -> String {
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        for outcome in self.rows.iter().filter_map(|row| row.outcome) {
            *outcomes.entry(outcome).or_default() += 1;
        }
        let done: usize = outcomes.values().sum();
        let parts: Vec<String> =
            outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let parts =
            if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        let (minutes, seconds) = (passed.as_secs() / 60, passed.as_secs() % 60);
        format!("{done} of {} done{parts}; {minutes}:{seconds:02}", self.total)
    }
}

fn cut_painted(mark: &str, name: &str, doing: &str, width: usize, coloured: bool) -> Text {
    let plain = format!("{mark} {name}  {doing}");
    if plain.chars().count() > width {
        return Text::line(&cut(&plain, width));
    }
    let mut line = Text::line(&format!("{mark} {name}  "));
    line.push(paint(Tone::Quiet, doing, coloured));
    line
}

/// Cuts a text to `width` characters, the last of them an ellipsis if something was removed.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(total: usize, done: usize) -> DeploymentRows {
        let mut rows = DeploymentRows::new(total);
        for number in 0..total {
            let index = rows.add(&format!("functions/hello-{number:02}"));
            rows.step(index, "waiting for build 0123456789ab");
            if number < done {
                rows.end(index, if number == 0 { "failed" } else { "deployed" });
            }
        }
        rows
    }

    fn render(rows: &DeploymentRows, columns: usize, height: usize) -> Vec<Text> {
        rows.render(columns, height, Duration::from_secs(65), false)
    }

    #[test]
    fn one_function_has_one_row() {
        assert_eq!(
            render(&rows(1, 0), 80, 24),
            ["⠋ functions/hello-00  waiting for build 0123456789ab"]
        );
        assert_eq!(render(&rows(1, 1), 80, 24), Vec::<Text>::new());
    }

    #[test]
    fn many_functions_have_a_summary_and_the_rows_that_fit() {
        let lines = render(&rows(30, 12), 80, 24);
        assert_eq!(lines[0], "⠋ 12 of 30 done: 11 deployed, 1 failed; 1:05");
        assert_eq!(lines[1], "  functions/hello-12  waiting for build 0123456789ab");
        assert_eq!(lines.last().unwrap(), "  … and 10 more");
        assert_eq!(lines.len(), FEW + 2);
        assert_eq!(render(&rows(30, 12), 80, 5).len(), 5, "a terminal of five rows");
        assert_eq!(render(&rows(30, 30), 80, 24), ["⠋ 30 of 30 done: 29 deployed, 1 failed; 1:05"]);
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        for total in [1, 30] {
            for columns in [0, 1, 10, 30, 200] {
                for line in render(&rows(total, 0), columns, 24) {
                    assert!(
                        line.as_str().chars().count() <= columns.saturating_sub(1),
                        "{columns}: {line}"
                    );
                }
            }
        }
    }

    #[test]
    fn closed_rows_show_nothing() {
        let mut rows = rows(30, 0);
        rows.close();
        assert_eq!(render(&rows, 80, 24), Vec::<Text>::new());
    }

    #[test]
    fn a_hostile_name_or_step_stays_in_its_row() {
        let mut rows = DeploymentRows::new(1);
        let index = rows.add("a\x1b[2J\nb");
        rows.step(index, "waiting\r\tfor\u{9b}5A it");
        assert_eq!(render(&rows, 80, 24), ["⠋ a\\x1b[2J\\x0ab  waiting\\x0d\\x09for\\u{9b}5A it"]);
        for line in render(&rows, 20, 24) {
            assert!(line.as_str().chars().count() < 20, "{line}");
        }
    }
}
