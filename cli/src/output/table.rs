//! Tables, with columns as wide as their widest cell.

use super::style::{Tone, paint};

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

    /// The lines of the table. The last cell of a row is not padded.
    pub(crate) fn text(&self, coloured: bool) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width_of = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(&cell.text)).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width_of(column).unwrap_or(0)).collect();
        let lines = self.rows.iter().map(|row| line(row, &widths, coloured));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn line(row: &[Cell], widths: &[usize], coloured: bool) -> String {
    let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
    let cells =
        row.iter().zip(widths).enumerate().take(last + 1).map(|(column, (cell, wanted))| {
            let gap = if column == last { 0 } else { wanted.saturating_sub(width(&cell.text)) };
            format!("{}{}", paint(cell.tone, &cell.text, coloured), " ".repeat(gap))
        });
    cells.collect::<Vec<_>>().join("  ")
}

fn width(text: &str) -> usize {
    text.chars().count()
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
}
