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
    ports: watch::Sender<Ports>,
    /// Maximum number that an instance reaches: those with the lowest ports. The shared one is
    /// reached in any case.
    reached: usize,
}

#[derive(Debug, Default)]
struct Ports {
    own: BTreeSet<u16>,
    /// The port of the URLs that share one, each with an address of its own.
    shared: Option<u16>,
}

impl Ports {
    /// The ports that an instance reaches, and the addresses that it can use.
    fn reached(&self, taken: &BTreeSet<u16>, max: usize) -> BTreeSet<SocketAddrV4> {
        let of = |ip| move |port| SocketAddrV4::new(ip, port);
        let shared = self.shared.iter().copied().map(of(Ipv4Addr::UNSPECIFIED));
        let own = self.own.iter().copied().map(of(Ipv4Addr::LOCALHOST));
        let is_free = |address: &SocketAddrV4| !taken.contains(&address.port());
        shared.filter(is_free).chain(own.filter(is_free).take(max)).collect()
    }
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
        Self { ports: watch::Sender::default(), reached }
    }

    pub(crate) fn open(&self, port: u16) -> OpenUrl {
        self.ports.send_if_modified(|ports| ports.own.insert(port));
        OpenUrl { urls: self.clone(), port }
    }

    /// Lets instances reach the URLs that share this port.
    pub(crate) fn share(&self, port: u16) {
        self.ports.send_modify(|ports| ports.shared = Some(port));
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
        let mut relays: HashMap<SocketAddrV4, DropGuard> = HashMap::new();
        loop {
            let wanted = ports.borrow_and_update().reached(&taken, self.reached);
            relays.retain(|address, _| wanted.contains(address));
            for address in wanted {
                if relays.contains_key(&address) {
                    continue;
                }
                match network.listen(address).await {
                    Ok(listener) => {
                        let closed = ended.child_token();
                        relays.insert(address, closed.clone().drop_guard());
                        // Other addresses than those of URLs lead to the shared listener, too.
                        let forward = relay::forward(listener, |address| {
                            address.ip().is_loopback().then_some(address)
                        });
                        tasks.spawn(async move { closed.run_until_cancelled(forward).await });
                    }
                    Err(error) => {
                        tracing::debug!(%error, %address, "an instance cannot reach a URL");
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
        self.urls.ports.send_if_modified(|ports| ports.own.remove(&self.port));
    }
}
