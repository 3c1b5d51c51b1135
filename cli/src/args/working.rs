//! Commands that change something.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::FunctionArgs;

#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    /// Directories of functions: with a `longshore.yaml`, or with source whose language is
    /// recognised
    #[arg(value_name = "DIR", required = true, value_hint = ValueHint::DirPath)]
    pub(crate) directories: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) function: FunctionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// Name of the function
    pub(crate) function: String,
    /// Body of a POST request; without it, a GET is sent
    #[arg(long)]
    pub(crate) data: Option<String>,
    /// Path and query to call
    #[arg(long, default_value = "/")]
    pub(crate) path: String,
    /// Content type of the body
    #[arg(long, default_value = "application/json")]
    pub(crate) content_type: String,
    /// Token for a function that is not public [default: the local cloud's own; for Google: `gcloud
    /// auth print-identity-token`]
    #[arg(long, value_name = "TOKEN", env = "LONGSHORE_IDENTITY_TOKEN", hide_env_values = true)]
    pub(crate) identity_token: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// Id of a deployment
    pub(crate) deployment: String,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// Names of functions
    #[arg(value_name = "FUNCTION", required = true)]
    pub(crate) functions: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Delete the service even if this fleet has not made it
    #[arg(long)]
    pub(crate) force: bool,
    /// Take a function that is not there as deleted
    #[arg(long)]
    pub(crate) ignore_missing: bool,
}
