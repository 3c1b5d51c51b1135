//! What is wrong with a part of a document, and where.

use std::fmt::{self, Display, Formatter};

use serde::de::Error;

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Why a part of a document cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flaw {
    /// `None` only while it is being reported.
    pub(crate) at: Option<Position>,
    /// From the inside to the outside.
    pub(super) path: Vec<Step>,
    pub(crate) text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}

impl Flaw {
    pub(crate) fn at(at: Position, text: String) -> Self {
        Self { at: Some(at), path: Vec::new(), text }
    }

    pub(super) fn inside(mut self, step: Step, at: Position) -> Self {
        self.path.push(step);
        self.at.get_or_insert(at);
        self
    }

    /// The path of the field, such as `function.triggers[0].topic`.
    pub(crate) fn field(&self) -> String {
        let mut field = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Key(key) if field.is_empty() => field.push_str(key),
                Step::Key(key) => field.extend([".", key]),
                Step::Item(index) => field.push_str(&format!("[{index}]")),
            }
        }
        field
    }
}

impl std::error::Error for Flaw {}

impl Display for Flaw {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Flaw {
    fn custom<T: Display>(text: T) -> Self {
        Self { at: None, path: Vec::new(), text: text.to_string() }
    }
}
