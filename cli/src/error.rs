//! What a command fails with: what happened, and what to type next.

use std::path::{Path, PathBuf};

use longshore_cloud::{CloudError, ConnectError};
use longshore_ledger::LedgerError;
use longshore_messages::Invalid;
use longshore_runner::SettingsError;
use longshore_source_archive::PackError;

use crate::exit;
use crate::function_name::name_like;

/// A command that cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("no local cloud runs with the data directory {}, and no other is configured", .0.display())]
    NoCloud(PathBuf),
    #[error("the data directory {} is in use by another `longshore`", .0.display())]
    DataDirInUse(PathBuf),
    #[error("the data directory {} holds version {found}, and this program knows version {known}", path.display())]
    DataDirVersion { path: PathBuf, found: String, known: &'static str },
    #[error("the data directory {} cannot be used", path.display())]
    DataDir { path: PathBuf, source: std::io::Error },
    #[error("settings cannot be used")]
    Settings(#[source] SettingsError),
    #[error("cloud cannot be reached")]
    Connect(#[source] ConnectError),
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}{place}: {text}", path.display())]
    Manifest { path: PathBuf, place: String, text: String, advice: String },
    #[error("there is no directory {}", .0.display())]
    NoDirectory(PathBuf),
    #[error("{} is a file, and a function is a directory", .0.display())]
    NotADirectory(PathBuf),
    #[error("nothing says which function of {} is to be called", directory.display())]
    NoEntryPoint { directory: PathBuf, declared: Vec<String> },
    #[error("the request breaks a rule")]
    Invalid(#[source] Invalid),
    #[error("--name names one function, and there are {0} directories")]
    OneNameForMany(usize),
    #[error("another directory of this command is the function {0} as well")]
    SameName(String),
    #[error("the source cannot be packed")]
    Pack(#[source] PackError),
    #[error("the source cannot be staged")]
    Stage(#[source] CloudError),
    #[error("the request cannot be published")]
    Publish(#[source] CloudError),
    #[error("{what} cannot be provisioned")]
    Provision { what: String, source: CloudError },
    #[error("the table of topics and subscriptions cannot be read")]
    Fleet(#[source] toml::de::Error),
    #[error("the ledger cannot be read")]
    Ledger(#[source] LedgerError),
    #[error("the function cannot be looked up")]
    Look(#[source] CloudError),
    #[error("the log cannot be read")]
    Logs(#[source] CloudError),
    #[error("`{0}` is not the id of a deployment: 32 hexadecimal characters")]
    NotAnId(String),
    #[error("there is no deployment {0}")]
    NoDeployment(String),
    #[error("there is no function {0}")]
    NoFunction(String),
    #[error("function {0} has no log yet")]
    NoLog(String),
    #[error("the function cannot be called")]
    Call(#[source] reqwest::Error),
    #[error("no identity token can be had")]
    Identity(#[source] CloudError),
    #[error("the secret cannot be changed or listed")]
    Secret(#[source] CloudError),
    #[error("there is no secret {0}")]
    NoSecret(String),
    #[error("the value of a secret cannot be empty")]
    EmptySecret,
    #[error("{what} cannot be started")]
    Start { what: String, source: std::io::Error },
    #[error("{what} ended before it was ready")]
    Died { what: String, log: PathBuf },
    #[error("the local cloud cannot be started")]
    Cloud(#[source] longshore_local_cloud::StartError),
    #[error("the directory {} holds no function", .0.display())]
    NoFunctionHere(PathBuf),
    #[error("deleting has to be confirmed, and there is no terminal to ask on")]
    NotConfirmed,
    #[error("the service cannot be deleted")]
    Delete(#[source] CloudError),
    #[error("service {0} is not this fleet's")]
    NotOurs(String),
    #[error("{0} goes on changing, or is not gone yet")]
    NotGone(String),
    #[error("a newer deployment of {0} was asked for meanwhile")]
    DeletionSuperseded(String),
    #[error("there is no parked message {0}")]
    NotParked(String),
    #[error("message {id} came over {subscription}, which is not this fleet's to publish to")]
    NotReplayable { id: String, subscription: String },
    #[error("{} cannot be written", path.display())]
    WriteFile { path: PathBuf, source: std::io::Error },
    #[error("results cannot be written")]
    Write(#[source] std::io::Error),
}

impl CliError {
    /// What to do next, where there is something to say.
    pub(crate) fn advice(&self) -> Option<String> {
        match self {
            Self::NoCloud(_) => Some(
                "start one with `longshore up`, or set LONGSHORE_PROJECT and LONGSHORE_REGION to talk to Google Cloud".to_owned(),
            ),
            Self::DataDirInUse(_) => Some("use that one (`longshore deploy DIR`), stop it, or name another --data-dir".to_owned()),
            Self::DataDirVersion { .. } => Some("name another --data-dir, or delete this one".to_owned()),
            Self::Manifest { advice, .. } => Some(advice.clone()),
            Self::NoDirectory(_) => Some("a function is a directory with its source".to_owned()),
            Self::NotADirectory(file) => {
                let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
                Some(format!("name the directory that holds it: `longshore deploy {}`", parent.display()))
            }
            Self::NoEntryPoint { declared, .. } => Some(entry_point_advice(declared)),
            Self::Invalid(invalid) => Some(invalid_advice(invalid)),
            Self::OneNameForMany(_) => Some("name functions in their longshore.yaml, or deploy one at a time".to_owned()),
            Self::SameName(_) => Some("give one of them another `name` in its longshore.yaml".to_owned()),
            Self::NotConfirmed => Some("`--yes` confirms".to_owned()),
            Self::NotOurs(_) => Some("somebody else made it; `--force` deletes it nevertheless".to_owned()),
            Self::NotGone(_) => Some("`longshore delete` again goes on with it".to_owned()),
            Self::DeletionSuperseded(_) => Some("`longshore delete` again deletes that too".to_owned()),
            Self::NotParked(_) => Some("`longshore parked list` shows what there is".to_owned()),
            Self::NotReplayable { .. } => {
                Some("Google's announcements are only hints: registry-watcher's sweep finds what they announced".to_owned())
            }
            Self::Pack(error) => Some(pack_advice(error).to_owned()),
            Self::Call(_) => Some("`longshore logs FUNCTION` shows what the function printed".to_owned()),
            Self::NoDeployment(_) | Self::NotAnId(_) => Some("`longshore status` lists the deployments under way".to_owned()),
            Self::NoLog(_) => Some("`longshore status` shows how far it is".to_owned()),
            Self::NoFunction(_) => Some("`longshore list` shows the functions".to_owned()),
            Self::NoSecret(_) => Some("`longshore secrets list` lists the secrets".to_owned()),
            Self::EmptySecret => {
                Some("pipe it in: `printf %s VALUE | longshore secrets set NAME`, or name a file with --data-file".to_owned())
            }
            Self::Died { log, .. } => Some(format!("see {}", log.display())),
            Self::NoFunctionHere(_) => {
                Some(
                    "a function's directory has a longshore.yaml, or source in a language that is recognised: main.py, package.json or \
                     index.js, go.mod or *.go, pom.xml or build.gradle; `--entry-point` names the function where nothing else does"
                        .to_owned(),
                )
            }
            Self::Publish(_) | Self::Stage(_) => Some(
                "is the local cloud still running? on Google Cloud: `longshore provision` makes what the fleet needs".to_owned(),
            ),
            Self::DataDir { .. }
            | Self::Settings(_)
            | Self::Connect(_)
            | Self::Read { .. }
            | Self::Delete(_)
            | Self::WriteFile { .. }
            | Self::Provision { .. }
            | Self::Fleet(_)
            | Self::Ledger(_)
            | Self::Look(_)
            | Self::Logs(_)
            | Self::Identity(_)
            | Self::Secret(_)
            | Self::Start { .. }
            | Self::Cloud(_)
            | Self::Write(_) => None,
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NoCloud(_) | Self::Connect(_) => exit::NO_CLOUD,
            Self::Settings(_)
            | Self::Manifest { .. }
            | Self::NotAnId(_)
            | Self::NoFunctionHere(_)
            | Self::NoDirectory(_)
            | Self::NotADirectory(_)
            | Self::NoEntryPoint { .. }
            | Self::Invalid(_)
            | Self::OneNameForMany(_)
            | Self::SameName(_)
            | Self::NotConfirmed
            | Self::EmptySecret
            | Self::DataDirVersion { .. } => exit::USAGE,
            Self::DataDirInUse(_)
            | Self::DataDir { .. }
            | Self::Read { .. }
            | Self::Delete(_)
            | Self::NotOurs(_)
            | Self::NotGone(_)
            | Self::DeletionSuperseded(_)
            | Self::NotParked(_)
            | Self::NotReplayable { .. }
            | Self::WriteFile { .. }
            | Self::Pack(_)
            | Self::Stage(_)
            | Self::Publish(_)
            | Self::Provision { .. }
            | Self::Fleet(_)
            | Self::Ledger(_)
            | Self::Look(_)
            | Self::Logs(_)
            | Self::NoDeployment(_)
            | Self::NoFunction(_)
            | Self::NoLog(_)
            | Self::Call(_)
            | Self::Identity(_)
            | Self::Secret(_)
            | Self::NoSecret(_)
            | Self::Start { .. }
            | Self::Died { .. }
            | Self::Cloud(_)
            | Self::Write(_) => exit::FAILED,
        }
    }
}

fn entry_point_advice(declared: &[String]) -> String {
    match declared {
        [] => "name it: `--entry-point FUNCTION`, or `entryPoint` in longshore.yaml".to_owned(),
        [first, ..] => {
            format!(
                "the source declares {}; name one: `--entry-point {first}`, or `entryPoint` in longshore.yaml",
                declared.join(", ")
            )
        }
    }
}

fn invalid_advice(invalid: &Invalid) -> String {
    let name = invalid.problems.iter().find(|problem| problem.field == "function.name");
    match name.map(|problem| name_like(&problem.value)).filter(|name| !name.is_empty()) {
        Some(name) => format!("`--name {name}` would do, or `name: {name}` in longshore.yaml"),
        None => "correct the flags, or the same fields in longshore.yaml".to_owned(),
    }
}

fn pack_advice(error: &PackError) -> &'static str {
    match error {
        PackError::Read { .. } => "make it readable, or leave it out with a line in .gcloudignore",
        PackError::Empty { .. } => {
            "put the function's source there; .gcloudignore says what is left out"
        }
        PackError::LinkLeaves { .. } | PackError::LinkLoops { .. } | PackError::NotAFile { .. } => {
            "copy what is needed into the directory, or leave it out with a line in .gcloudignore"
        }
        PackError::TooManyEntries { .. }
        | PackError::ContentTooLarge { .. }
        | PackError::ArchiveTooLarge { .. }
        | PackError::Ratio { .. } => "leave out what the function does not need with .gcloudignore",
        PackError::Scratch(_) => "temporary files are made in TMPDIR; is there room?",
        _ => "rename or remove it, or leave it out with a line in .gcloudignore",
    }
}
