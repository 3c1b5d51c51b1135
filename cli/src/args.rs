//! The command line.

mod help;
mod looking;
mod running;
mod working;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::secrets::{SecretFlag, SecretsArgs};
pub(crate) use looking::{
    DescribeArgs, ListArgs, LogsArgs, ParkedArgs, ParkedCommand, StatusArgs, TraceArgs,
};
pub(crate) use running::{
    CloudArgs, CompletionArgs, Internal, ManArgs, UpArgs, Worker, WorkerArgs,
};
pub(crate) use working::{CallArgs, CancelArgs, DeleteArgs, DeployArgs};

/// Loads function source onto Cloud Run.
#[derive(Debug, Parser)]
#[command(name = "longshore", version, after_help = help::PROGRAM, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Directory of the local cloud's state [default: longshore in the user's state directory]
    #[arg(long, global = true, value_name = "DIR", env = "LONGSHORE_DATA_DIR", hide_env = true, value_hint = clap::ValueHint::DirPath)]
    pub(crate) data_dir: Option<PathBuf>,
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Output::Human)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Human,
    /// One JSON document; one a line where a command goes on (`up --watch`, `logs --follow`)
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the local cloud and the workers, deploy functions, and stay up until Ctrl-C
    #[command(after_help = help::UP)]
    Up(UpArgs),
    /// Deploy functions, and follow them until they serve
    #[command(after_help = help::DEPLOY)]
    Deploy(DeployArgs),
    /// Call a function
    #[command(after_help = help::CALL)]
    Call(CallArgs),
    /// Show all functions
    #[command(visible_alias = "ls", after_help = help::LIST)]
    List(ListArgs),
    /// Show everything that is known of a function
    #[command(after_help = help::DESCRIBE)]
    Describe(DescribeArgs),
    /// Delete functions
    #[command(after_help = help::DELETE)]
    Delete(DeleteArgs),
    /// Keep what functions need and nobody else may see
    #[command(after_help = help::SECRETS)]
    Secrets(SecretsArgs),
    /// Show what a function printed, and how it was built
    #[command(after_help = help::LOGS)]
    Logs(LogsArgs),
    /// Show the newest deployment of every function, or one deployment
    #[command(after_help = help::STATUS)]
    Status(StatusArgs),
    /// Show where the time of a deployment went
    #[command(after_help = help::TRACE)]
    Trace(TraceArgs),
    /// Ask a deployment to stop
    #[command(after_help = help::CANCEL)]
    Cancel(CancelArgs),
    /// Show messages that were put aside because no worker could handle them, and publish them
    /// again
    #[command(after_help = help::PARKED)]
    Parked(ParkedArgs),
    /// Make the fleet's topics, subscriptions and ledger where they are missing
    #[command(after_help = help::PROVISION)]
    Provision,
    /// Run the local cloud alone
    #[command(after_help = help::CLOUD)]
    Cloud(CloudArgs),
    /// Run one worker, as its own program does
    Worker(WorkerArgs),
    /// Write the shell's completion of this command line
    #[command(after_help = help::COMPLETION)]
    Completion(CompletionArgs),
    /// Write the manual pages
    #[command(after_help = help::MAN)]
    Man(ManArgs),
    /// What this program runs itself as
    #[command(hide = true, subcommand)]
    Internal(Internal),
}

/// What overrides a manifest.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FunctionArgs {
    /// Name of the function [default: the manifest's, else the directory's]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Runtime, such as python312
    #[arg(long)]
    pub(crate) runtime: Option<String>,
    /// Function in the source that is called
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) entry_point: Option<String>,
    /// How the function wants to be called [default: the manifest's, else http]
    #[arg(long, value_enum)]
    pub(crate) signature: Option<SignatureFlag>,
    /// Environment variable of the function; may be given several times
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) environment: Vec<(String, String)>,
    /// Environment variable of the build; may be given several times
    #[arg(long = "build-env", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) build_environment: Vec<(String, String)>,
    /// Memory of an instance, such as 512Mi
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// CPUs of an instance, such as 1 or 0.5
    #[arg(long)]
    pub(crate) cpu: Option<String>,
    /// Longest time of one request, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u32>,
    /// Requests that one instance handles at once
    #[arg(long)]
    pub(crate) concurrency: Option<i32>,
    /// Instances that are kept when nobody calls
    #[arg(long, value_name = "COUNT")]
    pub(crate) min_instances: Option<i32>,
    /// Instances at most
    #[arg(long, value_name = "COUNT")]
    pub(crate) max_instances: Option<i32>,
    /// Identity of the function: a service account's email address
    #[arg(long, value_name = "EMAIL")]
    pub(crate) service_account: Option<String>,
    /// Secrets as variables (NAME=SECRET:VERSION) or as files (/PATH/FILE=SECRET:VERSION),
    /// separated by commas
    #[arg(long, value_name = "PLACE=SECRET:VERSION", value_delimiter = ',', value_parser = SecretFlag::parse)]
    pub(crate) set_secrets: Vec<SecretFlag>,
    /// Where requests may come from
    #[arg(long, value_enum)]
    pub(crate) ingress: Option<IngressFlag>,
    /// Label of the service; may be given several times
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) labels: Vec<(String, String)>,
    /// Free text about the service
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Let anybody call the function
    #[arg(long)]
    pub(crate) public: bool,
}

/// The Functions Framework's signature types, in its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignatureFlag {
    /// An HTTP request
    Http,
    /// A CloudEvent
    #[value(name = "cloudevent")]
    CloudEvent,
    /// A type that the function declares
    Typed,
}

/// Where requests may come from, in gcloud's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IngressFlag {
    /// From anywhere
    All,
    /// From inside the project's network
    Internal,
    /// From inside, or through a load balancer
    InternalAndCloudLoadBalancing,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_that_people_type_has_examples() {
        let program = Arguments::command();
        for command in program
            .get_subcommands()
            .filter(|command| !command.is_hide_set() && command.get_name() != "worker")
        {
            let help = command.clone().render_help().to_string();
            assert!(help.contains("Examples:\n  longshore "), "{help}");
        }
    }
}
