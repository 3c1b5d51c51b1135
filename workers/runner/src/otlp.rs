//! OTLP, as a sender speaks it: OpenTelemetry's variables, and one export.

mod config;
mod transport;

pub use self::config::{ConfigError, Destination, Protocol, Sampler, TelemetrySettings};
pub(crate) use self::transport::Sender;
