//! Errors of commands: what went wrong, what to do next, and the exit code.

mod advice;
mod exit_code;

use std::path::PathBuf;

use longshore_cloud::{CloudError, ConnectError};
use longshore_ledger::LedgerError;
use longshore_messages::{Failure, Invalid};
use longshore_runner::SettingsError;
use longshore_source_archive::PackError;

use crate::event::EventError;
use crate::goal_error::GoalError;
use crate::parked_message::ParkedMessage;
use crate::service_flags::ServiceFlagsError;
use crate::trigger_flags::TriggerFlagsError;
use crate::unreadable::Unreadable;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(
        "no local cloud is running with the data directory {}, and no other cloud is configured",
        .0.display()
    )]
    NoCloud(PathBuf),
    #[error("neither XDG_STATE_HOME nor HOME is an absolute path, and the account has no home")]
    NoDataDir,
    #[error(
        "the data directory {} would be uploaded with the function in {}",
        state.display(), directory.display()
    )]
    StateInSource { state: PathBuf, directory: PathBuf },
    #[error("the data directory {} is in use by another `longshore` process", .0.display())]
    DataDirInUse(PathBuf),
    #[error(
        "the data directory {} has version {found}, but this program supports version {known}",
        path.display()
    )]
    DataDirVersion { path: PathBuf, found: String, known: &'static str },
    #[error("cannot use the data directory {}", path.display())]
    DataDir { path: PathBuf, source: std::io::Error },
    #[error("invalid settings")]
    Settings(#[source] SettingsError),
    #[error("cannot connect to the cloud")]
    Connect(#[source] ConnectError),
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{flag} {value}: {reason}")]
    LimitsFile { flag: &'static str, value: String, reason: String },
    #[error("{}{position}: {text}", path.display())]
    Manifest { path: PathBuf, position: String, text: String, advice: String },
    #[error("the directory {} does not exist", .0.display())]
    NoDirectory(PathBuf),
    #[error("{} is a file, but a function must be a directory", .0.display())]
    NotADirectory(PathBuf),
    #[error("cannot determine the entry point of {}: {found}", directory.display())]
    NoEntryPoint { directory: PathBuf, found: String, choices: Vec<String>, has_dockerfile: bool },
    #[error(
        "{name} ({place}) is a route of a web framework ({decorator}), not a function that takes a \
         request"
    )]
    NotAFunction { name: String, place: String, decorator: String },
    #[error("no name of a function can be made from the name of the directory {}", .0.display())]
    NoName(PathBuf),
    #[error("{} is ignored: the manifest must be named longshore.yaml", .0.display())]
    OtherManifest(PathBuf),
    #[error("invalid request")]
    Invalid(#[source] Invalid),
    #[error("--name names one function, but {0} directories were given")]
    OneNameForMany(usize),
    #[error("more than one directory of this command is named {0}")]
    SameName(String),
    #[error("cannot pack the source")]
    Pack(#[source] PackError),
    #[error("cannot upload the source")]
    Stage(#[source] CloudError),
    #[error("a source under the key {0} needs a bucket of this key")]
    NoProtectedBucket(String),
    #[error("{}", .0.reason)]
    Protection(Box<Failure>),
    #[error("the bucket {bucket} of the ledger has {found}")]
    LedgerKey { bucket: String, found: String, key: String },
    #[error("cannot publish the request")]
    Publish(#[source] CloudError),
    #[error("cannot create {what}")]
    Provision { what: String, source: CloudError },
    #[error("cannot check {resource}")]
    Check { resource: String, source: CloudError },
    #[error("cannot read the table of topics and subscriptions")]
    Fleet(#[source] toml::de::Error),
    #[error("cannot access the ledger")]
    Ledger(#[source] LedgerError),
    #[error("ledger entry {} is unreadable: {}", .0.object, .0.reason)]
    Unreadable(Unreadable),
    #[error("a message of the deployment is parked by {}: {}", .0.stage, .0.reason)]
    Parked(Box<ParkedMessage>),
    #[error("cannot list what is deployed")]
    Estate(#[source] CloudError),
    #[error("detaching a function from its API cannot be undone, and must be confirmed")]
    DetachNotConfirmed,
    #[error("invalid --to")]
    Goal(#[source] GoalError),
    #[error("cannot read the service of the function")]
    ReadService(#[source] CloudError),
    #[error("cannot read the log")]
    Logs(#[source] CloudError),
    #[error("`{0}` is not a deployment id (32 hexadecimal characters)")]
    NotAnId(String),
    #[error("`{0}` is not the id of a batch (32 hexadecimal characters)")]
    NotABatchId(String),
    #[error("batch {0} does not exist")]
    NoBatch(String),
    #[error("batch {0} has not ended")]
    BatchRuns(String),
    #[error("deployment {0} does not exist")]
    NoDeployment(String),
    #[error("there is no trace {0}")]
    NoTrace(String),
    #[error("{} is not a trace", .path.display())]
    NotATrace { path: PathBuf, source: longshore_trace_store::OtlpError },
    #[error("cannot read the stored traces")]
    Traces(#[source] longshore_trace_store::StoreError),
    #[error("function {0} does not exist")]
    NoFunction(String),
    #[error("function {0} has no earlier deployment to roll back to")]
    NothingEarlier(String),
    #[error("the Cloud Functions API cannot serve an earlier image of function {0}")]
    NeedsRebuild(String),
    #[error("function {0} has no log yet")]
    NoLog(String),
    #[error("cannot call the function")]
    Call(#[source] reqwest::Error),
    #[error("cannot get an identity token")]
    Identity(#[source] CloudError),
    #[error("cannot access Secret Manager")]
    Secret(#[source] CloudError),
    #[error("secret {0} does not exist")]
    NoSecret(String),
    #[error("the value of a secret cannot be empty")]
    EmptySecret,
    #[error("cannot start {what}")]
    Start { what: String, source: std::io::Error },
    #[error("cannot serve the console")]
    Console(#[source] longshore_console::ServeError),
    /// `said` is what it wrote last.
    #[error("{what} exited before it was ready{}{said}", if said.is_empty() { "" } else { ": " })]
    Died { what: String, said: String, log: PathBuf },
    #[error("the local cloud has ended ({how})")]
    CloudEnded { how: String, log: PathBuf },
    #[error("cannot call the local cloud's API for tests")]
    Testing(#[source] reqwest::Error),
    #[error("{0}")]
    TestingRefused(String),
    #[error("cannot start the local cloud")]
    Cloud(#[source] longshore_local_cloud::StartError),
    #[error("the directory {} contains no function", .0.display())]
    NoFunctionHere(PathBuf),
    #[error("deletion must be confirmed, but there is no terminal to ask on")]
    NotConfirmed,
    #[error("cannot delete the service")]
    Delete(#[source] CloudError),
    #[error("cannot make the event")]
    Event(#[source] EventError),
    #[error("invalid flags")]
    ServiceFlags(#[source] ServiceFlagsError),
    #[error("invalid trigger flags")]
    Triggered(#[source] TriggerFlagsError),
    #[error("cannot list or delete triggers")]
    Triggers(#[source] CloudError),
    #[error("service {0} was not created by this fleet")]
    NotOurs(String),
    #[error("{0} keeps changing, or still exists")]
    NotGone(String),
    #[error("a newer deployment of {0} was requested during the deletion")]
    DeletionSuperseded(String),
    #[error("parked message {0} does not exist")]
    NotParked(String),
    #[error("message {id} came from {subscription}, and this fleet does not publish to its topic")]
    NotReplayable { id: String, subscription: String },
    #[error("cannot write {}", path.display())]
    WriteFile { path: PathBuf, source: std::io::Error },
    #[error("cannot use the terminal")]
    Terminal(#[source] std::io::Error),
    #[error("cannot write results")]
    Write(#[source] std::io::Error),
}

impl CliError {
    /// A failed read of the ledger: of one entry, or of the whole.
    pub(crate) fn ledger(error: LedgerError) -> Self {
        match Unreadable::of(error) {
            Ok(unreadable) => Self::Unreadable(unreadable),
            Err(error) => Self::Ledger(error),
        }
    }
}
