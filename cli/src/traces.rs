//! The traces that `up` receives from its workers, and keeps.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use longshore_trace_store::{Limits, TraceStore, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::error::CliError;

/// A store of traces, and the port on which it receives them.
pub(crate) struct Traces {
    address: SocketAddr,
    store: Arc<TraceStore>,
    task: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
}

impl Traces {
    /// The setting by which workers find the port.
    pub(crate) const VARIABLE: &str = "LONGSHORE_TRACES_ENDPOINT";

    /// Opens the store, and listens on a free port.
    pub(crate) async fn start(dir: &Path) -> Result<Self, CliError> {
        let store = Arc::new(TraceStore::open(dir, Limits::default()).map_err(CliError::Traces)?);
        let failed = |source| CliError::Start { what: "the store of traces".to_owned(), source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let received = Arc::clone(&store);
        let task = tokio::spawn(async move {
            // The listener has an address, and nothing else fails.
            let _ = serve(received, listener, stopped).await;
        });
        Ok(Self { address, store, task, stop })
    }

    pub(crate) fn store(&self) -> Arc<TraceStore> {
        Arc::clone(&self.store)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Receives what the workers have sent, and closes the store.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}
