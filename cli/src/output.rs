//! Results on standard output, everything else on standard error.
//!
//! All text for people goes through [`Text`], which escapes control characters. JSON escapes them
//! by its own rules.

mod csv;
mod screen;
mod style;
mod table;
mod text;

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::ops::ControlFlow;

use clap::ValueEnum;
use serde::Serialize;

use crate::error::CliError;

pub(crate) use csv::{csv_field, csv_line};
pub(crate) use screen::{columns_and_rows, is_terminal, say, show};
pub(crate) use style::Tone;
pub(crate) use table::{Cell, Table};
pub(crate) use text::{Text, paint};

/// Format of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Text for people
    Human,
    /// One JSON document, or one per line for `watch`, `up --watch` and `logs --follow`
    Json,
}

/// Writes a result, either as JSON or as the text that `human` returns. A reader that closes
/// standard output early (`| head -1`) is not an error.
pub(crate) fn result<T: Serialize, H: Into<Text>>(
    output: Output,
    value: &T,
    human: impl FnOnce(&T) -> H,
) -> Result<(), CliError> {
    match output {
        Output::Json => text_result(&json(value)?),
        Output::Human => text_result(human(value).into().as_str()),
    }
}

/// JSON in one line. Characters that a terminal acts on are written as `\u….`, which only strings can
/// contain.
fn json<T: Serialize>(value: &T) -> Result<String, CliError> {
    let json = serde_json::to_string(value).map_err(|error| CliError::Write(error.into()))?;
    if !json.contains(text::acts_on_a_terminal) {
        return Ok(json);
    }
    let mut escaped = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if text::acts_on_a_terminal(character) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    Ok(escaped)
}

/// Writes one of many results, as [`result`] does. Breaks if the reader has closed standard output, so
/// that a command that never ends by itself can.
pub(crate) fn line<T: Serialize, H: Into<Text>>(
    output: Output,
    value: &T,
    human: impl FnOnce(&T) -> H,
) -> Result<ControlFlow<()>, CliError> {
    let text = match output {
        Output::Json => json(value)?,
        Output::Human => human(value).into().as_str().to_owned(),
    };
    write(format!("{text}\n").as_bytes())
}

/// Writes a text of this program's own, such as a manual page, as it is.
pub(crate) fn text_result(text: &str) -> Result<(), CliError> {
    if text.is_empty() {
        return Ok(());
    }
    write(format!("{}\n", text.trim_end_matches('\n')).as_bytes()).map(drop)
}

/// Writes the response of a function: byte for byte to a file or another program, and as text on a
/// terminal.
pub(crate) fn body(body: &[u8]) -> Result<(), CliError> {
    if std::io::stdout().is_terminal() {
        text_result(Text::from(&*String::from_utf8_lossy(body)).as_str())
    } else {
        write(body).map(drop)
    }
}

/// Breaks if there is no reader any more.
fn write(bytes: &[u8]) -> Result<ControlFlow<()>, CliError> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(CliError::Write(error)),
    }
}

/// Whether standard output may be coloured.
pub(crate) fn stdout_is_coloured() -> bool {
    style::colours(|name| std::env::var(name).ok(), std::io::stdout().is_terminal())
}

/// Whether standard error may be coloured.
pub(crate) fn stderr_is_coloured() -> bool {
    style::colours(|name| std::env::var(name).ok(), std::io::stderr().is_terminal())
}
