//! Finds bubblewrap on this machine, and tries what it can do here.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{getegid, geteuid};

use crate::guard::specification::{
    Argument, Bubblewrapped, Manner, OwnNetwork, ResourceLimits, Specification,
};
use crate::view::User;
use crate::{Guard, Listen, Network, Sandbox, View, ownership};

/// Where systems install it, before the local cloud's own `PATH`.
const SYSTEM_DIRECTORIES: [&str; 4] = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin"];

/// The `PATH` of the host's system.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The user and group that commands have where the local cloud runs as root. Not in the ranges
/// that Debian, systemd (65520 to 65533 is free there) and containers hand out, and below 65536:
/// there are no more ids in many containers.
const SANDBOX_USER: User = User { id: 65_521, group: 65_521 };

/// Ubuntu's switch, which lets only certain programs create user namespaces.
const APPARMOR_SWITCH: &str = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";

/// Who a command is, outside of its user namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The local cloud's user, who is not root.
    Own,
    /// A user of the sandbox's own: the local cloud is root.
    Dropped,
    /// Root, without capabilities: the machine lets no other user create namespaces.
    Root,
}

impl Identity {
    /// The user inside.
    pub(crate) fn user(self) -> User {
        match self {
            Self::Own => User { id: geteuid().as_raw(), group: getegid().as_raw() },
            Self::Dropped => SANDBOX_USER,
            Self::Root => User { id: 0, group: 0 },
        }
    }
}

/// A bubblewrap that works on this machine.
#[derive(Clone, Debug)]
pub struct Bubblewrap {
    /// An absolute path.
    pub(crate) program: PathBuf,
    pub(crate) identity: Identity,
    /// Why only the host's network is available.
    pub(crate) without_networks: Option<String>,
}

impl Bubblewrap {
    /// Looks for `bwrap` in the system's directories and then in `path`, the local cloud's own
    /// `PATH`, and tries it.
    ///
    /// # Errors
    /// Why there is no sandbox on this machine, in one line.
    pub fn find(path: &OsStr, guard: &Guard) -> Result<Self, String> {
        let directories = SYSTEM_DIRECTORIES.into_iter().map(PathBuf::from);
        let directories = directories.chain(std::env::split_paths(path));
        let program = directories
            .filter(|directory| directory.is_absolute())
            .map(|directory| directory.join("bwrap"))
            .find(|program| program.is_file())
            .ok_or("bubblewrap is not installed")?;
        let identities: &[Identity] = if geteuid().is_root() {
            &[Identity::Dropped, Identity::Root]
        } else {
            &[Identity::Own]
        };
        let mut first_reason = None;
        for identity in identities {
            let (program, identity) = (program.clone(), *identity);
            let mut found = Self { program, identity, without_networks: None };
            let Err(reason) = found.probe(guard, Network::Own(Listen::default())) else {
                return Ok(found);
            };
            if found.probe(guard, Network::Host).is_ok() {
                found.without_networks =
                    Some(format!("no network namespace can be created here: {reason}"));
                return Ok(found);
            }
            first_reason.get_or_insert(reason);
        }
        Err(format!("bubblewrap does not work here: {}", first_reason.unwrap_or_default()))
    }

    /// What this machine's sandbox lacks, in one line; `None` where it lacks nothing.
    #[must_use]
    pub fn weakness(&self) -> Option<String> {
        let root = (self.identity == Identity::Root).then_some(
            "commands run as root, without capabilities: no other user can create namespaces here",
        );
        let parts: Vec<&str> = root.into_iter().chain(self.without_networks.as_deref()).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Makes the user of the sandboxes the owner of a file or directory with all that is in it,
    /// where they have a user of their own. Links are not followed. A no-op otherwise.
    ///
    /// # Errors
    /// When an entry cannot be read or given away.
    pub fn hand_over(&self, path: &Path) -> io::Result<()> {
        if self.identity != Identity::Dropped {
            return Ok(());
        }
        ownership::give(path, SANDBOX_USER)
    }

    /// The guard's command. An ordinary user cannot make a network namespace without a user
    /// namespace, so bubblewrap makes both around the guard, with the capability to configure
    /// this network and no other.
    pub(crate) fn guard(&self, guard: &Guard, network: &Network) -> Command {
        let plain = guard.command();
        if self.identity != Identity::Own || !matches!(network, Network::Own(_)) {
            return plain;
        }
        let mut command = Command::new(&self.program);
        command.args(["--unshare-user", "--unshare-net", "--cap-add", "CAP_NET_ADMIN"]);
        command.args(["--dev-bind", "/", "/", "--"]);
        command.arg(plain.get_program()).args(plain.get_args());
        // The terminal's Ctrl-C is for the local cloud, which then stops its children in order. The
        // guard itself leaves the terminal.
        command.env_clear().current_dir("/").process_group(0);
        command
    }

    /// How the guard starts the command of a sandbox.
    ///
    /// # Errors
    /// When the view cannot be shown, a variable has an impossible name, or this machine cannot
    /// give the sandbox its network.
    pub(crate) fn manner(&self, sandbox: &Sandbox) -> io::Result<Manner> {
        let mut arguments = Vec::new();
        let mut add = |words: &[&str]| {
            arguments.extend(words.iter().map(|word| Argument::Word((*word).into())));
        };
        add(&["--die-with-parent", "--new-session", "--cap-drop", "ALL"]);
        add(&["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]);
        add(&["--hostname", "localhost"]);
        if sandbox.is_session {
            // Bubblewrap's own first process has the user of the steps, which could use it.
            add(&["--as-pid-1"]);
        }
        // Root can do without a user namespace, where the machine has none.
        let is_root = self.identity == Identity::Root;
        add(&[if is_root { "--unshare-user-try" } else { "--unshare-user" }]);
        let user = self.identity.user();
        if let (true, Some(reason)) = (sandbox.network.is_apart(), &self.without_networks) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, reason.clone()));
        }
        let own_network = match &sandbox.network {
            Network::Host => None,
            Network::None => {
                add(&["--unshare-net"]);
                None
            }
            Network::Own(listen) => Some(OwnNetwork {
                is_to_be_made: self.identity != Identity::Own,
                listen: listen.clone(),
            }),
        };
        arguments.extend(sandbox.view.arguments(user)?);
        for (name, value) in &sandbox.environment {
            if name.is_empty() || name.contains('=') {
                let error = format!("'{name}' cannot be the name of a variable");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
            }
            let words = ["--setenv", name, value];
            arguments.extend(words.map(|word| Argument::Word(word.into())));
        }
        arguments.push(Argument::Word("--chdir".into()));
        arguments.push(Argument::Word(sandbox.directory.clone().into_os_string()));
        Ok(Manner::Bubblewrap(Bubblewrapped {
            program: self.program.clone(),
            arguments,
            become_user: (self.identity == Identity::Dropped).then_some((user.id, user.group)),
            filter: filter(),
            own_network,
            is_session: sandbox.is_session,
        }))
    }

