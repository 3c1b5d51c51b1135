//! Serves services on the shared listener.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use super::service::Service;
use super::shared::{FIRST, next, router};
use super::site::Site;
use longshore_local_kit::listen::{self, Access};

impl Service {
    /// Serves a URL on the shared listener until the site is closed, if possible at the address
    /// that it had before, and returns its address.
    pub(super) async fn share(
        self: &Arc<Self>,
        site: &Site,
        before: Option<SocketAddrV4>,
    ) -> io::Result<SocketAddrV4> {
        let port = self.shared_port().await?;
        let urls = Arc::clone(&self.shared.urls);
        let recorded: Vec<Ipv4Addr> = {
            let core = self.core();
            let addresses = core.all().filter_map(|(_, entry)| entry.address);
            addresses.map(|address| *address.ip()).collect()
        };
        let ip = {
            let mut urls = urls.lock();
            let is_free = |ip: &Ipv4Addr| *ip >= FIRST && !urls.contains_key(ip);
            let before = before.map(|address| *address.ip()).filter(is_free);
            let last = urls.keys().copied().chain(recorded).max();
            let ip = before.or_else(|| next(last)).ok_or_else(|| {
                io::Error::new(io::ErrorKind::AddrNotAvailable, "all addresses are taken")
            })?;
            urls.insert(ip, Arc::clone(&site.front));
            ip
        };
        let address = SocketAddrV4::new(ip, port);
        if before.is_some_and(|before| before != address) {
            tracing::warn!(service = site.name, %address, "the URL of a service changes");
        }
        let closed = site.closed.clone();
        self.host.tasks.spawn(async move {
            closed.cancelled().await;
            urls.lock().remove(&ip);
        });
        Ok(address)
    }

    /// The port of the shared listener, which is opened if it is not.
    async fn shared_port(self: &Arc<Self>) -> io::Result<u16> {
        let mut open = self.shared.port.lock().await;
        if let Some(port) = *open {
            return Ok(port);
        }
        let before = {
            let core = self.core();
            let mut addresses = core.all().filter_map(|(_, entry)| entry.address);
            addresses.find(|address| *address.ip() >= FIRST).map(|address| address.port())
        };
        let listener = match listen::bind_whole_loopback(before) {
            Err(error) if before.is_some() => {
                tracing::warn!(%error, "the previous port is taken; URLs change");
                listen::bind_whole_loopback(None)?
            }
            bound => bound?,
        };
        let port = listener.local_addr()?.port();
        let router = router(Arc::clone(&self.shared.urls));
        let stopping = self.stopping().cancelled_owned();
        let serving = listen::serve(listener, router, Access::to_a_function(), stopping);
        self.host.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the shared listener of services failed");
            }
        });
        if let Some(inside) = &self.host.inside {
            inside.urls.share(port);
        }
        *open = Some(port);
        Ok(port)
    }
}
