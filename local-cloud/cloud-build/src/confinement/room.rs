//! Where the steps of one build run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use longshore_local_sandbox::guard::CANNOT_START;
use longshore_local_sandbox::{Ended, Launcher, Limits, Sandbox, Session, Step, View};
use tokio::sync::Mutex;

use super::registries::{self, RegistryFile};
use super::{Confinement, inside};
use crate::credentials::Credentials;
use crate::log::BuildLog;
use crate::process::{self, Command, Exited, left_behind};

/// Maximum size of everything that a build writes, caches of package managers included, and of one
/// file.
const DISK_LIMIT_BYTES: u64 = 8 << 30;
const FILE_LIMIT_BYTES: u64 = 4 << 30;

/// As Google's default machine for builds has.
const MEMORY_LIMIT_BYTES: u64 = 8 << 30;

/// Threads count, too. The largest known builds use a few hundred.
const PROCESS_LIMIT: u64 = 4096;

const OPEN_FILE_LIMIT: u64 = 65_536;

/// A place for steps, and its directories. None of them leads through a link.
#[derive(Debug)]
pub(crate) struct Room {
    launcher: Option<Launcher>,
    view: View,
    /// The host's variables, as steps see them.
    environment: BTreeMap<String, String>,
    /// The host's variables.
    host: BTreeMap<String, String>,
    /// The home directory; `None` for the user's own.
    home: Option<PathBuf>,
    /// Steps write here.
    pub(crate) scratch: PathBuf,
    /// Only this process writes here.
    pub(crate) inputs: PathBuf,
    /// Caches of package managers.
    pub(crate) caches: PathBuf,
    /// Those in the settings of package registries are added.
    credentials: Credentials,
    /// Where the steps run, one after another.
    place: Mutex<Place>,
}

/// Making a sandbox takes as long as a short step, so the steps of a room share one.
#[derive(Debug)]
enum Place {
    /// The next step makes a session.
    Empty,
    Session(Box<Session>),
    /// Each step has a sandbox of its own, or none where this machine has none.
    Apart,
}

impl Room {
    /// Creates a room in the directory `base`. Its steps can write to the workspace, if there is
    /// one, and to the caches; without caches of earlier builds, it gets empty ones.
    ///
    /// # Errors
    /// If a directory cannot be created, or handed over to the sandbox's user.
    pub(crate) fn new(
        confinement: &Confinement,
        base: &Path,
        workspace: Option<&Path>,
        caches: Option<PathBuf>,
        credentials: Credentials,
    ) -> io::Result<Self> {
        let directory = |name: &str| {
            let path = base.join(name);
            std::fs::create_dir_all(&path).map(|()| path)
        };
        let (scratch, inputs) = (directory("scratch")?, directory("inputs")?);
        let (home, temporary) = (directory("home")?, directory("tmp")?);
        let own_caches = directory("caches")?;

        let host: BTreeMap<String, String> = std::env::vars().collect();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let caches = caches.unwrap_or_else(|| own_caches.clone());
        let launcher = confinement.launcher.clone();
        let is_confined = confinement.missing_sandbox().is_none();
        let mut view = View::of_host().fixed_root().read_only(&inputs, &inputs);
        for writable in
            [&scratch, &home, &caches].into_iter().map(PathBuf::as_path).chain(workspace)
        {
            view = view.writable(writable, writable);
        }
        let mut environment = host.clone();
        if is_confined {
            let toolchains = confinement.toolchains(&path);
            let path = toolchains.search_path(&path).to_string_lossy().into_owned();
            environment = inside::environment(&host, &path, &home, &caches);
            view = view.toolchains(&toolchains).writable(&temporary, Path::new("/tmp"));
            for file in inside::certificates(&host) {
                if let Ok(real) = file.canonicalize() {
                    view = view.read_only(&real, &file);
                }
            }
            // Not handed over: what only root may read stays unreadable for another user.
            for (copy, path) in registries::copy_of_system(&directory("settings")?)? {
                view = view.read_only(&copy, path);
            }
        }
        let home = is_confined.then_some(home);
        let place = Mutex::new(if is_confined { Place::Empty } else { Place::Apart });
        let room = Self {
            launcher,
            view,
            environment,
            host,
            home,
            scratch,
            inputs,
            caches,
            credentials,
            place,
        };
        for path in
            [&room.scratch, &room.inputs, &temporary, &own_caches].into_iter().chain(&room.home)
        {
            room.hand_over(path)?;
        }
        workspace.map_or(Ok(()), |workspace| room.hand_over(workspace))?;
        Ok(room)
    }

    /// The host's variables, as steps see them, with the settings of package registries in place.
    ///
    /// # Errors
    /// If a file of settings cannot be copied.
    pub(crate) fn environment(
        &self,
        files: &[RegistryFile],
    ) -> io::Result<BTreeMap<String, String>> {
        let mut environment = self.environment.clone();
        for text in registries::texts(files, &self.host) {
            self.credentials.learn(&text);
        }
        if let Some(home) = &self.home {
            environment.extend(registries::copy(files, &self.host, home)?);
            self.hand_over(home)?;
        }
        Ok(environment)
    }

    /// Keeps the credentials in these variables out of the log.
    pub(crate) fn learn(&self, environment: &BTreeMap<String, String>) {
        self.credentials.learn_variables(environment);
    }

