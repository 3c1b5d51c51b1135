//! `longshore console`: serves the page for operators.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use longshore_console::{Ages, Console, Fleet, Options, Program};
use longshore_trace_store::TraceStore;
use tokio_util::sync::CancellationToken;

use crate::acting::user;
use crate::cloud_target::CloudTarget;
use crate::data_dir::DataDir;
use crate::error::CliError;
use crate::output::{self, Output};
use crate::{exit, stop};

const HELP: &str = "\
Examples:
  longshore console                           beside a running `up`
  LONGSHORE_PROJECT=… LONGSHORE_REGION=… longshore console --address 127.0.0.1:8080
  longshore console --address 10.0.0.5:8080 --host console.example

On loopback, only the current user can open it. On another address, every request
needs the token in the printed URL. Put a TLS proxy in front of it, because the
token is sent in a cookie.

The console itself changes nothing. An action asks for a reason, shows a command of
this program, and runs it.

Exit codes: 0 stopped by Ctrl-C; 1 the address is in use; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ConsoleArgs {
    /// Address to listen on; with port 0, the system chooses a port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(crate) address: SocketAddr,
    /// Host name that browsers may use, besides addresses and localhost; can be repeated
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) hosts: Vec<String>,
}

/// Address of the console of `up`: any free port.
pub(crate) const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub(crate) async fn run(
    args: ConsoleArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir.clone()).await?;
    let console = bind(&target, args.address, args.hosts, data_dir, None).await?;
    let url = console.url().to_owned();
    match output {
        Output::Json => {
            output::result(output, &serde_json::json!({ "url": url }), |_| String::new())?
        }
        Output::Human => output::say(format!("the console is at {url}")),
    }
    if console.needs_token() {
        output::say("  anyone with this URL can use the console; press Ctrl-C to stop");
    }
    let stopping = CancellationToken::new();
    let serving = tokio::spawn(console.serve(stopping.clone()));
    stop::asked().await;
    stopping.cancel();
    match serving.await {
        Ok(served) => {
            let failed = |source| CliError::Start { what: "the console".to_owned(), source };
            served.map(|()| exit::OK).map_err(failed)
        }
        // It is a bug, and there is nothing left to stop.
        Err(_) => Ok(exit::FAILED),
    }
}

/// A console of this fleet that listens. Its actions run this program with the same directory.
pub(crate) async fn bind(
    target: &CloudTarget,
    address: SocketAddr,
    hosts: Vec<String>,
    data_dir: Option<PathBuf>,
    traces: Option<Arc<TraceStore>>,
) -> Result<Console, CliError> {
    let path = std::env::current_exe()
        .map_err(|source| CliError::Start { what: "the console".to_owned(), source })?;
    let data_dir = DataDir::named_or_default(data_dir)?;
    let arguments = [OsString::from("--data-dir"), data_dir.path().as_os_str().to_owned()];
    let options = Options {
        fleet: Fleet {
            name: target.settings.fleet.clone(),
            project: target.settings.project.clone(),
            region: target.settings.region.clone(),
            clients: target.clients.clone(),
            ledger: target.ledger.clone(),
        },
        program: Program { path, arguments: arguments.into(), user: user() },
        address,
        hosts,
        is_local: target.local,
        ages: if target.local { Ages::LOCAL } else { Ages::GOOGLE },
        traces,
    };
    Console::bind(options).await.map_err(CliError::Console)
}
