//! The owner of standard error: log lines do not garble the progress display at its end.

use std::io::{IsTerminal as _, Write as _};

use console::Term;
use parking_lot::Mutex;

use super::text::Text;

/// The lines of the progress display. Global, as standard error is.
static DISPLAY: Mutex<Vec<Text>> = Mutex::new(Vec::new());

/// Prints a line for people, above the display.
pub(crate) fn say(text: impl Into<Text>) {
    let text = text.into();
    let display = DISPLAY.lock();
    write(&format!("{}{text}\n{}", erased(&display, columns()), drawn(&display)));
}

/// Replaces the display; no lines remove it. Use it only on a terminal, with lines that fit its
/// width.
pub(crate) fn show(lines: Vec<Text>) {
    let mut display = DISPLAY.lock();
    if *display != lines {
        write(&format!("{}{}", erased(&display, columns()), drawn(&lines)));
        *display = lines;
    }
}

/// Whether standard error is a terminal that can update lines in place.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The size of the terminal.
pub(crate) fn columns_and_rows() -> (usize, usize) {
    let (rows, columns) = Term::stderr().size();
    (usize::from(columns), usize::from(rows))
}

fn columns() -> usize {
    columns_and_rows().0
}

/// The control sequence that erases a display: up by all rows that it takes at this width, since
/// the terminal may have shrunk.
fn erased(display: &[Text], columns: usize) -> String {
    let rows: usize = display
        .iter()
        .map(|line| visible_width(line.as_str()).max(1).div_ceil(columns.max(1)))
        .sum();
    if rows == 0 { String::new() } else { format!("\r\x1b[{rows}A\x1b[J") }
}

fn drawn(display: &[Text]) -> String {
    display.iter().map(|line| format!("{line}\n")).collect()
}

/// Number of characters in a line, without colour codes.
fn visible_width(line: &str) -> usize {
    let mut in_colour = false;
    let seen = line.chars().filter(|&c| {
        let was_in_colour = in_colour;
        in_colour = if in_colour { c != 'm' } else { c == '\x1b' };
        !was_in_colour && !in_colour
    });
    seen.count()
}

/// An error is ignored, because standard error is where it would be reported.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Tone;

    #[test]
    fn a_display_is_erased_by_the_rows_that_it_takes() {
        let mut busy = Text::painted(Tone::Busy, "busy", true);
        busy.push("  12345678");
        let display = [busy, Text::default()];
        assert_eq!(erased(&display, 80), "\r\x1b[2A\x1b[J");
        assert_eq!(erased(&display, 10), "\r\x1b[3A\x1b[J", "a terminal that shrank");
        assert_eq!(erased(&[], 80), "");
    }
}
