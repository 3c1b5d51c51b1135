//! URLs of deleted services. They answer 404, as on Google, until others need their ports.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::routes::Routes;
use super::site::Site;

/// Maximum number of URLs that are kept. Each has a port.
const KEPT_MAX: usize = 16;

/// Tokens that close the listeners, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Gone(Mutex<VecDeque<CancellationToken>>);

impl Gone {
    /// Keeps a listener, and closes the oldest one if there are too many.
    pub(super) fn keep(&self, listener: CancellationToken) {
        let mut kept = self.0.lock();
        kept.push_back(listener);
        if kept.len() > KEPT_MAX
            && let Some(oldest) = kept.pop_front()
        {
            oldest.cancel();
        }
    }

    /// Closes the oldest listener, so that another service can have its port soon.
    pub(super) fn release(&self) {
        if let Some(oldest) = self.0.lock().pop_front() {
            oldest.cancel();
        }
    }
}

/// Closes the URLs of tags, and ends the instances.
pub(super) async fn close(site: &Site) {
    site.closed.cancel();
    site.front.traffic.set_routes(Routes::default());
    let unused = site.front.traffic.take_unused();
    futures::future::join_all(unused.iter().map(|target| target.pool.retire(Duration::ZERO))).await;
}
