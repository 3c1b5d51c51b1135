//! The services' ports, listed once.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::StartError;
use longshore_local_kit::listen::bind_preferring;

macro_rules! services {
    ($($(#[$doc:meta])* $service:ident,)*) => {
        /// Where each service listens, with all its protocols. The system chooses the ports at the first start; the data
        /// directory keeps them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Endpoints {
            $($(#[$doc])* pub $service: SocketAddr,)*
        }

        /// One bound port for each service.
        pub(crate) struct Ports {
            $(pub(crate) $service: TcpListener,)*
        }

        impl Ports {
            async fn bind_preferring(known: Option<Endpoints>) -> io::Result<Self> {
                Ok(Self {
                    $($service: bind_preferring(known.map(|known| known.$service.port())).await?,)*
                })
            }

            fn endpoints(&self) -> io::Result<Endpoints> {
                Ok(Endpoints { $($service: self.$service.local_addr()?,)* })
            }
        }
    };
}

services! {
    /// Pub/Sub: gRPC and REST.
    pubsub,
    /// Cloud Storage: gRPC, JSON and XML on one port.
    storage,
    /// Cloud Run Admin API v2: gRPC and REST; version 1: REST.
    run,
    /// Cloud Build: gRPC and REST.
    build,
    /// Cloud Functions: gRPC and REST.
    functions,
    /// Eventarc: gRPC and REST.
    eventarc,
    /// Artifact Registry: gRPC and REST.
    artifact_registry,
    /// The image registry: OCI distribution.
    registry,
    /// Cloud Logging: gRPC and REST.
    logging,
    /// IAM Credentials and IAM: gRPC and REST, and the public keys of identity tokens.
    identity,
    /// Secret Manager: gRPC and REST.
    secrets,
    /// Cloud KMS: gRPC and REST.
    kms,
    /// Cloud Scheduler: gRPC and REST.
    scheduler,
    /// Cloud Tasks: gRPC and REST.
    tasks,
    /// Resource Manager, Service Usage and Cloud Billing: gRPC and REST.
    projects,
    /// Firebase Management, Firebase Extensions and Runtime Configurator: REST.
    firebase,
    /// The API for tests against the local cloud: REST.
    testing,
    /// An HTTP proxy in front of all the others, for gcloud.
    gateway,
}

impl Endpoints {
    /// Where the services of the last start listened: those of the local cloud that runs with this
    /// data directory, if one does.
    #[must_use]
    pub fn recorded(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(file(data_dir)).ok()?).ok()
    }
}

impl Ports {
    /// Binds the ports of the last start, so that programs that know them find the services again.
    /// A port that another process has taken is replaced. Records the ports in the data directory.
    pub(crate) async fn bind(data_dir: &Path) -> Result<(Self, Endpoints), StartError> {
        let ports = Self::bind_preferring(Endpoints::recorded(data_dir))
            .await
            .map_err(StartError::Listen)?;
        let endpoints = ports.endpoints().map_err(StartError::Listen)?;
        record(data_dir, endpoints)
            .map_err(|source| StartError::DataDir { path: data_dir.to_owned(), source })?;
        Ok((ports, endpoints))
    }
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("ports.json")
}

fn record(data_dir: &Path, endpoints: Endpoints) -> io::Result<()> {
    fs::write(file(data_dir), serde_json::to_vec(&endpoints)?)
}
