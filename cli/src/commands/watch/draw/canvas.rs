//! Text in columns. Ratatui cuts what does not fit by its width on the terminal.

use longshore_console_model::words::Tone as StateTone;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};

use crate::output::{Text, Tone as LineTone};

/// Whether colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands::watch) enum Paint {
    Coloured,
    Plain,
}

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Bold,
    Good,
    Busy,
    Warn,
    Bad,
    Quiet,
}

impl Tone {
    fn style(self, paint: Paint) -> Style {
        if paint == Paint::Plain {
            return Style::new();
        }
        match self {
            Self::Plain => Style::new(),
            Self::Bold => Style::new().add_modifier(Modifier::BOLD),
            Self::Good => Style::new().fg(Color::Green),
            Self::Busy => Style::new().fg(Color::Yellow),
            Self::Warn => Style::new().fg(Color::Magenta),
            Self::Bad => Style::new().fg(Color::Red),
            Self::Quiet => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// The shape of a tone, so that nothing depends on colours.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Busy => "●",
            Self::Warn => "!",
            Self::Bad => "✗",
            Self::Quiet | Self::Plain | Self::Bold => "–",
        }
    }
}

impl From<StateTone> for Tone {
    fn from(tone: StateTone) -> Self {
        match tone {
            StateTone::Good => Self::Good,
            StateTone::Busy => Self::Busy,
            StateTone::Warn => Self::Warn,
            StateTone::Bad => Self::Bad,
            StateTone::Quiet => Self::Quiet,
        }
    }
}

impl From<LineTone> for Tone {
    fn from(tone: LineTone) -> Self {
        match tone {
            LineTone::Plain => Self::Plain,
            LineTone::Good => Self::Good,
            LineTone::Bad => Self::Bad,
            LineTone::Busy => Self::Busy,
            LineTone::Quiet => Self::Quiet,
        }
    }
}

pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    paint: Paint,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, paint: Paint) -> Self {
        Self { buffer, paint }
    }

    /// A row of an area, at its left end. Nothing is drawn if the area does not have it.
    pub(super) fn row(&mut self, area: Rect, row: u16) -> Row<'_> {
        let area = area.intersection(*self.buffer.area());
        let height = u16::from(row < area.height);
        let area = Rect { y: area.y.saturating_add(row), height, ..area };
        Row { buffer: self.buffer, paint: self.paint, area, x: area.x }
    }
}

/// A row that is written from left to right.
pub(super) struct Row<'a> {
    buffer: &'a mut Buffer,
    paint: Paint,
    area: Rect,
    x: u16,
}

impl Row<'_> {
    /// Writes a text. Control characters are shown, and not sent.
    pub(super) fn put(&mut self, tone: Tone, text: &str) {
        self.write(tone, text, usize::MAX);
    }

    /// Writes a text in exactly so many columns, and an empty one.
    pub(super) fn left(&mut self, tone: Tone, text: &str, columns: usize) {
        let from = self.x;
        self.write(tone, text, columns);
        self.x = from;
        self.skip(columns.saturating_add(1));
    }

    /// The same, at the right end of the columns.
    pub(super) fn right(&mut self, tone: Tone, text: &str, columns: usize) {
        let text = format!("{text:>columns$}");
        self.left(tone, &text, columns);
    }

    /// Continues at a column, from 0.
    pub(super) fn at(&mut self, column: usize) {
        self.x = self.area.x;
        self.skip(column);
    }

    pub(super) fn x(&self) -> u16 {
        self.x.min(self.area.right().saturating_sub(1))
    }

    /// Columns that are left.
    pub(super) fn rest(&self) -> usize {
        usize::from(self.area.right().saturating_sub(self.x))
    }

    /// Marks the whole row.
    pub(super) fn select(&mut self) {
        if self.paint == Paint::Coloured && self.area.height > 0 {
            self.buffer.set_style(self.area, Style::new().add_modifier(Modifier::REVERSED));
        }
    }

    fn skip(&mut self, columns: usize) {
        let columns = u16::try_from(columns).unwrap_or(u16::MAX);
        self.x = self.x.saturating_add(columns).min(self.area.right());
    }

    fn write(&mut self, tone: Tone, text: &str, columns: usize) {
        let columns = columns.min(self.rest());
        if self.area.height == 0 || columns == 0 {
            return;
        }
        let text = Text::line(text);
        let style = tone.style(self.paint);
        let y = self.area.y;
        let is_cut = text.as_str().chars().count() > columns;
        let (x, _) = self.buffer.set_stringn(self.x, y, text.as_str(), columns, style);
        if is_cut && x > self.x {
            self.buffer.set_stringn(x - 1, y, "…", 1, style);
        }
        self.x = x;
    }
}

/// The lines of a text, broken at spaces.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for word in line.split_whitespace() {
            let width = current.chars().count() + 1 + word.chars().count();
            if !current.is_empty() && width > columns {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}
