//! Bubblewrap exists on Linux only.

use std::io;
use std::process::Stdio;

use tokio::process::Child;

use super::specification::{Bubblewrapped, Specification};

pub(super) struct Sandboxed {
    pub(super) bubblewrap: Child,
}

impl Sandboxed {
    pub(super) fn start(
        _: &Bubblewrapped,
        _: &Specification,
        _: Stdio,
        _: Stdio,
    ) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "bubblewrap exists on Linux only"))
    }

    pub(super) fn terminate(&self) {}

    pub(super) fn has_run(self) -> bool {
        false
    }
}
