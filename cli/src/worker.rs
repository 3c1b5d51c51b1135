//! The five workers, which this program can run.

use std::process::ExitCode;

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Worker {
    Uploader,
    BuildSubmitter,
    RegistryWatcher,
    ServiceDeployer,
    BatchFeeder,
}

impl Worker {
    pub(crate) const ALL: [Self; 5] = [
        Self::Uploader,
        Self::BuildSubmitter,
        Self::RegistryWatcher,
        Self::ServiceDeployer,
        Self::BatchFeeder,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uploader => "uploader",
            Self::BuildSubmitter => "build-submitter",
            Self::RegistryWatcher => "registry-watcher",
            Self::ServiceDeployer => "service-deployer",
            Self::BatchFeeder => "batch-feeder",
        }
    }

    /// Runs the worker in this process, with the arguments of its own program.
    pub(crate) fn main(self, arguments: Vec<String>) -> ExitCode {
        let program = std::iter::once(self.name().to_owned()).chain(arguments).collect();
        match self {
            Self::Uploader => longshore_uploader::main(program),
            Self::BuildSubmitter => longshore_build_submitter::main(program),
            Self::RegistryWatcher => longshore_registry_watcher::main(program),
            Self::ServiceDeployer => longshore_service_deployer::main(program),
            Self::BatchFeeder => longshore_batch_feeder::main(program),
        }
    }
}
