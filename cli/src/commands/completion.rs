//! `longshore completion`: generates a shell completion script.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::CliError;
use crate::{exit, output};

const HELP: &str = "\
Examples:
  longshore completion bash > ~/.local/share/bash-completion/completions/longshore
  longshore completion zsh > ~/.zfunc/_longshore
  longshore completion fish > ~/.config/fish/completions/longshore.fish";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct CompletionArgs {
    /// Shell to generate the script for
    pub(crate) shell: Shell,
}

pub(crate) async fn run(args: CompletionArgs, program: Command) -> Result<u8, CliError> {
    output::text_result(&script(args.shell, program))?;
    Ok(exit::OK)
}

pub(crate) fn script(shell: Shell, mut program: Command) -> String {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
