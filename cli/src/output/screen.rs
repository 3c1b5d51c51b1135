//! Standard error has one owner, so that what is said does not run into the picture that moves at
//! its end.

use std::io::{IsTerminal as _, Write as _};

use console::Term;
use parking_lot::Mutex;

/// The picture that stands at the end of standard error. One for the process, as standard error is.
static PICTURE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Says something to people, above the picture.
pub(crate) fn say(text: &str) {
    let picture = PICTURE.lock();
    write(&format!("{}{text}\n{}", erased(&picture, columns()), drawn(&picture)));
}

/// Puts another picture in place of the one that stands there; none takes it away. Only for a
/// terminal, and no line may be wider than that.
pub(crate) fn show(lines: Vec<String>) {
    let mut picture = PICTURE.lock();
    if *picture != lines {
        write(&format!("{}{}", erased(&picture, columns()), drawn(&lines)));
        *picture = lines;
    }
}

/// Whether standard error is a terminal on which a picture can move.
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

/// What takes a picture away: up over all rows that it takes on a terminal of this width, which may
/// have shrunk since.
fn erased(picture: &[String], columns: usize) -> String {
    let rows: usize =
        picture.iter().map(|line| visible_width(line).max(1).div_ceil(columns.max(1))).sum();
    if rows == 0 { String::new() } else { format!("\r\x1b[{rows}A\x1b[J") }
}

fn drawn(picture: &[String]) -> String {
    picture.iter().map(|line| format!("{line}\n")).collect()
}

/// Characters of a line without those of its colours.
fn visible_width(line: &str) -> usize {
    let mut in_colour = false;
    let seen = line.chars().filter(|&c| {
        let was_in_colour = in_colour;
        in_colour = if in_colour { c != 'm' } else { c == '\x1b' };
        !was_in_colour && !in_colour
    });
    seen.count()
}

/// There is nobody to tell when standard error cannot be written.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_erased_by_the_rows_that_it_takes() {
        let picture = ["\x1b[33mbusy\x1b[0m  12345678".to_owned(), String::new()];
        assert_eq!(erased(&picture, 80), "\r\x1b[2A\x1b[J");
        assert_eq!(erased(&picture, 10), "\r\x1b[3A\x1b[J", "a terminal that shrank");
        assert_eq!(erased(&[], 80), "");
    }
}