    /// The home directory of steps, if it is not the user's own.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Lets steps read and write what this process has made.
    ///
    /// # Errors
    /// If an entry cannot be read or given away.
    pub(crate) fn hand_over(&self, path: &Path) -> io::Result<()> {
        self.launcher.as_ref().map_or(Ok(()), |launcher| launcher.hand_over(path))
    }

    /// Runs a program until it exits. Dropping the future kills it and everything that it started.
    ///
    /// # Errors
    /// If it cannot be started ([`io::ErrorKind::NotFound`] if the program does not exist) or
    /// waited for. A program that fails is an `Ok` with its status.
    pub(crate) async fn run(&self, command: &Command, log: &BuildLog) -> io::Result<Exited> {
        let Some(launcher) = &self.launcher else { return process::run(command, log).await };
        self.hand_over(&self.inputs)?;
        let mut place = self.place.lock().await;
        // A run that is dropped drops the session, too, and with it what the step has started.
        match std::mem::replace(&mut *place, Place::Empty) {
            Place::Session(session) => self.run_in(session, command, log, &mut place).await,
            Place::Empty => {
                let sandbox = Sandbox::for_steps(self.view.clone()).limits(limits());
                match launcher.open(&sandbox).await {
                    Ok(session) => self.run_in(Box::new(session), command, log, &mut place).await,
                    Err(error) => {
                        tracing::debug!(%error, "each step of a build has its own sandbox");
                        *place = Place::Apart;
                        self.run_apart(launcher, command, log).await
                    }
                }
            }
            Place::Apart => {
                *place = Place::Apart;
                self.run_apart(launcher, command, log).await
            }
        }
    }

    /// Runs a step in a session, and puts the session back into its place.
    async fn run_in(
        &self,
        mut session: Box<Session>,
        command: &Command,
        log: &BuildLog,
        place: &mut Place,
    ) -> io::Result<Exited> {
        let step = Step::new(words(command))
            .environment(command.environment.clone())
            .directory(&command.directory);
        let Ok((stdout, stderr)) = session.start(&step).await else {
            // It has exceeded a limit between two steps.
            let ended = session.ended().await?;
            return Ok(with_reason(ended, String::new(), String::new(), log));
        };
        let guard = session.guard();
        let ended = watched(session.ended(), guard, log);
        let (ended, stdout, stderr) =
            process::with_output(ended, Some(stdout), Some(stderr), log).await?;
        if !session.is_over() {
            *place = Place::Session(session);
        }
        Ok(with_reason(ended?, stdout, stderr, log))
    }

    async fn run_apart(
        &self,
        launcher: &Launcher,
        command: &Command,
        log: &BuildLog,
    ) -> io::Result<Exited> {
        let sandbox = Sandbox::new(words(command), self.view.clone())
            .environment(command.environment.clone())
            .directory(&command.directory)
            .limits(limits());
        let mut child = launcher.start(&sandbox).await?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let ended = watched(child.ended(), child.guard(), log);
        let (ended, stdout, stderr) = process::with_output(ended, stdout, stderr, log).await?;
        let exited = with_reason(ended?, stdout, stderr, log);
        match exited.status.code() {
            Some(code) if code == i32::from(CANNOT_START) => started(command, exited),
            _ => Ok(exited),
        }
    }
}

fn words(command: &Command) -> impl Iterator<Item = OsString> {
    let program = command.program.clone().into_os_string();
    [program].into_iter().chain(command.arguments.iter().cloned())
}

/// Waits for the end of a step, and meanwhile ends what keeps it from ending.
async fn watched(
    ended: impl Future<Output = io::Result<Ended>>,
    guard: Option<u32>,
    log: &BuildLog,
) -> io::Result<Ended> {
    let left_behind = async {
        match guard {
            Some(guard) => left_behind::end(guard, log).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = ended => ended,
        () = left_behind => Err(io::Error::other("the step is not watched")),
    }
}

fn limits() -> Limits {
    Limits {
        memory_bytes: Some(MEMORY_LIMIT_BYTES),
        processes: Some(PROCESS_LIMIT),
        milli_cpus: None,
        file_bytes: Some(FILE_LIMIT_BYTES),
        open_files: Some(OPEN_FILE_LIMIT),
        disk_bytes: Some(DISK_LIMIT_BYTES),
    }
}

/// Says for which limit a program was killed.
fn with_reason(ended: Ended, stdout: String, mut stderr: String, log: &BuildLog) -> Exited {
    if let Some(exceeded) = ended.exceeded {
        let reason = format!("killed: {exceeded}");
        log.line(&reason);
        stderr.push_str(&reason);
        stderr.push('\n');
    }
    Exited { status: ended.status, stdout, stderr }
}

/// Tells a program that does not exist, or a sandbox that cannot be made, from one that ended with
/// the same status.
fn started(command: &Command, exited: Exited) -> io::Result<Exited> {
    let stderr = exited.stderr.trim();
    let is_missing = stderr.starts_with(&format!("bwrap: execvp {}", command.program.display()))
        || (stderr.starts_with("cannot run the command") && stderr.contains("No such file"));
    if is_missing {
        return Err(io::Error::new(io::ErrorKind::NotFound, stderr.to_owned()));
    }
    if stderr.starts_with("bwrap: ") || stderr.starts_with("cannot run the command") {
        return Err(io::Error::other(stderr.to_owned()));
    }
    Ok(exited)
}
