//! What an instance reaches from the network of its own, and the whole of it:
//!
//! - the metadata server, at Google's address (`metadata`);
//! - the APIs that the local cloud offers to instances ([`InsideApi`]), at the addresses that they
//!   have outside, as the instance's service account;
//! - the URLs of services, at the addresses that they have outside (`urls`);
//! - public addresses, on the ports of [`PUBLIC_PORTS`] (`address`), and a resolver (`names`).
//!
//! Each of them listens in the instance's network namespace, on sockets that this process holds
//! (see [`longshore_local_sandbox::OwnNetwork`]). So a connection comes from exactly one instance,
//! and needs no credential that could be stolen. All addresses lead to these sockets, so libraries
//! need no proxy settings, and each connection is checked by the address that it really goes to,
//! whatever name or redirect has led there. Nothing else listens there but the instance itself:
//! neither the ports of this machine nor those of other instances exist in it.
//!
//! In turn, only this process reaches the instance's port, so no request passes by the invoker
//! check and the ingress rule of its service.
//!
//! Unlike Google: no UDP but for the resolver, no IPv6, and no other ports of public addresses.

mod address;
mod metadata;
mod names;
mod relay;
mod urls;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use axum::Router;
use longshore_local_identity::Signer;
use longshore_local_kit::listen::{self, Access};
use longshore_local_kit::projects::LocalProject;
use longshore_local_sandbox::{Listen, Listening, OwnNetwork};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use self::urls::{OpenUrl, Urls};

/// Google's address of the metadata server.
pub(crate) const METADATA_IP: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// Google's names of the metadata server.
pub(crate) const METADATA_HOSTS: [(Ipv4Addr, &str); 2] =
    [(METADATA_IP, "metadata.google.internal"), (METADATA_IP, "metadata")];

const METADATA_PORT: u16 = 80;
const RESOLVER_PORT: u16 = 53;

/// The port of containers that declare none, as on Google.
const DEFAULT_PORT: u16 = 8080;

/// The ports of public addresses that instances reach: of HTTP, HTTPS, submission of mail, MySQL
/// and PostgreSQL. A listener is needed for each, and the instance itself cannot listen on them.
const PUBLIC_PORTS: [u16; 5] = [80, 443, 587, 3306, 5432];

/// Descriptors of this process for each instance: the sockets above, two APIs, and the port that
/// URLs share.
pub(crate) const DESCRIPTORS: u64 = 10;

/// The service account of an instance, and where it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Id of the project.
    pub project: String,
    pub project_number: u64,
    pub region: String,
    /// Email of the service account.
    pub account: String,
    /// Full name of the service.
    pub service: String,
    pub instance: String,
}

/// The API as one caller may use it.
pub type RouterOf = dyn Fn(&Caller) -> Router + Send + Sync;

/// An API that instances reach.
#[derive(Clone)]
pub struct InsideApi {
    /// The variable that points Google's libraries at it, and its value.
    pub variable: (&'static str, String),
    /// Its port on loopback, outside and inside.
    pub port: u16,
    pub router: Arc<RouterOf>,
}

/// Where a connection to an address goes; `None` refuses it.
type Route = dyn Fn(SocketAddr) -> Option<SocketAddr> + Send + Sync;

/// What instances reach, where they have a network of their own.
#[derive(Clone)]
pub struct Reach {
    apis: Vec<InsideApi>,
    public: Arc<Route>,
}

impl Reach {
    /// These APIs and public addresses.
    #[must_use]
    pub fn new(apis: Vec<InsideApi>) -> Self {
        Self { apis, public: Arc::new(address::route) }
    }

    #[cfg(test)]
    pub(crate) fn with_route(
        self,
        route: impl Fn(SocketAddr) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        Self {
            public: Arc::new(move |address| route(address).or_else(|| address::route(address))),
            ..self
        }
    }
}

/// The networks of all instances.
pub(crate) struct Inside {
    pub(crate) reach: Reach,
    pub(crate) signer: Arc<Signer>,
    pub(crate) projects: LocalProject,
    pub(crate) urls: Urls,
}

/// The addresses inside of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// In the order in which [`Inside::serve`] takes the listeners.
    pub(crate) listen: Listen,
    /// Variables that point libraries at them. The image and the service may set others.
    pub(crate) variables: Vec<(String, String)>,
}

/// The end of an instance, and what runs until then.
pub(crate) struct Life<'a> {
    pub(crate) ended: CancellationToken,
    pub(crate) tasks: &'a TaskTracker,
}

