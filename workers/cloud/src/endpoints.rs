//! Where each service is: Google's own addresses, or a local cloud's.

/// Where each service is.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {}

/// Why a set of endpoints cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {}

/// Values.
pub struct EndpointValues<'a> {
    /// a
    pub pubsub: &'a str,
    /// a
    pub storage: &'a str,
    /// a
    pub run: &'a str,
    /// a
    pub build: &'a str,
    /// a
    pub artifact_registry: &'a str,
    /// a
    pub logging: &'a str,
}
impl Endpoints {
    /// a
    pub fn local_or_google(_v: &EndpointValues<'_>) -> Result<Self, EndpointError> {
        Ok(Self {})
    }
}
