//! The URLs of the local cloud's services, as instances reach them: at the address that they have
//! outside. A connection comes to the listener of the service, which checks the invoker and the
//! ingress rule as for every other caller.

use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, SocketAddrV4};

use longshore_local_sandbox::OwnNetwork;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::relay;

/// The ports of open URLs.
#[derive(Clone, Debug)]
pub(crate) struct Urls {
    ports: watch::Sender<BTreeSet<u16>>,
    /// Maximum number that an instance reaches: those with the lowest ports.
    reached: usize,
}

/// A URL that instances reach until this is dropped.
pub(crate) struct OpenUrl {
    urls: Urls,
    port: u16,
}

impl Urls {
    /// `reached`: how many of them an instance reaches.
    pub(crate) fn new(reached: u64) -> Self {
        let reached = usize::try_from(reached).unwrap_or(usize::MAX);
        Self { ports: watch::Sender::new(BTreeSet::new()), reached }
    }

    pub(crate) fn open(&self, port: u16) -> OpenUrl {
        self.ports.send_if_modified(|ports| ports.insert(port));
        OpenUrl { urls: self.clone(), port }
    }

    /// Passes connections of one instance on, until `ended`. `taken`: ports that are not listened
    /// on, because the instance or an API has them.
    pub(super) async fn relay(
        &self,
        network: OwnNetwork,
        taken: BTreeSet<u16>,
        ended: CancellationToken,
        tasks: TaskTracker,
    ) {
        let mut ports = self.ports.subscribe();
        let mut relays: HashMap<u16, DropGuard> = HashMap::new();
        loop {
            let wanted: BTreeSet<u16> = {
                let ports = ports.borrow_and_update();
                ports.difference(&taken).copied().take(self.reached).collect()
            };
            relays.retain(|port, _| wanted.contains(port));
            for port in wanted {
                if relays.contains_key(&port) {
                    continue;
                }
                let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
                match network.listen(address).await {
                    Ok(listener) => {
                        let closed = ended.child_token();
                        relays.insert(port, closed.clone().drop_guard());
                        let forward = relay::forward(listener, move |_| Some(address.into()));
                        tasks.spawn(async move { closed.run_until_cancelled(forward).await });
                    }
                    Err(error) => {
                        tracing::debug!(%error, port, "an instance cannot reach a URL");
                    }
                }
            }
            let changed = ended.run_until_cancelled(ports.changed()).await;
            if !matches!(changed, Some(Ok(()))) {
                return;
            }
        }
    }
}

impl Drop for OpenUrl {
    fn drop(&mut self) {
        self.urls.ports.send_if_modified(|ports| ports.remove(&self.port));
    }
}
