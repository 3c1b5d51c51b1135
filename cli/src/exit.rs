//! Exit codes of the `longshore` program.

/// Everything that was asked for was done.
pub const OK: u8 = 0;

/// It was not: the error says why.
pub const FAILED: u8 = 1;

/// A deployment ended, and its function does not serve what was asked for.
pub const NOT_DEPLOYED: u8 = 2;

/// A function was called, and its answer is an error (HTTP status 400 or above).
pub const CALL_FAILED: u8 = 3;

/// Arguments, settings or manifests cannot be used: `EX_USAGE` of sysexits.h.
pub const USAGE: u8 = 64;

/// No local cloud runs here, and no other is configured: `EX_UNAVAILABLE` of sysexits.h.
pub const NO_CLOUD: u8 = 69;

/// Stopped by Ctrl-C: 128 and the number of SIGINT.
pub const INTERRUPTED: u8 = 130;
