//! Errors of commands: what went wrong, what to do next, and the exit code.

use std::path::{Path, PathBuf};

use longshore_cloud::{CloudError, ConnectError};
use longshore_ledger::LedgerError;
use longshore_messages::{DISK_FULL, FREE_SPACE, Failure, Invalid};
use longshore_runner::SettingsError;
use longshore_runner::telemetry::chain;
use longshore_source_archive::PackError;

use crate::event::EventError;
use crate::exit;
use crate::function_name::name_like;
use crate::migrate::GoalError;
use crate::parked_message::ParkedMessage;
use crate::service_flags::ServiceFlagsError;
use crate::trigger_flags::TriggerFlagsError;
use crate::unreadable::{self, Unreadable};

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
    #[error("{what} exited before it was ready")]
    Died { what: String, log: PathBuf },
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

    /// What the user can do next.
    pub(crate) fn advice(&self) -> Option<String> {
        if chain(self).contains(DISK_FULL) {
            return Some(FREE_SPACE.to_owned());
        }
        let advice = match self {
            Self::NoCloud(_) => {
                "start one with `longshore up`, or set LONGSHORE_PROJECT and LONGSHORE_REGION to \
                 use Google Cloud"
            }
            Self::NoDataDir => "name a directory for the state of the local cloud with --data-dir",
            Self::StateInSource { .. } => {
                "choose a --data-dir outside of the source, or exclude it in .gcloudignore"
            }
            Self::DataDirInUse(_) => {
                "use that cloud (`longshore deploy DIR`), stop it, or choose another --data-dir"
            }
            Self::DataDirVersion { .. } => "choose another --data-dir, or delete this directory",
            Self::Manifest { advice, .. } => advice,
            Self::LimitsFile { .. } => "docs/quotas.md describes the files",
            Self::NoDirectory(_) => "a function is a directory with its source",
            Self::NotADirectory(file) => return Some(not_a_directory_advice(file)),
            Self::NoEntryPoint { choices, has_dockerfile, .. } => {
                return Some(entry_point_advice(choices, *has_dockerfile));
            }
            Self::NotAFunction { .. } => {
                "write a function with `@functions_framework.http` that takes the request, and choose \
                 it with `--entry-point`; a whole web application is a Cloud Run service, not a \
                 function"
            }
            Self::OtherManifest(_) => "rename it to longshore.yaml",
            Self::Invalid(invalid) => return Some(invalid_advice(invalid)),
            Self::OneNameForMany(_) => {
                "set the name in each longshore.yaml, or deploy one directory at a time"
            }
            Self::SameName(_) => "set another `name` in the longshore.yaml of one of them",
            Self::NoProtectedBucket(_) => {
                "name a bucket whose default key it is with `--source-bucket`"
            }
            Self::Protection(failure) => return Some(failure.advice.clone()),
            Self::LedgerKey { bucket, key, .. } => {
                return Some(format!(
                    "set its key with `gcloud storage buckets update gs://{bucket} \
                     --default-encryption-key {key}`, and write its objects again with `gcloud \
                     storage objects update \"gs://{bucket}/**\" --encryption-key {key}`"
                ));
            }
            Self::NotConfirmed | Self::DetachNotConfirmed => "confirm with `--yes`",
            Self::Goal(error) => return Some(error.advice()),
            Self::Event(error) => return Some(error.advice()),
            Self::ServiceFlags(error) => error.advice(),
            Self::Triggered(error) => return Some(error.advice()),
            Self::NotOurs(_) => "delete it anyway with `--force`",
            Self::NotGone(_) => "run `longshore delete` again to continue",
            Self::DeletionSuperseded(_) => "run `longshore delete` again to delete that one too",
            Self::NotParked(_) => "`longshore parked list` lists the parked messages",
            Self::NotReplayable { .. } => {
                "no replay is needed: Google's notifications are only hints, and the sweep of \
                 registry-watcher finds the same builds"
            }
            Self::Pack(error) => pack_advice(error),
            Self::Unreadable(_) => unreadable::ADVICE,
            Self::Parked(message) => return Some(message.advice()),
            Self::Call(_) => "`longshore logs FUNCTION` shows the output of the function",
            Self::NoDeployment(_) | Self::NotAnId(_) => {
                "`longshore status` lists the latest deployments"
            }
            Self::NoTrace(_) => {
                "`longshore up` stores the traces of its workers; other workers send theirs to \
                 OTEL_EXPORTER_OTLP_ENDPOINT. `--stages` shows the times in the ledger"
            }
            Self::NotATrace { .. } => {
                "write one with `longshore trace DEPLOYMENT --output json > FILE`"
            }
            Self::NotABatchId(_) | Self::NoBatch(_) => "`longshore batch status` lists the batches",
            Self::BatchRuns(_) => "wait for its end, or cancel it with `longshore batch cancel`",
            Self::NothingEarlier(_) => {
                "`longshore describe FUNCTION` lists its deployments; only one whose revision served \
                 can be restored"
            }
            Self::NeedsRebuild(_) => {
                "build the recorded source again with `--rebuild`, or move the traffic of its \
                 service with `gcloud run services update-traffic`"
            }
            Self::NoLog(_) => "`longshore status` shows the state of its deployment",
            Self::NoFunction(_) => "`longshore list` lists the functions",
            Self::NoSecret(_) => "`longshore secrets list` lists the secrets",
            Self::EmptySecret => {
                "pipe it in (`printf %s VALUE | longshore secrets set NAME`), or pass a file with \
                 --data-file"
            }
            Self::Died { log, .. } => return Some(format!("see {}", log.display())),
            Self::NoFunctionHere(_) => {
                "a function's directory has a longshore.yaml, or source in a supported language \
                 (main.py, package.json or index.js, go.mod or *.go, pom.xml or build.gradle); \
                 if needed, set the entry point with `--entry-point`"
            }
            Self::Publish(_) | Self::Stage(_) => {
                "check that the local cloud is still running; on Google Cloud, `longshore \
                 provision` creates what the fleet needs"
            }
            Self::DataDir { .. }
            | Self::Settings(_)
            | Self::Connect(_)
            | Self::Read { .. }
            | Self::Traces(_)
            | Self::Delete(_)
            | Self::Triggers(_)
            | Self::WriteFile { .. }
            | Self::Provision { .. }
            | Self::Check { .. }
            | Self::Fleet(_)
            | Self::Ledger(_)
            | Self::ReadService(_)
            | Self::Estate(_)
            | Self::Logs(_)
            | Self::Identity(_)
            | Self::Secret(_)
            | Self::Start { .. }
            | Self::Console(_)
            | Self::Testing(_)
            | Self::TestingRefused(_)
            | Self::Cloud(_)
            | Self::Terminal(_)
            | Self::Write(_) => return None,
        };
        Some(advice.to_owned())
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NoCloud(_) | Self::Connect(_) => exit::NO_CLOUD,
            Self::Settings(_)
            | Self::Manifest { .. }
            | Self::LimitsFile { .. }
            | Self::NotAnId(_)
            | Self::NotABatchId(_)
            | Self::NotATrace { .. }
            | Self::NoFunctionHere(_)
            | Self::NoDirectory(_)
            | Self::NotADirectory(_)
            | Self::NoEntryPoint { .. }
            | Self::NotAFunction { .. }
            | Self::OtherManifest(_)
            | Self::Invalid(_)
            | Self::OneNameForMany(_)
            | Self::SameName(_)
            | Self::NoProtectedBucket(_)
            | Self::NotConfirmed
            | Self::DetachNotConfirmed
            | Self::Event(_)
            | Self::Goal(_)
            | Self::ServiceFlags(_)
            | Self::Triggered(_)
            | Self::EmptySecret
            | Self::NoDataDir
            | Self::StateInSource { .. }
            | Self::DataDirVersion { .. } => exit::USAGE,
            Self::Parked(_) => exit::NOT_DEPLOYED,
            Self::DataDirInUse(_)
            | Self::DataDir { .. }
            | Self::Read { .. }
            | Self::Delete(_)
            | Self::Triggers(_)
            | Self::NotOurs(_)
            | Self::NotGone(_)
            | Self::DeletionSuperseded(_)
            | Self::NotParked(_)
            | Self::NothingEarlier(_)
            | Self::NeedsRebuild(_)
            | Self::NotReplayable { .. }
            | Self::WriteFile { .. }
            | Self::Pack(_)
            | Self::Stage(_)
            | Self::Protection(_)
            | Self::LedgerKey { .. }
            | Self::Publish(_)
            | Self::Provision { .. }
            | Self::Check { .. }
            | Self::Fleet(_)
            | Self::Ledger(_)
            | Self::Unreadable(_)
            | Self::ReadService(_)
            | Self::Estate(_)
            | Self::Logs(_)
            | Self::NoDeployment(_)
            | Self::NoTrace(_)
            | Self::Traces(_)
            | Self::NoBatch(_)
            | Self::BatchRuns(_)
            | Self::NoFunction(_)
            | Self::NoLog(_)
            | Self::Call(_)
            | Self::Identity(_)
            | Self::Secret(_)
            | Self::NoSecret(_)
            | Self::Start { .. }
            | Self::Console(_)
            | Self::Died { .. }
            | Self::Testing(_)
            | Self::TestingRefused(_)
            | Self::Cloud(_)
            | Self::Terminal(_)
            | Self::Write(_) => exit::FAILED,
        }
    }
}

