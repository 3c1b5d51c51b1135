//! Starting one instance and waiting until it listens.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use longshore_local_kit::keys::KeyError;
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use super::host::Host;
use super::launch::{LaunchError, launch};
use super::process::Process;
use super::recipe::Recipe;
use super::secrets::SecretError;
use crate::logs::{LogStore, Source, Stream};

/// Pause between two attempts to connect: a Go function listens after 15 ms, a Python function
/// after 300 ms.
const PROBE_PAUSE: Duration = Duration::from_millis(10);

/// A program that finds its port taken twice in a row has most likely taken it itself.
const PORT_TRIES: u32 = 3;

/// A process that listens on its port.
pub(crate) struct Instance {
    pub(crate) address: SocketAddr,
    process: Process,
    logs: Arc<LogStore>,
    source: Source,
}

/// Why an instance did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Permanent until the key can be used.
    #[error("the encryption key of the revision cannot be used")]
    Key(#[from] KeyError),
    #[error("the container cannot be started")]
    Launch(#[from] LaunchError),
    #[error("the container cannot be started")]
    Spawn(#[source] io::Error),
    #[error("this machine has no room for another instance: all that run are busy")]
    NoRoom,
    /// In Google's words, which operators search for.
    #[error(
        "The user-provided container failed to start and listen on the port defined provided by the PORT={port} environment variable \
         within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. \
         The health check timeout can be extended. Logs for this revision might contain more information. ({how})"
    )]
    NeverListened { port: i32, how: String, is_port_taken: bool },
}

impl Instance {
    /// Starts a process and waits until its port accepts a connection. Chooses another port if
    /// another process has taken the first one in the meantime.
    ///
    /// # Errors
    /// [`StartError`]; no process is left running. Retrying helps only if the cause was this
    /// machine.
    pub(crate) async fn start(host: &Host, recipe: &Recipe) -> Result<Self, StartError> {
        let mut tries = 1;
        loop {
            match Self::start_once(host, recipe).await {
                Err(StartError::NeverListened { is_port_taken: true, .. })
                    if tries < PORT_TRIES =>
                {
                    tracing::debug!(
                        revision = recipe.revision,
                        "the port of an instance was taken"
                    );
                    tries += 1;
                }
                started => return started,
            }
        }
    }

    async fn start_once(host: &Host, recipe: &Recipe) -> Result<Self, StartError> {
        if !recipe.encryption_key.is_empty() {
            host.keys.usable_version(&recipe.encryption_key)?;
        }
        let address = free_address().await.map_err(StartError::Spawn)?;
        let secrets = host.secrets.resolve(recipe)?;
        if let Some(files) = &secrets.files {
            files.hand_over(&host.launcher)?;
        }
        let missing_sandbox = host.launcher.missing_sandbox();
        let toolchains = host.toolchains.of_image(&recipe.image.config);
        let launch = launch(recipe, address.port(), &secrets, missing_sandbox, &toolchains)?;
        let sandbox = launch.sandbox(recipe, &host.tuning);
        let instance = Uuid::new_v4().simple().to_string();
        let source =
            Source { service: recipe.service.clone(), revision: recipe.revision.clone(), instance };
        let manner =
            missing_sandbox.map_or_else(String::new, |why| format!(" without a sandbox ({why})"));
        host.logs.write(&source, Stream::System, &format!("Starting new instance{manner}."));
        if !recipe.ignored_settings.is_empty() {
            let settings = recipe.ignored_settings.join(", ");
            host.logs.write(
                &source,
                Stream::System,
                &format!("These settings have no effect in the local cloud: {settings}."),
            );
        }
        let process = Process::start(&sandbox, host, secrets.files, &source)
            .await
            .map_err(StartError::Spawn)?;
        let limit = recipe.startup.min(host.tuning.startup_limit);
        let how = tokio::select! {
            how = process.ended() => format!("the process ended: {how}"),
            listening = tokio::time::timeout(limit, until_listening(address)) => match listening {
                Ok(()) => return Ok(Self { address, process, logs: Arc::clone(&host.logs), source }),
                Err(_) => format!("it did not listen within {} ms", limit.as_millis()),
            },
        };
        host.logs.write(
            &source,
            Stream::System,
            &format!("The instance failed its startup check: {how}."),
        );
        process.stop().await;
        let is_port_taken = process.found_its_port_taken();
        Err(StartError::NeverListened { port: recipe.declared_port, how, is_port_taken })
    }

    /// Waits until the process has exited.
    pub(crate) async fn ended(&self) {
        let how = self.process.ended().await;
        self.logs.write(&self.source, Stream::System, &format!("The instance ended: {how}."));
    }

    /// SIGTERM, ten seconds, SIGKILL.
    pub(crate) async fn stop(&self) {
        self.process.stop().await;
    }
}

/// A port that is free now. Another process may take it before the instance does.
async fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()
}

async fn until_listening(address: SocketAddr) {
    while TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(PROBE_PAUSE).await;
    }
}
