//! Flags of a function. They override its manifest.

mod secret_flag;
mod trigger_args;

use clap::{Args, ValueEnum};

pub(crate) use secret_flag::SecretFlag;
pub(crate) use trigger_args::TriggerArgs;

/// Flags that override the manifest.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FunctionArgs {
    /// Name of the function [default: from the manifest, or the name of the directory]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Google's API that deploys the function [default: from the manifest, or run]
    #[arg(long, value_enum)]
    pub(crate) flavour: Option<FlavourFlag>,
    /// Runtime of the function, such as python312
    #[arg(long)]
    pub(crate) runtime: Option<String>,
    /// Name of the function in the source that handles requests
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) entry_point: Option<String>,
    /// Signature type of the function [default: from the manifest; cloudevent if all triggers are
    /// events; otherwise http]
    #[arg(long, value_enum)]
    pub(crate) signature: Option<SignatureFlag>,
    /// Environment variable of the function; can be repeated
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) environment: Vec<(String, String)>,
    /// Environment variable of the build; can be repeated
    #[arg(long = "build-env", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) build_environment: Vec<(String, String)>,
    /// Memory limit of an instance, such as 512Mi
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// Number of CPUs of an instance, such as 1 or 0.5
    #[arg(long)]
    pub(crate) cpu: Option<String>,
    /// Request timeout in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u32>,
    /// Maximum number of concurrent requests per instance
    #[arg(long)]
    pub(crate) concurrency: Option<i32>,
    /// Minimum number of instances
    #[arg(long, value_name = "COUNT")]
    pub(crate) min_instances: Option<i32>,
    /// Maximum number of instances
    #[arg(long, value_name = "COUNT")]
    pub(crate) max_instances: Option<i32>,
    /// Email address of the service account that the function runs as
    #[arg(long, value_name = "EMAIL")]
    pub(crate) service_account: Option<String>,
    /// Secrets to expose as environment variables (NAME=SECRET:VERSION) or files
    /// (/PATH/FILE=SECRET:VERSION), separated by commas
    #[arg(
        long,
        value_name = "TARGET=SECRET:VERSION",
        value_delimiter = ',',
        value_parser = SecretFlag::parse
    )]
    pub(crate) set_secrets: Vec<SecretFlag>,
    /// Key of Cloud KMS that protects the source, the image and the instances:
    /// projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY. Requires --repository and
    /// --source-bucket
    #[arg(long, value_name = "KEY")]
    pub(crate) kms_key: Option<String>,
    /// Bucket for the source, whose default key is this key. It must exist
    #[arg(long, value_name = "BUCKET")]
    pub(crate) source_bucket: Option<String>,
    /// Artifact Registry repository of the image: NAME, in the project and region of the function,
    /// or projects/PROJECT/locations/REGION/repositories/NAME. It must exist
    #[arg(long, value_name = "REPOSITORY", alias = "docker-repository")]
    pub(crate) repository: Option<String>,
    /// Send HTTP/2 without TLS (h2c) to the function, which must speak it
    #[arg(long, overrides_with = "no_use_http2")]
    pub(crate) use_http2: bool,
    /// Send HTTP/1 to the function, whatever the manifest says
    #[arg(long, overrides_with = "use_http2")]
    pub(crate) no_use_http2: bool,
    /// Sources that requests are accepted from
    #[arg(long, value_enum)]
    pub(crate) ingress: Option<IngressFlag>,
    /// Label of the service; can be repeated
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) labels: Vec<(String, String)>,
    /// Description of the service
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Allow unauthenticated calls
    #[arg(long)]
    pub(crate) public: bool,
    #[command(flatten)]
    pub(crate) triggers: TriggerArgs,
}

/// Google's two methods of deploying a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FlavourFlag {
    /// Cloud Run Admin API
    Run,
    /// Cloud Functions API v2
    Functions,
}

/// Signature types, as the Functions Framework names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignatureFlag {
    /// HTTP request
    Http,
    /// CloudEvent
    #[value(name = "cloudevent")]
    CloudEvent,
    /// Type declared by the function
    Typed,
    /// Event and context: the background signature of older functions
    Event,
}

/// Ingress settings, as gcloud names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IngressFlag {
    /// Any network
    All,
    /// The project's network only
    Internal,
    /// The project's network and load balancers
    InternalAndCloudLoadBalancing,
}

pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
