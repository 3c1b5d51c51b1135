//! What a command fails with: what happened, and what to type next.

use std::path::PathBuf;

use longshore_cloud::{CloudError, ConnectError};
use longshore_ledger::LedgerError;
use longshore_messages::ManifestError;
use longshore_runner::SettingsError;
use longshore_uploader::archive::PackError;

use crate::exit;

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
    #[error("{}", path.display())]
    Manifest { path: PathBuf, source: ManifestError },
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
            Self::Manifest { .. } => {
                Some("the keys are those of FunctionSpec in messages/proto/longshore/v1/function.proto".to_owned())
            }
            Self::NoDeployment(_) | Self::NotAnId(_) => Some("`longshore status` lists the deployments under way".to_owned()),
            Self::NoSecret(_) => Some("`longshore secrets list` lists the secrets".to_owned()),
            Self::EmptySecret => {
                Some("pipe it in: `printf %s VALUE | longshore secrets set NAME`, or name a file with --data-file".to_owned())
            }
            Self::NoFunction(_) => Some("`longshore status` lists the functions".to_owned()),
            Self::Died { log, .. } => Some(format!("see {}", log.display())),
            Self::NoFunctionHere(_) => {
                Some("a function's directory has a longshore.yaml, or a main.py beside --entry-point".to_owned())
            }
            Self::Publish(_) | Self::Stage(_) => Some(
                "is the local cloud still running? on Google Cloud: `longshore provision` makes what the fleet needs".to_owned(),
            ),
            Self::DataDir { .. }
            | Self::Settings(_)
            | Self::Connect(_)
            | Self::Read { .. }
            | Self::Pack(_)
            | Self::Provision { .. }
            | Self::Fleet(_)
            | Self::Ledger(_)
            | Self::Look(_)
            | Self::Logs(_)
            | Self::Call(_)
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
            | Self::EmptySecret
            | Self::DataDirVersion { .. } => exit::USAGE,
            Self::DataDirInUse(_)
            | Self::DataDir { .. }
            | Self::Read { .. }
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
