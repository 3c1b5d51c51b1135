//! One command, and what surrounds it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::guard::specification::Manner;
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
    pub(crate) is_session: bool,
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
            is_session: false,
        }
    }

    /// A sandbox for the steps of a session ([`Launcher::open`](crate::Launcher::open)), which bring
    /// their own words, environments and directories.
    #[must_use]
    pub fn for_steps(view: View) -> Self {
        Self::new(Vec::<OsString>::new(), view)
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
}
