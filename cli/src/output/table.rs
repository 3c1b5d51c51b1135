//! Tables, with columns as wide as their widest cell.

use super::style::Tone;
use super::text::{Text, paint};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with a row of column names.
    pub(crate) fn headed<const N: usize>(names: [&str; N]) -> Self {
        Self { rows: vec![names.map(Cell::from).into()] }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// The lines of the table. The last cell of a row is not padded, and may have several lines,
    /// which stay in its column.
    pub(crate) fn text(&self, coloured: bool) -> Text {
        let rows: Vec<Vec<(Tone, Text)>> = self.rows.iter().map(|row| shown(row)).collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width_of =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(width).max();
        let widths: Vec<usize> = (0..columns).map(|column| width_of(column).unwrap_or(0)).collect();
        Text::join(rows.into_iter().map(|row| line(row, &widths, coloured)), "\n")
    }
}

/// The cells of a row as they are shown, without the empty ones at its end. Those before the last
/// have one line.
fn shown(row: &[Cell]) -> Vec<(Tone, Text)> {
    let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
    let cells = row.iter().take(last + 1).enumerate().map(|(column, cell)| {
        let text = if column == last { Text::from(&cell.text) } else { Text::line(&cell.text) };
        (cell.tone, text)
    });
    cells.collect()
}

fn line(row: Vec<(Tone, Text)>, widths: &[usize], coloured: bool) -> Text {
    let last = row.len().saturating_sub(1);
    let mut indent = 0;
    let cells = row.into_iter().zip(widths).enumerate().map(|(column, (cell, wanted))| {
        if column == last {
            return paint(cell.0, cell.1.indented(indent), coloured);
        }
        let gap = wanted.saturating_sub(width(&cell));
        indent += wanted + 2;
        let mut text = paint(cell.0, cell.1, coloured);
        text.push(" ".repeat(gap));
        text
    });
    Text::join(cells, "  ")
}

fn width((_, text): &(Tone, Text)) -> usize {
    text.as_str().lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::headed(["A", "BBB", "C"]);
        table.row(["aaaa".into(), "b".into(), "".into()]);
        table.row(["a".into(), "".into(), "c".into()]);
        assert_eq!(table.text(false), "A     BBB  C\naaaa  b\na          c");
    }

    #[test]
    fn colours_do_not_affect_the_width() {
        let mut table = Table::default();
        table.row([Cell::new("failed", Tone::Bad), "x".into()]);
        table.row(["unchanged".into(), "y".into()]);
        assert_eq!(table.text(true), "\x1b[31mfailed\x1b[0m     x\nunchanged  y");
    }

    #[test]
    fn a_cell_cannot_leave_its_column_or_control_the_terminal() {
        let mut table = Table::headed(["NAME", "REASON"]);
        table.row(["a\nb\x1b[2J".into(), "two\nlines\r".into()]);
        table.row(["c".into(), "d".into()]);
        assert_eq!(
            table.text(false),
            "NAME           REASON\n\
             a\\x0ab\\x1b[2J  two\n               lines\\x0d\n\
             c              d"
        );
    }
}