fn not_a_directory_advice(file: &Path) -> String {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new(".")).display();
    format!("pass the directory that contains it: `longshore deploy {parent}`")
}

fn entry_point_advice(choices: &[String], has_dockerfile: bool) -> String {
    let advice = match choices {
        [] => "write a function that takes a request or an event, or set it with `--entry-point \
               FUNCTION` or with `entryPoint` in longshore.yaml"
            .to_owned(),
        [first, ..] => {
            format!(
                "choose one of {} with `--entry-point {first}`, or with `entryPoint` in \
                 longshore.yaml",
                choices.join(", ")
            )
        }
    };
    if has_dockerfile {
        return format!(
            "{advice}; the Dockerfile is not used, because functions are built without one"
        );
    }
    advice
}

fn invalid_advice(invalid: &Invalid) -> String {
    let name = invalid.problems.iter().find(|problem| problem.field == "function.name");
    match name.map(|problem| name_like(&problem.value)).filter(|name| !name.is_empty()) {
        Some(name) => format!("use `--name {name}`, or `name: {name}` in longshore.yaml"),
        None => "correct the flags, or the same fields in longshore.yaml".to_owned(),
    }
}

fn pack_advice(error: &PackError) -> &'static str {
    match error {
        PackError::Read { .. } => "make it readable, or exclude it in .gcloudignore",
        PackError::Empty { .. } => {
            "add the function's source; files listed in .gcloudignore are excluded"
        }
        PackError::LinkLeaves { .. } | PackError::LinkLoops { .. } | PackError::NotAFile { .. } => {
            "copy the file into the directory, or exclude it in .gcloudignore"
        }
        PackError::State { .. } => {
            "stop that cloud and move the directory out of the source, or exclude it in \
             .gcloudignore"
        }
        PackError::TooManyEntries { .. }
        | PackError::ContentTooLarge { .. }
        | PackError::ArchiveTooLarge { .. }
        | PackError::Ratio { .. } => "exclude what the function does not need in .gcloudignore",
        PackError::Scratch(_) => {
            "check the free space in TMPDIR, where temporary files are written"
        }
        _ => "rename or remove it, or exclude it in .gcloudignore",
    }
}

#[cfg(test)]
mod tests {
    use longshore_cloud::Kind;

    use super::*;

    #[test]
    fn the_advice_for_a_full_disk_of_the_local_cloud_is_to_free_space() {
        let refused = |text: String| {
            let source = std::io::Error::other(text);
            CliError::Publish(CloudError::caused("publish", "topic", Kind::Internal, source))
        };
        let full = std::io::Error::from_raw_os_error(28);
        let full = refused(format!("the journal cannot be written: {full}"));
        assert_eq!(full.advice().as_deref(), Some(FREE_SPACE));
        assert_ne!(refused("something else".to_owned()).advice().as_deref(), Some(FREE_SPACE));
    }
}
