//! One command, and what surrounds it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bubblewrap::{Bubblewrap, Identity};
use crate::guard::specification::{Argument, Bubblewrapped, Manner, OwnNetwork};
use crate::{Limits, Listen, View};

/// The network that a command sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// This machine's, its loopback included.
    #[default]
    Host,
    /// A loopback of its own, and nothing else.
    None,
    /// A network of its own, to which only the command and this process can connect
    /// ([`Child::network`](crate::Child::network)). Every address of IPv4 is in it: a connection
    /// that the command makes comes to what listens there, or is refused. The command may listen
    /// on all ports.
    Own(Listen),
}

impl Network {
    /// Whether it is not this machine's.
    pub(crate) fn is_apart(&self) -> bool {
        !matches!(self, Self::Host)
    }
}

/// A command to run. Nothing is inherited from the local cloud: not its environment, its working
/// directory, its standard input or its descriptors.
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub(crate) command: Vec<OsString>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) directory: PathBuf,
    pub(crate) view: View,
    pub(crate) network: Network,
    pub(crate) limits: Limits,
    pub(crate) grace: Duration,
}

impl Sandbox {
    /// The first word is the program: a path inside, or a name that is looked up inside, in the
    /// `PATH` of [`environment`](Self::environment). The words stand in the process list; secrets
    /// belong in the environment.
    #[must_use]
    pub fn new(command: impl IntoIterator<Item = impl Into<OsString>>, view: View) -> Self {
        Self {
            command: command.into_iter().map(Into::into).collect(),
            environment: BTreeMap::new(),
            directory: PathBuf::from("/"),
            view,
            network: Network::default(),
            limits: Limits::default(),
            grace: Duration::ZERO,
        }
    }

    /// The whole environment.
    #[must_use]
    pub fn environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }

    /// The working directory, as it is seen inside. The default is `/`.
    #[must_use]
    pub fn directory(mut self, directory: &Path) -> Self {
        self.directory = directory.to_owned();
        self
    }

    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long the command may take to end after SIGTERM when it is stopped. Zero, the default:
    /// it is killed at once.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    pub(crate) fn plain(&self) -> Manner {
        Manner::Plain {
            environment: self.environment.clone(),
            directory: self.directory.clone().into_os_string(),
        }
    }

    /// # Errors
    /// When the view cannot be shown, a variable has an impossible name, or this machine cannot
    /// give the sandbox its network.
    pub(crate) fn bubblewrapped(&self, bubblewrap: &Bubblewrap) -> io::Result<Manner> {
        let mut arguments = Vec::new();
        let mut add = |words: &[&str]| {
            arguments.extend(words.iter().map(|word| Argument::Word((*word).into())));
        };
        add(&["--die-with-parent", "--new-session", "--cap-drop", "ALL"]);
        add(&["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]);
        add(&["--hostname", "localhost"]);
        // Root can do without a user namespace, where the machine has none.
        let is_root = bubblewrap.identity == Identity::Root;
        add(&[if is_root { "--unshare-user-try" } else { "--unshare-user" }]);
        let user = bubblewrap.identity.user();
        if let (true, Some(reason)) = (self.network.is_apart(), &bubblewrap.without_networks) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, reason.clone()));
        }
        let own_network = match &self.network {
            Network::Host => None,
            Network::None => {
                add(&["--unshare-net"]);
                None
            }
            Network::Own(listen) => Some(OwnNetwork {
                is_to_be_made: bubblewrap.identity != Identity::Own,
                listen: listen.clone(),
            }),
        };
        arguments.extend(self.view.arguments(user)?);
        for (name, value) in &self.environment {
            if name.is_empty() || name.contains('=') {
                let error = format!("'{name}' cannot be the name of a variable");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
            }
            let words = ["--setenv", name, value];
            arguments.extend(words.map(|word| Argument::Word(word.into())));
        }
        arguments.push(Argument::Word("--chdir".into()));
        arguments.push(Argument::Word(self.directory.clone().into_os_string()));
        Ok(Manner::Bubblewrap(Bubblewrapped {
            program: bubblewrap.program.clone(),
            arguments,
            become_user: (bubblewrap.identity == Identity::Dropped)
                .then_some((user.id, user.group)),
            filter: filter(),
            own_network,
        }))
    }
}

fn filter() -> Vec<u8> {
    #[cfg(target_os = "linux")]
    return crate::seccomp::filter();
    #[cfg(not(target_os = "linux"))]
    Vec::new()
}
