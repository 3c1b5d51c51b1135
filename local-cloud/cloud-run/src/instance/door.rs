//! The way to an instance's port.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};

use longshore_local_sandbox::OwnNetwork;
use tokio::net::{TcpListener, TcpStream};

/// The port of an instance, and the network that has it.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    address: SocketAddrV4,
    /// `None` for this machine's.
    network: Option<OwnNetwork>,
}

impl Door {
    pub(super) fn new(port: u16, network: Option<&OwnNetwork>) -> Self {
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        Self { address, network: network.cloned() }
    }

    /// Connects to the instance.
    ///
    /// # Errors
    /// When it does not listen.
    pub(crate) async fn connect(&self) -> io::Result<TcpStream> {
        match &self.network {
            Some(network) => network.connect(self.address).await,
            None => TcpStream::connect(self.address).await,
        }
    }
}

/// A port of this machine that is free now. If another process takes it before the instance does,
/// the instance fails to start, and the next request starts another one.
pub(super) async fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port())
}
