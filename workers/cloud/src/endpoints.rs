//! Where each service is: Google's own addresses, or a local cloud's.

/// Where each service is.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {}

/// Why a set of endpoints cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {}