impl Life<'_> {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let ended = self.ended.clone();
        self.tasks.spawn(async move { ended.run_until_cancelled(task).await });
    }
}

impl Inside {
    /// The port of an instance whose container declares this one. The metadata server's cannot be
    /// listened on.
    pub(crate) fn port(declared: u16) -> u16 {
        if declared == METADATA_PORT { DEFAULT_PORT } else { declared }
    }

    /// `port`: that of the instance. An API or a public port of this number is not reachable.
    pub(crate) fn addresses(&self, port: u16) -> Addresses {
        let metadata = |port| SocketAddrV4::new(METADATA_IP, port);
        let mut tcp = vec![metadata(METADATA_PORT)];
        let public = public_ports(port).map(|port| SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port));
        tcp.extend(public);
        let mut variables = Vec::new();
        for api in self.apis(port) {
            tcp.push(SocketAddrV4::new(Ipv4Addr::LOCALHOST, api.port));
            variables.push((api.variable.0.to_owned(), api.variable.1.clone()));
        }
        Addresses { listen: Listen { tcp, udp: vec![metadata(RESOLVER_PORT)] }, variables }
    }

    /// Serves the caller's instance until its end. `refused` hears of each connection that is.
    pub(crate) fn serve(
        &self,
        port: u16,
        caller: Caller,
        (listening, network): (Listening, OwnNetwork),
        refused: impl Fn(SocketAddr) + Clone + Send + Sync + 'static,
        life: &Life<'_>,
    ) {
        let metadata = metadata::router(Arc::clone(&self.signer), caller.clone());
        let apis: Vec<Router> = self.apis(port).map(|api| (api.router)(&caller)).collect();
        let mut listeners = listening.tcp.into_iter();
        let first = listeners.next();
        for listener in listeners.by_ref().take(public_ports(port).count()) {
            let (public, refused) = (Arc::clone(&self.reach.public), refused.clone());
            life.spawn(relay::forward(listener, move |address| {
                let target = public(address);
                if target.is_none() {
                    refused(address);
                }
                target
            }));
        }
        for (listener, router) in
            first.into_iter().chain(listeners).zip([metadata].into_iter().chain(apis))
        {
            let ended = life.ended.clone().cancelled_owned();
            life.tasks.spawn(async move {
                let serving =
                    listen::serve_instance(listener, router, Access::of_an_instance(), ended);
                if let Err(error) = serving.await {
                    tracing::error!(%error, "cannot serve an instance");
                }
            });
        }
        for socket in listening.udp {
            life.spawn(names::serve(socket));
        }
        let taken = self.reach.apis.iter().map(|api| api.port).chain([port]);
        let taken: BTreeSet<u16> = taken.collect();
        let urls = self.urls.clone();
        let (ended, tasks) = (life.ended.clone(), life.tasks.clone());
        life.tasks.spawn(async move { urls.relay(network, taken, ended, tasks).await });
    }

    fn apis(&self, port: u16) -> impl Iterator<Item = &InsideApi> {
        self.reach.apis.iter().filter(move |api| api.port != port)
    }
}

fn public_ports(port: u16) -> impl Iterator<Item = u16> {
    PUBLIC_PORTS.into_iter().filter(move |public| *public != port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_listener_takes_the_port_of_the_instance() {
        let api = |port| InsideApi {
            variable: ("HOST_OF_API", format!("127.0.0.1:{port}")),
            port,
            router: Arc::new(|_: &Caller| Router::new()),
        };
        let inside = Inside {
            reach: Reach::new(vec![api(8085), api(9023)]),
            signer: Arc::new(Signer::in_memory().unwrap()),
            projects: LocalProject { id: "p".to_owned(), number: 42 },
            urls: Urls::new(1),
        };
        let ports = |declared| {
            let addresses = inside.addresses(Inside::port(declared));
            assert_eq!(addresses.listen.udp, [SocketAddrV4::new(METADATA_IP, 53)]);
            addresses.listen.tcp.iter().map(SocketAddrV4::port).collect::<Vec<_>>()
        };
        assert_eq!(Inside::port(80), 8080);
        assert_eq!(ports(8080), [80, 80, 443, 587, 3306, 5432, 8085, 9023]);
        assert_eq!(ports(443), [80, 80, 587, 3306, 5432, 8085, 9023]);
        assert_eq!(ports(9023), [80, 80, 443, 587, 3306, 5432, 8085]);
        assert_eq!(inside.addresses(9023).variables.len(), 1);
    }
}
