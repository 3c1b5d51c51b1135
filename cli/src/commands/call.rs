//! `longshore call`: sends one request to a function.

use std::path::PathBuf;

use clap::Args;
use longshore_messages::Access;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::flavour::found_service_name;
use crate::function_call::{client, request, token};
use crate::output::{self, Output};

const HELP: &str = "\
Examples:
  longshore call hello
  longshore call hello --path '/?name=Ada'
  longshore call hello --data '{\"name\": \"Ada\"}'
  longshore call other-project/us-east1/hello

The body is written to a file or a pipe byte for byte. On a terminal, control
characters in it are shown as escapes, such as \\x1b.

Exit codes: 0 success; 3 the function returned status 400 or above; 1 no
response, or no such function; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct CallArgs {
    /// Name of the function
    pub(crate) function: String,
    /// Body of a POST request; without it, a GET request is sent
    #[arg(long)]
    pub(crate) data: Option<String>,
    /// Path and query of the request
    #[arg(long, default_value = "/")]
    pub(crate) path: String,
    /// Content type of the body
    #[arg(long, default_value = "application/json")]
    pub(crate) content_type: String,
    /// Identity token for a function that is not public [default: issued by the local cloud; on
    /// Google Cloud: `gcloud auth print-identity-token`]
    #[arg(long, value_name = "TOKEN", env = "LONGSHORE_IDENTITY_TOKEN", hide_env_values = true)]
    pub(crate) identity_token: Option<String>,
}

pub(crate) async fn run(
    args: CallArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let function = target.function(&args.function);
    let service = found_service_name(&target, &function).await?;
    let live = target.clients.services.get(&service).await.map_err(CliError::ReadService)?;
    let live = live.ok_or_else(|| CliError::NoFunction(function.to_string()))?;
    let url = format!("{}/{}", live.url.trim_end_matches('/'), args.path.trim_start_matches('/'));
    let body = args.data.map(|data| (data, args.content_type));
    let token = match (&args.identity_token, live.shape.settings.access) {
        (Some(token), _) => Some(token.clone()),
        (None, Some(Access::Public)) => None,
        (None, Some(Access::Authenticated) | None) => token(&target, &live.url).await?,
    };
    let answer = request(&client()?, &url, token.as_deref(), body).await?;
    match output {
        Output::Json => output::result(output, &answer, |_| "")?,
        Output::Human => output::body(&answer.body)?,
    }
    if !answer.is_ok() {
        output::say(format!("{} returned status {}", answer.url, answer.status));
        if let Some(advice) = answer.advice() {
            output::say(format!("  {advice}"));
        }
        return Ok(exit::CALL_FAILED);
    }
    Ok(exit::OK)
}
