//! Flags that say who can reach what in the local cloud.

use clap::Args;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct IsolationArgs {
    /// Fail instead of running functions without a sandbox
    #[arg(long)]
    pub(super) require_isolation: bool,
    /// Let functions connect to everything that this machine can reach, including its own ports,
    /// such as that of a local database
    #[arg(long, conflicts_with = "require_isolation")]
    pub(in crate::commands) share_network: bool,
    /// Let web pages of this origin use the APIs of the local cloud, such as
    /// http://localhost:3000; can be repeated
    #[arg(
        long = "allow-origin",
        value_name = "ORIGIN",
        env = "LONGSHORE_ALLOWED_ORIGINS",
        value_delimiter = ','
    )]
    pub(super) allow_origins: Vec<String>,
}

impl IsolationArgs {
    /// The same arguments again.
    pub(in crate::commands) fn flags(&self) -> Vec<&str> {
        let mut flags = Vec::new();
        flags.extend(self.require_isolation.then_some("--require-isolation"));
        flags.extend(self.share_network.then_some("--share-network"));
        flags.extend(self.allow_origins.iter().flat_map(|origin| ["--allow-origin", origin]));
        flags
    }
}
