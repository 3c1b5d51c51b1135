//! Network namespaces exist on Linux only.

use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;

use super::specification::OwnNetwork;

pub(super) fn enter(_: &OwnNetwork) -> io::Result<Vec<OwnedFd>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "network namespaces exist on Linux only"))
}

pub(super) struct Control(Infallible);

impl Control {
    pub(super) fn new(_: &[OwnedFd]) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "network namespaces exist on Linux only"))
    }

    pub(super) async fn terminates(&self) -> bool {
        match self.0 {}
    }
}
