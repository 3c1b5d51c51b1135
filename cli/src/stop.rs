//! When to stop.

use std::io::Read as _;

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};

/// Done at Ctrl-C or SIGTERM.
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

/// Sends this process SIGTERM when its standard input ends: a child of `up` holds the other end,
/// and whatever kills `up` closes it, so that no child is left behind.
pub(crate) fn terminate_with_stdin() {
    std::thread::spawn(|| {
        let mut ignored = [0; 256];
        while matches!(std::io::stdin().lock().read(&mut ignored), Ok(read) if read > 0) {}
        // Fails only where the process is ending anyway.
        let _ = kill_process(getpid(), Signal::TERM);
    });
}
