//! From the command line to the command.

use std::future::Future;
use std::process::ExitCode;

use clap::Parser as _;
use longshore_runner::telemetry::chain;

use crate::args::{Arguments, Command, visible};
use crate::commands::{
    batch, build, call, cancel, cloud, completion, console, delete, deploy, describe, internal,
    inventory, list, logs, man, migrate, parked, provision, redeploy, rollback, secrets, status,
    trace, up, watch,
};
use crate::error::CliError;
use crate::{exit, output};

/// Runs the program. `program` is the command line, starting with the name of the program.
///
/// Not generic, so that everything is compiled in this crate and not again in the binary.
pub fn main(program: Vec<String>) -> ExitCode {
    let are_plain = program.iter().all(|argument| output::Text::is_plain(argument));
    let arguments = match Arguments::try_parse_from(program) {
        Ok(arguments) => arguments,
        Err(error) => {
            print(&error, are_plain);
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    let (data_dir, output) = (arguments.data_dir, arguments.output);
    match arguments.command {
        Command::Up(args) => run(up::run(args, data_dir, output)),
        Command::Deploy(args) => run(deploy::run(args, data_dir, output)),
        Command::Batch(args) => run(batch::run(args, data_dir, output)),
        Command::Inventory(args) => run(inventory::run(args, data_dir, output)),
        Command::Migrate(args) => run(migrate::run(args, data_dir, output)),
        Command::Call(args) => run(call::run(args, data_dir, output)),
        Command::List(args) => run(list::run(args, data_dir, output)),
        Command::Describe(args) => run(describe::run(args, data_dir, output)),
        Command::Rollback(args) => run(rollback::run(args, data_dir, output)),
        Command::Delete(args) => run(delete::run(args, data_dir, output)),
        Command::Secrets(args) => run(secrets::run(args, data_dir, output)),
        Command::Build(args) => run(build::run(args, data_dir, output)),
        Command::Logs(args) => run(logs::run(args, data_dir, output)),
        Command::Status(args) => run(status::run(args, data_dir, output)),
        Command::Watch(args) => run(watch::run(args, data_dir, output)),
        Command::Trace(args) => run(trace::run(args, data_dir, output)),
        Command::Cancel(args) => run(cancel::run(args, data_dir, output)),
        Command::Redeploy(args) => run(redeploy::run(args, data_dir, output)),
        Command::Console(args) => run(console::run(args, data_dir, output)),
        Command::Parked(args) => run(parked::run(args, data_dir, output)),
        Command::Completion(args) => run(completion::run(args, visible())),
        Command::Man(args) => run(man::run(args, visible(), output)),
        Command::Provision(args) => run(provision::run(args, data_dir, output)),
        Command::Cloud(args) => run(cloud::run(args, data_dir, output)),
        Command::Worker(args) => args.worker.main(args.arguments),
        Command::Internal(command) => internal::main(command),
    }
}

/// Prints help, the version, or a usage error. An error quotes arguments, and a script may have
/// taken them from anywhere: then it has no colours, and its control characters are shown.
fn print(error: &clap::Error, are_plain: bool) {
    if are_plain {
        // Nothing can be done if the stream is closed.
        let _ = error.print();
    } else {
        output::say(error.render().to_string().trim_end());
    }
}

/// Runs a command, reports its error, and returns its exit code.
fn run(command: impl Future<Output = Result<u8, CliError>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(Box::pin(command)),
        Err(source) => Err(CliError::Start { what: "the asynchronous runtime".to_owned(), source }),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output::say(format!("error: {}", chain(&error)));
            if let Some(advice) = error.advice() {
                output::say(format!("  {advice}"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}
