//! `longshore deploy`: requests deployments and follows them.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cloud_target::CloudTarget;
use crate::deploying::{Deploying, check, exit_code, human};
use crate::error::CliError;
use crate::function_args::FunctionArgs;
use crate::output::{self, Output};
use crate::{exit, stop};

const HELP: &str = "\
Examples:
  longshore deploy ./hello                 use longshore.yaml or detect settings
  longshore deploy ./hello --name hi --entry-point hello --env A=B --public
  longshore deploy functions/*             deploy many at once, print a table
  longshore deploy --flavour functions --runtime python312 ./hello
  longshore deploy ./hello --trigger-topic orders
  longshore deploy ./hello --trigger-bucket pictures --retry
  longshore deploy ./hello --trigger-location us-central1 --trigger-event-filters \\
      type=google.cloud.audit.log.v1.written,serviceName=run.googleapis.com,methodName=M
  longshore deploy ./hello --schedule '*/5 * * * *' --schedule-time-zone Europe/Berlin
  longshore deploy ./hello --queue work --queue-max-dispatches-per-second 10
  longshore --output json deploy ./hello   print an array with one result each

For one directory, the URL is written to standard output; for several, a table.
Ctrl-C stops the command, but not the deployments. Find them with `longshore
status`, and stop them with `longshore cancel`.

The default entry point is the function in the source that has the same name as
the deployed function, then `function`, then the only function that the source
registers or, if it registers none, defines.

Flags that name triggers replace the triggers in longshore.yaml, where a function can
have several of each kind. A function that only events call takes CloudEvents unless
`--signature` says otherwise. `longshore call FUNCTION --event TYPE` sends an event
by hand.

If a worker parks a message of a deployment, the command says why and stops waiting.
`longshore parked` lists the message, and can publish it again.

A deployment never moves traffic that another tool pinned to revisions. Its
outcome is then `traffic-pinned`: the new revision is ready, and the command that
moves the traffic is printed.

Exit codes: 0 all functions serve; 2 one or more do not, because they failed,
are parked, or their traffic is pinned; 1 or 64 nothing was requested; 69 no
cloud; 130 interrupted.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct DeployArgs {
    /// Function directories, with a `longshore.yaml` or with source in a supported language
    #[arg(value_name = "DIR", required = true, value_hint = ValueHint::DirPath)]
    pub(crate) directories: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) function: FunctionArgs,
}

pub(crate) async fn run(
    args: DeployArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    check(&args.directories, &args.function)?;
    let target = CloudTarget::find(data_dir).await?;
    let deploying = Deploying::new(&target, &args.function);
    let deployed = tokio::select! {
        deployed = deploying.all(&args.directories) => deployed,
        () = stop::asked() => {
            deploying.say_what_continues();
            return Ok(exit::INTERRUPTED);
        }
    };
    output::result(output, &deployed, |deployed| human(deployed))?;
    Ok(exit_code(&deployed))
}
