//! `longshore call`: sends one request to a function.

use std::path::PathBuf;

use clap::Args;
use longshore_messages::{Access, FunctionRef};
use time::OffsetDateTime;

use crate::call_body::Body;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::event::{self, Stamp};
use crate::exit;
use crate::flavour::found_service_name;
use crate::function_args::pair;
use crate::function_call::{client, request, token};
use crate::output::{self, Output};
use crate::trace_context;

const HELP: &str = "\
Examples:
  longshore call hello
  longshore call hello --path '/?name=Ada'
  longshore call hello --data '{\"name\": \"Ada\"}'
  longshore call hello --message 'a text' --attribute kind=new
  longshore call hello --event google.cloud.storage.object.v1.finalized \\
      --data '{\"bucket\": \"b\", \"name\": \"o\"}'
  longshore call hello --event google.cloud.audit.log.v1.written --data \\
      '{\"protoPayload\": {\"methodName\": \"storage.buckets.delete\"}}'
  longshore call other-project/us-east1/hello

With --message, the request is the one that Pub/Sub pushes. With --event, it is a
CloudEvent as Eventarc delivers it; --data is the data of the event in JSON, or the
text of the message for google.cloud.pubsub.topic.v1.messagePublished. What --data
omits is filled in for objects of Cloud Storage (google.cloud.storage.object.v1.*),
audit logs (google.cloud.audit.log.v1.written) and documents of Firestore
(google.cloud.firestore.document.v1.*), which are sent as protobuf.

The request continues the trace in the variable TRACEPARENT, or starts a new one,
whose id is in the output of --output json.

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
    /// Send a message with this text, as Pub/Sub does
    #[arg(long, value_name = "DATA", conflicts_with_all = ["data", "event", "content_type"])]
    pub(crate) message: Option<String>,
    /// Send an event of this type, as Eventarc does
    #[arg(long, value_name = "TYPE", conflicts_with = "content_type")]
    pub(crate) event: Option<String>,
    /// Attribute of the message or the event; can be repeated
    #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) attributes: Vec<(String, String)>,
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

/// The body of the request, or `None` for a GET request.
fn body(args: &CallArgs, function: &FunctionRef) -> Result<Option<Body>, CliError> {
    let stamp = || Stamp {
        id: uuid::Uuid::new_v4().to_string(),
        at: OffsetDateTime::now_utc(),
        project: function.project.clone(),
        region: function.region.clone(),
    };
    if let Some(message) = &args.message {
        return Ok(Some(event::push(message, &args.attributes, &stamp())));
    }
    if let Some(kind) = &args.event {
        let event = event::event(kind, args.data.as_deref(), &args.attributes, &stamp());
        return event.map(Some).map_err(CliError::Event);
    }
    let content_type = args.content_type.clone();
    let headers = Vec::new();
    let content = args.data.clone().map(String::into_bytes);
    Ok(content.map(|content| Body { content, content_type, headers }))
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
    let body = body(&args, &function)?;
    let token = match (&args.identity_token, live.shape.settings.access) {
        (Some(token), _) => Some(token.clone()),
        (None, Some(Access::Public)) => None,
        (None, Some(Access::Authenticated) | None) => token(&target, &live.url).await?,
    };
    let trace = trace_context::of_call(trace_context::of_environment());
    let answer = request(&client(target.local)?, &url, token.as_deref(), body, &trace).await?;
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
