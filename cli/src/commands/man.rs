//! `longshore man`: generates manual pages.

use std::path::{Path, PathBuf};

use clap::{Args, Command, ValueHint};

use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

const HELP: &str = "\
Examples:
  longshore man | man -l -
  longshore man --dir ~/.local/share/man/man1";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ManArgs {
    /// Directory to write a page for each command to [default: print the main page]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
}

pub(crate) async fn run(args: ManArgs, program: Command, output: Output) -> Result<u8, CliError> {
    match args.dir {
        None => output::text_result(&page(&program).map_err(CliError::Write)?)?,
        Some(dir) => {
            let written = pages(&dir, program)?;
            output::result(output, &written, |written| written.join("\n"))?;
        }
    }
    Ok(exit::OK)
}

fn page(command: &Command) -> std::io::Result<String> {
    let mut roff = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut roff)?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}

/// Writes `longshore.1` and a page for each command, and returns the paths.
pub(crate) fn pages(dir: &Path, mut program: Command) -> Result<Vec<String>, CliError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CliError::WriteFile { path, source }
    };
    std::fs::create_dir_all(dir).map_err(failed(dir))?;
    program.build();
    let mut written = Vec::new();
    let commands = program.get_subcommands().filter(|command| command.get_name() != "help");
    for command in std::iter::once(&program).chain(commands) {
        let path = dir.join(format!(
            "{}.1",
            command.get_display_name().unwrap_or_else(|| command.get_name())
        ));
        let roff = page(command).map_err(failed(&path))?;
        std::fs::write(&path, roff).map_err(failed(&path))?;
        written.push(path.display().to_string());
    }
    Ok(written)
}
