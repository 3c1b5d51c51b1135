//! Which hosts are connected to, and at which addresses.
//!
//! A request names a URL, and so could make a worker call whatever the worker can reach. Three
//! things are in the way: the configuration lists the hosts; a host's name is resolved once and
//! refused when any of its addresses is not a public one; and the connection goes to exactly the
//! addresses that were looked at, so that another answer of the name server a moment later
//! (rebinding) changes nothing.
//! <https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html>

use std::io;
use std::net::{IpAddr, SocketAddr};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use longshore_messages::HttpsUrl;
use longshore_runner::HostRule;

use super::FetchError;
use super::address::{Reach, reach};

/// Resolves a host's name. Called once for each source.
pub(super) trait Resolve: Send + Sync {
    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The system's own resolver.
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async move {
            Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
        }
        .boxed()
    }
}

/// The configuration's word on hosts.
pub(super) struct Guard {
    hosts: Vec<HostRule>,
    private_hosts: Vec<HostRule>,
    resolver: Box<dyn Resolve>,
}

/// A host that may be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    /// The host's name, for certificates and headers.
    pub(super) host: String,
    /// The addresses that were looked at: the only ones to connect to. At least one.
    pub(super) addresses: Vec<SocketAddr>,
}

impl Guard {
    pub(super) fn new(
        hosts: Vec<HostRule>,
        private_hosts: Vec<HostRule>,
        resolver: Box<dyn Resolve>,
    ) -> Self {
        Self { hosts, private_hosts, resolver }
    }

    /// Looks a URL's host up.
    ///
    /// # Errors
    /// [`FetchError::Host`] before anything is resolved, [`FetchError::Address`] when one of the
    /// addresses is refused: both come again until somebody changes the configuration or the name.
    /// [`FetchError::Resolve`] may pass.
    pub(super) async fn admit(&self, url: &HttpsUrl) -> Result<Admitted, FetchError> {
        let (host, port) = (url.host(), url.port());
        let is_in = |rules: &[HostRule]| rules.iter().any(|rule| rule.matches(host, port));
        if !is_in(&self.hosts) {
            let host = if port == 443 { host.to_owned() } else { format!("{host}:{port}") };
            return Err(FetchError::Host { host });
        }
        let unresolved = |source| FetchError::Resolve { host: host.to_owned(), source };
        let addresses = self.resolver.addresses(host).await.map_err(unresolved)?;
        if addresses.is_empty() {
            return Err(unresolved(io::Error::other("the name has no address")));
        }
        let may_be_private = is_in(&self.private_hosts);
        for address in &addresses {
            check(host, *address, may_be_private)?;
        }
        let addresses =
            addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        Ok(Admitted { host: host.to_owned(), addresses })
    }
}

fn check(host: &str, address: IpAddr, may_be_private: bool) -> Result<(), FetchError> {
    match reach(address) {
        Reach::Public => Ok(()),
        Reach::Private(_) if may_be_private => Ok(()),
        Reach::Private(kind) | Reach::Never(kind) => {
            Err(FetchError::Address { host: host.to_owned(), address, kind })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Answers every name, another way each time.
    struct Answers {
        answers: Vec<Vec<&'static str>>,
        asked: Arc<AtomicUsize>,
    }

    impl Resolve for Answers {
        fn addresses<'a>(&'a self, _host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
            let asked = self.asked.fetch_add(1, Ordering::SeqCst);
            let answer = &self.answers[asked.min(self.answers.len() - 1)];
            std::future::ready(Ok(answer.iter().map(|address| address.parse().unwrap()).collect()))
                .boxed()
        }
    }

    fn rules(hosts: &[&str]) -> Vec<HostRule> {
        hosts.iter().map(|host| host.parse().unwrap()).collect()
    }

    fn guard(
        hosts: &[&str],
        private: &[&str],
        answers: Vec<Vec<&'static str>>,
    ) -> (Guard, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let resolver = Box::new(Answers { answers, asked: Arc::clone(&asked) });
        (Guard::new(rules(hosts), rules(private), resolver), asked)
    }

    async fn admit(guard: &Guard, url: &str) -> Result<Admitted, FetchError> {
        guard.admit(&url.parse().unwrap()).await
    }

    #[tokio::test]
    async fn a_host_that_is_not_listed_is_refused_before_its_name_is_resolved() {
        for hosts in [&[][..], &["other.example"], &["*.example.com"], &["example.com:8443"]] {
            let (guard, asked) = guard(hosts, &["example.com"], vec![vec!["8.8.8.8"]]);
            let refused = admit(&guard, "https://example.com/a").await.unwrap_err();
            assert!(
                matches!(&refused, FetchError::Host { host } if host == "example.com"),
                "{hosts:?}: {refused:?}"
            );
            assert_eq!(asked.load(Ordering::SeqCst), 0);
        }
    }

    #[tokio::test]
    async fn one_refused_address_among_good_ones_refuses_the_host() {
        for address in [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
        ] {
            let (guard, _) = guard(&["example.com"], &[], vec![vec!["8.8.8.8", address]]);
            let refused = admit(&guard, "https://example.com/a").await.unwrap_err();
            assert!(
                matches!(refused, FetchError::Address { address: found, .. } if found == address.parse::<IpAddr>().unwrap())
            );
        }
    }

    #[tokio::test]
    async fn a_private_host_has_private_addresses_and_never_a_metadata_servers() {
        let (private, _) =
            guard(&["*.example.com"], &["git.example.com"], vec![vec!["10.0.0.1", "::1"]]);
        assert!(admit(&private, "https://git.example.com/a").await.is_ok());
        assert!(matches!(
            admit(&private, "https://www.example.com/a").await,
            Err(FetchError::Address { .. })
        ));
        let (metadata, _) =
            guard(&["git.example.com"], &["git.example.com"], vec![vec!["169.254.169.254"]]);
        assert!(matches!(
            admit(&metadata, "https://git.example.com/a").await,
            Err(FetchError::Address { .. })
        ));
    }

    #[tokio::test]
    async fn a_name_is_resolved_once_and_the_connection_goes_where_was_looked() {
        let (guard, asked) = guard(
            &["example.com:8443"],
            &[],
            vec![vec!["8.8.8.8", "2606:50c0:8000::153"], vec!["127.0.0.1"]],
        );
        let admitted = admit(&guard, "https://example.com:8443/a").await.unwrap();
        let looked_at =
            ["8.8.8.8:8443", "[2606:50c0:8000::153]:8443"].map(|address| address.parse().unwrap());
        assert_eq!(
            admitted,
            Admitted { host: "example.com".to_owned(), addresses: looked_at.to_vec() }
        );
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_name_without_addresses_may_have_some_later() {
        let (guard, _) = guard(&["example.com"], &[], vec![vec![]]);
        assert!(matches!(
            admit(&guard, "https://example.com/a").await,
            Err(FetchError::Resolve { .. })
        ));
    }
}
