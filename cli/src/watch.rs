//! `up --watch`: redeploys a function when its files change.

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

/// Time between two scans of a directory. A change counts once two scans agree, so a saved file is
/// deployed after about twice this time.
const POLL: Duration = Duration::from_millis(250);

/// Minimum pause between scans, as a multiple of the time that a scan takes. Limits the scans of a
/// large directory to a tenth of a processor.
const POLL_PER_SCAN: u32 = 10;

/// Snapshots of the directories before the first deployment.
pub(crate) async fn snapshots(directories: &[PathBuf]) -> Vec<Snapshot> {
    join_all(directories.iter().map(|directory| snapshot(directory))).await
}

/// Redeploys each directory whenever it changes, at first since `before`. Returns only if standard
/// output fails. A change during a deployment is found after it, so the latest files win.
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
        let changed = watched.observe(snapshot(directory).await);
        let pause = POLL.max(begun.elapsed() * POLL_PER_SCAN);
        let Some(what) = changed else {
            tokio::time::sleep(pause).await;
            continue;
        };
        output::say(format!("{}: {what}; deploying again", directory.display()));
        // A new `Deploying` for each round, because it rejects a name that was requested before.
        let deployed = Deploying::new(target, flags).all(&[directory.to_owned()]).await;
        output::result(output, &deployed, |deployed| human(deployed))?;
        for failed in deployed.iter().filter(|deployed| !deployed.serves()) {
            say_what_still_serves(target, failed).await;
        }
    }
}

/// Reports which version still serves after a failed deployment.
async fn say_what_still_serves(target: &CloudTarget, failed: &Deployed) {
    let Ok(at) = failed.function.parse::<FunctionRef>() else {
        return output::say("    nothing was requested; the previous version keeps serving");
    };
    // This is only a hint, so an error is ignored.
    let Ok(Some(live)) = target.clients.services.get(&at.service()).await else { return };
    if !live.latest_ready_revision.is_empty() {
        output::say(format!(
            "    revision {} keeps serving at {}",
            live.latest_ready_revision, live.url
        ));
    }
}

async fn snapshot(directory: &Path) -> Snapshot {
    let directory = directory.to_owned();
    let scanned = tokio::task::spawn_blocking(move || scan(&directory)).await;
    scanned.unwrap_or_else(|error| Snapshot::Unreadable(error.to_string()))
}
