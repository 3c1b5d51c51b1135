//! Work of a build on blocking threads. It continues after the build was cancelled, so the directory
//! of the build, and what is packed from it, must stay until the work has ended.

use std::io;

use tokio_util::task::TaskTracker;

/// The blocking work of one build.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocking(TaskTracker);

impl Blocking {
    /// Works on a blocking thread.
    ///
    /// # Errors
    /// Those of the work, and another one if it panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        self.0.spawn_blocking(work).await.map_err(io::Error::other)?
    }

    /// Waits until all work has ended, including work whose caller was dropped.
    pub(crate) async fn ended(&self) {
        self.0.close();
        self.0.wait().await;
    }
}
