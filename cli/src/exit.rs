//! Exit codes of the `longshore` program.

/// Success.
pub const OK: u8 = 0;

/// Failure. The error says why.
pub const FAILED: u8 = 1;

/// A deployment ended, and the function does not serve the requested version; or a batch cannot
/// succeed, or a migration leaves something out.
pub const NOT_DEPLOYED: u8 = 2;

/// A function was called and returned HTTP status 400 or above.
pub const CALL_FAILED: u8 = 3;

/// Invalid arguments, settings or manifest: `EX_USAGE` of sysexits.h.
pub const USAGE: u8 = 64;

/// No local cloud is running, and no other cloud is configured: `EX_UNAVAILABLE` of sysexits.h.
pub const NO_CLOUD: u8 = 69;

/// Interrupted by Ctrl-C: 128 plus the number of SIGINT.
pub const INTERRUPTED: u8 = 130;
