//! The address of each service: Google's own, or a local cloud's.

use serde::Deserialize;

/// The address of each service. `None` is Google's own.
///
/// The type holds both the values as configured and the checked values.
/// [`Endpoints::local_or_google`] turns the first into the second;
/// [`Clients::connect`](crate::Clients::connect) does so as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoints {
    /// Pub/Sub (gRPC and REST on one port).
    pub pubsub: Option<String>,
    /// Cloud Storage (gRPC and JSON on one port).
    pub storage: Option<String>,
    /// Cloud Run Admin API.
    pub run: Option<String>,
    /// Cloud Functions API.
    pub functions: Option<String>,
    /// Eventarc.
    pub eventarc: Option<String>,
    /// Cloud Scheduler.
    pub scheduler: Option<String>,
    /// Cloud Tasks.
    pub tasks: Option<String>,
    /// Cloud Build.
    pub build: Option<String>,
    /// Artifact Registry's API; not the registry itself.
    pub artifact_registry: Option<String>,
    /// The registry itself. Only commands read it, so a local cloud may be without.
    pub registry: Option<String>,
    /// Cloud Logging.
    pub logging: Option<String>,
    /// Secret Manager.
    pub secrets: Option<String>,
    /// IAM Credentials: identity tokens.
    pub identity: Option<String>,
    /// Cloud KMS.
    pub kms: Option<String>,
    /// Resource Manager.
    pub resource_manager: Option<String>,
}

/// A set of endpoints cannot be used. Retrying does not help: an operator has to correct a value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Neither a URL nor `host:port`.
    #[error("the endpoint of {service} is not a URL: {value:?}")]
    NotAUrl { service: &'static str, value: String },
    /// A URL with a part that an endpoint must not have.
    #[error("the endpoint of {service} must not have a {part}: {value:?}")]
    Part {
        service: &'static str,
        part: &'static str,
        /// The value, without its user and password.
        value: String,
    },
    #[error("the endpoint of {service} is on another machine and must use https: {value:?}")]
    PlainHttp { service: &'static str, value: String },
    /// Some services are local and others are not.
    #[error("some services are local, but these are not: {}", .missing.join(", "))]
    Mixed {
        /// The services without a local endpoint.
        missing: Vec<&'static str>,
    },
}

/// The cloud that a set of endpoints belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cloud {
    /// A local cloud: all services over plain http on this machine, without credentials and quotas.
    Local,
    /// Google: https, Application Default Credentials.
    Google,
}

impl Endpoints {
    /// Checks the values and normalizes them to URLs without a trailing slash.
    ///
    /// Plain http is accepted only for this machine (127.0.0.0/8, `[::1]`, `localhost`), https for
    /// any host. `host:port`, the form of the emulators' variables, means http. Either all services
    /// are local or none is: a fleet that reads from one cloud and writes to another would harm
    /// both.
    pub fn local_or_google(values: Self) -> Result<Self, EndpointError> {
        let check = |service, value: Option<String>| {
            value.map(|value| normalise(service, &value)).transpose()
        };
        let checked = Self {
            pubsub: check("pubsub", values.pubsub)?,
            storage: check("storage", values.storage)?,
            run: check("run", values.run)?,
            functions: check("functions", values.functions)?,
            eventarc: check("eventarc", values.eventarc)?,
            scheduler: check("scheduler", values.scheduler)?,
            tasks: check("tasks", values.tasks)?,
            build: check("build", values.build)?,
            artifact_registry: check("artifact_registry", values.artifact_registry)?,
            registry: check("registry", values.registry)?,
            logging: check("logging", values.logging)?,
            secrets: check("secrets", values.secrets)?,
            identity: check("identity", values.identity)?,
            kms: check("kms", values.kms)?,
            resource_manager: check("resource_manager", values.resource_manager)?,
        };
        checked.cloud()?;
        Ok(checked)
    }

    /// Fills unset endpoints from the emulators' variables, `PUBSUB_EMULATOR_HOST` and
    /// `STORAGE_EMULATOR_HOST`, which Google's Rust clients do not read.
    #[must_use]
    pub fn or_emulators(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        self.pubsub = self.pubsub.or_else(|| variable("PUBSUB_EMULATOR_HOST"));
        self.storage = self.storage.or_else(|| variable("STORAGE_EMULATOR_HOST"));
        self
    }

    /// Whether these (checked) endpoints are a local cloud's.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.cloud() == Ok(Cloud::Local)
    }

    pub(crate) fn cloud(&self) -> Result<Cloud, EndpointError> {
        let is_local = |(_, value): &(&str, Option<&String>)| {
            value.is_some_and(|value| value.starts_with("http://"))
        };
        if !self.services().iter().any(is_local) {
            return Ok(Cloud::Google);
        }
        let missing: Vec<_> = self
            .services()
            .iter()
            .filter(|service| !is_local(service))
            .map(|(name, _)| *name)
            .collect();
        if missing.is_empty() { Ok(Cloud::Local) } else { Err(EndpointError::Mixed { missing }) }
    }

    fn services(&self) -> [(&'static str, Option<&String>); 14] {
        [
            ("pubsub", self.pubsub.as_ref()),
            ("storage", self.storage.as_ref()),
            ("run", self.run.as_ref()),
            ("functions", self.functions.as_ref()),
            ("eventarc", self.eventarc.as_ref()),
            ("scheduler", self.scheduler.as_ref()),
            ("tasks", self.tasks.as_ref()),
            ("build", self.build.as_ref()),
            ("artifact_registry", self.artifact_registry.as_ref()),
            ("logging", self.logging.as_ref()),
            ("secrets", self.secrets.as_ref()),
            ("identity", self.identity.as_ref()),
            ("kms", self.kms.as_ref()),
            ("resource_manager", self.resource_manager.as_ref()),
        ]
    }
}

