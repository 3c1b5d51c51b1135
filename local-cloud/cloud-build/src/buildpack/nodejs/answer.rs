//! What Node.js on this machine says about itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use crate::buildpack::contract::{BuildError, Tools};
use crate::buildpack::host::{ask, missing};
use crate::process::Command;

/// Prints what a build needs to know. `process.execPath` is Node.js itself even if `node` is a
/// script of a version manager.
const PROBE: &str = "console.log(JSON.stringify({version: process.versions.node, executable: process.execPath, \
                     platform: [process.platform, process.arch, process.versions.modules].join('-')}))";

#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) version: String,
    pub(super) executable: PathBuf,
    pub(super) platform: String,
}

impl Answer {
    /// That of the `node` that is found from this directory.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing, which only the user of the local cloud can change.
    pub(super) async fn ask(
        directory: &Path,
        environment: &BTreeMap<String, String>,
        tools: &Tools,
    ) -> Result<Self, BuildError> {
        Self::parse(&text(directory, environment, tools).await?)
    }

    /// The same where no source can answer, so that it can be recorded.
    ///
    /// # Errors
    /// As [`Answer::ask`].
    pub(super) async fn without_source(
        environment: &BTreeMap<String, String>,
        shared: &Tools,
    ) -> Result<Self, BuildError> {
        let path = environment.get("PATH").map(String::as_str).unwrap_or_default();
        // What a version manager's script runs depends on more than the script.
        let program = program_on("node", path).filter(|program| is_binary(program));
        let Some(program) = program else {
            return Self::ask(shared.scratch(), environment, shared).await;
        };
        let (facts, question) = (&shared.confinement.facts, format!("node {}", program.display()));
        if let Some(answer) = facts.get(&question) {
            return Self::parse(&answer);
        }
        let asked = SystemTime::now();
        let text = text(shared.scratch(), environment, shared).await?;
        let answer = Self::parse(&text)?;
        facts.record(question, text, asked, [program]);
        Ok(answer)
    }

    fn parse(text: &str) -> Result<Self, BuildError> {
        serde_json::from_str(text.trim()).map_err(|error| BuildError::Host {
            doing: "parse the output of node",
            source: error.into(),
        })
    }
}

async fn text(
    directory: &Path,
    environment: &BTreeMap<String, String>,
    tools: &Tools,
) -> Result<String, BuildError> {
    let command = Command::new("node", directory, environment).args(["-e", PROBE]);
    let requested = ask(&command, tools).await.map_err(BuildError::host("run node"))?;
    let exited =
        requested.ok_or_else(|| missing("node", "install Node.js, or put it on the PATH"))?;
    if !exited.status.success() {
        return Err(BuildError::User(format!(
            "node on this machine does not work: {}",
            exited.stderr.trim()
        )));
    }
    Ok(exited.stdout)
}

/// A program, as it is found on a `PATH`.
pub(super) fn program_on(program: &str, path: &str) -> Option<PathBuf> {
    let mut candidates = path.split(':').map(|directory| Path::new(directory).join(program));
    candidates.find(|file| file.is_file())
}

/// Whether a program is no script.
fn is_binary(program: &Path) -> bool {
    let mut begin = [0; 2];
    let read = File::open(program).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin != *b"#!"
}
