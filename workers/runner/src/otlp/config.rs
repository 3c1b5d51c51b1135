//! OpenTelemetry's variables, as its specification defines them.
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Uri};
use opentelemetry_sdk::metrics::Temporality;

/// Timeout of one export with its retries, unless `OTEL_EXPORTER_OTLP_TIMEOUT` says another one.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What is sent, with the names that it has in variables and in paths.
#[derive(Clone, Copy, Debug)]
struct Signal {
    /// In the names of variables.
    name: &'static str,
    /// Where it is sent to over gRPC.
    grpc_path: &'static str,
    /// Where it is sent to over HTTP, below the endpoint of all signals.
    http_path: &'static str,
}

const TRACES: Signal = Signal {
    name: "TRACES",
    grpc_path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    http_path: "/v1/traces",
};

const METRICS: Signal = Signal {
    name: "METRICS",
    grpc_path: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    http_path: "/v1/metrics",
};

/// What is wrong with a variable. Permanent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {value:?}, but {expected}")]
pub struct ConfigError {
    pub variable: String,
    pub value: String,
    pub expected: &'static str,
}

/// What becomes of spans and of metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TelemetrySettings {
    /// `OTEL_SERVICE_NAME`, or `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    pub service_name: Option<String>,
    /// The store of `longshore up`.
    pub own: Option<Destination>,
    /// The endpoint for spans of OpenTelemetry's variables.
    pub destination: Option<Destination>,
    /// Which traces go to `destination`.
    pub sampler: Sampler,
    /// The endpoint for metrics of OpenTelemetry's variables.
    pub metrics: Option<Destination>,
    /// Whether metrics count since the start of the worker, or since the last export.
    pub temporality: Temporality,
}

/// A receiver of OTLP.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// With the path of the signal.
    pub url: Uri,
    pub protocol: Protocol,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub timeout: Duration,
    pub gzip: bool,
    /// PEM file with the certificates that are trusted, instead of those of this machine.
    pub certificate: Option<PathBuf>,
    /// What the sender shows to a receiver that asks for it.
    pub client: Option<ClientIdentity>,
}

/// A certificate of a client and its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    /// PEM file with the certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// PEM file.
    pub key: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Grpc,
    HttpProtobuf,
    HttpJson,
}

/// Which traces are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Sampler {
    #[default]
    AlwaysOn,
    AlwaysOff,
    /// A share of all traces.
    Ratio(f64),
    /// What the requester says, and otherwise this share. Requests without a trace count as those
    /// without a parent.
    ParentOr(f64),
}

impl TelemetrySettings {
    /// Reads the variables. `own` is the endpoint of the store, or empty.
    ///
    /// # Errors
    /// When a variable has a value that its specification does not know.
    pub fn read(
        own: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let variables: BTreeMap<String, String> = environment
            .into_iter()
            .filter(|(name, value)| name.starts_with("OTEL_") && !value.trim().is_empty())
            .map(|(name, value)| (name, value.trim().to_owned()))
            .collect();
        let own = match own {
            "" => None,
            own => Some(Destination {
                url: uri("LONGSHORE_TRACES_ENDPOINT", &format!("{own}{}", TRACES.http_path))?,
                protocol: Protocol::HttpProtobuf,
                headers: Vec::new(),
                timeout: DEFAULT_TIMEOUT,
                gzip: false,
                certificate: None,
                client: None,
            }),
        };
        let is_disabled = variables
            .get("OTEL_SDK_DISABLED")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let of = |signal: Signal| match is_disabled {
            true => Ok(None),
            false => exported(signal, &variables),
        };
        let (destination, metrics) = (of(TRACES)?, of(METRICS)?);
        let own = own.filter(|_| !is_disabled);
        let resource = variables.get("OTEL_RESOURCE_ATTRIBUTES");
        let is_named = resource
            .is_some_and(|all| all.split(',').any(|pair| pair.trim().starts_with("service.name=")));
        let service_name = variables.get("OTEL_SERVICE_NAME").cloned();
        let service_name = service_name.or_else(|| is_named.then(String::new));
        Ok(Self {
            service_name,
            own,
            destination,
            sampler: sampler(&variables)?,
            metrics,
            temporality: temporality(&variables)?,
        })
    }
}

/// Where a signal goes, if its exporter is the one for OTLP.
fn exported(
    signal: Signal,
    variables: &BTreeMap<String, String>,
) -> Result<Option<Destination>, ConfigError> {
    let variable = format!("OTEL_{}_EXPORTER", signal.name);
    match variables.get(&variable).map(String::as_str) {
        None | Some("otlp") => destination(signal, variables),
        Some("none") => Ok(None),
        Some(value) => Err(error(&variable, value, "only `otlp` and `none` are supported")),
    }
}

