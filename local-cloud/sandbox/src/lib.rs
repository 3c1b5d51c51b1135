//! Runs one command of a build or a function of the local cloud: in bubblewrap where this machine
//! has it, and bounded in what it may use.
//!
//! A [`Launcher`] finds out once what this machine can do. A [`Sandbox`] is one command: a [`View`]
//! of what it sees, its environment, [`Network`] and [`Limits`]. Starting it gives a [`Child`]. A
//! [`Session`] is a sandbox in which several commands run one after another.
//!
//! What holds in the sandbox:
//! - Of this machine the command sees the system's directories, read-only, the recorded
//!   [`Toolchains`], and what the view names. No link is followed when something is shown.
//! - The processes, the IPC objects and the user namespace are its own; it has no capability, and
//!   a filter of system calls denies namespaces, mounts, tracing, keyrings and rarely needed parts
//!   of the kernel.
//! - Where the local cloud is root, the command is another user. Files of root that others may not
//!   read are unreadable for it, even where a directory with them is shown.
//! - No variable of the command is in the environment, or in the arguments, of a process outside,
//!   and `bwrap` is not looked up in the command's `PATH`.
//! - Nothing that it started outlives it, or the local cloud.
//!
//! - With [`Network::Own`] it reaches only what this process listens on for it, and only this
//!   process reaches its ports.
//!
//! What does not hold: with [`Network::Host`] it reaches every port of this machine; the kernel is
//! shared; where the local cloud runs as an ordinary user, the command has that user's identity, and
//! can read the files that a view shows as that user could.
//!
//! # A function
//! ```no_run
//! # use std::{collections::BTreeMap, path::Path, time::Duration};
//! # use longshore_local_sandbox::{Guard, Launcher, Limits, Network, Sandbox, Toolchains, View};
//! # async fn example(toolchains: Toolchains) -> std::io::Result<()> {
//! # let (path, rootfs, environment) = (std::env::var_os("PATH").unwrap_or_default(), Path::new("/"), BTreeMap::new());
//! // Once, at the start of the local cloud.
//! let guard = Guard::new(std::env::current_exe()?, ["internal", "guard"]);
//! let launcher = Launcher::probe(guard, &path);
//!
//! launcher.hand_over(rootfs)?; // once, after unpacking
//! let view = View::of_image(rootfs).toolchains(&toolchains);
//! let sandbox = Sandbox::new(["/layers/bin/serve", "--source", "/workspace"], view)
//!     .environment(environment)
//!     .directory(Path::new("/workspace"))
//!     .limits(Limits { memory_bytes: Some(512 << 20), processes: Some(1000), ..Limits::default() })
//!     .grace(Duration::from_secs(10));
//! let mut child = launcher.start(&sandbox).await?;
//! let (stdout, stderr) = (child.stdout.take(), child.stderr.take()); // read both
//! tokio::select! {
//!     ended = child.ended() => println!("the process ended: {}", ended?.status),
//!     // until it listens
//! }
//! child.stop().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # The steps of a build
//! ```no_run
//! # use std::{collections::BTreeMap, path::Path};
//! # use longshore_local_sandbox::{Launcher, Limits, Lines, OutputBounds, PrivateDirectories, Sandbox, Step, Toolchains, View};
//! # async fn example(launcher: Launcher, build: &Path, home: &Path, tmp: &Path) -> std::io::Result<()> {
//! # let (path, data_dir) = (std::env::var_os("PATH").unwrap_or_default(), Path::new("/data"));
//! let private = PrivateDirectories::new(std::env::var_os("HOME").as_deref(), [data_dir.into()]);
//! let toolchains = Toolchains::find(&path, &["python3", "uv", "node", "npm", "go"], &private);
//!
//! for writable in [build, home, tmp] {
//!     launcher.hand_over(writable)?;
//! }
//! let view = View::of_host()
//!     .toolchains(&toolchains)
//!     .writable(build, build) // under its own path: what was computed outside holds inside
//!     .writable(home, home)
//!     .writable(tmp, Path::new("/tmp"))
//!     .fixed_root();
//! let path = toolchains.search_path(&path).to_string_lossy().into_owned();
//! let environment = BTreeMap::from([
//!     ("PATH".to_owned(), path),
//!     ("HOME".to_owned(), home.display().to_string()),
//! ]);
//! let sandbox = Sandbox::for_steps(view)
//!     .limits(Limits { processes: Some(2000), disk_bytes: Some(8 << 30), ..Limits::default() });
//! let mut session = launcher.open(&sandbox).await?;
//! for words in [["npm", "ci"], ["npm", "test"]] {
//!     let step = Step::new(words).environment(environment.clone()).directory(build);
//!     let (stdout, _stderr) = session.start(&step).await?; // read both
//!     let bounds = OutputBounds { line_bytes: 64 << 10, total_bytes: 16 << 20 };
//!     let mut lines = Lines::new(stdout, bounds);
//!     while let Some(_piece) = lines.next().await? {}
//!     let ended = session.ended().await?; // nothing is left of the step
//! }
//! // Dropping the session kills everything in it.
//! # Ok(())
//! # }
//! ```

mod bubblewrap;
mod child;
pub mod guard;
mod guard_program;
mod launcher;
mod limits;
mod network;
mod output;
mod ownership;
mod sandbox;
#[cfg(target_os = "linux")]
mod seccomp;
mod session;
mod system;
pub mod testing;
mod toolchains;
mod view;

pub use bubblewrap::Bubblewrap;
pub use child::{Child, Ended, Ending, Exceeded};
pub use guard_program::Guard;
pub use launcher::{Isolation, Launcher};
pub use limits::{Cgroups, Limits};
pub use network::{Listen, Listening, OwnNetwork};
pub use output::{Lines, Output, OutputBounds};
pub use sandbox::{Network, Sandbox};
pub use session::{Session, Step};
pub use toolchains::{PrivateDirectories, Toolchains};
pub use view::View;
