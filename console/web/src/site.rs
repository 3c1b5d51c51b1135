//! What the pages are about, and what they use.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::Clients;
use longshore_console_model::index::Index;
use longshore_ledger::Ledger;
use longshore_trace_store::TraceStore;
use tokio_util::sync::CancellationToken;

use crate::guard::Guard;
use crate::services::ServiceCache;

/// Maximum time of a command. The slowest one publishes the members of a batch again.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// The fleet that the console shows.
pub struct Fleet {
    pub name: String,
    /// Default project and region of its functions.
    pub project: String,
    pub region: String,
    pub clients: Clients,
    pub ledger: Ledger,
}

/// The program that runs actions: this one.
pub struct Program {
    pub path: PathBuf,
    /// Arguments before the command, such as the directory of the local cloud.
    pub arguments: Vec<OsString>,
    /// Who is recorded as the one who acted.
    pub user: String,
}

/// What a command did.
pub(crate) struct Ran {
    /// `None` if it did not end in time, or could not start.
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) messages: String,
}

impl Program {
    /// Runs a command with these arguments, and no shell. The command notes in the ledger who acts.
    pub(crate) async fn run(&self, arguments: &[String]) -> Ran {
        let mut command = tokio::process::Command::new(&self.path);
        command.args(&self.arguments).args(["--output", "json"]).args(arguments);
        command.arg(format!("--by={} in the console", self.user));
        command.env("NO_COLOR", "1").stdin(Stdio::null()).kill_on_drop(true);
        let ended = tokio::time::timeout(COMMAND_TIMEOUT, command.output()).await;
        let failed = |messages: String| Ran { code: None, output: String::new(), messages };
        match ended {
            Ok(Ok(output)) => Ran {
                code: output.status.code(),
                output: String::from_utf8_lossy(&output.stdout).into_owned(),
                messages: String::from_utf8_lossy(&output.stderr).into_owned(),
            },
            Ok(Err(error)) => failed(format!("cannot start {}: {error}", self.path.display())),
            Err(_) => failed("the command did not end in time, and was stopped".to_owned()),
        }
    }
}

/// Everything that a page needs.
pub(crate) struct Site {
    pub(crate) fleet: Fleet,
    pub(crate) index: Arc<Index>,
    pub(crate) program: Program,
    pub(crate) guard: Guard,
    pub(crate) services: ServiceCache,
    /// The spans that this machine received.
    pub(crate) traces: Option<Arc<TraceStore>>,
    /// Whether this is a local cloud.
    pub(crate) is_local: bool,
    /// Cancelled when the console stops, so that streams end.
    pub(crate) stopping: CancellationToken,
}
