//! `longshore deploy`: publishes requests like any upstream system, and follows what becomes of
//! them.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cloud_target::CloudTarget;
use crate::deploying::{Deploying, check, exit_code, human};
use crate::error::CliError;
use crate::exit;
use crate::function_args::FunctionArgs;
use crate::output::{self, Output};
use crate::stop;

const HELP: &str = "\
Examples:
  longshore deploy ./hello                 as longshore.yaml or the source says
  longshore deploy ./hello --name hi --entry-point hello --env A=B --public
  longshore deploy functions/*             many at once; a table at the end
  longshore --output json deploy ./hello   an array, an element for each

Of one directory, the URL is written to standard output; of several, a table.
Ctrl-C ends the command, and not the deployments: they go on, `longshore
status` finds them, and `longshore cancel` stops them.

The entry point that nobody names is the function in the source that has the
function's name, or else `function`, or else the only one that the source
registers or, where it registers none, defines.

Exit codes: 0 all serve; 2 one or more do not; 64 or 1 nothing could be asked
for; 69 no cloud; 130 interrupted.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct DeployArgs {
    /// Directories of functions: with a `longshore.yaml`, or with source whose language is
    /// recognised
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
            deploying.say_what_goes_on();
            return Ok(exit::INTERRUPTED);
        }
    };
    output::result(output, &deployed, |deployed| human(deployed))?;
    Ok(exit_code(&deployed))
}
