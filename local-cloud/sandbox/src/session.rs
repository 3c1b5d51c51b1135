//! A sandbox in which commands run one after another.
//!
//! Making a sandbox takes as long as a short command. A build has several steps that see the same
//! files, so they share one. In it runs the guard's program again, as the parent of the steps: it
//! starts one, kills what the step leaves behind, and reports its status over a socket.
//!
//! The steps of a session are not protected from each other: they share `/tmp`, the IPC objects and
//! the process namespace. The process that starts them is the first one of that namespace: they can
//! neither kill it, nor read or write its memory, nor use its socket.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::net::unix::pipe::Receiver;

use crate::guard::message::{self, REPLY_MAX_BYTES, Reply, Request};
use crate::limits::Kills;
use crate::{Child, Ended, Exceeded};

/// Where the guard's program is seen inside.
pub(crate) const PROGRAM: &str = "/run/longshore/guard";

/// One command of a session. Nothing is inherited.
#[derive(Clone, Debug)]
pub struct Step {
    request: Request,
}

impl Step {
    /// As [`Sandbox::new`](crate::Sandbox::new).
    #[must_use]
    pub fn new(command: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let command = command.into_iter().map(Into::into).collect();
        Self { request: Request { command, environment: BTreeMap::new(), directory: "/".into() } }
    }

    /// The whole environment.
    #[must_use]
    pub fn environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.request.environment = environment;
        self
    }

    /// The working directory, as it is seen inside. The default is `/`.
    #[must_use]
    pub fn directory(mut self, directory: &Path) -> Self {
        self.request.directory = directory.to_owned().into_os_string();
        self
    }
}

/// Runs steps. Dropping it kills everything in it.
#[derive(Debug)]
pub struct Session {
    child: Child,
    control: UnixStream,
    kills: Option<Kills>,
    is_over: bool,
}

impl Session {
    /// # Errors
    /// When the sandbox ends before it can run steps. The error has what it says.
    pub(crate) async fn new(
        mut child: Child,
        control: Option<UnixStream>,
        kills: Option<Kills>,
    ) -> io::Result<Self> {
        if let Some(control) = control {
            let ready = message::receive::<Reply>(&control, REPLY_MAX_BYTES).await;
            if matches!(ready, Ok(Some((Reply::Ready, _)))) {
                return Ok(Self { child, control, kills, is_over: false });
            }
        }
        let mut stderr = Vec::new();
        if let Some(output) = &mut child.stderr {
            output.take(REPLY_MAX_BYTES as u64).read_to_end(&mut stderr).await?;
        }
        let stderr = String::from_utf8_lossy(&stderr);
        Err(io::Error::other(format!("no session can be started: {}", stderr.trim())))
    }

    /// Starts a step, and returns its standard output and standard error. Read both, then wait for
    /// [`ended`](Self::ended). A session whose step was not waited for must be dropped.
    ///
    /// # Errors
    /// When the session is over.
    pub async fn start(&mut self, step: &Step) -> io::Result<(Receiver, Receiver)> {
        let (stdout, stdout_inside) = io::pipe()?;
        let (stderr, stderr_inside) = io::pipe()?;
        let passed = [stdout_inside.as_fd(), stderr_inside.as_fd()];
        if let Err(error) = message::send(&self.control, &step.request, &passed).await {
            self.is_over = true;
            return Err(error);
        }
        Ok((Receiver::from_owned_fd(stdout.into())?, Receiver::from_owned_fd(stderr.into())?))
    }

    /// Waits for the end of the step. Then nothing is left of it, daemons included. Not cancel-safe.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when the program does not exist; another one when it cannot be
    /// started, or the session has ended without a status.
    pub async fn ended(&mut self) -> io::Result<Ended> {
        match message::receive::<Reply>(&self.control, REPLY_MAX_BYTES).await {
            Ok(Some((Reply::Ended(code), _))) => {
                let exceeded = self.kills.as_mut().and_then(Kills::further).map(Exceeded::Memory);
                Ok(Ended { status: ExitStatus::from_raw(i32::from(code) << 8), exceeded })
            }
            Ok(Some((Reply::NotStarted { is_missing: true, reason }, _))) => {
                Err(io::Error::new(io::ErrorKind::NotFound, reason))
            }
            Ok(Some((Reply::NotStarted { is_missing: false, reason }, _))) => {
                Err(io::Error::other(reason))
            }
            Ok(Some((Reply::Ready, _)) | None) | Err(_) => self.over().await,
        }
    }

    /// A limit was exceeded.
    async fn over(&mut self) -> io::Result<Ended> {
        self.is_over = true;
        let ended = self.child.stop().await?;
        if ended.status.success() {
            return Err(io::Error::other("the sandbox has ended"));
        }
        Ok(ended)
    }

    /// Whether no further step can be started.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The process id of the guard, from which everything in the session descends.
    #[must_use]
    pub fn guard(&self) -> Option<u32> {
        self.child.guard()
    }
}
