//! The sandbox of this machine.

use std::path::Path;

use longshore_local_sandbox::{Guard, Launcher};

/// Finds out how this machine can keep functions apart from it. Starts a few processes. `guard`: see
/// [`Options::guard`](crate::Options::guard).
#[must_use]
pub fn sandbox_of(guard: &Path) -> Launcher {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Launcher::probe(Guard::new(guard, ["internal", "guard"]), &path)
}
