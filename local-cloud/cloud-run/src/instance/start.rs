//! Starting one instance and waiting until it listens.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use longshore_local_kit::keys::{KeyError, KeyUser};
use longshore_local_sandbox::Network;
use uuid::Uuid;

use super::door::{Door, free_port};
use super::host::Host;
use super::launch::{LaunchError, Place, launch};
use super::process::Process;
use super::recipe::Recipe;
use super::secrets::SecretError;
use crate::inside::{Caller, Inside, Life};
use crate::logs::{LogStore, Source, Stream};

/// Pause between two attempts to connect: a Go function listens after 15 ms, a Python function
/// after 300 ms.
const PROBE_PAUSE: Duration = Duration::from_millis(10);

/// A program that finds its port taken twice in a row has most likely taken it itself.
const PORT_TRIES: u32 = 3;

/// A process that listens on its port.
pub(crate) struct Instance {
    pub(crate) door: Door,
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
            let user = KeyUser::run(&recipe.service.project);
            host.keys.usable_version(&recipe.encryption_key, user)?;
        }
        let port = match (u16::try_from(recipe.declared_port), &host.inside) {
            (Ok(port), Some(_)) => Inside::port(port),
            _ => free_port().await.map_err(StartError::Spawn)?,
        };
        let inside = host.inside.as_ref().map(|inside| inside.addresses(port));
        let secrets = host.secrets.resolve(recipe)?;
        if let Some(files) = &secrets.files {
            files.hand_over(&host.launcher)?;
        }
        let missing_sandbox = host.launcher.missing_sandbox();
        let toolchains = host.toolchains.of_image(&recipe.image.config);
        let place = Place { port, inside: inside.as_ref(), missing_sandbox };
        let launch = launch(recipe, place, &secrets, &toolchains)?;
        let mut sandbox = launch.sandbox(recipe, &host.tuning);
        if let Some(inside) = inside {
            sandbox = sandbox.network(Network::Own(inside.listen));
        }
        let instance = Uuid::new_v4().simple().to_string();
        let source = Source {
            service: recipe.service.clone(),
            revision: recipe.revision.clone(),
            instance,
            labels: recipe.labels.clone(),
        };
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
        let mut process = Process::start(&sandbox, host, secrets.files, &source)
            .await
            .map_err(StartError::Spawn)?;
        if let (Some(inside), Some(network)) = (&host.inside, process.network().cloned()) {
            let sockets = (std::mem::take(&mut process.listening), network);
            let caller = Caller {
                project: recipe.service.project.clone(),
                project_number: inside.projects.number_of(&recipe.service.project),
                region: recipe.service.location.clone(),
                account: recipe.service_account.clone(),
                service: recipe.service.to_string(),
                instance: source.instance.clone(),
            };
            let life = Life { ended: process.end(&host.tasks), tasks: &host.tasks };
            inside.serve(port, caller, sockets, refusals(host, &source), &life);
        }
        let door = Door::new(port, process.network());
        let limit = recipe.startup.min(host.tuning.startup_limit);
        let how = tokio::select! {
            how = process.ended() => format!("the process ended: {how}"),
            listening = tokio::time::timeout(limit, until_listening(&door)) => match listening {
                Ok(()) => return Ok(Self { door, process, logs: Arc::clone(&host.logs), source }),
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

/// Tells the log of the instance which connection was refused.
fn refusals(host: &Host, source: &Source) -> impl Fn(SocketAddr) + Clone + use<> {
    let (logs, source) = (Arc::clone(&host.logs), source.clone());
    move |address| {
        let text = format!(
            "The connection to {address} was refused: functions reach public addresses only. Start \
             the local cloud with --share-network for others."
        );
        logs.write(&source, Stream::System, &text);
    }
}

async fn until_listening(door: &Door) {
    while door.connect().await.is_err() {
        tokio::time::sleep(PROBE_PAUSE).await;
    }
}
