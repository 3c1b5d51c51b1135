//! URLs that share one listener, so that an idle service takes no descriptor.
//!
//! Each of them has an address of its own in 127.0.0.0/8, on one port: the kernel answers for all
//! of them, no name has to be resolved, and the address that a client has connected to says which
//! service it calls, whatever its `Host` is.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use parking_lot::Mutex;

use super::front::{self, Front};
use super::service::{Service, Site};
use longshore_local_kit::listen::{self, Access, LocalAddress};

/// The first address. Those of 127.0.0.0/16 are left to other programs.
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 1, 0, 1);
const LAST: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 254);

/// The shared listener, which is opened for the first URL that needs it.
#[derive(Default)]
pub(super) struct Shared {
    /// Its port, once it is open.
    port: tokio::sync::Mutex<Option<u16>>,
    urls: Arc<Urls>,
}

type Urls = Mutex<BTreeMap<Ipv4Addr, Arc<Front>>>;

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
        let router = Router::new().fallback(handle).with_state(Arc::clone(&self.shared.urls));
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

async fn handle(State(urls): State<Arc<Urls>>, request: Request) -> Response {
    let address = request.extensions().get::<LocalAddress>();
    let front = match address.map(|LocalAddress(address)| address) {
        Some(SocketAddr::V4(address)) => urls.lock().get(address.ip()).cloned(),
        Some(SocketAddr::V6(_)) | None => None,
    };
    match front {
        Some(front) => front::answer(&front, None, request).await,
        None => front::text(StatusCode::NOT_FOUND, "Not Found: no service has this address."),
    }
}

/// The address after the last one in use.
fn next(last: Option<Ipv4Addr>) -> Option<Ipv4Addr> {
    let Some(last) = last.filter(|last| *last >= FIRST) else { return Some(FIRST) };
    (last < LAST).then(|| Ipv4Addr::from_bits(last.to_bits() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_given_out_in_order_until_the_last_one() {
        assert_eq!(next(None), Some(FIRST));
        assert_eq!(next(Some(Ipv4Addr::LOCALHOST)), Some(FIRST));
        assert_eq!(next(Some(FIRST)), Some(Ipv4Addr::new(127, 1, 0, 2)));
        assert_eq!(next(Some(Ipv4Addr::new(127, 1, 0, 255))), Some(Ipv4Addr::new(127, 1, 1, 0)));
        assert_eq!(next(Some(LAST)), None);
    }
}
