//! The flags of a function, which override its manifest.

mod secret_flag;

use clap::{Args, ValueEnum};

pub(crate) use secret_flag::SecretFlag;

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
