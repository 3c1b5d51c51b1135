//! What is wrong with a manifest, each with its file, line and field.

use std::path::{Path, PathBuf};

use longshore_messages::Problem;
use serde::Serialize;

use crate::manifest::{meant, unknown};
use crate::output;
use crate::yaml::{Flaw, Position};

/// One problem. In JSON, as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct ManifestProblem {
    pub(crate) file: PathBuf,
    /// `None` for a problem of a whole file.
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    /// Path of the field, or empty.
    pub(crate) field: String,
    /// What is wrong, and what to do.
    pub(crate) problem: String,
}

impl ManifestProblem {
    pub(crate) fn of_file(file: &Path, problem: String) -> Self {
        Self { file: file.to_owned(), line: None, column: None, field: String::new(), problem }
    }

    pub(crate) fn at(file: &Path, at: Position, field: String, problem: String) -> Self {
        Self { file: file.to_owned(), line: Some(at.line), column: Some(at.column), field, problem }
    }

    /// A part of a file that cannot be read. `within` is the field of that part, or empty.
    pub(crate) fn of_flaw(file: &Path, within: &str, flaw: &Flaw) -> Self {
        let own = flaw.field();
        let field = match (within, own.as_str()) {
            ("", own) => own.to_owned(),
            (within, "") => within.to_owned(),
            (within, own) => format!("{within}.{own}"),
        };
        let problem = match unknown(&flaw.text) {
            Some((key, known)) => format!("is not a known key: {}", meant(key, &known)),
            None => flaw.text.clone(),
        };
        Self {
            file: file.to_owned(),
            line: flaw.at.map(|at| at.line),
            column: flaw.at.map(|at| at.column),
            field,
            problem,
        }
    }

    /// A value that breaks a rule.
    pub(crate) fn of_rule(file: &Path, at: Option<Position>, within: &str, rule: &Problem) -> Self {
        let field = match within {
            "" => rule.field.clone(),
            within => format!("{within}.{}", rule.field),
        };
        let quoted = match rule.value.as_str() {
            "" => String::new(),
            value => format!(", but is \"{value}\""),
        };
        Self {
            file: file.to_owned(),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            field,
            problem: format!("{}{quoted}", rule.rule),
        }
    }

    /// `FILE:LINE:COLUMN: FIELD PROBLEM`, as editors and CI systems recognize it.
    fn text(&self) -> String {
        let mut text = self.file.display().to_string();
        if let (Some(line), Some(column)) = (self.line, self.column) {
            text.push_str(&format!(":{line}:{column}"));
        }
        match self.field.as_str() {
            "" => format!("{text}: {}", self.problem),
            field => format!("{text}: {field} {}", self.problem),
        }
    }
}

/// Shows all problems to people, in the order of files and lines.
pub(crate) fn say(problems: &[ManifestProblem]) {
    for problem in problems {
        output::say(problem.text());
    }
    let noun = if problems.len() == 1 { "problem" } else { "problems" };
    output::say(format!("{} {noun}; nothing was requested", problems.len()));
}