    /// Why commands cannot have a network of their own here; `None` where they can.
    #[must_use]
    pub fn missing_networks(&self) -> Option<&str> {
        self.without_networks.as_deref()
    }

    fn probe(&self, guard: &Guard, network: Network) -> Result<(), String> {
        let environment = BTreeMap::from([("PATH".to_owned(), SYSTEM_PATH.to_owned())]);
        let sandbox = Sandbox::new(["true"], View::of_host().fixed_root())
            .environment(environment)
            .network(network);
        match self.run(&sandbox, guard) {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(reason(&String::from_utf8_lossy(&output.stderr))),
            Err(error) => Err(error.to_string()),
        }
    }

    fn run(&self, sandbox: &Sandbox, guard: &Guard) -> io::Result<std::process::Output> {
        let specification = Specification {
            command: sandbox.command.clone(),
            manner: self.manner(sandbox)?,
            limits: ResourceLimits::default(),
            groups: Vec::new(),
        };
        let mut command = self.guard(guard, &sandbox.network);
        // Held until the end: closing it would end the command.
        let (mut lifeline, input) = UnixStream::pair()?;
        command.stdin(OwnedFd::from(input)).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn()?;
        // It has the other end of the lifeline.
        drop(command);
        // A guard that does not read says why on its standard error.
        let _ = lifeline.write_all(&specification.to_line()?);
        child.wait_with_output()
    }
}

fn filter() -> Vec<u8> {
    #[cfg(target_os = "linux")]
    return crate::seccomp::filter();
    #[cfg(not(target_os = "linux"))]
    Vec::new()
}

fn reason(stderr: &str) -> String {
    let line = stderr.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or("it fails without a message").trim_start_matches("bwrap: ");
    let is_restricted = fs::read_to_string(APPARMOR_SWITCH).is_ok_and(|text| text.trim() == "1");
    if is_restricted {
        format!("{line} (AppArmor restricts user namespaces: see {APPARMOR_SWITCH})")
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Not a test: the guard's process.
    #[test]
    #[ignore = "is started by the other test"]
    fn stands_in_for_the_guard() {
        testing::serve_as_guard();
    }

    #[test]
    fn root_itself_cannot_change_the_kernels_settings_or_read_what_is_not_shown() {
        let guard = testing::stand_in("bubblewrap::tests::stands_in_for_the_guard");
        let Ok(mut found) = Bubblewrap::find(OsStr::new(""), &guard) else {
            return println!("skipped: no bubblewrap works here");
        };
        if !geteuid().is_root() {
            return println!("skipped: not root");
        }
        found.identity = Identity::Root;
        assert!(found.weakness().unwrap().contains("as root"));
        let script = "(: >> /proc/sys/kernel/core_pattern) 2>/dev/null && exit 1; \
                      test -e /etc/shadow && exit 2; ls /root && exit 3; \
                      grep -q '^CapPrm:.*0000000000000000' /proc/self/status || exit 4";
        let sandbox = Sandbox::new(["/bin/sh", "-c", script], View::of_host());
        let sandbox = sandbox.environment([("PATH".to_owned(), SYSTEM_PATH.to_owned())].into());
        let output = found.run(&sandbox, &guard).unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}
