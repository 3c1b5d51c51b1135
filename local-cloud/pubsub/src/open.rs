//! Opens Pub/Sub: its state, its timers, and the tasks that push.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::push;
use crate::service::{Deps, Service};

impl Service {
    /// Reads the journal in `dir`, which is created if it is missing, and starts the timers and the
    /// delivery by push. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When the journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        let service = Self::restore(dir, deps)?;
        tokio::spawn(push::supervise(
            Arc::downgrade(&service),
            service.pushes(),
            service.stopping(),
        ));
        Ok(service)
    }
}
