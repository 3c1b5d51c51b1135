//! URLs that share one listener, so that an idle service takes no descriptor.
//!
//! Each of them has an address of its own in 127.0.0.0/8, on one port: the kernel answers for all
//! of them, no name has to be resolved, and the address that a client has connected to says which
//! service it calls, whatever its `Host` is.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use parking_lot::Mutex;

use super::front::{self, Front};
use longshore_local_kit::listen::LocalAddress;

/// The first address. Those of 127.0.0.0/16 are left to other programs.
pub(super) const FIRST: Ipv4Addr = Ipv4Addr::new(127, 1, 0, 1);
const LAST: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 254);

/// The shared listener, which is opened for the first URL that needs it.
#[derive(Default)]
pub(super) struct Shared {
    /// Its port, once it is open.
    pub(super) port: tokio::sync::Mutex<Option<u16>>,
    pub(super) urls: Arc<Urls>,
}

pub(super) type Urls = Mutex<BTreeMap<Ipv4Addr, Arc<Front>>>;

/// Serves the URLs at their addresses.
pub(super) fn router(urls: Arc<Urls>) -> Router {
    Router::new().fallback(handle).with_state(urls)
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
pub(super) fn next(last: Option<Ipv4Addr>) -> Option<Ipv4Addr> {
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