fn destination(
    signal: Signal,
    variables: &BTreeMap<String, String>,
) -> Result<Option<Destination>, ConfigError> {
    // A variable of this signal comes before the one of all signals.
    let of_signal = format!("OTEL_EXPORTER_OTLP_{}_", signal.name);
    let find = |what: &str| {
        let names = [format!("{of_signal}{what}"), format!("OTEL_EXPORTER_OTLP_{what}")];
        names.into_iter().find_map(|name| Some((variables.get(&name)?.clone(), name)))
    };
    let Some((endpoint, variable)) = find("ENDPOINT") else { return Ok(None) };
    let protocol = match find("PROTOCOL") {
        None => Protocol::Grpc,
        Some((value, name)) => match value.as_str() {
            "grpc" => Protocol::Grpc,
            "http/protobuf" => Protocol::HttpProtobuf,
            "http/json" => Protocol::HttpJson,
            _ => {
                let expected = "it must be `grpc`, `http/protobuf` or `http/json`";
                return Err(error(&name, &value, expected));
            }
        },
    };
    // Without a scheme, another variable says whether gRPC is encrypted.
    let endpoint = match (protocol, endpoint.contains("://")) {
        (Protocol::Grpc, false) => {
            let is_insecure =
                find("INSECURE").is_some_and(|(value, _)| value.eq_ignore_ascii_case("true"));
            format!("{}://{endpoint}", if is_insecure { "http" } else { "https" })
        }
        _ => endpoint,
    };
    let endpoint = endpoint.trim_end_matches('/');
    let url = match protocol {
        Protocol::Grpc => format!("{endpoint}{}", signal.grpc_path),
        // The endpoint of one signal is complete.
        Protocol::HttpProtobuf | Protocol::HttpJson if variable.starts_with(&of_signal) => {
            endpoint.to_owned()
        }
        Protocol::HttpProtobuf | Protocol::HttpJson => {
            format!("{endpoint}{}", signal.http_path)
        }
    };
    let headers = find("HEADERS").map(|(value, name)| headers(&name, &value)).transpose()?;
    let timeout = find("TIMEOUT").map(|(value, name)| {
        let millis = value.parse::<u64>().ok().filter(|millis| *millis > 0);
        let millis =
            millis.ok_or_else(|| error(&name, &value, "it must be a number of milliseconds"))?;
        Ok(Duration::from_millis(millis))
    });
    let gzip = match find("COMPRESSION") {
        None => false,
        Some((value, name)) => match value.as_str() {
            "gzip" => true,
            "none" => false,
            _ => return Err(error(&name, &value, "it must be `gzip` or `none`")),
        },
    };
    let client = match (find("CLIENT_CERTIFICATE"), find("CLIENT_KEY")) {
        (None, None) => None,
        (Some((certificate, _)), Some((key, _))) => {
            Some(ClientIdentity { certificate: certificate.into(), key: key.into() })
        }
        (Some((value, name)), None) => {
            return Err(error(&name, &value, "its key is missing: set …_CLIENT_KEY, too"));
        }
        (None, Some((value, name))) => {
            let expected = "its certificate is missing: set …_CLIENT_CERTIFICATE, too";
            return Err(error(&name, &value, expected));
        }
    };
    Ok(Some(Destination {
        url: uri(&variable, &url)?,
        protocol,
        headers: headers.unwrap_or_default(),
        timeout: timeout.transpose()?.unwrap_or(DEFAULT_TIMEOUT),
        gzip,
        certificate: find("CERTIFICATE").map(|(value, _)| PathBuf::from(value)),
        client,
    }))
}

fn uri(variable: &str, url: &str) -> Result<Uri, ConfigError> {
    let uri: Option<Uri> = url.parse().ok();
    let is_whole =
        |uri: &Uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https"));
    uri.filter(is_whole).ok_or_else(|| {
        error(variable, url, "it must be a URL that begins with http:// or https://")
    })
}

/// `name=value` pairs, whose values are percent-encoded as in W3C's baggage.
fn headers(variable: &str, value: &str) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
    // Its value may be a credential.
    let wrong = || error(variable, "…", "it must be a list such as `name=value,name=value`");
    let pairs = value.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let header = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let mut value = HeaderValue::from_bytes(&unescaped(value.trim())).ok()?;
        value.set_sensitive(true);
        Some((name.trim().to_ascii_lowercase().parse().ok()?, value))
    };
    pairs.map(|pair| header(pair).ok_or_else(wrong)).collect()
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let escaped = || {
            let digits = others.get(..2)?;
            u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
        };
        match (*first == b'%').then(escaped).flatten() {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    bytes
}

fn sampler(variables: &BTreeMap<String, String>) -> Result<Sampler, ConfigError> {
    const VARIABLE: &str = "OTEL_TRACES_SAMPLER";
    const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
    let ratio = || match variables.get(ARGUMENT) {
        None => Ok(1.0),
        Some(value) => {
            let ratio = value.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
            ratio.ok_or_else(|| error(ARGUMENT, value, "it must be a number from 0 to 1"))
        }
    };
    match variables.get(VARIABLE).map(String::as_str) {
        None | Some("parentbased_always_on") => Ok(Sampler::ParentOr(1.0)),
        Some("always_on") => Ok(Sampler::AlwaysOn),
        Some("always_off") => Ok(Sampler::AlwaysOff),
        Some("traceidratio") => ratio().map(Sampler::Ratio),
        Some("parentbased_always_off") => Ok(Sampler::ParentOr(0.0)),
        Some("parentbased_traceidratio") => ratio().map(Sampler::ParentOr),
        Some(value) => {
            let expected = "it must be `always_on`, `always_off`, `traceidratio`, or one of these \
                            after `parentbased_`";
            Err(error(VARIABLE, value, expected))
        }
    }
}

fn temporality(variables: &BTreeMap<String, String>) -> Result<Temporality, ConfigError> {
    const VARIABLE: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    let preference = variables.get(VARIABLE).map(|value| value.to_ascii_lowercase());
    match preference.as_deref() {
        None | Some("cumulative") => Ok(Temporality::Cumulative),
        Some("delta") => Ok(Temporality::Delta),
        Some("lowmemory") => Ok(Temporality::LowMemory),
        Some(value) => {
            Err(error(VARIABLE, value, "it must be `cumulative`, `delta` or `lowmemory`"))
        }
    }
}

fn error(variable: &str, value: &str, expected: &'static str) -> ConfigError {
    ConfigError { variable: variable.to_owned(), value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests;
