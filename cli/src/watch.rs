//! `up --watch`: a function whose files change is deployed again.

mod change;
mod scan;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::future::join_all;
use longshore_messages::FunctionRef;

use crate::cloud_target::CloudTarget;
use crate::deploying::{Deployed, Deploying, human};
use crate::error::CliError;
use crate::function_args::FunctionArgs;
use crate::output::{self, Output};

use change::Watched;
use scan::{Snapshot, scan};

/// Time between two looks at a directory. Two looks that agree make a change, so a save is deployed
/// in about twice that.
const POLL: Duration = Duration::from_millis(250);

/// Of a large directory no more than a tenth of a processor's time is spent on looking.
const POLL_PER_SCAN: u32 = 10;

/// How the directories look before they are deployed for the first time.
pub(crate) async fn snapshots(directories: &[PathBuf]) -> Vec<Snapshot> {
    join_all(directories.iter().map(|directory| look(directory))).await
}

/// Deploys each directory again whenever it has changed, since `before` first; never returns unless
/// standard output fails. A change during a deployment is seen after it, so the newest state of the
/// files wins.
pub(crate) async fn watch(
    target: &CloudTarget,
    directories: &[PathBuf],
    before: Vec<Snapshot>,
    flags: &FunctionArgs,
    output: Output,
) -> Result<u8, CliError> {
    let watching = directories
        .iter()
        .zip(before)
        .map(|(directory, before)| Box::pin(one(target, directory, before, flags, output)));
    let (ended, _, _) = futures::future::select_all(watching).await;
    ended
}

async fn one(
    target: &CloudTarget,
    directory: &Path,
    before: Snapshot,
    flags: &FunctionArgs,
    output: Output,
) -> Result<u8, CliError> {
    let mut watched = Watched::new(before);
    loop {
        let begun = Instant::now();
        let changed = watched.look(look(directory).await);
        let pause = POLL.max(begun.elapsed() * POLL_PER_SCAN);
        let Some(what) = changed else {
            tokio::time::sleep(pause).await;
            continue;
        };
        output::say(&format!("{}: {what}; deploying again", directory.display()));
        // A name of its own for each round: what was asked for before may be asked for again.
        let deployed = Deploying::new(target, flags).all(&[directory.to_owned()]).await;
        output::result(output, &deployed, |deployed| human(deployed))?;
        for failed in deployed.iter().filter(|deployed| !deployed.serves()) {
            say_what_serves(target, failed).await;
        }
    }
}

/// What a failed deployment leaves in target.
async fn say_what_serves(target: &CloudTarget, failed: &Deployed) {
    let Ok(at) = failed.function.parse::<FunctionRef>() else {
        return output::say("    nothing was asked for; what serves goes on serving");
    };
    // Only said to calm: without an answer there is nothing to say.
    let Ok(Some(live)) = target.clients.services.get(&at.service()).await else { return };
    if !live.latest_ready_revision.is_empty() {
        output::say(&format!(
            "    revision {} goes on serving at {}",
            live.latest_ready_revision, live.url
        ));
    }
}

async fn look(directory: &Path) -> Snapshot {
    let directory = directory.to_owned();
    let scanned = tokio::task::spawn_blocking(move || scan(&directory)).await;
    scanned.unwrap_or_else(|error| Snapshot::Unreadable(error.to_string()))
}
