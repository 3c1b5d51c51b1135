//! `longshore completion` and `longshore man`: this command line, for shells and for `man`.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::{Arguments, CompletionArgs, ManArgs, Output};
use crate::error::CliError;
use crate::{exit, output};

/// Name of the program.
const PROGRAM: &str = "longshore";

pub(crate) async fn completion(args: CompletionArgs) -> Result<u8, CliError> {
    output::text_result(&script(args.shell))?;
    Ok(exit::OK)
}

pub(crate) async fn man(args: ManArgs, output: Output) -> Result<u8, CliError> {
    match args.dir {
        None => output::text_result(&page(&visible()).map_err(CliError::Write)?)?,
        Some(dir) => {
            let written = pages(&dir)?;
            output::result(output, &written, |written| written.join("\n"))?;
        }
    }
    Ok(exit::OK)
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut visible(), PROGRAM, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The command line as people see it: a hidden command would be completed all the same.
fn visible() -> clap::Command {
    let program = Arguments::command();
    let commands: Vec<clap::Command> =
        program.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
    let mut visible = clap::Command::new(PROGRAM)
        .version(env!("CARGO_PKG_VERSION"))
        .args(program.get_arguments())
        .subcommands(commands)
        .subcommand_required(true);
    if let Some(about) = program.get_about() {
        visible = visible.about(about.clone());
    }
    if let Some(examples) = program.get_after_help() {
        visible = visible.after_help(examples.clone());
    }
    visible
}

fn page(command: &clap::Command) -> std::io::Result<String> {
    let mut roff = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut roff)?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}

/// Writes `longshore.1` and a page for each command, and returns their names.
fn pages(dir: &Path) -> Result<Vec<String>, CliError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CliError::WriteFile { path, source }
    };
    std::fs::create_dir_all(dir).map_err(failed(dir))?;
    let mut program = visible();
    program.build();
    let mut written = Vec::new();
    let commands = program.get_subcommands().filter(|command| command.get_name() != "help");
    for command in std::iter::once(&program).chain(commands) {
        let path = dir.join(format!("{}.1", command.get_display_name().unwrap_or(PROGRAM)));
        let roff = page(command).map_err(failed(&path))?;
        std::fs::write(&path, roff).map_err(failed(&path))?;
        written.push(path.display().to_string());
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_completes_the_commands_that_people_see() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell);
            assert!(script.contains("describe") && script.contains("watch"), "{shell}: {script}");
            // Hidden commands stay so; `internal` alone is a value of `--ingress`.
            assert!(!script.contains("guard"), "{shell}: {script}");
        }
    }

    #[test]
    fn every_command_has_a_page() {
        let dir = tempfile::tempdir().unwrap();
        let written = pages(&dir.path().join("man1")).unwrap();
        assert!(written.len() > 10, "{written:?}");
        let deploy = std::fs::read_to_string(dir.path().join("man1/longshore-deploy.1")).unwrap();
        assert!(deploy.contains("Exit codes") && deploy.contains("longshore\\-deploy"), "{deploy}");
    }
}
