//! From the command line to the command.

use std::future::Future;
use std::process::ExitCode;

use clap::Parser as _;
use longshore_runner::telemetry::chain;

use crate::args::{Arguments, Command, Internal, Worker};
use crate::error::CliError;
use crate::{
    call, cloud, completion, delete, deploy, describe, exit, list, logs, output, parked, provision,
    secrets, status, stop, trace, up,
};

/// Runs the program. `program` is the command line, the program's own name first.
///
/// Not generic: everything is compiled in this crate, and not again in the program.
pub fn main(program: Vec<String>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(program) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing is left to do when the terminal is gone.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    let (data_dir, output) = (arguments.data_dir, arguments.output);
    match arguments.command {
        Command::Up(args) => run(up::up(args, data_dir, output)),
        Command::Deploy(args) => run(deploy::deploy(args, data_dir, output)),
        Command::Call(args) => run(call::call(args, data_dir, output)),
        Command::List(args) => run(list::list(args, data_dir, output)),
        Command::Describe(args) => run(describe::describe(args, data_dir, output)),
        Command::Delete(args) => run(delete::delete(args, data_dir, output)),
        Command::Secrets(args) => run(secrets::secrets(args, data_dir, output)),
        Command::Logs(args) => run(logs::logs(args, data_dir, output)),
        Command::Status(args) => run(status::status(args, data_dir, output)),
        Command::Trace(args) => run(trace::trace(args, data_dir, output)),
        Command::Cancel(args) => run(status::cancel(args, data_dir, output)),
        Command::Parked(args) => run(parked::parked(args, data_dir, output)),
        Command::Completion(args) => run(completion::completion(args)),
        Command::Man(args) => run(completion::man(args, output)),
        Command::Provision => run(provision::command(data_dir, output)),
        Command::Cloud(args) => run(cloud::cloud(args, data_dir, output)),
        Command::Worker(args) => worker(args.worker, args.arguments),
        Command::Internal(Internal::Worker { worker: which }) => {
            stop::terminate_with_stdin();
            worker(which, Vec::new())
        }
        Command::Internal(Internal::Guard { command }) => {
            longshore_local_cloud::guard::main(command)
        }
    }
}

fn worker(worker: Worker, arguments: Vec<String>) -> ExitCode {
    let program = std::iter::once(worker.name().to_owned()).chain(arguments).collect();
    match worker {
        Worker::Uploader => longshore_uploader::main(program),
        Worker::BuildSubmitter => longshore_build_submitter::main(program),
        Worker::RegistryWatcher => longshore_registry_watcher::main(program),
        Worker::ServiceDeployer => longshore_service_deployer::main(program),
    }
}

/// Runs a command to its exit code, and reports what it fails with.
fn run(command: impl Future<Output = Result<u8, CliError>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(Box::pin(command)),
        Err(source) => Err(CliError::Start { what: "the runtime".to_owned(), source }),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output::say(&format!("error: {}", chain(&error)));
            if let Some(advice) = error.advice() {
                output::say(&format!("  {advice}"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}
