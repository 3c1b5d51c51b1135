//! `longshore watch`: the road, live.
//!
//! `feed` reads what the console reads. `app` decides what a key does, `draw` draws, and `screen` owns
//! the terminal. Where standard output is no terminal, `lines` prints a line for each change, which
//! `changes` finds.

mod app;
mod changes;
mod draw;
mod feed;
mod lines;
#[cfg(test)]
mod samples;
mod screen;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use self::feed::Feed;
use crate::cloud_target::CloudTarget;
use crate::data_dir::DataDir;
use crate::error::CliError;
use crate::output::Output;

const HELP: &str = "\
Examples:
  longshore watch                          all stages and deployments, live
  longshore watch state=failed             only the deployments that failed
  longshore watch region=europe-west1 api  words and fields, as in the console
  longshore watch --output json            each change as a line of JSON
  longshore watch | tee changes.log        each change as a line of text

Keys: arrows or j and k select a deployment, Enter opens its waterfall, / filters,
? shows all keys, q quits.

Fields of the filter: state (open, slow, stuck, parked, failed, deployed, …), stage,
function, region, requester, batch, since and until (15m, 2h). It selects
deployments; the stages and the batches are always those of the whole fleet.

Without a terminal, a line is written whenever a deployment begins, moves, becomes
slow or ends, and for each change of a batch. Deployments that ended before are not
shown.

Exit codes: 0 stopped by q, Ctrl-C or SIGTERM, or the reader has closed standard
output; 1 the terminal cannot be used; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct WatchArgs {
    /// Words that a deployment must contain, and fields such as `state=failed`
    #[arg(value_name = "WORD|FIELD=VALUE")]
    pub(crate) filter: Vec<String>,
}

pub(crate) async fn run(
    args: WatchArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir.clone()).await?;
    let store = DataDir::named_or_default(data_dir)?.traces();
    let fleet = format!("{} in {}", target.settings.fleet, target.settings.project);
    let filter = args.filter.join(" ");
    let can_draw = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
    let is_drawn = output == Output::Human && std::io::stdout().is_terminal() && can_draw;
    let feed = Feed::start(target, store);
    if is_drawn {
        screen::run(feed, fleet, &filter).await
    } else {
        lines::run(feed, &fleet, &filter, output).await
    }
}