fn normalise(service: &'static str, value: &str) -> Result<String, EndpointError> {
    let value = value.trim();
    let with_scheme =
        if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let not_a_url = || EndpointError::NotAUrl { service, value: value.to_owned() };
    let mut url = reqwest::Url::parse(&with_scheme).map_err(|_| not_a_url())?;
    if !url.username().is_empty() || url.password().is_some() {
        // The host is enough to find the mistake, and it is not secret.
        let host = url.host_str().unwrap_or_default().to_owned();
        return Err(EndpointError::Part { service, part: "user or password", value: host });
    }
    if url.query().is_some() || url.fragment().is_some() {
        url.set_query(None);
        url.set_fragment(None);
        return Err(EndpointError::Part { service, part: "query or fragment", value: url.into() });
    }
    // A gRPC method cannot have a path in front of it.
    let speaks_grpc = matches!(service, "pubsub" | "storage");
    if speaks_grpc && url.path() != "/" {
        return Err(EndpointError::Part { service, part: "path", value: url.into() });
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(EndpointError::PlainHttp { service, value: value.to_owned() }),
        _ => return Err(not_a_url()),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    host.trim_matches(['[', ']'])
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Cloud, EndpointError, Endpoints, normalise};

    fn all(url: &str) -> Endpoints {
        let url = || Some(url.to_owned());
        Endpoints {
            pubsub: url(),
            storage: url(),
            run: url(),
            functions: url(),
            eventarc: url(),
            scheduler: url(),
            tasks: url(),
            build: url(),
            artifact_registry: url(),
            registry: url(),
            logging: url(),
            secrets: url(),
            identity: url(),
            kms: url(),
            resource_manager: url(),
        }
    }

    #[test]
    fn a_value_becomes_a_url_without_a_trailing_slash() {
        for (value, url) in [
            ("127.0.0.1:8085", "http://127.0.0.1:8085"),
            ("localhost:8085", "http://localhost:8085"),
            ("[::1]:8085", "http://[::1]:8085"),
            ("http://127.9.9.9:1/", "http://127.9.9.9:1"),
            (" http://LOCALHOST:1 ", "http://localhost:1"),
            ("https://pubsub.example.com/", "https://pubsub.example.com"),
            ("http://127.0.0.1:1/run/", "http://127.0.0.1:1/run"),
        ] {
            assert_eq!(normalise("run", value), Ok(url.to_owned()), "{value}");
        }
    }

    #[test]
    fn plain_http_is_only_for_this_machine() {
        for value in [
            "http://10.0.0.1:1",
            "emulator:8085",
            "http://localhost.example.com",
            "http://[2001:db8::1]:1",
            "0.0.0.0:1",
        ] {
            let error = normalise("run", value).unwrap_err();
            assert!(
                matches!(error, EndpointError::PlainHttp { service: "run", .. }),
                "{value}: {error}"
            );
        }
    }

    #[test]
    fn an_invalid_endpoint_is_rejected() {
        for (service, value) in [
            ("run", ""),
            ("run", "http://"),
            ("run", "ftp://localhost"),
            ("run", "grpc://localhost:1"),
            ("run", "a b"),
        ] {
            assert!(
                matches!(normalise(service, value), Err(EndpointError::NotAUrl { .. })),
                "{value}"
            );
        }
        for (service, value, refused) in [
            ("run", "https://me:hunter2@example.com", "user or password"),
            ("run", "http://localhost:1/?key=hunter2", "query or fragment"),
            ("run", "http://localhost:1/#hunter2", "query or fragment"),
            ("pubsub", "http://localhost:1/pubsub", "path"),
            ("storage", "http://localhost:1/storage", "path"),
        ] {
            let error = normalise(service, value).unwrap_err();
            assert!(
                matches!(&error, EndpointError::Part { part, .. } if *part == refused),
                "{value}: {error}"
            );
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn every_service_is_local_or_none_is() {
        assert_eq!(Endpoints::default().cloud(), Ok(Cloud::Google));
        assert_eq!(all("http://127.0.0.1:1").cloud(), Ok(Cloud::Local));
        assert_eq!(all("https://example.com").cloud(), Ok(Cloud::Google));
        assert!(Endpoints::local_or_google(all("localhost:1")).unwrap().is_local());

        let two = Endpoints {
            build: None,
            logging: Some("https://example.com".to_owned()),
            ..all("localhost:1")
        };
        assert_eq!(
            Endpoints::local_or_google(two),
            Err(EndpointError::Mixed { missing: vec!["build", "logging"] })
        );
    }

    #[test]
    fn the_emulators_variables_fill_unset_endpoints_only() {
        let variable = |name: &str| Some(format!("{name}:1"));
        let set = Endpoints { pubsub: Some("localhost:2".to_owned()), ..Endpoints::default() }
            .or_emulators(variable);
        assert_eq!(set.pubsub.as_deref(), Some("localhost:2"));
        assert_eq!(set.storage.as_deref(), Some("STORAGE_EMULATOR_HOST:1"));
    }
}
