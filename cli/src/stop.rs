//! Shutdown signals.

use std::io::Read as _;

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn asked() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Sends SIGTERM to this process when its standard input ends. `up` holds the other end, which is
/// closed however `up` dies, so that no child is left behind.
pub(crate) fn terminate_with_stdin() {
    std::thread::spawn(|| {
        let mut ignored = [0; 256];
        while matches!(std::io::stdin().lock().read(&mut ignored), Ok(read) if read > 0) {}
        // Fails only if the process is already exiting.
        let _ = kill_process(getpid(), Signal::TERM);
    });
}
