//! How the guard's process is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that runs [`guard::main`](crate::guard::main).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    program: PathBuf,
    arguments: Vec<OsString>,
    executable: PathBuf,
}

impl Guard {
    /// `program` with these arguments must do nothing but call [`guard::main`](crate::guard::main).
    #[must_use]
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        let program = program.into();
        Self { executable: program.clone(), program, arguments }
    }

    /// Where another program of the system's starts this one, which is among the arguments.
    #[must_use]
    pub(crate) fn that_runs(mut self, executable: PathBuf) -> Self {
        self.executable = executable;
        self
    }

    /// What the program and the arguments run.
    pub(crate) fn executable(&self) -> &Path {
        &self.executable
    }

    /// The words that start it where its executable is seen as `inside`.
    pub(crate) fn words_inside(&self, inside: &str) -> Vec<OsString> {
        let words = [self.program.clone().into_os_string()].into_iter();
        let words = words.chain(self.arguments.iter().cloned());
        let is_executable = |word: &OsString| Path::new(word) == self.executable;
        words.map(|word| if is_executable(&word) { inside.into() } else { word }).collect()
    }

    /// In an empty environment, and in no directory of the command's.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().current_dir("/");
        command
    }
}
