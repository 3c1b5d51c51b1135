//! The table: a source that fails, and what has to be said about it.

mod golang;
mod java;
mod node;
mod other;
mod python;

/// A source that cannot be deployed.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// A program that this machine needs, or, after a `!`, must not have.
    needs: &'static str,
    /// Whether it is run by name only: it takes much longer than the others, or is not settled yet.
    pub(super) is_slow: bool,
    /// Paths and texts.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Files of the examples that are put beside them.
    pub(super) copied: &'static [&'static str],
    pub(super) flags: &'static [&'static str],
    /// Part of the line with the outcome.
    pub(super) headline: &'static str,
    /// What else has to be on the screen.
    pub(super) shown: &'static [&'static str],
    /// What must not be there.
    pub(super) hidden: &'static [&'static str],
}

impl Case {
    /// The tool that fails, which is the beginning of the name.
    pub(super) fn tool(&self) -> &'static str {
        self.name.split_once(": ").map_or("", |(tool, _)| tool)
    }

    /// Why the case cannot be made on this machine.
    pub(super) fn skipped(&self) -> Option<String> {
        let has = |program: &str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
        };
        match self.needs.strip_prefix('!') {
            Some(program) => has(program).then(|| format!("{program} is installed")),
            None if self.needs.is_empty() || has(self.needs) => None,
            None => Some(format!("{} is not installed", self.needs)),
        }
    }
}

const NONE: Case = Case {
    name: "",
    needs: "",
    is_slow: false,
    files: &[],
    copied: &[],
    flags: &[],
    headline: "",
    shown: &[],
    hidden: &[],
};

const NODE: &str = "exports.hello = (req, res) => res.send('x');\n";
const PYTHON: &str = "def hello(request):\n    return 'x'\n";
const HELLO: &[&str] = &["--entry-point", "hello"];
const CAUSED_BY_SOURCE: &str = "caused by the request or its source";
const CAUSED_BY_PLATFORM: &str = "caused by the platform or the fleet";

/// All cases, those of one language after the other.
pub(super) fn cases() -> Vec<&'static Case> {
    let tables = [node::CASES, python::CASES, golang::CASES, java::CASES, other::CASES];
    tables.into_iter().flatten().collect()
}
