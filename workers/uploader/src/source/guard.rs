//! Decides which hosts and addresses a worker may connect to.
//!
//! A request names a URL, and could use the worker to call anything in its network (server-side
//! request forgery). Three things prevent that: the settings list the allowed hosts; a host is
//! resolved once and rejected if any of its addresses is not public; and the connection goes only
//! to the addresses that were checked, so that a later answer of the name server (DNS rebinding)
//! has no effect.
//! <https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html>

use std::io;
use std::net::{IpAddr, SocketAddr};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use longshore_messages::HttpsUrl;
use longshore_runner::HostRule;

use super::address::{Reach, reach};
use crate::FetchError;

/// Resolves host names. Called once per source.
pub(super) trait Resolve: Send + Sync {
    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The resolver of the operating system.
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async move {
            Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
        }
        .boxed()
    }
}

/// Checks hosts against the settings.
pub(super) struct Guard {
    hosts: Vec<HostRule>,
    private_hosts: Vec<HostRule>,
    resolver: Box<dyn Resolve>,
}

/// A host that the worker may connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    /// The host name, for certificates and headers.
    pub(super) host: String,
    /// The checked addresses, at least one. The worker must not connect to any other.
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

    /// Resolves and checks the host of a URL.
    ///
    /// # Errors
    /// [`FetchError::Host`] before anything is resolved, and [`FetchError::Address`] if any address
    /// is rejected. Both are permanent, unless the settings or the name records change.
    /// [`FetchError::Resolve`] may be transient.
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

    /// Resolves every name, to other addresses each time.
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
    async fn a_host_that_is_not_listed_is_rejected_before_it_is_resolved() {
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
    async fn one_bad_address_among_good_ones_rejects_the_host() {
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
    async fn a_private_host_may_have_private_addresses_but_not_a_metadata_server() {
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
    async fn a_name_is_resolved_once_and_the_checked_addresses_are_used() {
        let (guard, asked) = guard(
            &["example.com:8443"],
            &[],
            vec![vec!["8.8.8.8", "2606:50c0:8000::153"], vec!["127.0.0.1"]],
        );
        let admitted = admit(&guard, "https://example.com:8443/a").await.unwrap();
        let checked =
            ["8.8.8.8:8443", "[2606:50c0:8000::153]:8443"].map(|address| address.parse().unwrap());
        assert_eq!(
            admitted,
            Admitted { host: "example.com".to_owned(), addresses: checked.to_vec() }
        );
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_name_without_addresses_is_a_transient_error() {
        let (guard, _) = guard(&["example.com"], &[], vec![vec![]]);
        assert!(matches!(
            admit(&guard, "https://example.com/a").await,
            Err(FetchError::Resolve { .. })
        ));
    }
}
